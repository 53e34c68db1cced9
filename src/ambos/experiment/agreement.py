"""How far raters agree beyond chance: kappas for categories, intraclass correlation for numbers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats import inter_rater

from ambos.errors import ExperimentError
from ambos.experiment.result import Result


def cohen_kappa(a: ArrayLike, b: ArrayLike, *, level: float = 0.95) -> Result:
    """Two raters on the same items (Cohen 1960), standard error of Fleiss, Cohen and Everitt (1969)."""
    first, second = np.asarray(a), np.asarray(b)
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise ExperimentError("kappa needs two columns of equal length, at least two items")
    names, codes = np.unique(np.concatenate((first, second)), return_inverse=True)
    k, n = len(names), len(first)
    if k < 2:
        return Result("Cohen kappa", n, 1.0, 0.0, level=level)
    table = np.zeros((k, k))
    np.add.at(table, (codes[:n], codes[n:]), 1)
    found = inter_rater.cohens_kappa(table)
    se = float(found.std_kappa)
    reach = se * float(stats.norm.ppf((1 + level) / 2))
    kappa = float(found.kappa)
    return Result("Cohen kappa", n, kappa, se, kappa - reach, min(1.0, kappa + reach), level=level)


def fleiss_kappa(ratings_IR: ArrayLike) -> Result:  # noqa: N803
    """Several raters (columns) on the same items (rows) (Fleiss 1971)."""
    ratings = np.asarray(ratings_IR)
    if ratings.ndim != 2 or ratings.shape[0] < 2 or ratings.shape[1] < 2:
        raise ExperimentError("Fleiss' kappa needs at least two items and two raters")
    _, codes = np.unique(ratings, return_inverse=True)
    table = inter_rater.aggregate_raters(codes.reshape(ratings.shape))[0]
    if table.shape[1] < 2:
        return Result("Fleiss kappa", len(ratings), 1.0)
    return Result("Fleiss kappa", len(ratings), float(inter_rater.fleiss_kappa(table)))


def icc(ratings_IR: ArrayLike, *, level: float = 0.95) -> Result:  # noqa: N803
    """ICC(2,1): absolute agreement of single ratings, items and raters drawn at random.

    Shrout and Fleiss 1979; interval of McGraw and Wong 1996, table 7.
    """
    x = np.asarray(ratings_IR, dtype=float)
    if x.ndim != 2 or x.shape[0] < 3 or x.shape[1] < 2 or not np.isfinite(x).all():
        raise ExperimentError("ICC needs at least three items and two raters, all finite")
    n, k = x.shape
    grand, rows, columns = x.mean(), x.mean(axis=1), x.mean(axis=0)
    msr = k * float(((rows - grand) ** 2).sum()) / (n - 1)
    msc = n * float(((columns - grand) ** 2).sum()) / (k - 1)
    mse = float(((x - rows[:, None] - columns + grand) ** 2).sum()) / ((n - 1) * (k - 1))
    below = msr + (k - 1) * mse + k * (msc - mse) / n
    if not below > 0:
        return Result("ICC(2,1)", n, level=level)
    value = (msr - mse) / below
    low, high = _icc_bounds(msr, msc, mse, n, k, value, level)
    return Result("ICC(2,1)", n, value, ci_lower=low, ci_upper=high, level=level)


def _icc_bounds(msr: float, msc: float, mse: float, n: int, k: int, value: float, level: float) -> tuple[float, float]:
    if not mse > 0 or value >= 1:
        return math.nan, math.nan
    a, b = k * value / (n * (1 - value)), 1 + k * value * (n - 1) / (n * (1 - value))
    df = (a * msc + b * mse) ** 2 / ((a * msc) ** 2 / (k - 1) + (b * mse) ** 2 / ((n - 1) * (k - 1)))
    tail = (1 + level) / 2
    over = float(stats.f.ppf(tail, n - 1, df))
    under = float(stats.f.ppf(tail, df, n - 1))
    rest = k * msc + (k * n - k - n) * mse
    return n * (msr - over * mse) / (over * rest + n * msr), n * (under * msr - mse) / (rest + n * under * msr)
