"""Looking more than once without fooling oneself: group-sequential bounds, and a confidence sequence for every look.

Bounds spend alpha by Lan and DeMets (1983) and are found by the recursive integration of Armitage, McPherson and Rowe
(1969). The confidence sequence is the asymptotic one of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from ambos.errors import ExperimentError
from ambos.experiment.moments import Moments
from ambos.experiment.result import Result

NODES: Final = 301  # Gauss-Legendre nodes of each look: bounds are right to 1e-6
Floats = NDArray[np.float64]


def obrien_fleming(fraction: float, alpha: float) -> float:
    """Alpha spent at `fraction` of the information, little of it early; each side spends its half, as gsDesign does."""
    return float(4 * stats.norm.sf(stats.norm.ppf(1 - alpha / 4) / math.sqrt(fraction)))


def pocock(fraction: float, alpha: float) -> float:
    """Alpha spent at `fraction` of the information, about evenly."""
    return alpha * math.log(1 + (math.e - 1) * fraction)


SPENDING: Final[dict[str, Callable[[float, float], float]]] = {"obrien-fleming": obrien_fleming, "pocock": pocock}


def bounds(fractions: Sequence[float], *, alpha: float = 0.05, spending: str = "obrien-fleming") -> list[float]:
    """Two-sided bounds on |z| at each look.

    Args:
        fractions: of the planned information at the looks, ascending, the last one 1.
        alpha: two-sided.
        spending: "obrien-fleming" or "pocock".

    Raises:
        ExperimentError: fractions that are not ascending to 1, or an unknown spending function.
    """
    _check(fractions)
    if spending not in SPENDING:
        raise ExperimentError(f"spending must be one of {', '.join(SPENDING)}: {spending!r}")
    path, found, spent = _Path(0.0), [], 0.0
    for fraction in fractions:
        total = SPENDING[spending](fraction, alpha)
        at = path
        bound = float(
            optimize.brentq(lambda z, at=at, f=fraction, p=total - spent: at.crossing(f, z) - p, 0.5, 10, xtol=1e-10)
        )
        found.append(bound)
        path, spent = path.beyond(fraction, bound), total
    return found


def crossing(fractions: Sequence[float], limits: Sequence[float], *, drift: float = 0.0) -> float:
    """Probability that |z| passes its limit at some look.

    Args:
        fractions: as in `bounds`.
        limits: on |z|, one for each look.
        drift: expected z at the last look; 0 gives the rate of false alarms.

    >>> round(crossing([0.54, 1.0], [1.96, 1.96]), 3)  # a pilot of 54 that grows to 100 after a look
    0.082
    """
    _check(fractions)
    path, total = _Path(drift), 0.0
    for fraction, limit in zip(fractions, limits, strict=True):
        total += path.crossing(fraction, limit)
        path = path.beyond(fraction, limit)
    return total


@dataclass(frozen=True, slots=True)
class _Path:
    """Density of B = z·√fraction among the paths that have not crossed; none has been looked at when `nodes` is empty."""

    drift: float
    fraction: float = 0.0
    nodes: Floats = field(default_factory=lambda: np.zeros(1))
    mass: Floats = field(default_factory=lambda: np.ones(1))

    def crossing(self, fraction: float, limit: float) -> float:
        """Probability of passing ±`limit` (on z) at the next look, having passed none before."""
        step, edge = fraction - self.fraction, limit * math.sqrt(fraction)
        centre, sd = self.nodes + self.drift * step, math.sqrt(step)
        return float(self.mass @ (stats.norm.sf((edge - centre) / sd) + stats.norm.cdf((-edge - centre) / sd)))

    def beyond(self, fraction: float, limit: float) -> _Path:
        """After a look that was not crossed."""
        step, edge = fraction - self.fraction, limit * math.sqrt(fraction)
        x, weight = np.polynomial.legendre.leggauss(NODES)
        nodes = x * edge
        density = stats.norm.pdf(nodes[:, None], self.nodes + self.drift * step, math.sqrt(step)) @ self.mass
        return _Path(self.drift, fraction, nodes, density * weight * edge)


def _check(fractions: Sequence[float]) -> None:
    ascending = all(a < b for a, b in itertools.pairwise(fractions))
    if not fractions or not ascending or fractions[0] <= 0 or abs(fractions[-1] - 1) > 1e-12:
        raise ExperimentError(
            f"looks must be ascending shares of the planned information that end in 1: {list(fractions)}"
        )


class Monitor:
    """A running mean with an interval that holds at every look, in constant memory."""

    __slots__ = ("_mean", "_seen", "_squares", "alpha", "horizon")

    def __init__(self, *, alpha: float = 0.05, horizon: int = 1000) -> None:
        """`horizon`: the number of values at which the interval shall be narrowest."""
        if not 0 < alpha < 1 or horizon < 1:
            raise ExperimentError("a monitor needs alpha between 0 and 1 and a horizon of at least 1")
        self.alpha, self.horizon = alpha, horizon
        self._seen, self._mean, self._squares = 0, 0.0, 0.0

    def feed(self, value: float) -> None:
        """One value (Welford 1962)."""
        self._seen += 1
        step = value - self._mean
        self._mean += step / self._seen
        self._squares += step * (value - self._mean)

    def feed_many(self, values: ArrayLike) -> None:
        """Many values at once (Chan, Golub, LeVeque 1983)."""
        x = np.asarray(values, dtype=float)
        part = Moments(len(x), float(x.mean()), float(((x - x.mean()) ** 2).sum()))
        whole = Moments(self._seen, self._mean, self._squares).merge(part)
        self._seen, self._mean, self._squares = whole.n, whole.mean, whole.m2

    def result(self) -> Result:
        """Mean with its interval now; without one below two values."""
        n = self._seen
        if n < 2 or self._squares <= 0:
            return Result("asymptotic confidence sequence", n, self._mean if n else math.nan, level=1 - self.alpha)
        sd = math.sqrt(self._squares / (n - 1))
        reach = sd * sequence_radius(n, alpha=self.alpha, horizon=self.horizon)
        low, high = self._mean - reach, self._mean + reach
        return Result(
            "asymptotic confidence sequence", n, self._mean, sd / math.sqrt(n), low, high, level=1 - self.alpha
        )


def sequence_radius(n: float, *, alpha: float, horizon: float) -> float:
    """Half width in standard deviations after `n` values (Waudby-Smith et al. 2024, theorem 2.2 and eq. 24 for rho)."""
    log = -2 * math.log(alpha)
    rho2 = (log + math.log(log + 1)) / horizon
    grown = n * rho2 + 1
    return math.sqrt(2 * grown / (n * n * rho2) * math.log(math.sqrt(grown) / alpha))
