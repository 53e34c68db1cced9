"""Bootstrap and permutation. Few-valued scores are drawn exactly and fast, by how often each value comes up.

A resample of n values with k distinct ones is one multinomial draw over k counts; a random sign for each of m equal
differences is one binomial draw; a random split of k distinct values is one hypergeometric draw. Same distribution as
index resampling, about a thousand times faster. Many-valued long columns go into buckets, which is approximate.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment import drawing
from ambos.experiment.means import finite
from ambos.experiment.result import Result

DRAWS: Final = 10_000
FEW: Final = 64  # distinct values up to which a column counts as few-valued
LONG: Final = 20_000  # values above which a many-valued column is resampled by buckets
BUCKETS: Final = 1_000
_CHUNK: Final = 4_000_000  # numbers in memory at once
Floats = NDArray[np.float64]


def bootstrap_mean(
    x: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS, level: float = 0.95, way: str = "bca"
) -> Result:
    """Mean with a bootstrap interval; `way` is "percentile", "bca" (Efron 1987) or "t" (studentised, Hall 1988).

    For paired data pass the differences. Of skewed values "t" covers best: 94 to 95 % where BCa covers 93.7 to 94.
    Long columns are drawn by buckets, whose means are no longer skewed: "t" is then "bca".
    """
    values = finite(x)
    if way == "t" and (found := _studentised(values, rng, draws, level)):
        return found
    way = "bca" if way == "t" else way
    drawn = np.sort(_means(values, rng, draws))
    mean = float(values.mean())
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if way == "bca" and drawn[0] < drawn[-1]:
        tails = _corrected(values, mean, drawn, tails)
    low, high = np.quantile(drawn, tails)
    return Result(f"bootstrap {way}", len(values), mean, float(drawn.std(ddof=1)), float(low), float(high), level=level)


def _means(values: Floats, rng: np.random.Generator, draws: int) -> Floats:
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    if len(distinct) <= FEW:
        return np.asarray(drawing.multinomial(rng, n, counts / n, draws) @ distinct / n)
    if n > LONG:
        sums = np.array([part.sum() for part in np.array_split(rng.permutation(values), BUCKETS)])
        sizes = np.array([len(part) for part in np.array_split(values, BUCKETS)], dtype=float)
        return _ratios(sums, sizes, rng, draws)
    step = max(1, _CHUNK // n)
    parts = [values[rng.integers(0, n, size=(min(step, draws - at), n))].mean(axis=1) for at in range(0, draws, step)]
    return np.concatenate(parts)


def _studentised(values: Floats, rng: np.random.Generator, draws: int, level: float) -> Result | None:
    """The t of each resample around the mean; None where a column is too long, or has no spread."""
    n, mean, sd = len(values), float(values.mean()), float(values.std(ddof=1))
    distinct, counts = np.unique(values, return_counts=True)
    if not sd > 0 or (len(distinct) > FEW and n > LONG):
        return None
    if len(distinct) <= FEW:
        times = drawing.multinomial(rng, n, counts / n, draws)
        middle = times @ distinct / n
        spread = np.sqrt(np.maximum(times @ (distinct - mean) ** 2 / n - (middle - mean) ** 2, 0) * n / (n - 1))
    else:
        step = max(1, _CHUNK // n)
        parts = []
        for at in range(0, draws, step):
            one = values[rng.integers(0, n, (min(step, draws - at), n))]
            parts.append((one.mean(axis=1), one.std(axis=1, ddof=1)))
        middle, spread = (np.concatenate(column) for column in zip(*parts, strict=True))
    se = sd / math.sqrt(n)
    has_spread = spread > 0
    t = np.where(middle < mean, -math.inf, math.inf)
    t[has_spread] = (middle[has_spread] - mean) / (spread[has_spread] / math.sqrt(n))
    low, high = np.quantile(t, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    return Result(
        "bootstrap t", n, mean, float(middle.std(ddof=1)), mean - float(high) * se, mean - float(low) * se, level=level
    )


def _corrected(values: Floats, mean: float, drawn: Floats, tails: Floats) -> Floats:
    """Efron's tails: bias from the share below the estimate (ties half), acceleration from the jackknife of a mean."""
    below = (np.searchsorted(drawn, mean, "left") + np.searchsorted(drawn, mean, "right")) / (2 * len(drawn))
    bias = float(stats.norm.ppf(min(max(below, 1 / len(drawn)), 1 - 1 / len(drawn))))
    d = values - values.mean()
    speed = float((d**3).sum()) / (6 * float((d**2).sum()) ** 1.5)
    z = bias + stats.norm.ppf(tails)
    return np.asarray(stats.norm.cdf(bias + z / (1 - speed * z)))


def bootstrap_clusters(
    x: ArrayLike, cluster: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS, level: float = 0.95
) -> Result:
    """Mean with a percentile interval that resamples whole clusters."""
    values = finite(x)
    _, codes = np.unique(np.asarray(cluster), return_inverse=True)
    sums = np.bincount(codes, weights=values).astype(np.float64)
    sizes = np.bincount(codes).astype(np.float64)
    if len(sums) < 2:
        raise ExperimentError("a cluster bootstrap needs at least two clusters")
    drawn = _ratios(sums, sizes, rng, draws)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Result(
        "cluster bootstrap",
        len(values),
        float(values.mean()),
        float(drawn.std(ddof=1)),
        float(low),
        float(high),
        level=level,
    )


def _ratios(sums: Floats, sizes: Floats, rng: np.random.Generator, draws: int) -> Floats:
    g = len(sums)
    step = max(1, _CHUNK // g)
    parts = []
    for at in range(0, draws, step):
        chosen = rng.integers(0, g, size=(min(step, draws - at), g))
        parts.append(sums[chosen].sum(axis=1) / sizes[chosen].sum(axis=1))
    return np.concatenate(parts)


def permute_signs(differences: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS) -> Result:
    """Paired permutation test: each difference may as well have the other sign. Exact for one size of difference."""
    d = finite(differences)
    sizes, counts = np.unique(np.abs(d[d != 0]), return_counts=True)
    seen = abs(float(d.sum()))
    if not len(sizes):
        return Result("sign permutation, exact", len(d), 0.0, pvalue=1.0)
    if len(sizes) == 1:
        p = float(stats.binomtest(int((d > 0).sum()), int(counts[0])).pvalue)
        return Result("sign permutation, exact", len(d), float(d.mean()), pvalue=p)
    if len(sizes) <= FEW:
        heads = np.stack([drawing.binomial(rng, int(count), 0.5, draws) for count in counts], axis=1)
        sums = (2.0 * heads - counts) @ sizes
    else:
        step = max(1, _CHUNK // len(d))
        parts = [
            (rng.integers(0, 2, size=(min(step, draws - at), len(d))) * 2.0 - 1) @ d for at in range(0, draws, step)
        ]
        sums = np.concatenate(parts)
    return Result(
        "sign permutation", len(d), float(d.mean()), pvalue=_share(np.abs(sums), seen, float(np.abs(d).sum()))
    )


def permute_groups(treatment: ArrayLike, control: ArrayLike, *, rng: np.random.Generator, draws: int = DRAWS) -> Result:
    """Permutation test of two groups: every split of the same values is as likely."""
    a, b = finite(treatment), finite(control)
    both = np.concatenate((a, b))
    distinct, counts = np.unique(both, return_counts=True)
    expected = float(both.mean()) * len(a)
    if len(distinct) <= FEW:
        drawn = rng.multivariate_hypergeometric(counts, len(a), size=draws, method="marginals") @ distinct
    else:
        step = max(1, _CHUNK // len(both))
        parts = []
        for at in range(0, draws, step):
            rows = np.tile(both, (min(step, draws - at), 1))
            parts.append(rng.permuted(rows, axis=1)[:, : len(a)].sum(axis=1))
        drawn = np.concatenate(parts)
    p = _share(np.abs(drawn - expected), abs(float(a.sum()) - expected), float(np.abs(both).sum()))
    return Result("permutation of groups", len(both), float(a.mean() - b.mean()), pvalue=p)


def _share(drawn: Floats, seen: float, scale: float) -> float:
    """(reached + 1) / (draws + 1): never 0 (Phipson and Smyth 2010); ties within rounding count as reached."""
    reached = int((drawn >= seen - 1e-12 * scale).sum())
    return (reached + 1) / (len(drawn) + 1) if math.isfinite(seen) else math.nan
