"""What a point of score costs: total cost divided by total score, with Fieller's interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment.means import finite, from_t, one_sample_t, welch_t
from ambos.experiment.result import Result
from ambos.experiment.scores import Table


def ratio(numerator: ArrayLike, denominator: ArrayLike, *, level: float = 0.95) -> Result:
    """Mean of `numerator` by mean of `denominator` on the same units (Fieller 1954).

    The interval is missing where the denominator's mean does not differ from 0 at this level: Fieller's set is then
    unbounded.
    """
    a, b = finite(numerator), finite(denominator)
    (vaa, vab), (_, vbb) = np.cov(a, b) / len(a)
    return _fieller(len(a), float(a.mean()), float(b.mean()), (float(vaa), float(vab), float(vbb)), len(a) - 1, level)


def _fieller(n: int, ma: float, mb: float, spread: tuple[float, float, float], df: float, level: float) -> Result:
    vaa, vab, vbb = spread
    if mb == 0 or math.isnan(df):
        return Result("Fieller", n, level=level)
    t2 = float(stats.t.ppf((1 + level) / 2, df)) ** 2
    middle, outer = ma * mb - t2 * vab, mb * mb - t2 * vbb
    value = ma / mb
    se = math.sqrt(max(0.0, vaa - 2 * value * vab + value**2 * vbb)) / abs(mb)
    inner = middle**2 - outer * (ma * ma - t2 * vaa)
    if outer <= 0 or inner < 0:
        return Result("Fieller", n, value, se, df=df, level=level)
    root = math.sqrt(inner)
    return Result("Fieller", n, value, se, (middle - root) / outer, (middle + root) / outer, df=df, level=level)


def ratio_difference(
    numerator_t: ArrayLike,
    denominator_t: ArrayLike,
    numerator_c: ArrayLike,
    denominator_c: ArrayLike,
    *,
    is_paired: bool,
    level: float = 0.95,
) -> Result:
    """Ratio of the treatment less that of the control, each mean by mean: delta method (Deng, Knoblich, Lu 2018)."""
    (value_t, pull_t), (value_c, pull_c) = _linear(numerator_t, denominator_t), _linear(numerator_c, denominator_c)
    found = one_sample_t(pull_t - pull_c, level=level) if is_paired else welch_t(pull_t, pull_c, level=level)
    return from_t("ratio by delta method", found.n, value_t - value_c, found.se, found.df, level=level)


def _linear(numerator: ArrayLike, denominator: ArrayLike) -> tuple[float, np.ndarray]:
    """The ratio, and by how much each unit pulls it."""
    a, b = finite(numerator), finite(denominator)
    if len(a) != len(b) or not float(b.mean()):
        raise ExperimentError("a ratio needs a denominator for every unit, whose mean is not 0")
    value = float(a.mean() / b.mean())
    return value, (a - value * b) / float(b.mean())


def lift(treatment: ArrayLike, control: ArrayLike, *, is_paired: bool, level: float = 0.95) -> Result:
    """Mean of the treatment by mean of the control, with Fieller's interval; without one where it is unbounded."""
    if is_paired:
        return ratio(treatment, control, level=level)
    a, b = finite(treatment), finite(control)
    va, vb = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    df = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1)) if va + vb else math.nan
    return _fieller(len(a) + len(b), float(a.mean()), float(b.mean()), (va, 0.0, vb), df, level)


def cost_per_point(table: Table, level: float) -> dict[str, Any] | None:
    """Cost per point of each arm, over the units that have both; None without costs."""
    if table.cost_UA is None:
        return None
    told: dict[str, Any] = {}
    for at, arm in enumerate(table.arms):
        cost, score = table.cost_UA[:, at], table.score_UA[:, at]
        there = ~(np.isnan(cost) | np.isnan(score))
        told[arm] = ratio(cost[there], score[there], level=level).to_json() if int(there.sum()) >= 2 else None
    return told
