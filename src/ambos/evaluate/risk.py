"""Bounds on the mean of a loss in [0, 1] from a sample of units: what a certificate rests on. Numbers only, no text.

Upper bounds and p-values hold for exchangeable units, whatever the distribution of the loss:

- Hoeffding-Bentkus: Bates, Angelopoulos, Lei, Malik and Jordan (2021), "Distribution-free, risk-controlling prediction
  sets", theorem 1 and proposition 2;
- betting (WSR): Waudby-Smith and Ramdas (2024), "Estimating means of bounded random variables by betting", in the form of
  Bates et al. (2021), proposition 5;
- binomial: Clopper and Pearson (1934), for losses of 0 and 1.

Which bound is used is said before the data are seen: the smaller of two bounds is no bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from ambos.errors import CalibrationError

F64: TypeAlias = npt.NDArray[np.float64]
PValue: TypeAlias = Callable[[F64, float], float]
MOST_UNITS: Final = 1_000_000  # beyond this no house labels by hand: the answer is "cannot be met"


def hoeffding_bentkus(losses: npt.ArrayLike, bound: float) -> float:
    """P-value of "the mean loss is above `bound`".

    Args:
        losses: one loss in [0, 1] for each unit.
        bound: 0 to 1.

    Raises:
        CalibrationError: no losses, or one outside [0, 1].
    """
    losses = checked(losses)
    n, mean = len(losses), float(losses.mean())
    if not 0 < bound < 1 or mean >= bound:
        return 1.0
    hoeffding = math.exp(-n * _divergence(mean, bound))
    bentkus = math.e * float(stats.binom.cdf(math.ceil(n * mean - 1e-9), n, bound))
    return min(1.0, hoeffding, bentkus)


def betting(losses: npt.ArrayLike, bound: float, *, confidence: float = 0.95) -> float:
    """P-value of "the mean loss is above `bound`": one over the greatest capital of a gambler who bets against it.

    Args:
        losses: one loss in [0, 1] for each unit, in an order that does not depend on the losses.
        bound: 0 to 1.
        confidence: for which the bets are tuned; it holds for any.

    Raises:
        CalibrationError: no losses, or one outside [0, 1].
    """
    losses = checked(losses)
    if not 0 < bound < 1:
        return 1.0
    growth = np.cumsum(np.log1p(_bets(losses, confidence) * (bound - losses)))
    return float(min(1.0, math.exp(-growth.max())))


def binomial(losses: npt.ArrayLike, bound: float) -> float:
    """P-value of "the share of units with loss 1 is above `bound`"; exact.

    Raises:
        CalibrationError: no losses, or one that is neither 0 nor 1.
    """
    losses = checked(losses)
    if not np.isin(losses, (0.0, 1.0)).all():
        raise CalibrationError("the binomial bound is for losses of 0 and 1")
    return float(stats.binom.cdf(int(losses.sum()), len(losses), bound))


BOUNDS: Final[Mapping[str, PValue]] = {
    "betting": betting,
    "hoeffding-bentkus": hoeffding_bentkus,
    "binomial": binomial,
}


def upper_bound(losses: npt.ArrayLike, *, confidence: float, bound: str = "betting") -> float:
    """The least value that the mean loss is not above, with `confidence`.

    >>> round(upper_bound([0.0] * 300, confidence=0.95, bound="binomial"), 4)
    0.0099
    """
    losses, alpha = checked(losses), _alpha(confidence)
    p_value = _bound(bound)
    # Each p-value falls as the bound grows, so that the crossing is one.
    low, high = max(float(losses.mean()), 1e-9), 1 - 1e-9
    if p_value(losses, high) > alpha:
        return 1.0
    if p_value(losses, low) <= alpha:
        return low
    return float(optimize.brentq(lambda at: p_value(losses, at) - alpha, low, high, xtol=1e-7)) + 1e-7


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that must hold: the mean of a loss, by name, is at most `most`, shown by `bound`."""

    loss: str
    most: float
    bound: str = "betting"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the test found.

    Attributes:
        place: index of the mildest setting that may be used; None when not even the safest may.
        pvalue: of that setting, or of the safest.
        tested: how many settings were looked at.
    """

    place: int | None
    pvalue: float
    tested: int


def choose(losses: Mapping[str, npt.ArrayLike], targets: Sequence[Target], *, confidence: float) -> Chosen:
    """The mildest setting for which every target holds: Learn-then-Test by fixed sequence.

    Angelopoulos, Bates, Candès, Jordan and Lei (2022), "Learn then test", section 3. Settings stand from the safest to the
    mildest; each null says "some target fails", its p-value is the greatest of the targets', and the walk stops at the
    first that is not rejected, so that with `confidence` no setting before it is false. With one target and a monotone
    loss this is RCPS (Bates et al. 2021).

    Args:
        losses: by name, (S, N): setting, unit.
        targets: at least one.
        confidence: 0 to 1.

    Raises:
        CalibrationError: no target, unknown loss or bound, or shapes that differ.
    """
    alpha = _alpha(confidence)
    if not targets:
        raise CalibrationError("there is nothing to show: name at least one target")
    tables = {name: np.asarray(table, dtype=np.float64) for name, table in losses.items()}
    if len({table.shape for table in tables.values()}) != 1 or any(one.loss not in tables for one in targets):
        raise CalibrationError("every target needs its table of losses, all of one shape")
    settings = next(iter(tables.values())).shape[0]
    best, least = None, 1.0
    for place in range(settings):
        pvalue = max(_bound(one.bound)(tables[one.loss][place], one.most) for one in targets)
        if pvalue > alpha:
            return Chosen(best, pvalue if best is None else least, place + 1)
        best, least = place, pvalue
    return Chosen(best, least, settings)


def needed(losses: npt.ArrayLike, target: Target, *, confidence: float) -> int | None:
    """How many units like these would show the target, were the mean loss as seen; None when no number would.

    The sample is told again and again in its own order until the bound is met; the answer is within a twentieth.
    """
    losses, alpha = checked(losses), _alpha(confidence)
    p_value = _bound(target.bound)

    def is_shown(n: int) -> bool:
        return p_value(np.resize(losses, n), target.most) <= alpha

    if float(losses.mean()) >= target.most:
        return None
    low, high = 1, 32
    while not is_shown(high):
        low, high = high, high * 2
        if high > MOST_UNITS:
            return None
    while high - low > max(1, high // 20):
        middle = (low + high) // 2
        low, high = (low, middle) if is_shown(middle) else (middle, high)
    return high


def least_provable(n: int, *, confidence: float) -> float:
    """The least bound that `n` units without any loss can show: about 3 / n at 95 %.

    >>> round(least_provable(300, confidence=0.95), 4)
    0.0099
    """
    if n < 1:
        raise CalibrationError("no unit holds anything sensitive: nothing can be shown", word="units_none")
    return float(1 - math.pow(_alpha(confidence), 1 / n))


def checked(losses: npt.ArrayLike) -> F64:
    """Losses as an array.

    Raises:
        CalibrationError: empty, not finite, or outside [0, 1].
    """
    found = np.asarray(losses, dtype=np.float64)
    if found.ndim != 1 or not found.size:
        raise CalibrationError("no unit holds anything sensitive: nothing can be shown", word="units_none")
    if not np.isfinite(found).all() or found.min() < 0 or found.max() > 1:
        raise CalibrationError("a loss must be between 0 and 1")
    return found


def _bets(losses: F64, confidence: float) -> F64:
    """Bates et al. (2021), proposition 5: each bet is made before its loss is seen."""
    n = len(losses)
    count = np.arange(1, n + 1)
    mean = (0.5 + np.cumsum(losses)) / (1 + count)
    variance = (0.25 + np.cumsum((losses - mean) ** 2)) / (1 + count)
    before = np.concatenate([[0.25], variance[:-1]])
    return np.minimum(1.0, np.sqrt(2 * math.log(1 / _alpha(confidence)) / (n * before)))


def _divergence(mean: float, bound: float) -> float:
    """Between two coins of chances `mean` and `bound`."""
    first = mean * math.log(mean / bound) if mean > 0 else 0.0
    second = (1 - mean) * math.log((1 - mean) / (1 - bound)) if mean < 1 else 0.0
    return first + second


def _bound(name: str) -> PValue:
    if name not in BOUNDS:
        raise CalibrationError(f"the bound must be one of {', '.join(BOUNDS)}")
    return BOUNDS[name]


def _alpha(confidence: float) -> float:
    if not 0.5 <= confidence < 1:
        raise CalibrationError("the confidence must be at least 0.5 and below 1")
    return 1 - confidence
