"""Who gets which arm: permuted blocks by stratum from a seed, so that anyone can recompute every assignment.

The seed is HMAC-SHA256(secret, beacon): the secret is committed in the sealed plan, the beacon is a foreign value named
there before it exists. Standard library only: the gateway may load this without the statistics.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Iterator, Sequence

from ambos.errors import ExperimentError


def seed_of(secret: bytes, beacon: bytes) -> bytes:
    """The seed of all assignments, 32 bytes.

    Raises:
        ExperimentError: a secret below 16 bytes could be guessed.
    """
    if len(secret) < 16:
        raise ExperimentError("the secret of an experiment needs at least 16 bytes")
    return hmac.new(secret, b"ambos/experiment/v1\0" + beacon, hashlib.sha256).digest()


def assign(seed: bytes, arms: Sequence[str], *, stratum: str, ordinal: int, block: int) -> str:
    """The arm of the unit that is number `ordinal` (from 0) of its stratum, in the order of logged enrolment.

    Args:
        seed: 32 bytes of `seed_of`.
        arms: their names, in the plan's order, each once.
        stratum: name of the stratum; empty if there is none.
        ordinal: position within the stratum.
        block: size of a block, a multiple of the number of arms; each block holds every arm equally often.
    """
    if len(set(arms)) != len(arms) or len(arms) < 2:
        raise ExperimentError("an assignment needs at least two different arms")
    if block < len(arms) or block % len(arms):
        raise ExperimentError(f"a block must be a multiple of {len(arms)} arms: {block}")
    if ordinal < 0:
        raise ExperimentError(f"an ordinal is not negative: {ordinal}")
    number, place = divmod(ordinal, block)
    row = [arm for arm in arms for _ in range(block // len(arms))]
    draws = _numbers(seed, f"{stratum}\0{number}".encode())
    for at in range(block - 1, 0, -1):  # Fisher and Yates, as Durstenfeld 1964
        other = _below(at + 1, draws)
        row[at], row[other] = row[other], row[at]
    return row[place]


def _numbers(seed: bytes, label: bytes) -> Iterator[int]:
    """An endless row of 64-bit numbers: HMAC-SHA256(seed, label ‖ 0x00 ‖ counter), eight bytes at a time."""
    counter = 0
    while True:
        whole = hmac.new(seed, label + b"\0" + counter.to_bytes(8, "big"), hashlib.sha256).digest()
        yield from (int.from_bytes(whole[at : at + 8], "big") for at in range(0, 32, 8))
        counter += 1


def _below(limit: int, draws: Iterator[int]) -> int:
    """Uniform in [0, limit): what would make low numbers likelier is drawn again."""
    edge = 2**64 - 2**64 % limit
    return next(one for one in draws if one < edge) % limit


def sample_ratio_e_value(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Evidence against the planned shares that may be looked at after every unit: 1/e bounds the false alarms.

    Dirichlet-multinomial mixture with a uniform prior (Lindon and Malek 2022). Alarm at 1000, as the fixed test at
    p < 0.001.

    >>> sample_ratio_e_value([50, 50], [0.5, 0.5]) < 1 < sample_ratio_e_value([100, 40], [0.5, 0.5])
    True
    """
    if len(counts) != len(shares) or len(counts) < 2 or min(counts) < 0 or min(shares) <= 0:
        raise ExperimentError("sample ratios need as many counts as positive shares, at least two")
    n, k, total = sum(counts), len(counts), sum(shares)
    mixture = math.lgamma(k) - math.lgamma(k + n) + sum(math.lgamma(1 + one) for one in counts)
    planned = sum(one * math.log(share / total) for one, share in zip(counts, shares, strict=True))
    return math.exp(min(700.0, mixture - planned))
