"""How often a classifier is right, with intervals: counts by row, so that whole groups can be drawn again.

Intervals are percentiles of a bootstrap over groups (rows where there are none), Efron and Tibshirani 1993 section 13.3;
a comparison draws the same groups for both arms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bools: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]

NAMES: Final = ("accuracy", "balanced_accuracy", "precision", "recall", "micro_f1", "macro_f1")
_DRAWS: Final = 1000  # percentiles at 2.5 % move by about 0.1 standard errors from one set of draws to the next
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Counts:
    """Right and wrong labels of each row (row, class), and whether the whole row is right."""

    hit_NC: Bools
    false_NC: Bools
    missed_NC: Bools
    exact_N: Bools

    @classmethod
    def of(cls, chosen_NC: Bools, true_NC: Bools) -> Counts:
        """From what was chosen and what is true."""
        both = chosen_NC & true_NC
        return cls(both, chosen_NC & ~true_NC, true_NC & ~chosen_NC, (chosen_NC == true_NC).all(axis=1))


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its 95 % interval."""

    estimate: float
    lower: float
    upper: float

    def to_json(self) -> dict[str, float]:
        """Rounded to five digits."""
        return {"estimate": round(self.estimate, 5), "lower": round(self.lower, 5), "upper": round(self.upper, 5)}


def measured(counts: Counts, groups: Sequence[str], rng: np.random.Generator) -> dict[str, Interval]:
    """Every metric with its interval."""
    point = _metrics(np.ones((1, len(counts.exact_N))), counts)
    drawn = _drawn(counts, _weights(groups, rng))
    return {name: _interval(float(point[name][0]), drawn[name]) for name in NAMES}


def gained(
    treatment: Counts, control: Counts, groups: Sequence[str], metric: str, rng: np.random.Generator
) -> tuple[Interval, Interval]:
    """The difference treatment − control on the same rows, in points and relative to the control."""
    one = np.ones((1, len(treatment.exact_N)))
    weights = _weights(groups, rng)
    a, b = _drawn(treatment, weights)[metric], _drawn(control, weights)[metric]
    at, bt = float(_metrics(one, treatment)[metric][0]), float(_metrics(one, control)[metric][0])
    below = np.maximum(b, 1e-9)
    return _interval(at - bt, a - b), _interval((at - bt) / max(bt, 1e-9), (a - b) / below)


def calibration_error(chances_NC: Floats, true_NC: Bools, bins: int = 15) -> float:
    """Expected calibration error over all (row, label) pairs, equal widths (Guo et al. 2017, eq. 3)."""
    chance, truth = chances_NC.ravel(), true_NC.ravel()
    place = np.minimum((chance * bins).astype(np.int64), bins - 1)
    total = 0.0
    for one in range(bins):
        some = place == one
        if some.any():
            total += abs(float(truth[some].mean()) - float(chance[some].mean())) * float(some.mean())
    return total


def _weights(groups: Sequence[str], rng: np.random.Generator) -> Floats:
    names = [group or f"\0{number}" for number, group in enumerate(groups)]
    _, codes = np.unique(names, return_inverse=True)
    count = int(codes.max()) + 1
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=_DRAWS)
    return np.asarray(drawn[:, codes.ravel()], dtype=np.float64)


def _drawn(counts: Counts, weights_BN: Floats) -> dict[str, Floats]:
    parts = [_metrics(weights_BN[start : start + _AT_ONCE], counts) for start in range(0, len(weights_BN), _AT_ONCE)]
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _metrics(weights_BN: Floats, counts: Counts) -> dict[str, Floats]:
    w = weights_BN.astype(np.float32)
    hit, false, missed = (
        (w @ one.astype(np.float32)).astype(np.float64) for one in (counts.hit_NC, counts.false_NC, counts.missed_NC)
    )
    there = hit + missed
    recall = np.divide(hit, there, out=np.full_like(hit, np.nan), where=there > 0)
    any_of = 2 * hit + false + missed
    f1 = np.divide(2 * hit, any_of, out=np.full_like(hit, np.nan), where=any_of > 0)
    hits, falses, misses = hit.sum(axis=1), false.sum(axis=1), missed.sum(axis=1)
    return {
        "accuracy": (w @ counts.exact_N.astype(np.float32)) / np.maximum(w.sum(axis=1), 1e-9),
        "balanced_accuracy": np.nanmean(recall, axis=1),
        "precision": hits / np.maximum(hits + falses, 1e-9),
        "recall": hits / np.maximum(hits + misses, 1e-9),
        "micro_f1": 2 * hits / np.maximum(2 * hits + falses + misses, 1e-9),
        "macro_f1": np.nanmean(f1, axis=1),
    }


def _interval(estimate: float, drawn: Floats) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(estimate, float(low), float(high))
