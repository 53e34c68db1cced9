"""Yes-or-no pairs without Monte Carlo error: coverage, false alarms and size at the margin summed over all tables.

A table of n pairs is a trinomial draw of gained, lost and other pairs, so the chance that an interval holds the truth is a
finite sum. Used by benchmarks/experiment.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ambos.experiment import Result, matched, proportions
from ambos.experiment.proportions import Pairs

Floats = NDArray[np.float64]
LIKELY = 1e-9  # chance below which a table is left out: all of them together weigh less than 1e-5
SHARES = (0.0, 0.5, 0.8)  # of the units that both arms answer by one draw


def chances(p: float, q: float, shared: float) -> tuple[float, float]:
    """Chance of a gained and of a lost pair, for p (treatment) and q."""
    both = shared * min(p, q) + (1 - shared) * p * q
    return p - both, q - both


def tables(n: int, gain: float, loss: float) -> Iterator[tuple[Pairs, float]]:
    """Likely tables and their chances."""
    b, c = (one.astype(float) for one in np.nonzero(np.add.outer(np.arange(n + 1), np.arange(n + 1)) <= n))
    rest, ln = n - b - c, special.gammaln
    logs = ln(n + 1) - ln(b + 1) - ln(c + 1) - ln(rest + 1)
    logs = logs + special.xlogy(b, gain) + special.xlogy(c, loss) + special.xlogy(rest, 1 - gain - loss)
    for at in np.flatnonzero(logs > math.log(LIKELY)):
        gained, lost = int(b[at]), int(c[at])
        yield Pairs(0, gained, lost, n - gained - lost), math.exp(logs[at])


@cache
def paired_t(pairs: Pairs) -> Result:
    n, d = pairs.n, pairs.effect
    variance = (pairs.gained + pairs.lost - n * d * d) / (n - 1)
    if variance <= 0:
        return Result("paired t", n, d)
    reach = float(stats.t.ppf(0.975, n - 1)) * math.sqrt(variance / n)
    return Result("paired t", n, d, ci_lower=d - reach, ci_upper=d + reach)


INTERVALS: dict[str, Callable[[Pairs], Result]] = {
    "paired t": paired_t,
    "Tango, normal": cache(proportions.tango),
}


def held(find: Callable[[Pairs], Result], n: int, gain: float, loss: float) -> float:
    """Share of the intervals that hold gain − loss."""
    truth, total = gain - loss, 0.0
    for pairs, chance in tables(n, gain, loss):
        found = find(pairs)
        total += chance * (found.ci_lower - 1e-9 <= truth <= found.ci_upper + 1e-9)
    return total


def tails(n: int, gain: float, loss: float) -> tuple[Floats, Floats, Floats]:
    """Chance of every table, and its one-sided p's against gain − loss from below and above, by the test that decides.

    The interval that decides holds every difference that its two tests do not reject, so these are at least its misses.
    """
    b, c = (one.astype(float) for one in np.nonzero(np.add.outer(np.arange(n + 1), np.arange(n + 1)) <= n))
    truth, ln = gain - loss, special.gammaln
    orders = ln(n + 1) - ln(b + 1) - ln(c + 1) - ln(n - b - c + 1)

    def chance(up: float, down: float) -> Floats:
        logs = (
            orders
            + special.xlogy(b, max(0.0, up))
            + special.xlogy(c, max(0.0, down))
            + special.xlogy(n - b - c, max(0.0, 1 - up - down))
        )
        return np.asarray(np.exp(logs))

    weight, (z, q) = chance(gain, loss), matched.score(b, c, n, truth)
    z, below, above = np.round(z, matched.TIE), np.ones(len(z)), np.ones(len(z))
    by_loss: dict[float, list[int]] = {}
    for place in np.flatnonzero(weight > LIKELY).tolist():
        by_loss.setdefault(round(max(float(q[place]), 0.0, -truth), 12), []).append(place)
    for at_null, places in by_loss.items():
        expected = chance(at_null + truth, at_null)
        for at in places:
            below[at], above[at] = expected[z >= z[at]].sum(), expected[z <= z[at]].sum()
    return weight, below, above


def decided(n: int, gain: float, loss: float) -> float:
    """Coverage of what decides at 95 %."""
    weight, below, above = tails(n, gain, loss)
    return float(weight[(below > 0.025) & (above > 0.025)].sum())


def coverage(n: int) -> Iterator[tuple[str, float]]:
    """95 % intervals of p (control) against p − 0.02, and the expected number of pairs that differ."""
    for p in (0.5, 0.8, 0.95):
        for shared in SHARES:
            gain, loss = chances(p - 0.02, p, shared)
            where = f"binary {p}, n={n}, {shared:.0%} shared ({n * (gain + loss):.1f} differ)"
            for name, find in INTERVALS.items():
                yield f"coverage {name}, {where}", held(find, n, gain, loss)
            yield f"coverage what decides, {where}", decided(n, gain, loss)


def alarms(n: int) -> Iterator[tuple[str, float]]:
    """Equal arms: share of p <= 0.05."""
    for p in (0.8, 0.95):
        gain, loss = chances(p, p, 0.5)
        weight, below, above = tails(n, gain, loss)
        yield (
            f"A/A what decides, binary {p}, n={n}, half shared",
            float(weight[np.minimum(below, above) <= 0.025].sum()),
        )
        mid = sum(chance for pairs, chance in tables(n, gain, loss) if proportions.mcnemar_mid_p(pairs).pvalue <= 0.05)
        yield f"A/A McNemar mid-p, binary {p}, n={n}, half shared", mid


def at_the_margin(n: int) -> Iterator[tuple[str, float]]:
    """Largest share of one-sided findings at 2.5 %, truth on the margin, over shares of common draws."""
    for p, margin in ((0.6, 0.1), (0.8, 0.1), (0.8, 0.05), (0.9, 0.05), (0.95, 0.05)):
        where = f"binary {p}, n={n}, worst of {len(SHARES)}"
        sizes: dict[str, list[float]] = {"paired t": [], "Tango, normal": [], "what decides": []}
        for shared in SHARES:
            rates = chances(p - margin, p, shared)
            likely = list(tables(n, *rates))
            sizes["paired t"].append(sum(chance for pairs, chance in likely if paired_t(pairs).ci_lower > -margin))
            normal = (chance for pairs, chance in likely if proportions.tango_non_inferiority(pairs, margin) <= 0.025)
            sizes["Tango, normal"].append(sum(normal))
            weight, below, _ = tails(n, *rates)
            sizes["what decides"].append(float(weight[below <= 0.025].sum()))
        for name, found in sizes.items():
            yield f"size at the margin {margin}, {name}, {where}", max(found)
