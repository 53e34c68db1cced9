"""Precision, recall and F1 of a detector, with intervals; also when findings come in texts that hang together."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment.proportions import wilson
from ambos.experiment.result import Result


def precision(true_positive: int, false_positive: int, *, level: float = 0.95) -> Result:
    """Share of the findings that are right, Wilson's interval."""
    return wilson(true_positive, true_positive + false_positive, level=level)


def recall(true_positive: int, false_negative: int, *, level: float = 0.95) -> Result:
    """Share of what is there that was found, Wilson's interval."""
    return wilson(true_positive, true_positive + false_negative, level=level)


def f1(true_positive: int, false_positive: int, false_negative: int, *, level: float = 0.95) -> Result:
    """F1 with an interval: F1 = 2q/(1 + q) for q = TP/(TP + FP + FN), a proportion, so Wilson's bounds carry over.

    (Takahashi, Yamamoto, Kuchiba, Koyama 2022 give the delta method; the transform keeps the bounds within 0 and 1.)
    """
    q = wilson(true_positive, true_positive + false_positive + false_negative, level=level)

    def turned(x: float) -> float:
        return 2 * x / (1 + x)

    se = q.se * 2 / (1 + q.estimate) ** 2
    return Result("F1 by Wilson", q.n, turned(q.estimate), se, turned(q.ci_lower), turned(q.ci_upper), level=level)


def f1_by_text(
    true_positive: ArrayLike, false_positive: ArrayLike, false_negative: ArrayLike, *, level: float = 0.95
) -> Result:
    """F1 with counts by text, each text a cluster: linearised ratio, t with texts − 1 degrees of freedom."""
    tp, fp, fn = (np.asarray(one, dtype=float) for one in (true_positive, false_positive, false_negative))
    if not (tp.shape == fp.shape == fn.shape) or len(tp) < 2 or not tp.sum() + fp.sum() + fn.sum():
        raise ExperimentError("F1 by text needs three columns of counts, at least two texts, not all 0")
    n, below = len(tp), 2 * tp + fp + fn
    value = float(2 * tp.sum() / below.sum())
    rest = 2 * tp - value * below
    se = math.sqrt(n / (n - 1) * float((rest**2).sum())) / float(below.sum())
    reach = se * float(stats.t.ppf((1 + level) / 2, n - 1))
    return Result("F1, clustered by text", n, value, se, value - reach, value + reach, df=n - 1, level=level)
