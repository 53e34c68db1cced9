"""More units to the arm that looks better, without more false findings: clipped Thompson shares, and an interval for any look.

The share of an arm is fixed before its unit comes and never below a floor, so each unit gives an unbiased part of the
effect whatever came before (augmented inverse probability); their mean has the asymptotic confidence sequence of
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, theorem 2.2 with section 3 for such parts).
"""

from __future__ import annotations

import math
from typing import Final

from scipy import special

from ambos.errors import ExperimentError
from ambos.experiment.moments import Moments
from ambos.experiment.result import Result
from ambos.experiment.sequential import Monitor

FLOOR: Final = 0.1  # lowest share of an arm: a part of the effect then weighs at most tenfold
FIRST: Final = 10  # units of each arm before shares may differ


class Adaptive:
    """Two arms, constant memory: ask for the share of the treatment, draw, feed what came.

    >>> trial = Adaptive(horizon=100)
    >>> trial.share()
    0.5
    """

    __slots__ = ("_arms", "_parts", "floor", "is_higher_better")

    def __init__(
        self, *, alpha: float = 0.05, horizon: int = 1000, floor: float = FLOOR, is_higher_better: bool = True
    ) -> None:
        """`horizon`: units at which the interval shall be narrowest; `floor`: lowest share, above 0 and at most 0.5."""
        if not 0 < floor <= 0.5:
            raise ExperimentError(f"the lowest share of an arm lies above 0 and is at most 0.5: {floor}")
        self.floor, self.is_higher_better = floor, is_higher_better
        self._arms = [Moments(), Moments()]
        self._parts = Monitor(alpha=alpha, horizon=horizon)

    def share(self) -> float:
        """Chance of the treatment for the next unit: that it is better by what is known (Thompson 1933), clipped."""
        control, treatment = self._arms
        if min(control.n, treatment.n) < FIRST:
            return 0.5
        se = math.hypot(control.sd / math.sqrt(control.n), treatment.sd / math.sqrt(treatment.n))
        gap = (treatment.mean - control.mean) * (1 if self.is_higher_better else -1)
        wanted = float(special.ndtr(gap / se)) if se > 0 else 0.5
        return min(max(wanted, self.floor), 1 - self.floor)

    def feed(self, *, is_treatment: bool, share: float, value: float) -> None:
        """One unit.

        Args:
            is_treatment: its arm.
            share: chance of the treatment that it was drawn with.
            value: its outcome.

        Raises:
            ExperimentError: a share outside floor … 1 − floor, or an outcome that is not finite.
        """
        if not self.floor - 1e-12 <= share <= 1 - self.floor + 1e-12 or not math.isfinite(value):
            raise ExperimentError(
                f"expected a share between {self.floor} and {1 - self.floor} and a finite outcome: {share}"
            )
        control, treatment = (one.mean for one in self._arms)
        rest = (value - treatment) / share if is_treatment else -(value - control) / (1 - share)
        self._parts.feed(treatment - control + rest)
        self._arms[is_treatment] = self._arms[is_treatment].add(value)

    def result(self) -> Result:
        """Treatment − control with an interval that holds at every look."""
        found = self._parts.result()
        low, high, level = found.ci_lower, found.ci_upper, found.level
        return Result("adaptive allocation", found.n, found.estimate, found.se, low, high, level=level)
