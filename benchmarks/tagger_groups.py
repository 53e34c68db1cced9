"""Leak of names by origin, gender, dialect, language and spelling, in carriers that training never saw.

`python benchmarks/tagger_groups.py --data DIR [--model FILE.npz] [--json FILE]`. Names come from our lists, so most of
them were seen in training: what is measured is whether some people's names are worse protected than others'. The
interval is a bootstrap over carriers (95 %); the ratio compares a group with all others of its kind.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tagger import facts

from ambos.adapt.tagger.lists import own_names
from ambos.engines.tagger import WEIGHTS, Tagger

CARRIERS = Path(__file__).parent / "tagger_groups.txt"
# Origins are told apart by region; small lists of one region are joined.
REGIONS = {
    "Spain": ("es", "eu", "ca", "gl"),
    "Latin America": ("la", "mx"),
    "British and American": ("en", "us", "gb"),
    "Arabic": ("ar",),
    "South Asian": ("in", "in2"),
    "East and South-East Asian": ("zh", "vi", "id"),
    "African": ("af",),
    "Eastern European": ("ro", "pl", "cz", "hu"),
    "Western and Northern European": ("de", "fr", "it", "nl", "no", "pt"),
    "Turkish": ("tr",),
}
EACH = 12
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Trial:
    carrier: int
    letters: int
    left: int
    groups: dict[str, str]


def carriers() -> list[tuple[str, str, str]]:
    lines = [line for line in CARRIERS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    heads = [line.split("\t") for line in lines]
    return [(*head.split(" ", 1), text) for head, text in heads]  # type: ignore[misc]


def drawn(rng: np.random.Generator) -> Iterator[tuple[str, str, str]]:
    """Region, first name and last name."""
    lists = {names.origin: names for names in own_names()}
    for region, origins in REGIONS.items():
        known = [lists[origin] for origin in origins if origin in lists and lists[origin].firsts]
        for _ in range(EACH):
            names = known[int(rng.integers(len(known)))]
            lasts = names.lasts or lists["es"].lasts or lists["mx"].lasts
            yield region, str(rng.choice(names.firsts)), str(rng.choice(lasts))


def genders(folder: Path, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Gender and first name, from the statistics office's lists: the same number of frequent and of rare ones."""
    for gender, name in (("men", "nombres_hombres"), ("women", "nombres_mujeres")):
        decades = json.loads((folder / f"{name}.json").read_text("utf-8"))["nombres_por_decada"].values()
        every = sorted({item["nombre"] for decade in decades for item in decade})
        for first in rng.choice(every, 2 * EACH, replace=False):
            yield gender, str(first).title()


def trial(tagger: Tagger, number: int, text: str, full: str, first: str, groups: dict[str, str]) -> Trial:
    name, slot = (full, "{n}") if "{n}" in text else (first, "{f}")
    start = text.index(slot)
    filled = text.replace(slot, name)
    if groups["spelling"] == "lower case":
        filled = filled.lower()
    hidden = {i for f in tagger.find(filled) for i in range(f.start, f.end)}
    letters = [i for i in range(start, start + len(name)) if filled[i].isalnum()]
    return Trial(number, len(letters), sum(i not in hidden for i in letters), groups)


def trials(tagger: Tagger, data: Path) -> Iterator[Trial]:
    rng = np.random.default_rng(11)
    lasts = {names.origin: names.lasts for names in own_names()}["mx"]
    for number, (language, dialect, text) in enumerate(carriers()):
        common = {"language": language, "dialect": dialect}
        for region, first, last in drawn(rng):
            for spelling in ("as usual", "lower case"):
                yield trial(
                    tagger, number, text, f"{first} {last}", first, common | {"origin": region, "spelling": spelling}
                )
        if language == "es":
            for gender, first in genders(data / "gazetteers-es", rng):
                full = f"{first} {rng.choice(lasts)}"
                yield trial(tagger, number, text, full, first, {"gender": gender, "spelling": "as usual"})


def _leak(some: list[Trial]) -> float:
    return sum(t.left for t in some) / max(sum(t.letters for t in some), 1)


def rows(every: list[Trial]) -> Iterator[dict[str, object]]:
    rng = np.random.default_rng(0)
    for kind in ("origin", "gender", "dialect", "language", "spelling"):
        # What is compared is compared in one spelling, except spellings themselves.
        some = [t for t in every if kind in t.groups and ("gender" in t.groups) is (kind == "gender")]
        for spelling in ("as usual", "lower case"):
            of_spelling = [t for t in some if t.groups["spelling"] == spelling or kind == "spelling"]
            for group in sorted({t.groups[kind] for t in of_spelling}):
                ours = [t for t in of_spelling if t.groups[kind] == group]
                rest = [t for t in of_spelling if t.groups[kind] != group]
                by_carrier: dict[int, list[Trial]] = {}
                for one in ours:
                    by_carrier.setdefault(one.carrier, []).append(one)
                keys = list(by_carrier)
                draws = [
                    _leak([t for i in rng.integers(0, len(keys), len(keys)) for t in by_carrier[keys[i]]])
                    for _ in range(DRAWS)
                ]
                low, high = np.percentile(draws, [2.5, 97.5])
                yield {
                    "kind": kind,
                    "group": group,
                    "spelling": "both" if kind == "spelling" else spelling,
                    "n": len(ours),
                    "carriers": len(keys),
                    "leak": [round(_leak(ours), 4), round(float(low), 4), round(float(high), 4)],
                    "ratio_to_rest": round(_leak(ours) / max(_leak(rest), 1e-9), 2) if rest else None,
                }
            if kind == "spelling" or not any(t.groups["spelling"] == "lower case" for t in some):
                break


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=WEIGHTS)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    tagger = Tagger.load(chosen.model, clinical=None)
    result = list(rows(list(trials(tagger, chosen.data))))
    for row in result:
        print(json.dumps(row, ensure_ascii=False))
    if chosen.json:
        chosen.json.write_text(
            json.dumps(facts() | {"model": tagger.version, "rows": result}, indent=1, ensure_ascii=False) + "\n"
        )


if __name__ == "__main__":
    main()
