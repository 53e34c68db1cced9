"""Rows that say the same: equal after taking case, accents and spaces away, or nearly equal by MinHash.

Removing them is a protection, not only hygiene: what is repeated is what a model remembers word for word (Lee et al.
2022). Near duplicates by bottom sketches in bands (Broder 1997), every candidate checked on its true overlap.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ambos.corpus.terms import simple

NEAR: Final = 0.8  # overlap of letter runs (Jaccard) from which two texts count as one
_RUN: Final = 5  # letters
_BANDS, _DEPTH = 32, 4  # overlap 0.8 is missed with probability (1 − 0.8⁴)³² = 5e-8
_PRIME: Final = (1 << 61) - 1
_FEW: Final = 40  # texts in one bucket that are compared pair by pair; beyond, each with the first


def equal(texts: Sequence[str]) -> list[int]:
    """For each text the number of the first that equals it after `simple`; its own number if it is the first."""
    first: dict[str, int] = {}
    return [first.setdefault(simple(text), number) for number, text in enumerate(texts)]


def clusters(texts: Sequence[str], *, near: float = NEAR) -> list[int]:
    """For each text the number of the first of its cluster of near duplicates (single linkage)."""
    parent = list(range(len(texts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for one, other in near_pairs(texts, near=near):
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    return [root(at) for at in range(len(texts))]


def near_pairs(texts: Sequence[str], *, near: float = NEAR) -> Iterator[tuple[int, int]]:
    """Pairs of texts whose overlap is at least `near`, the lower number first, each once.

    In a bucket of more than 40 texts each is compared with the first only: those are copies, and one link joins them.
    """
    runs = [_runs(text) for text in texts]
    seen: set[tuple[int, int]] = set()
    for bucket in _buckets(runs):
        few = len(bucket) <= _FEW
        for one, other in combinations(bucket, 2) if few else ((bucket[0], other) for other in bucket[1:]):
            if (one, other) not in seen:
                seen.add((one, other))
                if _overlap(runs[one], runs[other]) >= near:
                    yield one, other


def _runs(text: str) -> frozenset[int]:
    plain = simple(text).encode("utf-8", "surrogatepass")
    return frozenset(crc32(plain[at : at + _RUN]) for at in range(max(1, len(plain) - _RUN + 1)))


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other)


def _buckets(runs: Sequence[frozenset[int]]) -> Iterable[list[int]]:
    sketches = _sketches(runs)
    for band in range(_BANDS):
        found: dict[bytes, list[int]] = defaultdict(list)
        part = np.ascontiguousarray(sketches[:, band * _DEPTH : (band + 1) * _DEPTH])
        for number in range(len(runs)):
            found[part[number].tobytes()].append(number)
        yield from (bucket for bucket in found.values() if len(bucket) > 1)


def _sketches(runs: Sequence[frozenset[int]]) -> NDArray[np.uint64]:
    # Fixed multipliers: the same corpus is cleaned in the same way everywhere, and nothing secret hangs on them.
    factors = np.array([(2 * k + 1) * 0x9E3779B97F4A7C15 % _PRIME | 1 for k in range(_BANDS * _DEPTH)], dtype=np.uint64)
    out = np.zeros((len(runs), len(factors)), dtype=np.uint64)
    for number, some in enumerate(runs):
        values = np.fromiter(some, dtype=np.uint64, count=len(some))
        mixed = (values[:, None] + np.uint64(1)) * factors[None, :]
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0xBF58476D1CE4E5B9)
        out[number] = (mixed ^ (mixed >> np.uint64(32))).min(axis=0)
    return out
