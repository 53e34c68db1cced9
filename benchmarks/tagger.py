"""Measures the tagger: MEDDOCAN dev, our own sentences, held-out English templates, PUPA (numbers only), speed.

`python benchmarks/tagger.py --data DIR [--model FILE.npz] [--floor P ...] [--whole]` prints one JSON object a line; with
`--whole` it is the whole detector (rules, tagger and document pass; facts of health and the like left out). DIR holds
the data sets (`meddocan`, `presidio-synth-en`, `pupa`); what is absent is left out. Nothing of a text is printed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ambos.adapt.tagger.examples import Example, Span, meddocan, presidio
from ambos.engines.tagger import CLINICAL, WEIGHTS, Tagger
from ambos.messages import Finding, Kind, Leaf
from ambos.privacy import Cache, Detector, Reader, Settings
from ambos.privacy.recogniser import finish

SENTENCES = Path(__file__).parent / "tagger_sentences.txt"
CHATS = SENTENCES.with_name("tagger_chats.txt")
DIRECT = ("NOMBRE", "ID_", "CORREO", "NUMERO_", "CALLE", "URL_", "IDENTIF", "DIREC_")
_MARKED = re.compile(r"\{([^{}|]*)\|([A-Z_]+)\}")
# Where the narrative begins in a MEDDOCAN document: lines longer than this are prose, shorter ones form fields.
_PROSE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Counts:
    """What one document adds up to."""

    typed: tuple[int, int, int]
    strict: tuple[int, int, int]
    sensitive: int
    leaked: int
    harmless: int
    masked: int
    direct_left: bool


def count(example: Example, found: Sequence[Finding]) -> Counts:
    gold = {(s.start, s.end, s.label) for s in example.spans}
    ours = {(f.start, f.end, f.detail) for f in found}
    plain_gold, plain_ours = {g[:2] for g in gold}, {o[:2] for o in ours}
    hidden = bytearray(len(example.text))
    for start, end in plain_ours:
        hidden[start:end] = b"\1" * (end - start)
    wanted = bytearray(len(example.text))
    direct_left = False
    for start, end, label in gold:
        wanted[start:end] = b"\1" * (end - start)
        left = any(example.text[i].isalnum() and not hidden[i] for i in range(start, end))
        direct_left |= left and label.startswith(DIRECT)
    letters = [i for i, c in enumerate(example.text) if c.isalnum()]
    return Counts(
        (len(gold & ours), len(ours - gold), len(gold - ours)),
        (len(plain_gold & plain_ours), len(plain_ours - plain_gold), len(plain_gold - plain_ours)),
        sum(wanted[i] for i in letters),
        sum(wanted[i] and not hidden[i] for i in letters),
        sum(not wanted[i] for i in letters),
        sum(hidden[i] and not wanted[i] for i in letters),
        direct_left,
    )


def _f1(tables: Sequence[tuple[int, int, int]]) -> float:
    hit, extra, lost = (sum(column) for column in zip(*tables, strict=True))
    return float(2 * hit / max(2 * hit + extra + lost, 1))


def summary(counts: Sequence[Counts], rng: np.random.Generator) -> dict[str, object]:
    """Figures with 95 % bootstrap intervals over documents (percentiles of 400 resamples)."""

    def figures(some: Sequence[Counts]) -> list[float]:
        return [
            _f1([c.typed for c in some]),
            _f1([c.strict for c in some]),
            sum(c.leaked for c in some) / max(sum(c.sensitive for c in some), 1),
            sum(c.masked for c in some) / max(sum(c.harmless for c in some), 1),
            sum(c.direct_left for c in some) / len(some),
        ]

    draws = np.array([figures([counts[i] for i in rng.integers(0, len(counts), len(counts))]) for _ in range(400)])
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    names = ("typed_f1", "span_f1", "leak", "harmless_masked", "documents_with_direct_id")
    return {
        name: [round(float(x), 4) for x in row]
        for name, row in zip(names, zip(figures(counts), low, high, strict=True), strict=True)
    }


def sentences(path: Path = SENTENCES) -> Iterator[tuple[str, Example]]:
    """Our own sentences: language and example, labels are our kinds."""
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        if line.startswith("#"):
            continue
        language, marked = line.split("\t")
        text, spans, end = "", [], 0
        marked = marked.replace("\\n", "\n")
        for match in _MARKED.finditer(marked):
            text += marked[end : match.start()]
            spans.append(Span(len(text), len(text) + len(match.group(1)), match.group(2)))
            text += match.group(1)
            end = match.end()
        yield language, Example(text + marked[end:], tuple(spans), f"sentence-{number}")


def pupa(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            record = json.loads(line)
            yield Example(
                record["text"], tuple(Span(s["start"], s["end"], s["label"]) for s in record["spans"]), record["id"]
            )


def prose(example: Example) -> Example:
    """Only the spans in long lines."""

    def in_prose(span: Span) -> bool:
        start = example.text.rfind("\n", 0, span.start) + 1
        end = example.text.find("\n", span.end)
        return (len(example.text) if end < 0 else end) - start > _PROSE_CHARACTERS

    return Example(example.text, tuple(span for span in example.spans if in_prose(span)), example.group)


class Whole:
    """Rules, tagger and document pass, without what the data sets do not label: facts."""

    def __init__(self, tagger: Tagger) -> None:
        detector = Detector(Settings(), [tagger])
        self.version = detector.version
        # A cache of one entry: each text is read once.
        self._reader = Reader(detector, Cache(key=os.urandom(32), entries=1, size_bytes=1))

    def find(self, text: str) -> list[Finding]:
        return [one for one in self.find_all(text) if one.kind not in (Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE)]

    def find_all(self, text: str) -> Sequence[Finding]:
        """Facts too: PUPA marks whatever is personal."""
        found: Sequence[Finding] = finish(
            self._reader.read([Leaf(("messages", 0, "content"), text)], scope=b"whole")
        ).findings[0]
        return found


def speed(tagger: Tagger, texts: Sequence[str]) -> dict[str, float]:
    tagger.find(texts[0])
    longest = 0.0
    begun = time.process_time()
    for text in texts:
        steps = tagger.steps(text)
        while True:
            before = time.process_time()
            ended = next(steps, steps) is steps
            longest = max(longest, time.process_time() - before)
            if ended:
                break
    spent = time.process_time() - begun
    fresh = [text[at : at + 1000] for text in texts for at in range(0, len(text) - 1000, 1000)][:400]
    begun = time.process_time()
    for text in fresh:
        tagger.find(text)
    each = (time.process_time() - begun) / len(fresh)
    return {
        "characters_per_cpu_s": round(sum(map(len, texts)) / spent),
        "longest_slice_ms": round(longest * 1000, 2),
        "ms_per_1000_characters": round(each * 1000, 3),
    }


def measure(tagger: Tagger | Whole, data: Path, without: frozenset[str]) -> Iterator[dict[str, object]]:
    rng = np.random.default_rng(0)

    def row(
        name: str, examples: Sequence[Example], find: Callable[[str], Sequence[Finding]] = tagger.find
    ) -> dict[str, object]:
        counts = [count(e, find(e.text)) for e in examples]
        return {"set": name, "n": len(counts), **summary(counts, rng)}

    for language in ("es", "en"):
        own = [e for lang, e in sentences() if lang == language]
        telling = [e for e in own if e.spans]
        yield row(f"own sentences {language}", telling)
        silent = [e for e in own if not e.spans]
        alarms = [e for e in silent if tagger.find(e.text)]
        yield {"set": f"own harmless {language}", "n": len(silent), "with_any_finding": len(alarms)}
    for language in ("es", "en"):
        yield row(f"own longer chats {language}", [e for lang, e in sentences(CHATS) if lang == language])
    if (path := data / "meddocan" / "dev.jsonl").exists() and "meddocan" not in without:
        documents = list(meddocan(path))
        yield row("meddocan dev", documents)
        counts = [count(prose(e), [f for f in tagger.find(e.text) if _long_line(e.text, f)]) for e in documents]
        yield {
            "set": "meddocan dev, long lines only",
            "n": len(counts),
            "typed_f1": round(_f1([c.typed for c in counts]), 4),
        }
    if (path := data / "presidio-synth-en" / "synth_v2.jsonl").exists() and "presidio" not in without:
        yield row("presidio-synth-en, held-out templates", list(presidio(path, held_out=True)))
    if (path := data / "pupa").exists() and "pupa" not in without:
        find = tagger.find_all if isinstance(tagger, Whole) else tagger.find
        yield row("pupa (measurement only)", list(pupa(path)), find)


def _long_line(text: str, finding: Finding) -> bool:
    start = text.rfind("\n", 0, finding.start) + 1
    end = text.find("\n", finding.end)
    return (len(text) if end < 0 else end) - start > _PROSE_CHARACTERS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=WEIGHTS)
    parser.add_argument("--clinical", type=Path, default=CLINICAL, help="model for clinical records")
    parser.add_argument("--general-only", action="store_true", help="read clinical records with the general model too")
    parser.add_argument("--floor", type=float, nargs="*", default=[None], help="of both models; left out: as served")
    parser.add_argument("--without", nargs="*", default=[], help="sets to leave out: meddocan, presidio, pupa; speed")
    parser.add_argument("--whole", action="store_true", help="the whole detector, not the tagger alone")
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows: list[dict[str, object]] = []
    clinical = None if chosen.general_only else chosen.clinical
    for floor in chosen.floor:
        floors = {} if floor is None else {"floor": floor, "clinical_floor": floor}
        tagger = Tagger.load(chosen.model, clinical=clinical, **floors)
        for row in measure(Whole(tagger) if chosen.whole else tagger, chosen.data, frozenset(chosen.without)):
            rows.append(row | {"floor": "served" if floor is None else floor})
            print(json.dumps(rows[-1]), flush=True)
    if (path := chosen.data / "meddocan" / "dev.jsonl").exists() and not {"meddocan", "speed"} & set(chosen.without):
        rows.append(speed(Tagger.load(chosen.model, clinical=clinical), [e.text for e in meddocan(path)]))
        print(json.dumps(rows[-1]))
    if chosen.json:
        chosen.json.write_text(json.dumps(facts() | {"model": tagger.version, "rows": rows}, indent=1) + "\n", "utf-8")


def facts() -> dict[str, str]:
    """What a result needs beside its figures."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True).stdout
    date = dt.datetime.now(dt.UTC).date().isoformat()
    return {"commit": commit.strip(), "date": date, "machine": f"{platform.machine()}, {os.cpu_count()} cores"}


if __name__ == "__main__":
    main()
