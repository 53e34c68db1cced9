"""The one result that every test and interval of this room returns. Knows no formula."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """An estimate with what is known about its error; what a method does not give is NaN.

    Args:
        method: the test in the field's words.
        n: units that entered it.
        estimate: in the units of the score; for two arms, treatment minus control.
        se: standard error of `estimate`.
        ci_lower: lower bound of the two-sided interval at `level`.
        ci_upper: upper bound.
        statistic: of the test (t, z, chi-squared, ...).
        df: degrees of freedom.
        pvalue: two-sided unless `method` says otherwise.
        level: of the interval, 0.95 for 95 %.
    """

    method: str
    n: int
    estimate: float = math.nan
    se: float = math.nan
    ci_lower: float = math.nan
    ci_upper: float = math.nan
    statistic: float = math.nan
    df: float = math.nan
    pvalue: float = math.nan
    level: float = 0.95

    def to_json(self) -> dict[str, str | int | float | None]:
        """Plain values; NaN and infinity become null."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
