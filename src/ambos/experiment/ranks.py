"""Tests on ranks, for scores whose distances mean little: Wilcoxon, Mann-Whitney, Brunner-Munzel."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from ambos.experiment.means import finite
from ambos.experiment.result import Result


def wilcoxon(treatment: ArrayLike, control: ArrayLike) -> Result:
    """Signed ranks of paired differences; zeros by Pratt (1959), `estimate` is the median difference."""
    d = finite(treatment) - finite(control)
    if not np.any(d):
        return Result("Wilcoxon signed rank", len(d), 0.0, statistic=0.0, pvalue=1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "exact p with zeros": scipy then takes the normal form, which we want
        found = stats.wilcoxon(d, zero_method="pratt")
    return Result(
        "Wilcoxon signed rank", len(d), float(np.median(d)), statistic=float(found[0]), pvalue=float(found[1])
    )


def mann_whitney(treatment: ArrayLike, control: ArrayLike) -> Result:
    """Rank sums; `estimate` is P(treatment > control) + P(equal)/2."""
    a, b = finite(treatment), finite(control)
    found = stats.mannwhitneyu(a, b, alternative="two-sided")
    share = float(found.statistic) / (len(a) * len(b))
    return Result("Mann-Whitney", len(a) + len(b), share, statistic=float(found.statistic), pvalue=float(found.pvalue))


def brunner_munzel(treatment: ArrayLike, control: ArrayLike, *, level: float = 0.95) -> Result:
    """P(treatment > control) + P(equal)/2 without equal variances, with its t interval (Brunner and Munzel 2000)."""
    a, b = finite(treatment), finite(control)
    n, m = len(a), len(b)
    joint = stats.rankdata(np.concatenate((a, b)))
    ra, rb = joint[:n], joint[n:]
    share = (float(ra.mean()) - (n + 1) / 2) / m
    sa = float(np.var(ra - stats.rankdata(a), ddof=1)) / m**2
    sb = float(np.var(rb - stats.rankdata(b), ddof=1)) / n**2
    se = math.sqrt(sa / n + sb / m)
    if not se > 0:
        return Result("Brunner-Munzel", n + m, share, 0.0, level=level)
    df = (sa / n + sb / m) ** 2 / ((sa / n) ** 2 / (n - 1) + (sb / m) ** 2 / (m - 1))
    t = (share - 0.5) / se
    reach = se * float(stats.t.ppf((1 + level) / 2, df))
    p = float(2 * stats.t.sf(abs(t), df))
    return Result("Brunner-Munzel", n + m, share, se, share - reach, share + reach, t, df, p, level)
