"""Who separates better, and who stands higher over many data sets: DeLong, Friedman, Nemenyi."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment.result import Result

Floats = NDArray[np.float64]


def auc(score: ArrayLike, label: ArrayLike, *, level: float = 0.95) -> Result:
    """Area under the ROC curve with DeLong's interval (DeLong, DeLong, Clarke-Pearson 1988), ties half."""
    (value,), covariance, n = _delong([score], label)
    return _normal("DeLong AUC", n, value, math.sqrt(max(0.0, float(covariance[0, 0]))), 0.5, level)


def auc_difference(treatment: ArrayLike, control: ArrayLike, label: ArrayLike, *, level: float = 0.95) -> Result:
    """Difference of two correlated areas on the same labels (DeLong and others 1988)."""
    (a, b), covariance, n = _delong([treatment, control], label)
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    return _normal("DeLong", n, a - b, math.sqrt(max(0.0, variance)), 0.0, level)


def _delong(scores: Sequence[ArrayLike], label: ArrayLike) -> tuple[list[float], Floats, int]:
    """Areas, their covariance and n, by midranks in n log n (Sun and Xu 2014)."""
    y = np.asarray(label, dtype=float)
    if not np.isin(y, (0, 1)).all() or not 1 < y.sum() < len(y) - 1:
        raise ExperimentError("an area needs labels of 0 and 1, at least two of each")
    is_hit = y == 1
    m, n = int(is_hit.sum()), int((~is_hit).sum())
    areas, hits, rests = [], [], []
    for one in scores:
        x = np.asarray(one, dtype=float)
        if x.shape != y.shape or not np.isfinite(x).all():
            raise ExperimentError("every score needs its label, and must be finite")
        whole = stats.rankdata(x)
        hits.append((whole[is_hit] - stats.rankdata(x[is_hit])) / n)
        rests.append(1 - (whole[~is_hit] - stats.rankdata(x[~is_hit])) / m)
        areas.append(float(hits[-1].mean()))
    return areas, np.atleast_2d(np.cov(hits)) / m + np.atleast_2d(np.cov(rests)) / n, len(y)


def _normal(method: str, n: int, value: float, se: float, null: float, level: float) -> Result:
    if not se > 0:
        return Result(method, n, value, 0.0, level=level)
    reach, z = se * float(stats.norm.ppf((1 + level) / 2)), (value - null) / se
    p = float(2 * stats.norm.sf(abs(z)))
    return Result(method, n, value, se, value - reach, value + reach, z, math.nan, p, level)


@dataclass(frozen=True, slots=True)
class Standings:
    """Friedman's test with Nemenyi's comparisons.

    Attributes:
        test: chi-squared with k − 1 degrees of freedom.
        ranks: mean rank of each arm, 1 the best.
        critical: difference of mean ranks that is beyond chance at this level.
        pvalues_AA: of each pair of arms (axes: arm, arm).
    """

    test: Result
    ranks: tuple[float, ...]
    critical: float
    pvalues_AA: Floats  # noqa: N815


def friedman(scores_SA: ArrayLike, *, level: float = 0.95, is_higher_better: bool = True) -> Standings:  # noqa: N803
    """Arms over data sets (or items): Friedman 1937, Nemenyi 1963, as Demšar 2006 puts them together.

    Args:
        scores_SA: one row a data set, one column an arm.
        level: of the critical difference.
        is_higher_better: False gives the lowest score rank 1.
    """
    x = np.asarray(scores_SA, dtype=float)
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 3 or not np.isfinite(x).all():
        raise ExperimentError("Friedman's test needs at least two data sets and three arms, all finite")
    n, k = x.shape
    ranks = np.apply_along_axis(stats.rankdata, 1, -x if is_higher_better else x).mean(axis=0)
    found = stats.friedmanchisquare(*x.T)
    step = math.sqrt(k * (k + 1) / (6 * n))
    critical = float(stats.studentized_range.ppf(level, k, np.inf)) / math.sqrt(2) * step
    gaps = np.abs(ranks[:, None] - ranks) / step * math.sqrt(2)
    pvalues = np.clip(stats.studentized_range.sf(gaps, k, np.inf), 0, 1)
    test = Result("Friedman", n, statistic=float(found.statistic), df=k - 1, pvalue=float(found.pvalue), level=level)
    return Standings(test, tuple(map(float, ranks)), critical, pvalues)


def groups(ranks: Mapping[str, float], critical: float) -> list[list[str]]:
    """Arms that are not told apart: the longest runs of mean ranks that differ by less than the critical difference.

    >>> groups({"a": 1.0, "b": 1.5, "c": 2.4}, 1.0)
    [['a', 'b'], ['b', 'c']]
    """
    order = sorted(ranks, key=ranks.__getitem__)
    runs = [[b for b in order[at:] if ranks[b] - ranks[a] < critical] for at, a in enumerate(order)]
    ends = [order.index(run[-1]) for run in runs]
    return [run for at, run in enumerate(runs) if len(run) > 1 and (at == 0 or ends[at] > ends[at - 1])]
