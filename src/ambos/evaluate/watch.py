"""Sequential tests that may be looked at after every unit: is what was bounded still so? Numbers only, no text.

Both keep a capital that a fair game would not grow. By Ville's inequality it reaches 1 / alpha with probability at most
alpha, however often one looks and whenever one stops.

- `LossWatch`: the mean loss of labelled audit samples against the bound (Waudby-Smith and Ramdas 2024, section 4).
- `ShiftWatch`: whether a statistic of new texts could have come from the calibration sample; conformal test martingale
  with the Simple Jumper (Vovk, Petej, Nouretdinov, Ahlberg, Carlsson and Gammerman 2021, "Retrain or not retrain").
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from ambos.errors import CalibrationError

# Shares of the greatest bet at which the capital cannot become negative; their mean is again a fair game.
_SHARES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_SLOPES: Final = (-1.0, 0.0, 1.0)
_JUMP: Final = 0.01  # of the paper


@dataclass(slots=True)
class LossWatch:
    """Bets that the mean loss is above `most`.

    Attributes:
        most: the bound of the certificate, 0 to 1.
        logs: logarithm of the capital of each gambler.
        count: units seen.
    """

    most: float
    logs: list[float] = field(default_factory=lambda: [0.0] * len(_SHARES))
    count: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.most < 1 or len(self.logs) != len(_SHARES) or not all(map(math.isfinite, self.logs)):
            raise CalibrationError("the watch over losses has a state that is none of its own")

    def feed(self, losses: Iterable[float]) -> float:
        """The highest capital after any of these losses, or the one before them: reached once is reached."""
        highest = self.capital
        for loss in losses:
            if not 0 <= loss <= 1:
                raise CalibrationError("a loss must be between 0 and 1")
            for number, share in enumerate(_SHARES):
                self.logs[number] += math.log1p(share / self.most * (loss - self.most))
            self.count += 1
            highest = max(highest, self.capital)
        return highest

    @property
    def capital(self) -> float:
        """Mean capital of the gamblers, who each began with 1."""
        return sum(math.exp(min(one, 700.0)) for one in self.logs) / len(self.logs)


@dataclass(slots=True)
class ShiftWatch:
    """Bets that a statistic of new texts is not what it was.

    Attributes:
        known: the statistic on the calibration sample, ascending, and then on every text seen.
        capitals: one for each slope.
        count: texts seen.
    """

    known: list[float]
    capitals: list[float] = field(default_factory=lambda: [1 / 3, 1 / 3, 1 / 3])
    count: int = 0

    def __post_init__(self) -> None:
        if len(self.capitals) != len(_SLOPES) or not all(map(math.isfinite, self.known)):
            raise CalibrationError("the watch over scores has a state that is none of its own")
        self.known.sort()

    def feed(self, statistics: Sequence[float], ties: Sequence[float]) -> float:
        """The highest capital after any of these statistics, or the one before them.

        Args:
            statistics: one for each new text, in order.
            ties: one draw from [0, 1) for each, which settles equal ranks.
        """
        highest = self.capital
        for value, tie in zip(statistics, ties, strict=True):
            below, upto = bisect_left(self.known, value), bisect_right(self.known, value)
            chance = (below + tie * (upto - below + 1)) / (len(self.known) + 1)
            insort(self.known, value)
            self._bet(chance)
            self.count += 1
            highest = max(highest, self.capital)
        return highest

    def _bet(self, chance: float) -> None:
        total = sum(self.capitals)
        mixed = [(1 - _JUMP) * one + _JUMP * total / len(_SLOPES) for one in self.capitals]
        grown = [one * (1 + slope * (chance - 0.5)) for one, slope in zip(mixed, _SLOPES, strict=True)]
        self.capitals = [min(one, 1e300) for one in grown]

    @property
    def capital(self) -> float:
        """What the gambler has, who began with 1."""
        return sum(self.capitals)
