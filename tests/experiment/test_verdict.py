"""Every position of the interval against 0 and the margin."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.experiment.verdict import judge

M = 0.1


@pytest.mark.parametrize(
    ("low", "high", "with_margin", "without"),
    [
        (0.01, 0.2, "superior", "superior"),
        (0.0, 0.2, "non-inferior", "inconclusive"),
        (-0.05, 0.2, "non-inferior", "inconclusive"),
        (-0.05, 0.0, "non-inferior", "inconclusive"),
        (-0.05, -0.01, "non-inferior, lower", "inferior"),
        (-0.1, 0.2, "inconclusive", "inconclusive"),
        (-0.1, -0.05, "inconclusive", "inferior"),
        (-0.2, 0.2, "inconclusive", "inconclusive"),
        (-0.2, -0.05, "inconclusive", "inferior"),
        (-0.2, -0.1, "inconclusive", "inferior"),
        (-0.3, -0.11, "inferior", "inferior"),
        (math.nan, math.nan, "inconclusive: zero variance", "inconclusive: zero variance"),
    ],
)
def test_position_of_the_interval_is_the_verdict(low: float, high: float, with_margin: str, without: str) -> None:
    assert judge(low, high, margin=M) == with_margin
    assert judge(low, high, margin=None) == without
    assert judge(-high, -low, margin=M, is_higher_better=False) == with_margin


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0.001, 0.5))
def test_a_shift_upwards_never_makes_the_verdict_worse(low: float, width: float, margin: float) -> None:
    rank = ["inferior", "inconclusive", "non-inferior, lower", "non-inferior", "superior"]
    before, after = judge(low, low + width, margin=margin), judge(low + 0.1, low + width + 0.1, margin=margin)
    assert rank.index(after) >= rank.index(before) or {before, after} == {"non-inferior, lower", "non-inferior"}
