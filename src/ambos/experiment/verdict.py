"""What an interval says about the question: the table of docs/spec/experiment-plan.md, section 6."""

from __future__ import annotations

import math
from typing import Final

SUPERIOR: Final = "superior"
NON_INFERIOR: Final = "non-inferior"
NON_INFERIOR_LOWER: Final = "non-inferior, lower"
INFERIOR: Final = "inferior"
INCONCLUSIVE: Final = "inconclusive"
MISSING_DECIDES: Final = "inconclusive: missing answers decide"
FEW_CLUSTERS: Final = "inconclusive: fewer than 6 clusters"
NO_VARIANCE: Final = "inconclusive: zero variance"


def judge(lower: float, upper: float, *, margin: float | None, is_higher_better: bool = True) -> str:
    """The verdict of an interval of treatment − control.

    Args:
        lower: bound in units of the score.
        upper: bound.
        margin: non-inferiority margin in the same units; None makes no such statement.
        is_higher_better: False turns the interval round before the table is read.

    >>> judge(-0.01, 0.02, margin=0.02)
    'non-inferior'
    """
    low, high = (lower, upper) if is_higher_better else (-upper, -lower)
    m = margin or 0.0
    if math.isnan(low) or math.isnan(high):
        return NO_VARIANCE
    if low > 0:
        return SUPERIOR
    if low > -m:
        return NON_INFERIOR_LOWER if high < 0 else NON_INFERIOR
    return INFERIOR if high < -m else INCONCLUSIVE
