"""Whether a model has lost what it could before: paired scores on a general set, judged by non-inferiority. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ambos.errors import AdaptError
from ambos.experiment.means import paired_t
from ambos.experiment.proportions import clopper_pearson
from ambos.messages import Json


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What changed on the general set: adapted less base, with its 95 % interval.

    Attributes:
        is_within: the lower bound lies above −margin. Too few items are never within: absence of proof is no proof.
    """

    items: int
    change: float
    lower: float
    upper: float
    margin: float
    is_within: bool

    def to_json(self) -> dict[str, Json]:
        """For a card."""
        return {
            "items": self.items, "change": round(self.change, 5), "lower": round(self.lower, 5),
            "upper": round(self.upper, 5), "margin": self.margin, "within": self.is_within,
        }  # fmt: skip


def forgotten(adapted: ArrayLike, base: ArrayLike, *, margin: float) -> Forgetting:
    """The change on a general set, by a paired t.

    Args:
        adapted, base: score of each item from 0 to 1, higher is better, in the same order.
        margin: the largest loss that still counts as none, in units of the score; set before the scores exist.

    Raises:
        AdaptError: other lengths, fewer than 10 items, no margin, or scores outside 0 to 1.

    >>> forgotten([1.0] * 99 + [0.0], [1.0] * 100, margin=0.05).is_within
    True
    """
    a, b = (np.asarray(one, dtype=np.float64).ravel() for one in (adapted, base))
    if len(a) != len(b) or len(a) < 10:
        raise AdaptError("forgetting is judged on the same items before and after, at least 10 of them")
    if not (math.isfinite(margin) and margin > 0) or not np.isfinite(a).all() or not np.isfinite(b).all():
        raise AdaptError("forgetting needs a margin above 0 and scores that are numbers")
    if min(a.min(), b.min()) < 0 or max(a.max(), b.max()) > 1:
        raise AdaptError("scores of forgetting lie between 0 and 1")
    if (a == b).all():
        # Nothing differs, so that a t has no spread: of n items without a loss, a share of losses up to this is possible.
        most = clopper_pearson(0, len(a)).ci_upper
        return Forgetting(len(a), 0.0, -most, most, margin, most < margin)
    found = paired_t(a, b)
    is_within = bool(found.ci_lower > -margin)
    return Forgetting(len(a), found.estimate, found.ci_lower, found.ci_upper, margin, is_within)
