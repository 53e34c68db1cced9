"""What a point of score costs: total cost divided by total score, with Fieller's interval."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ambos.experiment.means import finite
from ambos.experiment.result import Result
from ambos.experiment.scores import Table


def ratio(numerator: ArrayLike, denominator: ArrayLike, *, level: float = 0.95) -> Result:
    """Mean of `numerator` by mean of `denominator` on the same units (Fieller 1954).

    The interval is missing where the denominator's mean does not differ from 0 at this level: Fieller's set is then
    unbounded.
    """
    a, b = finite(numerator), finite(denominator)
    n = len(a)
    ma, mb = float(a.mean()), float(b.mean())
    (vaa, vab), (_, vbb) = np.cov(a, b) / n
    t2 = float(stats.t.ppf((1 + level) / 2, n - 1)) ** 2
    middle, outer = ma * mb - t2 * float(vab), mb * mb - t2 * float(vbb)
    if mb == 0:
        return Result("Fieller", n, level=level)
    value = ma / mb
    se = math.sqrt(max(0.0, float(vaa) - 2 * value * float(vab) + value**2 * float(vbb))) / abs(mb)
    inner = middle**2 - outer * (ma * ma - t2 * float(vaa))
    if outer <= 0 or inner < 0:
        return Result("Fieller", n, value, se, df=n - 1, level=level)
    root = math.sqrt(inner)
    return Result("Fieller", n, value, se, (middle - root) / outer, (middle + root) / outer, df=n - 1, level=level)


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
