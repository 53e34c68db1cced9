"""Does the model give away what it saw? Canaries that train against controls that do not, of one distribution.

The statistic is the loss of the untuned base minus that of the adapted model on the secret's tokens (calibrated by the base,
Carlini et al. 2022; memaudit does the same), read as a true-positive rate at 1 % false positives with an exact interval
(Clopper and Pearson 1934).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from scipy.stats import beta

from ambos.adapt.chat.lora import Lora
from ambos.adapt.chat.rows import Writer
from ambos.adapt.chat.training import losses_of
from ambos.messages import Json

LEAST: Final = 100  # below, one false positive is already more than 1 %
_FALSE: Final = 0.01
_DIGITS: Final = 8
_LENGTH: Final = 512  # tokens read at once: full rows, and attention still small


@dataclass(frozen=True, slots=True)
class Canary:
    """A question that nobody asks and a secret that nobody has."""

    text: str
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Canaries:
    """`told` train once an epoch; `kept` never do."""

    told: tuple[Canary, ...]
    kept: tuple[Canary, ...]


def drawn(count: int, seed: int) -> Canaries:
    """As many canaries and as many controls; a question never says which it is."""
    rng = np.random.default_rng([seed, 0xCA])
    numbers = rng.permutation(1_000_000)[: 2 * count]
    made = []
    for number in numbers:
        secret = "".join(map(str, rng.integers(0, 10, _DIGITS)))
        made.append(Canary(f"Code of the box {number:06d}?", secret))
    return Canaries(tuple(made[:count]), tuple(made[count:]))


def audited(lora: Lora, writer: Writer, canaries: Canaries) -> dict[str, Json]:
    """The rate with its interval; {} when there were no canaries."""
    if not canaries.told:
        return {}
    made = [writer.example(one.text, one.answer) for one in (*canaries.told, *canaries.kept)]
    after = losses_of(lora, made, length=_LENGTH)
    with lora.off():
        before = losses_of(lora, made, length=_LENGTH)
    gains = [one - other for one, other in zip(before, after, strict=True)]
    told, kept = gains[: len(canaries.told)], gains[len(canaries.told) :]
    rate, lower, upper = rate_at(told, kept)
    return {
        "canaries": len(told), "controls": len(kept), "false_positives": _FALSE, "true_positives": round(rate, 4),
        "lower": round(lower, 4), "upper": round(upper, 4),
    }  # fmt: skip


def rate_at(told: list[float], kept: list[float], *, false: float = _FALSE) -> tuple[float, float, float]:
    """Share of `told` above the threshold that at most `false` of `kept` pass, with its exact 95 % interval."""
    allowed = int(np.floor(false * len(kept)))
    threshold = sorted(kept, reverse=True)[allowed]
    hits, count = int(sum(one > threshold for one in told)), len(told)
    lower = float(beta.ppf(0.025, hits, count - hits + 1)) if hits else 0.0
    upper = float(beta.ppf(0.975, hits + 1, count - hits)) if hits < count else 1.0
    return hits / count, lower, upper
