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


TANGO = cache(proportions.tango)
INTERVALS: dict[str, Callable[[Pairs], Result]] = {"paired t": paired_t, "what decides": TANGO}


def held(find: Callable[[Pairs], Result], n: int, gain: float, loss: float) -> float:
    """Share of the intervals that hold gain − loss."""
    truth, total = gain - loss, 0.0
    for pairs, chance in tables(n, gain, loss):
        found = find(pairs)
        total += chance * (found.ci_lower - 1e-9 <= truth <= found.ci_upper + 1e-9)
    return total


def statistics(n: int, gain: float, loss: float) -> tuple[Floats, Floats]:
    """Tango's z of the likely tables against the truth, and their chances."""
    found = [(proportions.tango_z(pairs, gain - loss), chance) for pairs, chance in tables(n, gain, loss)]
    z, chance = (np.array(column) for column in zip(*found, strict=True))
    return np.round(np.abs(z), matched.TIE), chance


def attainable(n: int, gain: float, loss: float) -> tuple[float, float]:
    """The coverages nearest to 95 % from below and above that any critical value of |z| gives: tables are few.

    A cut between two values of |z| rejects all tables beyond; there is nothing in between.
    """
    z, chance = statistics(n, gain, loss)
    at = np.argsort(z)
    steps = chance[at].cumsum()[np.append(np.diff(z[at]) > 0, True)]
    return float(steps[steps < 0.95].max(initial=0.0)), float(steps[steps >= 0.95].min(initial=1.0))


def coverage(n: int) -> Iterator[tuple[str, float]]:
    """95 % intervals of p (control) against p − 0.02, and the expected number of pairs that differ."""
    for p in (0.5, 0.8, 0.95):
        for shared in SHARES:
            gain, loss = chances(p - 0.02, p, shared)
            where = f"binary {p}, n={n}, {shared:.0%} shared ({n * (gain + loss):.1f} differ)"
            for name, find in INTERVALS.items():
                yield f"coverage {name}, {where}", held(find, n, gain, loss)
            below, above = attainable(n, gain, loss)
            yield f"coverage attainable next below 95 %, {where}", below
            yield f"coverage attainable next above 95 %, {where}", above


def alarms(n: int) -> Iterator[tuple[str, float]]:
    """Equal arms: share of p <= 0.05, and the shares next to 5 % that any critical value gives."""
    for p in (0.8, 0.95):
        gain, loss = chances(p, p, 0.5)
        where = f"binary {p}, n={n}, half shared"
        likely = list(tables(n, gain, loss))
        tango = sum(chance for pairs, chance in likely if TANGO(pairs).pvalue <= 0.05)
        yield f"A/A what decides, {where}", tango
        more, less = (1 - one for one in attainable(n, gain, loss))
        yield f"A/A attainable next above 5 %, {where}", more
        yield f"A/A attainable next below 5 %, {where}", less
        mid = sum(chance for pairs, chance in likely if proportions.mcnemar_mid_p(pairs).pvalue <= 0.05)
        yield f"A/A McNemar mid-p, {where}", mid


def at_the_margin(n: int) -> Iterator[tuple[str, float]]:
    """Largest share of one-sided findings at 2.5 %, truth on the margin, over shares of common draws."""
    for p, margin in ((0.6, 0.1), (0.8, 0.1), (0.8, 0.05), (0.9, 0.05), (0.95, 0.05)):
        where = f"binary {p}, n={n}, worst of {len(SHARES)}"
        sizes: dict[str, list[float]] = {"paired t": [], "Tango's interval": [], "what decides": []}
        for shared in SHARES:
            likely = list(tables(n, *chances(p - margin, p, shared)))
            sizes["paired t"].append(sum(chance for pairs, chance in likely if paired_t(pairs).ci_lower > -margin))
            above = [(pairs, chance) for pairs, chance in likely if TANGO(pairs).ci_lower > -margin]
            sizes["Tango's interval"].append(sum(chance for _, chance in above))
            found = (chance for pairs, chance in above if matched.non_inferiority(pairs, margin) <= 0.025)
            sizes["what decides"].append(sum(found))
        for name, found_by in sizes.items():
            yield f"size at the margin {margin}, {name}, {where}", max(found_by)
