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
from scipy import stats

from ambos.adapt import network
from ambos.adapt.signal import (
    Recordings,
    balanced_by_subject,
    choose,
    choose_tuning,
    cross_validate,
    earliest,
    features_of,
    fit_scaled,
    fold_numbers,
    tuned,
)
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
    is_network = tuple(names) == ("network",)
    features = None if is_network else features_of(recordings, names)
    true = recordings.true_NC.argmax(axis=1)
    pooled, subjects, started = [], [], time.process_time()
    for seed in range(1, seeds + 1):
        if features is None:
            scores = network.cross_validate(recordings, count=folds, seed=seed)
        else:
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


QUARTER = 0.25


def transferred(recordings: Recordings, names: Sequence[str], folds: int, seed: int = 1) -> dict[str, object]:
    """To a subject that no fold has seen: the head of the others, then tuned on the first quarter of each class.

    Scored on the later windows only; how far to tune is chosen on the training subjects as if each were new. `alone` is a
    head that has seen nothing but that quarter.
    """
    numbers, true = fold_numbers(recordings, folds, seed), recordings.true_NC
    groups, table = np.asarray(recordings.groups), features_of(recordings, names)
    right: dict[str, list[float]] = {"generic": [], "tuned": [], "alone": []}
    strengths = []
    for fold in range(folds):
        inside = numbers != fold
        some = (table[inside], true[inside], [str(one) for one in groups[inside]])
        c = choose(*some, seed)
        head = fit_scaled(table[inside], true[inside], c)
        strengths.append(choose_tuning(*some, c=c, first=QUARTER, seed=seed))
        for name in np.unique(groups[~inside]):
            own = np.flatnonzero(groups == name)
            known = earliest(true[own], QUARTER)
            first, later = own[known], own[~known]
            heads = {
                "generic": head, "alone": fit_scaled(table[first], true[first], 0.01),
                "tuned": tuned(head, table[first], true[first], strengths[-1]) if strengths[-1] else head,
            }  # fmt: skip
            for kind, one in heads.items():
                chosen = one.scores(table[later]).argmax(axis=1)
                right[kind].append(balanced_by_subject(chosen, true[later], ["s"] * len(later))["s"])
    right["gain_of_tuning"] = [a - b for a, b in zip(right["tuned"], right["generic"], strict=True)]
    told: dict[str, object] = {"features": list(names), "subjects": len(right["tuned"]), "strengths": strengths}
    for kind, values in right.items():
        mean, half = float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))
        told[kind] = {"mean": round(mean, 4), "lower": round(mean - half, 4), "upper": round(mean + half, 4)}
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
    parser.add_argument(
        "--network-seeds", type=int, default=5, help="of the network on rest and arithmetic: minutes each"
    )
    asked = parser.parse_args()
    seeds = asked.seeds
    told: dict[str, object] = {"targets": TARGETS, "leak": leak()}
    told["tried"] = (
        "covariances alone on rest and arithmetic (0.750 with 2 seeds) and three feature sets on S1 and S2, all listed here; "
        "no other setting of the Fourier features was tried on these recordings; the network was tried on S1 and S2 with one network a fold "
        "(0.733 aligned without shrinkage, 1 seed; 2 seeds each: 0.768 standardised by channel, 0.771 aligned with shrinkage 0.1, 0.776 with 1.0), "
        "then as the mean of four (0.789 standardised, 0.799 aligned with 0.1: kept), and its scores added to those of bands and amplitudes "
        "(0.846 against 0.844 without it: not kept); on rest and arithmetic with one network standardised by channel (0.660, 1 seed); tuning on a new subject was first tried at one fixed strength, 0.01: it lost 4.7 points on S1 and S2, and as many with the strength chosen by likelihood; the  leak was first measured on the first 19 channels: 0.691 and 0.891"
    )
    told["s1_s2"] = [
        judged(smni(), names, 5, seeds)
        for names in (("bands",), ("amplitudes",), ("bands", "amplitudes"), ("network",))
    ]
    told["transfer_s1_s2"] = transferred(smni(), ("bands", "amplitudes"), 5)
    results("adapt_signal", told)
    found: list[object] = []
    told["rest_arithmetic"] = found
    for names in (("bands",), ("bands", "covariances"), ("network",)):
        found.append(judged(eegmat(), names, 7, asked.network_seeds if names == ("network",) else seeds))
        results("adapt_signal", told)
    told["transfer_rest_arithmetic"] = transferred(eegmat(), ("bands", "covariances"), 7)
    results("adapt_signal", told)


if __name__ == "__main__":
    main()
