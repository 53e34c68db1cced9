"""Units that come in groups (questions of one text, patients of one ward): errors that say so.

Sandwich variance by cluster with G/(G − 1) · (n − 1)/(n − k) and t with G − 1 degrees of freedom (Liang and Zeger 1986;
Cameron and Miller 2015); with few clusters also the wild cluster bootstrap (Cameron, Gelbach, Miller 2008).
"""

from __future__ import annotations

import itertools
import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ambos.errors import ExperimentError
from ambos.experiment.means import finite, from_t
from ambos.experiment.result import Result

MIN_CLUSTERS: Final = 6  # below, no clustered verdict: 2^5 sign patterns cannot reach p = 0.05 (two-sided)
FEW_CLUSTERS: Final = 30  # below, the bootstrap is shown beside the t
_MAX_PATTERNS: Final = 2**12  # sign patterns that are enumerated; more are drawn


def clustered_mean(x: ArrayLike, cluster: ArrayLike, *, weight: ArrayLike | None = None, level: float = 0.95) -> Result:
    """Mean of `x` (for paired data: of the differences); regression on a constant, k = 1."""
    values = finite(x)
    w = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    mean = float((w * values).sum() / w.sum())
    sums = by_cluster(w * (values - mean), cluster)
    g = len(sums)
    se = math.sqrt(g / (g - 1) * float((sums**2).sum())) / float(w.sum())
    return from_t("cluster-robust t", len(values), mean, rounded(se, values), g - 1, level=level)


def clustered_difference(
    treatment: ArrayLike,
    control: ArrayLike,
    cluster_t: ArrayLike,
    cluster_c: ArrayLike,
    *,
    weight_t: ArrayLike | None = None,
    weight_c: ArrayLike | None = None,
    level: float = 0.95,
) -> Result:
    """Difference of two arms' means; regression on a constant and the arm, k = 2."""
    a, b = finite(treatment), finite(control)
    n = len(a) + len(b)
    (mean_a, pull_a), (mean_b, pull_b) = _influence(a, weight_t), _influence(b, weight_c)
    sums = by_cluster(np.concatenate((pull_a, -pull_b)), np.concatenate((np.asarray(cluster_t), np.asarray(cluster_c))))
    g = len(sums)
    se = math.sqrt(g / (g - 1) * (n - 1) / (n - 2) * float((sums**2).sum()))
    return from_t("cluster-robust t", n, mean_a - mean_b, rounded(se, np.concatenate((a, b))), g - 1, level=level)


def _influence(values: NDArray[np.float64], weight: ArrayLike | None) -> tuple[float, NDArray[np.float64]]:
    """The mean, and by how much each value pulls it."""
    w = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=float)
    mean = float((w * values).sum() / w.sum())
    return mean, w * (values - mean) / w.sum()


def wild_cluster(
    x: ArrayLike, cluster: ArrayLike, *, rng: np.random.Generator, null: float = 0.0, draws: int = 9999
) -> Result:
    """Wild cluster bootstrap-t of a mean, null imposed, Rademacher weights by cluster.

    All 2^G sign patterns where they are few, `draws` of them otherwise; the p-value is that of |t|.
    """
    values = finite(x)
    sums_r = by_cluster(values - null, cluster)  # under the null residuals are x − null
    sizes = by_cluster(np.ones(len(values)), cluster)
    g, n = len(sums_r), len(values)
    signs = _signs(g, draws, rng)
    seen = _studentised(sums_r[None, :], sizes, n)[0]
    drawn = _studentised(signs * sums_r, sizes, n)
    reached = int((np.abs(drawn) >= abs(seen) * (1 - 1e-12)).sum())
    p = reached / len(signs) if 2**g <= _MAX_PATTERNS else (reached + 1) / (len(signs) + 1)
    return Result("wild cluster bootstrap", n, float(values.mean()), statistic=float(seen), df=g - 1, pvalue=p)


def _signs(g: int, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One row of ±1 for each resample: all patterns where they are few, `draws` of them otherwise."""
    if 2**g <= _MAX_PATTERNS:
        return np.array(list(itertools.product((-1.0, 1.0), repeat=g)), dtype=np.float64)
    return rng.integers(0, 2, size=(draws, g)).astype(np.float64) * 2.0 - 1.0


def _studentised(sums_BG: NDArray[np.float64], sizes: NDArray[np.float64], n: int) -> NDArray[np.float64]:  # noqa: N803
    means = sums_BG.sum(axis=1) / n
    rest = sums_BG - means[:, None] * sizes
    g = len(sizes)
    se = np.sqrt(g / (g - 1) * (rest**2).sum(axis=1)) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(se > 0, means / se, np.where(means == 0, 0.0, np.inf))


def wild_cluster_difference(
    treatment: ArrayLike,
    control: ArrayLike,
    cluster_t: ArrayLike,
    cluster_c: ArrayLike,
    *,
    rng: np.random.Generator,
    draws: int = 9999,
) -> Result:
    """Wild cluster bootstrap-t of the difference of two arms; no difference is imposed, signs are drawn by cluster."""
    a, b = finite(treatment), finite(control)
    both, n = np.concatenate((a, b)), len(a) + len(b)
    is_t = np.arange(n) < len(a)
    names = np.concatenate((np.asarray(cluster_t), np.asarray(cluster_c)))
    rest = both - both.mean()
    sums_AG = np.stack([by_cluster(rest * side, names) for side in (is_t, ~is_t)])  # noqa: N806  axes: arm, cluster
    sizes_AG = np.stack([by_cluster(side.astype(np.float64), names) for side in (is_t, ~is_t)])  # noqa: N806
    g = sums_AG.shape[1]
    is_whole = 2**g <= _MAX_PATTERNS
    signs = _signs(g, draws, rng)
    seen = _studentised_difference(np.ones((1, g)), sums_AG, sizes_AG)[0]
    drawn = _studentised_difference(signs, sums_AG, sizes_AG)
    reached = int((np.abs(drawn) >= abs(seen) * (1 - 1e-12)).sum())
    p = reached / len(signs) if is_whole else (reached + 1) / (len(signs) + 1)
    return Result("wild cluster bootstrap", n, float(a.mean() - b.mean()), statistic=float(seen), df=g - 1, pvalue=p)


def _studentised_difference(
    signs_BG: NDArray[np.float64],  # noqa: N803
    sums_AG: NDArray[np.float64],  # noqa: N803
    sizes_AG: NDArray[np.float64],  # noqa: N803
) -> NDArray[np.float64]:
    pulls, effect = np.zeros_like(signs_BG), np.zeros(len(signs_BG))
    for side, sums, sizes in zip((1, -1), sums_AG, sizes_AG, strict=True):
        means = signs_BG @ sums / sizes.sum()
        effect += side * means
        pulls += side * (signs_BG * sums - means[:, None] * sizes) / sizes.sum()
    g, n = signs_BG.shape[1], float(sizes_AG.sum())
    se = np.sqrt(g / (g - 1) * (n - 1) / (n - 2) * (pulls**2).sum(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(se > 0, effect / se, np.where(effect == 0, 0.0, np.inf))


def intraclass(x: ArrayLike, cluster: ArrayLike) -> float:
    """Share of the variance between clusters, one-way ANOVA estimator (Donner 1986); may be negative."""
    values = finite(x)
    sizes, sums = by_cluster(np.ones(len(values)), cluster), by_cluster(values, cluster)
    n, g = len(values), len(sizes)
    if g == n:
        return math.nan
    between = float((sizes * (sums / sizes - values.mean()) ** 2).sum()) / (g - 1)
    within = (float((values**2).sum()) - float((sums**2 / sizes).sum())) / (n - g)
    m0 = (n - float((sizes**2).sum()) / n) / (g - 1)
    below = between + (m0 - 1) * within
    return (between - within) / below if below > 0 else math.nan


def by_cluster(values: NDArray[np.float64], cluster: ArrayLike) -> NDArray[np.float64]:
    """Sums by cluster, in the order of the clusters' names."""
    names = np.asarray(cluster)
    if len(names) != len(values):
        raise ExperimentError(f"every unit needs its cluster: {len(values)} units, {len(names)} clusters")
    _, codes = np.unique(names, return_inverse=True)
    sums = np.bincount(codes.ravel(), weights=values).astype(np.float64)
    if len(sums) < 2:
        raise ExperimentError("a clustered error needs at least two clusters")
    return sums


def rounded(se: float, values: NDArray[np.float64]) -> float:
    """The error, exactly 0 where only rounding varies."""
    return 0.0 if se <= 1e-14 * float(np.abs(values).max()) else se
