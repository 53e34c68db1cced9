"""Sums that keep their digits: mean, standard deviation, one-way ANOVA, straight line.

Text is read as Decimal and shifted by its first value before it becomes a float; sums are exact (`math.fsum`) and
deviations are taken from the mean, never sum of squares minus square of sum. So NIST's StRD sets with 9 constant
leading digits keep 13 digits. `Moments` merges parts in any order (Chan, Golub, LeVeque 1983).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final, TypeAlias

from ambos.errors import ExperimentError
from ambos.experiment.result import Result

EXACT: Final = 20_000  # values up to which the autocorrelation is computed in whole numbers, in about 10 ms
WIDEST: Final = 400  # decimal places that exact arithmetic takes; wider numbers would make it slow
Number: TypeAlias = "str | Decimal | float"


@dataclass(frozen=True, slots=True)
class Moments:
    """n, mean and sum of squared deviations (`m2`) of what was seen."""

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0

    @property
    def sd(self) -> float:
        """Standard deviation with n − 1; NaN below two values."""
        return math.sqrt(self.m2 / (self.n - 1)) if self.n > 1 else math.nan

    def add(self, value: float) -> Moments:
        """With one more value (Welford 1962)."""
        n = self.n + 1
        step = value - self.mean
        mean = self.mean + step / n
        return Moments(n, mean, self.m2 + step * (value - mean))

    def merge(self, other: Moments) -> Moments:
        """Of both parts together (Chan, Golub, LeVeque 1983, eq. 1.5)."""
        if not self.n or not other.n:
            return self if self.n else other
        n = self.n + other.n
        step = other.mean - self.mean
        return Moments(n, self.mean + step * other.n / n, self.m2 + other.m2 + step * step * self.n * other.n / n)


@dataclass(frozen=True, slots=True)
class Description:
    """Mean, standard deviation (n − 1) and lag-1 autocorrelation of a series."""

    n: int
    mean: float
    sd: float
    autocorrelation: float


def describe(values: Iterable[Number]) -> Description:
    """Mean, sd and lag-1 autocorrelation as NIST StRD defines them.

    Raises:
        ExperimentError: fewer than two values, or one that is not a finite number.

    >>> describe(["10000001", "10000003", "10000002"]).sd
    1.0
    """
    given = [*values]
    origin, shifted = shift(given)
    if len(shifted) < 2:
        raise ExperimentError("a standard deviation needs at least two values")
    mean = math.fsum(shifted) / len(shifted)
    squares = _squares(shifted)
    total = float(origin + Decimal(mean))
    sd = math.sqrt(squares / (len(shifted) - 1))
    if len(shifted) <= EXACT and all(abs(_decimal(one).adjusted()) < WIDEST for one in given):
        return Description(len(shifted), total, sd, _lagged_exactly(given))
    deviations = [one - mean for one in shifted]
    lagged = math.fsum(a * b for a, b in itertools.pairwise(deviations))
    return Description(len(shifted), total, sd, lagged / squares if squares else math.nan)


def _lagged_exactly(values: Sequence[Number]) -> float:
    """Lag-1 autocorrelation in whole numbers: near 0 its sum cancels, and rounding would cost digits there."""
    exact = [_decimal(one) for one in values]
    whole = [Fraction(one) for one in exact]
    scale = math.lcm(*(one.denominator for one in whole))
    numbers = [one.numerator * (scale // one.denominator) for one in whole]
    n, total = len(numbers), sum(numbers)
    # With every deviation taken n times, nothing is divided before the end.
    deviations = [n * one - total for one in numbers]
    squares = sum(one * one for one in deviations)
    lagged = sum(a * b for a, b in itertools.pairwise(deviations))
    return float(Fraction(lagged, squares)) if squares else math.nan


def _decimal(one: Number) -> Decimal:
    return Decimal(one) if isinstance(one, str | Decimal) else Decimal(repr(float(one)))


def anova(groups: Sequence[Sequence[Number]]) -> Result:
    """One-way analysis of variance: F in `statistic`, R² in `estimate`, residual sd in `se`, within-df in `df`.

    Raises:
        ExperimentError: fewer than two groups, an empty one, or no variation within.
    """
    from scipy import stats

    sizes = [len(group) for group in groups]
    if len(groups) < 2 or min(sizes) < 1:
        raise ExperimentError("an analysis of variance needs at least two groups, none empty")
    _, flat = shift(value for group in groups for value in group)
    start, parts = 0, []
    for size in sizes:
        parts.append(flat[start : start + size])
        start += size
    grand = math.fsum(flat) / len(flat)
    within = math.fsum(_squares(part) for part in parts)
    between = math.fsum(len(part) * (math.fsum(part) / len(part) - grand) ** 2 for part in parts)
    k, df = len(groups) - 1, len(flat) - len(groups)
    if df < 1 or within == 0:
        raise ExperimentError("the groups do not vary within: F is not defined")
    f = (between / k) / (within / df)
    share = between / (between + within)
    return Result(
        "one-way ANOVA",
        len(flat),
        share,
        math.sqrt(within / df),
        statistic=f,
        df=df,
        pvalue=float(stats.f.sf(f, k, df)),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """Least squares y = intercept + slope·x."""

    intercept: Result
    slope: Result
    residual_sd: float
    r_squared: float


def fit_line(x: Sequence[Number], y: Sequence[Number], *, level: float = 0.95) -> Line:
    """Simple linear regression with t intervals.

    Raises:
        ExperimentError: lengths differ, fewer than three points, or x does not vary.
    """
    from scipy import stats

    if len(x) != len(y) or len(x) < 3:
        raise ExperimentError("a line needs two columns of equal length, at least three rows")
    (x0, xs), (y0, ys) = shift(x), shift(y)
    n = len(xs)
    mx, my = math.fsum(xs) / n, math.fsum(ys) / n
    sxx = _squares(xs)
    if sxx == 0:
        raise ExperimentError("x does not vary: no line can be fitted")
    slope = math.fsum((a - mx) * (b - my) for a, b in zip(xs, ys, strict=True)) / sxx
    residual = math.fsum((b - my - slope * (a - mx)) ** 2 for a, b in zip(xs, ys, strict=True))
    sd = math.sqrt(residual / (n - 2))
    real_mx = float(x0) + mx
    intercept = float(y0) + my - slope * real_mx
    se_slope = sd / math.sqrt(sxx)
    se_intercept = sd * math.sqrt(1 / n + real_mx**2 / sxx)
    reach = float(stats.t.ppf((1 + level) / 2, n - 2))
    r2 = 1 - residual / _squares(ys)

    def told(value: float, se: float) -> Result:
        t = value / se if se else math.inf
        p = float(2 * stats.t.sf(abs(t), n - 2))
        return Result("least squares", n, value, se, value - reach * se, value + reach * se, t, n - 2, p, level)

    return Line(told(intercept, se_intercept), told(slope, se_slope), sd, r2)


def shift(values: Iterable[Number]) -> tuple[Decimal, list[float]]:
    """The first value, and all values minus it; the difference is taken before anything is rounded."""
    try:
        exact = [_decimal(one) for one in values]
    except InvalidOperation:
        raise ExperimentError("expected numbers, a value is not one") from None
    if not all(one.is_finite() for one in exact):
        raise ExperimentError("expected finite numbers, a value is NaN or infinite")
    origin = exact[0] if exact else Decimal(0)
    return origin, [float(one - origin) for one in exact]


def _squares(values: Sequence[float]) -> float:
    """Sum of squared deviations; the second term removes what rounding of the mean left."""
    mean = math.fsum(values) / len(values)
    rest = math.fsum(one - mean for one in values)
    return math.fsum((one - mean) ** 2 for one in values) - rest * rest / len(values)
