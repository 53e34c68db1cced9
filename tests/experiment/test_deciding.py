"""Which interval decides, against exact sums over all tables and against the probability of many looks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from tests.experiment.test_analysis import pairs, told

from ambos.errors import ExperimentError
from ambos.experiment import matched, proportions, read_plan, sequential
from ambos.experiment.deciding import rule_of
from ambos.experiment.proportions import Pairs


def test_up_to_two_hundred_pairs_the_tails_are_sums_over_all_tables() -> None:
    seen = Pairs(both=1, gained=1, lost=7, neither=12)
    # Under difference 0 the estimated chance of a loss is half the share that differs: every table, by its definition.
    tail = sum(
        stats.multinomial.pmf([b, c, 21 - b - c], 21, [4 / 21, 4 / 21, 13 / 21])
        for b in range(22)
        for c in range(22 - b)
        if (b - c) / math.sqrt(max(b + c, 1)) <= -6 / math.sqrt(8) + 1e-9
    )
    found = matched.matched(seen)
    assert found.pvalue == pytest.approx(2 * tail, rel=1e-9)
    assert matched.upper_tail(Pairs(1, 7, 1, 12), 0.0) == pytest.approx(tail, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 20), st.integers(0, 8), st.integers(0, 8), st.integers(1, 20))
def test_the_interval_holds_the_effect_and_turns_with_the_arms(both: int, gained: int, lost: int, neither: int) -> None:
    one = matched.matched(Pairs(both, gained, lost, neither))
    other = matched.matched(Pairs(both, lost, gained, neither))
    assert -1 <= one.ci_lower <= one.estimate <= one.ci_upper <= 1
    assert (one.ci_lower, one.ci_upper) == pytest.approx((-other.ci_upper, -other.ci_lower), abs=1e-9)
    assert matched.upper_tail(Pairs(both, gained, lost, neither), one.ci_lower - 1e-6) <= 0.025 + 1e-6


def test_many_pairs_take_the_normal_form() -> None:
    found = matched.matched(Pairs(400, 30, 20, 50))
    assert found.method == "Tango score"
    assert found == proportions.tango(Pairs(400, 30, 20, 50))
    wanted = proportions.tango_non_inferiority(Pairs(400, 30, 20, 50), 0.02)
    assert matched.non_inferiority(Pairs(400, 30, 20, 50), 0.02) == wanted
    small, large = Pairs(80, 6, 4, 10), Pairs(160, 12, 8, 21)
    assert matched.non_inferiority(small, 0.03) == pytest.approx(
        proportions.tango_non_inferiority(small, 0.03), abs=0.02
    )
    assert matched.matched(large).ci_lower == pytest.approx(proportions.tango(large).ci_lower, abs=0.01)


def coverage(n: int, gain: float, loss: float) -> float:
    """Exactly: summed over all tables."""
    held = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = float(stats.multinomial.pmf([b, c, n - b - c], n, [gain, loss, 1 - gain - loss]))
            if chance > 1e-7:
                found = matched.matched(Pairs(0, b, c, n - b - c))
                held += chance * (found.ci_lower <= gain - loss <= found.ci_upper)
    return held


def test_yes_or_no_pairs_are_covered_where_the_t_covers_ninety() -> None:
    # Both right 0.95 and 0.93 of the time, half of the units answered by one draw: about three and a half of 54 differ.
    assert 0.945 < coverage(54, 0.0432, 0.0232) < 0.985
    assert 0.945 < coverage(40, 0.16, 0.16) < 0.96


def rows(effect: float, n: int) -> list[Any]:
    rng = np.random.default_rng(8)
    control = rng.normal(size=n)
    return pairs([float(one) for one in control], [float(one) for one in control + effect + rng.normal(size=n)])


def test_an_early_look_needs_more_than_a_last_one() -> None:
    found = told({"looks": [54, 100]}, rows(0.3, 54))
    assert found["sequential"]["look"] == 1
    assert found["sequential"]["bound"] == pytest.approx(sequential.bounds([0.54, 1.0])[0])
    assert found["deciding"]["ci_lower"] < found["ci_lower"] < found["ci_upper"] < found["deciding"]["ci_upper"]
    assert "look_bound" in found["disclosure_codes"]
    last = told({"looks": [54, 100]}, rows(0.3, 100))["sequential"]
    assert (last["look"], last["bound"]) == (2, pytest.approx(sequential.bounds([0.54, 1.0])[1]))
    assert told({"looks": [100]}, rows(0.3, 100))["sequential"] is None


def test_what_is_over_early_spends_what_is_left() -> None:
    plan = read_plan(
        {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired", "looks": [54, 100]}
    )
    assert rule_of(plan, 97, level=0.95, is_final=True).bound == pytest.approx(sequential.bounds([54 / 97, 1.0])[1])
    assert rule_of(plan, 97, level=0.95, is_final=False).bound > rule_of(plan, 97, level=0.95, is_final=True).bound
    assert rule_of(plan, 120, level=0.95).fraction == 1


def test_two_looks_keep_alpha_in_simulation() -> None:
    plan = read_plan(
        {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired", "looks": [54, 100]}
    )
    limits = [rule_of(plan, n, level=0.95).bound for n in (54, 100)]
    x = np.random.default_rng(9).normal(size=(20_000, 100))
    z = np.stack((x[:, :54].sum(axis=1) / math.sqrt(54), x.sum(axis=1) / 10), axis=1)
    assert (np.abs(z) > limits).any(axis=1).mean() == pytest.approx(0.05, abs=0.005)
    assert (np.abs(z) > 1.96).any(axis=1).mean() == pytest.approx(0.082, abs=0.006)


def test_a_sequence_decides_where_the_plan_says_always() -> None:
    found = told({"stopping": "always-valid", "n": 400}, rows(0.3, 400))
    width = (found["deciding"]["ci_upper"] - found["deciding"]["ci_lower"]) / (found["ci_upper"] - found["ci_lower"])
    assert 1.4 < width < 1.6
    assert found["sequential"]["horizon"] == 400
    early = told({"stopping": "always-valid", "n": 400}, rows(3, 30))
    assert (early["verdict"], early["deciding"]["ci_lower"]) == ("inconclusive", None)


@pytest.mark.parametrize(
    "plan",
    [
        {"stopping": "always-valid"},
        {"stopping": "always-valid", "n": 100, "looks": [50, 100]},
        {"looks": [10, 5]},
        {"looks": [5, 10], "spending": "all at once"},
        {"interval": "tango"},
        {"also": ["astrology"]},
        {"also": ["cuped", "cuped"]},
        {"also": "cuped"},
    ],
)
def test_stopping_rules_that_are_none_are_refused(plan: dict[str, Any]) -> None:
    with pytest.raises(ExperimentError):
        told(plan, rows(0.3, 8))


def test_a_plan_may_keep_the_t() -> None:
    control, treatment = [1.0] * 57 + [0.0] * 3, [1.0] * 59 + [0.0]
    found = told({"interval": "t"}, pairs(control, treatment))
    assert (found["deciding"]["method"], found["deciding"]["ci_lower"]) == ("paired t", found["ci_lower"])
