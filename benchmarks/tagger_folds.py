"""Chooses between settings of the tagger: cross-validation on MEDDOCAN train and on our own templates.

`python benchmarks/tagger_folds.py --data DIR [--folds 3] [--only 0] [--mixture] [--vectors DIR] [--share S ...]
[--json FILE]` trains on all folds but one and measures on that one, share by share of the network (0: the sparse field
alone). A document of MEDDOCAN, a template of ours or of Presidio's set is never on both sides. MEDDOCAN dev and PUPA are
not read; the ids of dev are, so that its texts stay out of the word vectors.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from tagger import _f1, _long_line, count, facts, prose, summary

from ambos.adapt.tagger.__main__ import SEED, SHARE, mixture
from ambos.adapt.tagger.examples import Example, meddocan
from ambos.adapt.tagger.lists import ine, long_lists
from ambos.adapt.tagger.meanings import NONE, clinical_texts, english, learned
from ambos.adapt.tagger.network import CLINICAL, NetRecipe, fit_network, joined
from ambos.adapt.tagger.training import Recipe, fit
from ambos.engines.tagger import FLOOR, Tagger
from ambos.privacy.tag_weights import Weights


def fold_of(example: Example, folds: int) -> int:
    return zlib.crc32(example.group.encode()) % folds


def fields(train: list[Example], held: frozenset[str], chosen: argparse.Namespace) -> Iterator[tuple[float, Weights]]:
    """The sparse field, and with it the network at each share."""
    field = fit(train, long_lists(ine(chosen.data / "gazetteers-es")), Recipe(chosen.iterations), verbose=False)
    shares = [share for share in chosen.share if share]
    if len(shares) < len(chosen.share):
        yield 0.0, field
    if shares:
        network, transitions = fit_network(
            train,
            field,
            NetRecipe() if chosen.mixture else CLINICAL,
            english=english(chosen.vectors) if chosen.vectors else NONE,
            spanish=learned(clinical_texts(chosen.data, held)),
        )
        for share in shares:
            yield share, joined(field, network, transitions, share=share)


def row(name: str, tagger: Tagger, examples: Sequence[Example]) -> dict[str, object]:
    found = [tagger.find(example.text) for example in examples]
    counts = [count(example, spans) for example, spans in zip(examples, found, strict=True)]
    long = [
        count(prose(example), [f for f in spans if _long_line(example.text, f)])
        for example, spans in zip(examples, found, strict=True)
    ]
    hit, lost, extra = Counter[str](), Counter[str](), Counter[str]()
    for example, spans in zip(examples, found, strict=True):
        gold = {(s.start, s.end, s.label) for s in example.spans}
        ours = {(f.start, f.end, f.detail) for f in spans}
        hit.update(label for *_, label in gold & ours)
        lost.update(label for *_, label in gold - ours)
        extra.update(label for *_, label in ours - gold)
    by_label = {
        label: round(2 * hit[label] / (2 * hit[label] + lost[label] + extra[label]), 3) for label in sorted(hit | lost)
    }
    return {
        "set": name,
        "n": len(examples),
        **summary(counts, np.random.default_rng(0)),
        "long_lines_typed_f1": round(_f1([c.typed for c in long]), 4),
        "typed_f1_by_label": by_label,
    }


def measured(
    number: int, documents: list[Example], others: list[Example], chosen: argparse.Namespace
) -> Iterator[dict[str, object]]:
    """The rows of one fold."""
    every = documents + others
    train = [example for example in every if fold_of(example, chosen.folds) != number]
    tests = {
        "meddocan train": [e for e in documents if fold_of(e, chosen.folds) == number],
        "own Spanish templates": [
            e for e in others if e.group.startswith("es-") and fold_of(e, chosen.folds) == number
        ],
        "own English templates": [
            e for e in others if e.group.startswith("en-") and fold_of(e, chosen.folds) == number
        ],
        "drafts": [e for e in others if e.group.startswith("draft-") and fold_of(e, chosen.folds) == number],
        "presidio": [e for e in others if e.group.startswith("presidio-") and fold_of(e, chosen.folds) == number],
    }
    held = frozenset(example.group for example in tests["meddocan train"])
    for share, weights in fields(train, held, chosen):
        for floor in chosen.floor:
            tagger = Tagger(weights, "fold", floor=floor)
            for name, examples in tests.items():
                if examples:
                    yield {"fold": number, "share": share, "floor": floor, **row(name, tagger, examples)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of the folds to measure; all when left out")
    parser.add_argument("--mixture", action="store_true", help="train on the whole mixture, not on MEDDOCAN alone")
    parser.add_argument("--each", type=int, default=8)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--share", type=float, nargs="*", default=[0.0, SHARE])
    parser.add_argument("--floor", type=float, nargs="*", default=[FLOOR])
    parser.add_argument("--iterations", type=int, default=Recipe().iterations)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    documents = list(meddocan(chosen.data / "meddocan" / "train.jsonl"))
    gazetteer = ine(chosen.data / "gazetteers-es")
    others = list(mixture(chosen.data, gazetteer, seed=SEED, each=chosen.each)) if chosen.mixture else []
    rows = []
    for number in chosen.only if chosen.only is not None else range(chosen.folds):
        for result in measured(number, documents, others, chosen):
            print(json.dumps(result), flush=True)
            rows.append(result)
    if chosen.json:
        settings = {name: str(value) for name, value in vars(chosen).items() if name not in {"data", "vectors", "json"}}
        chosen.json.write_text(json.dumps(facts() | {"settings": settings, "rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
