"""Binomial and multinomial draws that are the same in every version of the libraries.

A generator's uniform numbers are as stable as its bits; how a library makes binomial ones of them changes (numpy 2.5 gives
others than 2.4), and with it the last digits of a bootstrap. Here each comes by inversion from one uniform number, exact
but for rounding (Devroye 1986, Non-Uniform Random Variate Generation, III.2).
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

REACH: Final = 12  # standard deviations around the mean (and as many counts more) that a table holds; beyond is < 1e-15
BASE: Final = 32  # of the digits in which a varying number of trials is drawn: few tables, few passes
CELLS: Final = 4096  # of the guide into a long table (Devroye, III.2.4): four times as fast as halving
GUIDED: Final = 64  # counts from which a table is long
Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def binomial(rng: np.random.Generator, n: int, p: float, draws: int) -> Counts:
    """Successes of n trials with chance p, `draws` times."""
    return _inverted(rng.random(draws), n, p)


def multinomial(rng: np.random.Generator, n: int, shares: Floats, draws: int) -> Counts:
    """How often each value comes up in n trials (axes: draw, value); `shares` sum to 1."""
    times = np.empty((draws, len(shares)), dtype=np.int64)
    left, share_left = np.full(draws, n), 1.0
    for at, share in enumerate(shares[:-1]):
        times[:, at] = _of_varying(rng, left, min(1.0, float(share) / share_left))
        left, share_left = left - times[:, at], max(share_left - float(share), float(share))
    times[:, -1] = left
    return times


def _of_varying(rng: np.random.Generator, trials: Counts, p: float) -> Counts:
    """Successes where the number of trials varies: of the fewest, and of what is more, digit by digit."""
    least = int(trials.min())
    found, more, size = _inverted(rng.random(len(trials)), least, p), trials - least, 1
    while more.any():
        digits, uniform = more % BASE, rng.random(len(trials))
        for digit in range(1, BASE):
            at = np.flatnonzero(digits == digit)
            if len(at):
                found[at] += _inverted(uniform[at], digit * size, p)
        more, size = more // BASE, size * BASE
    return found


def _inverted(uniform: Floats, n: int, p: float) -> Counts:
    first, cumulated, guide = _table(n, p)
    if len(cumulated) < GUIDED:
        return first + np.searchsorted(cumulated, uniform, side="right")
    cell = (uniform * CELLS).astype(np.int64)
    found = guide[cell]
    for edge in (0, CELLS - 1):  # where a cell spans many counts
        at = np.flatnonzero(cell == edge)
        found[at] = np.searchsorted(cumulated, uniform[at], side="right")
    later = np.flatnonzero(cumulated[found] <= uniform)
    while len(later):
        found[later] += 1
        later = later[cumulated[found[later]] <= uniform[later]]
    return first + found


@functools.lru_cache(maxsize=256)
def _table(n: int, p: float) -> tuple[int, Floats, Counts]:
    """The first count with a chance worth naming, the cumulated chances from it on, and where each cell of them begins."""
    reach = REACH * math.sqrt(n * p * (1 - p)) + REACH
    counts = np.arange(max(0, math.floor(n * p - reach)), min(n, math.ceil(n * p + reach)) + 1, dtype=np.float64)
    ln = special.gammaln
    logs = ln(n + 1) - ln(counts + 1) - ln(n - counts + 1) + special.xlogy(counts, p) + special.xlog1py(n - counts, -p)
    cumulated = np.append(np.cumsum(np.exp(logs))[:-1], 1.0)  # a uniform number is below 1: the last count is the end
    return int(counts[0]), cumulated, np.searchsorted(cumulated, np.arange(CELLS) / CELLS, side="right")
