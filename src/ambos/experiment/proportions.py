"""Yes-or-no scores: one proportion, two independent ones, two on the same units, and a table of 2 × 2."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats
from statsmodels.stats import contingency_tables, proportion

from ambos.errors import ExperimentError
from ambos.experiment.result import Result


@dataclass(frozen=True, slots=True)
class Pairs:
    """Counts of paired yes-or-no answers: `both` right, only the treatment, only the control, neither."""

    both: int
    gained: int
    lost: int
    neither: int

    @property
    def n(self) -> int:
        """All pairs."""
        return self.both + self.gained + self.lost + self.neither

    @property
    def effect(self) -> float:
        """Proportion of the treatment minus that of the control."""
        return (self.gained - self.lost) / self.n


def count_pairs(treatment: ArrayLike, control: ArrayLike) -> Pairs:
    """Counts from two columns of 0 and 1.

    Raises:
        ExperimentError: other values, unequal lengths, or none at all.
    """
    a, b = np.asarray(treatment, dtype=float), np.asarray(control, dtype=float)
    if a.shape != b.shape or not a.size or not (np.isin(a, (0, 1)).all() and np.isin(b, (0, 1)).all()):
        raise ExperimentError("paired proportions need two columns of equal length that hold only 0 and 1")
    both, gained = int((a * b).sum()), int((a * (1 - b)).sum())
    lost = int(((1 - a) * b).sum())
    return Pairs(both, gained, lost, len(a) - both - gained - lost)


def wilson(count: int, n: int, *, level: float = 0.95) -> Result:
    """One proportion with Wilson's score interval (1927)."""
    return _proportion(count, n, "wilson", "Wilson", level)


def clopper_pearson(count: int, n: int, *, level: float = 0.95) -> Result:
    """One proportion with the exact interval of Clopper and Pearson (1934)."""
    return _proportion(count, n, "beta", "Clopper-Pearson", level)


def _proportion(count: int, n: int, way: str, method: str, level: float) -> Result:
    if not 0 <= count <= n or n < 1:
        raise ExperimentError(f"a proportion needs 0 <= count <= n and n >= 1: {count} of {n}")
    low, high = proportion.proportion_confint(count, n, alpha=1 - level, method=way)
    p = count / n
    return Result(method, n, p, math.sqrt(p * (1 - p) / n), float(low), float(high), level=level)


def mcnemar_exact(pairs: Pairs) -> Result:
    """McNemar's test, exact binomial on the discordant pairs."""
    found = contingency_tables.mcnemar([[pairs.both, pairs.lost], [pairs.gained, pairs.neither]], exact=True)
    return Result("McNemar exact", pairs.n, pairs.effect, statistic=float(found.statistic), pvalue=float(found.pvalue))


def mcnemar_mid_p(pairs: Pairs) -> Result:
    """McNemar mid-p: the exact p less the probability of the table seen (Fagerland, Lydersen, Laake 2013)."""
    k, n = min(pairs.gained, pairs.lost), pairs.gained + pairs.lost
    p = min(1.0, mcnemar_exact(pairs).pvalue - float(stats.binom.pmf(k, n, 0.5))) if pairs.gained != pairs.lost else 1.0
    if pairs.gained == pairs.lost and n:
        p = 1.0 - float(stats.binom.pmf(k, n, 0.5))
    return Result("McNemar mid-p", pairs.n, pairs.effect, statistic=float(k), pvalue=p)


def newcombe_paired(pairs: Pairs, *, level: float = 0.95) -> Result:
    """Interval of a paired difference by squares of Wilson's (Newcombe 1998, Stat Med 17:2635, method 10)."""
    n, p1, p2 = pairs.n, (pairs.both + pairs.gained) / pairs.n, (pairs.both + pairs.lost) / pairs.n
    a, b = wilson(pairs.both + pairs.gained, n, level=level), wilson(pairs.both + pairs.lost, n, level=level)
    dl1, du1, dl2, du2 = p1 - a.ci_lower, a.ci_upper - p1, p2 - b.ci_lower, b.ci_upper - p2
    e, f, g, h = pairs.both, pairs.gained, pairs.lost, pairs.neither
    scale = (e + f) * (g + h) * (e + g) * (f + h)
    cross = float(e * h - f * g)
    if cross > 0:  # the continuity correction of method 10 holds for a positive association only
        cross = max(cross - n / 2, 0.0)
    phi = cross / math.sqrt(scale) if scale else 0.0
    low = pairs.effect - math.sqrt(max(0.0, dl1**2 - 2 * phi * dl1 * du2 + du2**2))
    high = pairs.effect + math.sqrt(max(0.0, du1**2 - 2 * phi * du1 * dl2 + dl2**2))
    return Result("Newcombe paired", n, pairs.effect, ci_lower=low, ci_upper=high, level=level)


def tango_z(pairs: Pairs, null: float) -> float:
    """Score statistic of H0: difference = `null` (Tango 1998, Stat Med 17:891, eq. 2.6)."""
    n, b, c = pairs.n, pairs.gained, pairs.lost
    A = 2 * n  # the paper's names: A q² + B q + C = 0 for the nuisance probability of a loss  # noqa: N806
    B = -b - c + (2 * n - b + c) * null  # noqa: N806
    C = -c * null * (1 - null)  # noqa: N806
    q = (math.sqrt(max(0.0, B * B - 4 * A * C)) - B) / (2 * A)
    variance = n * (2 * q + null * (1 - null))
    gap = b - c - n * null
    if variance <= 0:
        return 0.0 if gap == 0 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def tango(pairs: Pairs, *, null: float = 0.0, level: float = 0.95) -> Result:
    """Score test and interval of a paired difference; `pvalue` is two-sided against `null` (Tango 1998).

    For non-inferiority at margin m take `norm.sf` of `tango_z(pairs, -m)`: its size holds where the t's does not.
    """
    z = float(stats.norm.ppf((1 + level) / 2))

    def bound(sign: int) -> float:
        edge = sign * (1 - 1e-12)
        if sign * tango_z(pairs, edge) + z > 0:  # the interval reaches the end of the scale
            return float(sign)
        return float(optimize.brentq(lambda d: sign * tango_z(pairs, d) + z, pairs.effect, edge, xtol=1e-13))

    at_null = tango_z(pairs, null)
    p = float(2 * stats.norm.sf(abs(at_null)))
    low, high = bound(-1), bound(1)
    return Result("Tango score", pairs.n, pairs.effect, math.nan, low, high, at_null, math.nan, p, level)


def tango_non_inferiority(pairs: Pairs, margin: float) -> float:
    """One-sided p of H0: difference ≤ −margin."""
    return float(stats.norm.sf(tango_z(pairs, -margin)))


def tango_equivalence(pairs: Pairs, margin: float) -> float:
    """p of two one-sided score tests of |difference| ≥ margin: the larger of the two."""
    return max(tango_non_inferiority(pairs, margin), float(stats.norm.cdf(tango_z(pairs, margin))))


def is_above(found: Result, margin: float) -> bool:
    """Non-inferior by an interval: all of it above −margin. An interval at 1 − 2·alpha tests at one-sided alpha."""
    return found.ci_lower > -margin


def is_within(found: Result, margin: float) -> bool:
    """Equivalent by an interval: all of it between −margin and margin."""
    return -margin < found.ci_lower and found.ci_upper < margin


def newcombe(count_t: int, n_t: int, count_c: int, n_c: int, *, level: float = 0.95) -> Result:
    """Two independent proportions, Newcombe's interval (1998, method 10) and the score test's p."""
    _check_counts(count_t, n_t, count_c, n_c)
    low, high = proportion.confint_proportions_2indep(count_t, n_t, count_c, n_c, method="newcomb", alpha=1 - level)
    return _independent("Newcombe", count_t, n_t, count_c, n_c, float(low), float(high), level)


def miettinen_nurminen(count_t: int, n_t: int, count_c: int, n_c: int, *, level: float = 0.95) -> Result:
    """Two independent proportions, score interval of Mee (1984) and Miettinen and Nurminen (1985, Stat Med 4:213).

    Without the latters' factor n/(n − 1): so 7 of 34 against 1 of 34 begins at 0.028, as Fagerland, Lydersen and Laake
    (2015) print it; with the factor it would begin at 0.0270.
    """
    _check_counts(count_t, n_t, count_c, n_c)
    counts, effect = (count_t, n_t, count_c, n_c), count_t / n_t - count_c / n_c
    z = float(stats.norm.ppf((1 + level) / 2))

    def bound(sign: int) -> float:
        edge = sign * (1 - 1e-12)
        if sign * miettinen_nurminen_z(*counts, edge) + z > 0:  # the interval reaches the end of the scale
            return float(sign)
        return float(optimize.brentq(lambda d: sign * miettinen_nurminen_z(*counts, d) + z, effect, edge, xtol=1e-13))

    return _independent("Miettinen-Nurminen", *counts, bound(-1), bound(1), level)


def miettinen_nurminen_z(count_t: int, n_t: int, count_c: int, n_c: int, null: float) -> float:
    """Score statistic of H0: difference = `null`; the variance is at the likelihood's maximum under it.

    The maximum is the root of a cubic in closed form (Farrington and Manning 1990, Stat Med 9:1447, appendix).
    """
    theta, p_t, p_c = n_c / n_t, count_t / n_t, count_c / n_c
    a = 1 + theta
    b = -(1 + theta + p_t + theta * p_c + null * (theta + 2))
    c = null * null + null * (2 * p_t + theta + 1) + p_t + theta * p_c
    d = -p_t * null * (1 + null)
    v = b**3 / (27 * a**3) - b * c / (6 * a * a) + d / (2 * a)
    u = math.copysign(math.sqrt(max(0.0, b * b / (9 * a * a) - c / (3 * a))), v or 1.0)
    w = (math.pi + math.acos(max(-1.0, min(1.0, v / u**3 if u else 0.0)))) / 3
    q_t = max(0.0, min(1.0, 2 * u * math.cos(w) - b / (3 * a)))
    q_c = max(0.0, min(1.0, q_t - null))
    variance = q_t * (1 - q_t) / n_t + q_c * (1 - q_c) / n_c
    gap = p_t - p_c - null
    if variance <= 0:
        return 0.0 if abs(gap) < 1e-12 else math.copysign(math.inf, gap)
    return gap / math.sqrt(variance)


def _independent(name: str, ct: int, nt: int, cc: int, nc: int, low: float, high: float, level: float) -> Result:
    effect = ct / nt - cc / nc
    pooled = (ct + cc) / (nt + nc)
    se = math.sqrt(pooled * (1 - pooled) * (1 / nt + 1 / nc) * (nt + nc) / (nt + nc - 1))
    z = effect / se if se else 0.0
    p = float(2 * stats.norm.sf(abs(z)))
    return Result(name, nt + nc, effect, math.nan, low, high, z, math.nan, p, level)


def fisher(count_t: int, n_t: int, count_c: int, n_c: int) -> Result:
    """Fisher's exact test of two independent proportions, two-sided."""
    _check_counts(count_t, n_t, count_c, n_c)
    odds, p = stats.fisher_exact([[count_t, n_t - count_t], [count_c, n_c - count_c]])
    return Result("Fisher exact", n_t + n_c, count_t / n_t - count_c / n_c, statistic=float(odds), pvalue=float(p))


def _check_counts(count_t: int, n_t: int, count_c: int, n_c: int) -> None:
    if not (0 <= count_t <= n_t and 0 <= count_c <= n_c and n_t and n_c):
        raise ExperimentError("two proportions need 0 <= count <= n and n >= 1 in each arm")
