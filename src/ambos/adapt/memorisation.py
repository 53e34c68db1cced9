"""Whether a model remembers single rows: canaries that it was trained on against controls that it was not.

The statistic is the true-positive rate at 1 % false positives with an exact interval (Carlini et al. 2022, "Membership
inference attacks from first principles"); scores are the reader's: the more a model favours an item than a model that has
not seen it does, the higher. It serves every family; canaries of texts are made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import hypergeom

from ambos.errors import AdaptError
from ambos.experiment.proportions import clopper_pearson
from ambos.messages import Json

_LEVEL: Final = 0.05
LEAST: Final = 100  # of each: with fewer controls one false positive is more than 1 %
WORDS: Final = 8  # of a canary: far too many for one to stand in the data by chance


@dataclass(frozen=True, slots=True)
class Audit:
    """How many canaries stand out.

    Attributes:
        caught: canaries above all but `allowed` controls.
        rate, lower, upper: share caught and its exact 95 % interval, given the threshold.
        p: chance of as many or more caught if canaries were controls, the threshold being drawn too (hypergeometric).
        is_found: p is below 5 %: single rows are remembered.
    """

    canaries: int
    controls: int
    allowed: int
    caught: int
    rate: float
    lower: float
    upper: float
    p: float
    is_found: bool

    def to_json(self) -> dict[str, Json]:
        """For a card."""
        return {
            "canaries": self.canaries, "controls": self.controls, "caught": self.caught,
            "true_positive_rate": round(self.rate, 4), "lower": round(self.lower, 4), "upper": round(self.upper, 4),
            "false_positive_rate": round(self.allowed / self.controls, 4), "p": round(self.p, 6), "found": self.is_found,
        }  # fmt: skip


def audited(canary_scores: ArrayLike, control_scores: ArrayLike, *, false_rate: float = 0.01) -> Audit:
    """The audit of these scores.

    Args:
        canary_scores, control_scores: one an item; higher means more likely remembered.
        false_rate: share of controls that may stand above the threshold.

    Raises:
        AdaptError: fewer than 100 of either, or scores that are not finite.

    >>> audited(range(100, 200), range(100)).caught
    100
    """
    canaries, controls = (np.asarray(one, dtype=np.float64).ravel() for one in (canary_scores, control_scores))
    if min(len(canaries), len(controls)) < LEAST:
        raise AdaptError(f"a memorisation audit needs at least {LEAST} canaries and {LEAST} controls")
    if not np.isfinite(canaries).all() or not np.isfinite(controls).all():
        raise AdaptError("a score of the memorisation audit is not a number")
    allowed = int(false_rate * len(controls))
    threshold = np.sort(controls)[len(controls) - 1 - allowed]
    caught = int((canaries > threshold).sum())
    # So many caught means: of the highest caught + allowed items, at most `allowed` are controls.
    total = len(canaries) + len(controls)
    chance = float(hypergeom.cdf(allowed, total, len(controls), caught + allowed)) if caught else 1.0
    found = clopper_pearson(caught, len(canaries))
    return Audit(
        len(canaries), len(controls), allowed, caught, found.estimate, found.ci_lower, found.ci_upper,
        chance, chance < _LEVEL,
    )  # fmt: skip


def canaries(texts: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    """Texts that nobody wrote: words of the data in an order of chance, each once.

    Raises:
        AdaptError: the data have fewer than 50 different words.
    """
    words = sorted({word for text in texts for word in text.split()[:200]})
    if len(words) < 50:
        raise AdaptError("these texts have too few different words to make canaries of")
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn[" ".join(words[int(at)] for at in rng.integers(0, len(words), WORDS))] = None
    return list(drawn)
