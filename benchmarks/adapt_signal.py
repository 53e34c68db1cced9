"""EEG under several conditions, judged on subjects that no model has seen: figures of issue 6.

    python benchmarks/adapt_signal.py [--seeds 5]

Balanced accuracy; folds keep subjects whole; the ridge is chosen among training subjects; each subject is calibrated by
itself without labels. The interval is a t over subjects of their mean over the seeds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import numpy as np
from adapt_data import eegmat, results, smni

from ambos.adapt.signal import Recordings, balanced_by_subject, cross_validate, features_of, fit_scaled, fold_numbers
from ambos.corpus.signals import bands
from ambos.experiment.means import one_sample_t

TEN_TWENTY = [
    "FP1",
    "FP2",
    "F7",
    "F3",
    "FZ",
    "F4",
    "F8",
    "T7",
    "C3",
    "CZ",
    "C4",
    "T8",
    "P7",
    "P3",
    "PZ",
    "P4",
    "P8",
    "O1",
    "O2",
]
TARGETS = {"rest_arithmetic": 0.65, "s1_s2": 0.79}


def judged(recordings: Recordings, names: Sequence[str], folds: int, seeds: int) -> dict[str, object]:
    """Mean over seeds, pooled over windows, and the interval over subjects."""
    features = features_of(recordings, names)
    true = recordings.true_NC.argmax(axis=1)
    pooled, subjects, started = [], [], time.process_time()
    for seed in range(1, seeds + 1):
        scores, _ = cross_validate(features, recordings, count=folds, seed=seed)
        chosen = scores.argmax(axis=1)
        pooled.append(float(np.mean([(chosen[true == label] == label).mean() for label in (0, 1)])))
        subjects.append(balanced_by_subject(chosen, recordings.true_NC, recordings.groups))
    means = [float(np.mean([one[name] for one in subjects])) for name in subjects[0]]
    found = one_sample_t(means, null=0.5)
    told = {
        "features": list(names), "balanced_accuracy": round(float(np.mean(pooled)), 4), "seeds": [round(one, 4) for one in pooled],
        "by_subject": {"mean": round(found.estimate, 4), "lower": round(found.ci_lower, 4), "upper": round(found.ci_upper, 4), "subjects": len(means)},
        "folds": folds, "cpu_s": round(time.process_time() - started, 1),
    }  # fmt: skip
    print(told, flush=True)
    return told


def leak() -> dict[str, object]:
    """Who drinks, from single trials, by an ordinary head (c = 1): folds that mix subjects, and folds that keep them whole."""
    recordings = smni(by="group", channels=TEN_TWENTY)
    features = bands(recordings.x_NCT, recordings.rate_hz)
    true = recordings.true_NC.argmax(axis=1)
    told: dict[str, object] = {}
    for name in ("grouped", "leaky"):
        accuracies = []
        for seed in range(1, 6):
            rng = np.random.default_rng(seed)
            # The tool refuses the second kind where it knows the subjects: here the folds are drawn by hand.
            fold = rng.permutation(len(true)) % 5 if name == "leaky" else fold_numbers(recordings, 5, seed)
            chosen = np.zeros(len(true), dtype=np.int64)
            for one in range(5):
                head = fit_scaled(features[fold != one], recordings.true_NC[fold != one], 1.0)
                chosen[fold == one] = head.scores(features[fold == one]).argmax(axis=1)
            accuracies.append(float(np.mean([(chosen[true == label] == label).mean() for label in (0, 1)])))
        told[name] = {
            "balanced_accuracy": round(float(np.mean(accuracies)), 4),
            "seeds": [round(a, 4) for a in accuracies],
        }
    print(told, flush=True)
    return told


def main() -> None:
    """Measure and write benchmarks/results/adapt_signal.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    seeds = parser.parse_args().seeds
    told: dict[str, object] = {"targets": TARGETS, "leak": leak()}
    told["rest_arithmetic"] = [judged(eegmat(), names, 7, seeds) for names in (("bands",), ("bands", "covariances"))]
    told["s1_s2"] = [
        judged(smni(), names, 5, seeds) for names in (("bands",), ("amplitudes",), ("bands", "amplitudes"))
    ]
    told["tried"] = (
        "covariances alone on rest and arithmetic (0.750 with 2 seeds) and three feature sets on S1 and S2, all listed here; "
        "no other setting was tried on these recordings; the leak was first measured on the first 19 channels: 0.691 and 0.891"
    )
    results("adapt_signal", told)


if __name__ == "__main__":
    main()
