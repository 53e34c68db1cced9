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


def test_the_exact_tail_is_a_sum_over_all_tables() -> None:
    n, seen, null = 21, Pairs(both=1, gained=1, lost=7, neither=12), -0.05
    z = proportions.tango_z(Pairs(1, 7, 1, 12), null)
    shares = np.linspace(0.1, 0.8, 71)  # those that eight differing pairs of 21 leave possible, and some more
    worst = max(
        sum(
            stats.multinomial.pmf([b, c, n - b - c], n, [(s + null) / 2, (s - null) / 2, 1 - s])
            for b in range(n + 1)
            for c in range(n + 1 - b)
            if proportions.tango_z(Pairs(0, b, c, n - b - c), null) >= z - 1e-9
        )
        for s in shares
    )
    assert matched.upper_tail(Pairs(1, 7, 1, 12), null) == pytest.approx(worst + matched.APART, abs=2e-4)
    assert matched.upper_tail(seen, null) > 0.9


@settings(max_examples=40, deadline=None)
@given(st.integers(4, 30), st.floats(0.01, 0.3), st.floats(0, 1))
def test_non_inferiority_is_found_at_the_margin_in_at_most_alpha(n: int, margin: float, where: float) -> None:
    loss = margin + where * (1 - margin) / 2  # the truth: the treatment is worse by exactly the margin
    size = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = float(stats.multinomial.pmf([b, c, n - b - c], n, [loss - margin, loss, 1 + margin - 2 * loss]))
            if chance > 1e-9 and matched.non_inferiority(Pairs(0, b, c, n - b - c), margin) <= 0.025:
                size += chance
    assert size <= 0.025


def test_many_pairs_take_the_same_test() -> None:
    many = Pairs(400_000, 30_000, 30_900, 50_000)
    wanted = proportions.tango_non_inferiority(many, 0.0025)
    assert 0.001 < wanted < 0.4
    assert matched.non_inferiority(many, 0.0025) == pytest.approx(wanted, abs=2e-3)
    assert matched.equivalence(many, 0.0025) == pytest.approx(matched.non_inferiority(many, 0.0025))


def test_an_interval_above_the_margin_is_not_enough_where_the_exact_test_says_no() -> None:
    control, treatment = [1.0] * 12 + [0.0] * 12 + [1.0] * 76, [0.0] * 12 + [1.0] * 12 + [1.0] * 76
    found = told({"margin": 0.1, "margin_reason": "r"}, pairs(control, treatment))
    assert found["deciding"]["method"] == "Tango score"
    assert -0.1 < found["deciding"]["ci_lower"] < 0
    assert found["noninferiority"]["pvalue_tango"] > 0.025
    assert found["verdict"] == "inconclusive"
    assert "margin_not_shown" in found["disclosure_codes"]
    turned = told({"margin": 0.1, "margin_reason": "r", "direction": "lower"}, pairs(treatment, control))
    assert (turned["verdict"], "margin_not_shown" in turned["disclosure_codes"]) == ("inconclusive", True)
    wider = told({"margin": 0.11, "margin_reason": "r"}, pairs(control, treatment))
    assert (wider["verdict"], "margin_not_shown" in wider["disclosure_codes"]) == ("non-inferior", False)


def coverage(n: int, gain: float, loss: float) -> float:
    """Exactly: summed over all tables."""
    held = 0.0
    for b in range(n + 1):
        for c in range(n + 1 - b):
            chance = float(stats.multinomial.pmf([b, c, n - b - c], n, [gain, loss, 1 - gain - loss]))
            if chance > 1e-7:
                found = proportions.tango(Pairs(0, b, c, n - b - c))
                held += chance * (found.ci_lower <= gain - loss <= found.ci_upper)
    return held


def test_yes_or_no_pairs_are_covered_where_the_t_covers_ninety() -> None:
    # Both right 0.95 and 0.93 of the time, half of the units answered by one draw: about three and a half of 54 differ.
    assert 0.955 < coverage(54, 0.0232, 0.0432) < 0.96
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
