"""Comparing models trained in folds: training sets overlap, so a plain t would find too much."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment.means import finite, from_t, spread
from ambos.experiment.result import Result


def nadeau_bengio(differences: ArrayLike, test_fraction: float, *, level: float = 0.95) -> Result:
    """Corrected resampled t: variance times 1/J + n_test/n_train (Nadeau and Bengio 2003, eq. 9).

    Args:
        differences: treatment − control, one for each of J fits.
        test_fraction: n_test / n_train; 1/(k − 1) for k folds.
    """
    d = finite(differences)
    if not test_fraction > 0:
        raise ExperimentError(f"the test set divided by the training set must be positive: {test_fraction}")
    se = spread(d) * math.sqrt(1 / len(d) + test_fraction)
    return from_t("Nadeau-Bengio corrected t", len(d), float(d.mean()), se, len(d) - 1, level=level)


def five_by_two_t(differences_52: ArrayLike) -> Result:
    """5×2 cv paired t with 5 degrees of freedom (Dietterich 1998): `differences_52[i][j]`, repetition and fold."""
    d, s2 = _five_by_two(differences_52)
    if not s2.sum() > 0:
        return Result("5x2cv t", 10, float(d.mean()), 0.0, df=5)
    t = float(d[0, 0] / math.sqrt(s2.sum() / 5))
    return Result("5x2cv t", 10, float(d.mean()), statistic=t, df=5, pvalue=float(2 * stats.t.sf(abs(t), 5)))


def five_by_two_f(differences_52: ArrayLike) -> Result:
    """5×2 cv combined F with 10 and 5 degrees of freedom (Alpaydin 1999)."""
    d, s2 = _five_by_two(differences_52)
    if not s2.sum() > 0:
        return Result("5x2cv F", 10, float(d.mean()), 0.0, df=5)
    f = float((d**2).sum() / (2 * s2.sum()))
    return Result("5x2cv F", 10, float(d.mean()), statistic=f, df=5, pvalue=float(stats.f.sf(f, 10, 5)))


def _five_by_two(values: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    d = np.asarray(values, dtype=float)
    if d.shape != (5, 2) or not np.isfinite(d).all():
        raise ExperimentError(f"expected 5 repetitions of 2 folds, finite: {d.shape}")
    return d, ((d - d.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
