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
    "what decides": cache(matched.matched),
}


def held(find: Callable[[Pairs], Result], n: int, gain: float, loss: float) -> float:
    """Share of the intervals that hold gain − loss."""
    truth, total = gain - loss, 0.0
    for pairs, chance in tables(n, gain, loss):
        found = find(pairs)
        total += chance * (found.ci_lower - 1e-9 <= truth <= found.ci_upper + 1e-9)
    return total


def coverage(n: int) -> Iterator[tuple[str, float]]:
    """95 % intervals of p (control) against p − 0.02, and the expected number of pairs that differ."""
    for p in (0.5, 0.8, 0.95):
        for shared in SHARES:
            gain, loss = chances(p - 0.02, p, shared)
            where = f"binary {p}, n={n}, {shared:.0%} shared ({n * (gain + loss):.1f} differ)"
            for name, find in INTERVALS.items():
                yield f"coverage {name}, {where}", held(find, n, gain, loss)


def alarms(n: int) -> Iterator[tuple[str, float]]:
    """Equal arms: share of p <= 0.05."""
    for p in (0.8, 0.95):
        gain, loss = chances(p, p, 0.5)
        rows = [(pairs, chance) for pairs, chance in tables(n, gain, loss)]
        tests = {
            "what decides": [INTERVALS["what decides"](pairs).pvalue for pairs, _ in rows],
            "McNemar mid-p": [proportions.mcnemar_mid_p(pairs).pvalue for pairs, _ in rows],
        }
        for name, found in tests.items():
            shares = np.array([chance for _, chance in rows])
            is_found = np.array(found) <= 0.05
            yield f"A/A {name}, binary {p}, n={n}, half shared", float(shares[is_found].sum())


def at_the_margin(n: int) -> Iterator[tuple[str, float]]:
    """Largest share of one-sided findings at 2.5 %, truth on the margin, over shares of common draws."""
    for p, margin in ((0.6, 0.1), (0.8, 0.1), (0.8, 0.05), (0.9, 0.05), (0.95, 0.05)):
        tests: dict[str, Callable[[Pairs, float], bool]] = {
            "paired t": lambda pairs, m: paired_t(pairs).ci_lower > -m,
            "Tango, normal": lambda pairs, m: proportions.tango_non_inferiority(pairs, m) <= 0.025,
            "what decides": lambda pairs, m: matched.non_inferiority(pairs, m) <= 0.025,
        }
        for name, is_found in tests.items():
            each = (tables(n, *chances(p - margin, p, shared)) for shared in SHARES)
            sizes = [sum(chance for pairs, chance in likely if is_found(pairs, margin)) for likely in each]
            yield f"size at the margin {margin}, {name}, binary {p}, n={n}, worst of {len(SHARES)}", max(sizes)
