"""Sampled clusters of unequal size: the error that decides.

The usual cluster-robust error (`clusters`) with t of G − 1 is too small where a few clusters hold most units: with 10 of
lognormal(1) sizes its 95 % intervals hold the truth 88 % of the time. Here residuals are freed of the share that each cluster
took from them (CR2), and the degrees of freedom are those of Satterthwaite for equal variances (Bell and McCaffrey 2002, Surv
Methodol 28:169; Imbens and Kolesár 2016, Rev Econ Stat 98:701): 94 to 95 % (benchmarks/experiment.py). Of equal clusters both
give the same figures.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ambos.experiment.clusters import by_cluster, rounded
from ambos.experiment.means import finite, from_t
from ambos.experiment.result import Result

METHOD: Final = "cluster-robust t, CR2"
SAME: Final = 1e-9  # relative difference that is rounding
Floats = NDArray[np.float64]


def adjusted_mean(x: ArrayLike, cluster: ArrayLike, *, weight: ArrayLike | None = None, level: float = 0.95) -> Result:
    """Mean of `x` (for paired data: of the differences); weights stand for variances 1/w."""
    values = finite(x)
    w = _weights(weight, len(values))
    mean = float((w * values).sum() / w.sum())
    return _found(values, mean, by_cluster(w * (values - mean), cluster)[None], by_cluster(w, cluster)[None], level)


def adjusted_difference(
    treatment: ArrayLike,
    control: ArrayLike,
    cluster_t: ArrayLike,
    cluster_c: ArrayLike,
    *,
    weight_t: ArrayLike | None = None,
    weight_c: ArrayLike | None = None,
    level: float = 0.95,
) -> Result:
    """Difference of two arms' means; a cluster may be in one arm or in both."""
    a, b = finite(treatment), finite(control)
    both, names = np.concatenate((a, b)), np.concatenate((np.asarray(cluster_t), np.asarray(cluster_c)))
    w = np.concatenate((_weights(weight_t, len(a)), _weights(weight_c, len(b))))
    sides = np.arange(len(both)) < len(a), np.arange(len(both)) >= len(a)
    means = [float((w * both)[side].sum() / w[side].sum()) for side in sides]
    sums = [by_cluster(w * (both - mean) * side, names) for mean, side in zip(means, sides, strict=True)]
    sizes = [by_cluster(w * side, names) for side in sides]
    return _found(both, means[0] - means[1], np.stack(sums), np.stack(sizes), level)


def unless_same(clustered: Result, adjusted: Result) -> Result:
    """The adjusted figures; of clusters of one size, where they differ in the last bits alone, the others."""
    pairs = ((clustered.se, adjusted.se), (clustered.df, adjusted.df))
    return clustered if all(math.isclose(a, b, rel_tol=SAME) for a, b in pairs) else adjusted


def _found(values: Floats, estimate: float, sums_AG: Floats, sizes_AG: Floats, level: float) -> Result:  # noqa: N803
    variance, df = satterthwaite(sums_AG, sizes_AG)
    return from_t(METHOD, len(values), estimate, rounded(math.sqrt(variance), values), df, level=level)


def satterthwaite(sums_AG: Floats, sizes_AG: Floats) -> tuple[float, float]:  # noqa: N803  axes: arm, cluster
    """Variance and degrees of freedom of one arm's mean, or of the first arm's less the second's.

    Args:
        sums_AG: residuals summed by cluster; sizes_AG: units (or weights) by cluster.
    """
    totals = sizes_AG.sum(axis=1, keepdims=True)
    shares = sizes_AG / totals
    with np.errstate(divide="ignore"):
        pull = np.where(
            shares < 1, 1 / (np.sqrt(1 - shares) * totals), 0.0
        )  # a cluster that is its arm has no residual
    sign = np.array([[1.0], [-1.0]])[: len(sums_AG)]
    variance = float(((sign * pull * sums_AG).sum(axis=0) ** 2).sum())
    trace, squares = float((pull**2 * sizes_AG * (1 - shares)).sum()), 0.0
    for a in range(len(sums_AG)):
        for b in range(len(sums_AG)):
            joint = pull[a] * pull[b] * sizes_AG[a] * sizes_AG[b]
            own = (pull[a] * pull[b] * joint * (1 - shares[a] - shares[b])).sum()
            squares += float(own + joint.sum() ** 2 / (totals[a, 0] * totals[b, 0]))
    return variance, trace**2 / squares if squares > 0 else math.nan


def _weights(weight: ArrayLike | None, n: int) -> Floats:
    return np.ones(n) if weight is None else np.asarray(weight, dtype=float)
