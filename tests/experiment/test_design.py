"""Before the data: sizes, looks, assignment; and what is watched while data arrive."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ambos.errors import ExperimentError
from ambos.experiment import assignment, detection, power, sequential
from ambos.experiment.sequential import Monitor


def test_sizes_are_those_of_r() -> None:
    assert power.size_two_means(0.5, 1) == pytest.approx(63.76561, abs=1e-4)  # pwr's vignette
    assert power.power_two_means(0.5, 1, 63.76561) == pytest.approx(0.8, abs=1e-5)


def test_the_pilot_of_54_could_not_show_what_it_hoped_for() -> None:
    assert power.detectable_two_means(1, 27) == pytest.approx(0.777, abs=5e-4)
    assert power.detectable_two_means(1, 50) == pytest.approx(0.566, abs=5e-4)
    assert math.ceil(power.size_two_proportions(0.60, 0.75)) == 152
    assert power.power_two_proportions(0.60, 0.75, 27) == pytest.approx(0.22, abs=0.01)
    assert power.power_two_proportions(0.60, 0.75, 50) == pytest.approx(0.36, abs=0.01)


def test_paired_sizes_agree_with_simulation(rng: np.random.Generator) -> None:
    n = math.ceil(power.size_paired_proportions(0.1, 0.3))

    def one(draw: np.random.Generator) -> float:
        gained, lost, _ = draw.multinomial(n, [0.2, 0.1, 0.7])
        return float(2 * stats.norm.sf(abs(gained - lost) / math.sqrt(max(gained + lost, 1))))

    share, se = power.simulate(one, rng=rng, runs=4000)
    assert share == pytest.approx(0.8, abs=4 * se + 0.01)
    assert power.detectable_paired_proportions(0.3, n) == pytest.approx(0.1, abs=1e-3)
    assert math.isnan(power.detectable_paired_proportions(0.01, 10))
    assert power.power_paired(0.2, 1, power.size_paired(0.2, 1)) == pytest.approx(0.8)
    assert power.detectable_paired(1, power.size_paired(0.2, 1)) == pytest.approx(0.2, abs=1e-4)


def test_non_inferiority_needs_more_for_less_margin() -> None:
    sizes = [power.size_non_inferiority(m, 0.5, is_paired=paired) for m in (0.1, 0.05) for paired in (True, False)]
    assert sizes[2] / sizes[0] == pytest.approx(4, rel=0.05)
    assert sizes[1] / sizes[0] == pytest.approx(2, rel=0.05)
    assert power.design_effect(20, 0.1) == pytest.approx(2.9)
    with pytest.raises(ExperimentError):
        power.size_two_means(0, 1)
    with pytest.raises(ExperimentError):
        power.size_two_proportions(0.5, 0.5)
    with pytest.raises(ExperimentError):
        power.size_paired_proportions(0.4, 0.3)


def test_bounds_are_those_of_lan_and_demets() -> None:
    fifths = [0.2, 0.4, 0.6, 0.8, 1.0]
    assert sequential.bounds(fifths) == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=5e-4)
    found = sequential.bounds(fifths, spending="pocock")
    assert found == pytest.approx([2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=5e-4)
    assert sequential.crossing(fifths, found) == pytest.approx(0.05, abs=1e-6)
    assert sequential.bounds([1.0]) == pytest.approx([stats.norm.ppf(0.975)])


def test_naive_growth_after_a_look_finds_too_much() -> None:
    assert sequential.crossing([0.54, 1.0], [1.959964, 1.959964]) == pytest.approx(0.082, abs=5e-4)
    planned = sequential.bounds([0.54, 1.0])
    assert sequential.crossing([0.54, 1.0], planned) == pytest.approx(0.05, abs=1e-6)
    assert sequential.crossing([0.54, 1.0], planned, drift=2.8016) == pytest.approx(0.79, abs=0.01)


@pytest.mark.parametrize("looks", [[], [0.5], [0.5, 0.4, 1.0], [0.0, 1.0], [0.5, 1.2]])
def test_looks_that_do_not_end_in_one_are_refused(looks: list[float]) -> None:
    with pytest.raises(ExperimentError):
        sequential.bounds(looks)


def test_confidence_sequence_holds_at_every_look(rng: np.random.Generator) -> None:
    runs, n = 400, 10_000
    draws = rng.normal(size=(runs, n))
    counts = np.arange(1, n + 1)
    means = draws.cumsum(axis=1) / counts
    sd = np.sqrt(np.maximum((draws**2).cumsum(axis=1) / counts - means**2, 1e-9))
    radius = np.array([sequential.sequence_radius(float(k), alpha=0.05, horizon=1000) for k in counts])
    outside = (np.abs(means) > sd * radius)[:, 49:].any(axis=1)  # watched from 50 on
    assert outside.mean() <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / runs)
    assert radius[999] / (stats.norm.ppf(0.975) / math.sqrt(1000)) <= 1.6


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=40), st.integers(0, 40))
def test_a_monitor_does_not_care_how_values_arrive(values: list[float], cut: int) -> None:
    single, batch = Monitor(), Monitor()
    for value in values:
        single.feed(value)
    for part in (values[:cut], values[cut:]):
        if part:
            batch.feed_many(part)
    one, other = single.result(), batch.result()
    assert (one.n, one.estimate) == pytest.approx((other.n, other.estimate), abs=1e-9)
    if math.isfinite(one.se) and one.se > 1e-6:
        assert one.ci_lower == pytest.approx(other.ci_lower, rel=1e-6, abs=1e-6)


SEED = assignment.seed_of(b"s" * 32, b"round 1")


@given(st.integers(0, 200), st.integers(1, 4), st.integers(2, 4))
def test_every_block_holds_every_arm_equally_often(number: int, times: int, k: int) -> None:
    arms = [f"arm{at}" for at in range(k)]
    size = k * times
    row = [assignment.assign(SEED, arms, stratum="a", ordinal=number * size + at, block=size) for at in range(size)]
    assert set(Counter(row).values()) == {times}


def test_assignment_is_fixed_by_seed_stratum_and_order() -> None:
    def row(seed: bytes, stratum: str) -> list[str]:
        return [assignment.assign(seed, ["a", "b"], stratum=stratum, ordinal=at, block=4) for at in range(400)]

    assert row(SEED, "x") == row(SEED, "x")
    assert row(SEED, "x") != row(SEED, "y")
    assert row(SEED, "x") != row(assignment.seed_of(b"s" * 32, b"round 2"), "x")
    firsts = Counter(tuple(row(SEED, "x")[at : at + 4]) for at in range(0, 400, 4))
    assert len(firsts) == 6  # all arrangements of aabb come up
    assert stats.chisquare(list(firsts.values())).pvalue > 0.001
    assert "".join(row(SEED, "x")[:8]) == "abbabaab"  # what was assigned once must be recomputed for ever


def test_assignments_that_cannot_be_are_refused() -> None:
    for arms, block, ordinal in ((["a"], 2, 0), (["a", "a"], 2, 0), (["a", "b"], 3, 0), (["a", "b"], 2, -1)):
        with pytest.raises(ExperimentError):
            assignment.assign(SEED, arms, stratum="", ordinal=ordinal, block=block)
    with pytest.raises(ExperimentError, match="16 bytes"):
        assignment.seed_of(b"short", b"")
    with pytest.raises(ExperimentError):
        assignment.sample_ratio_e_value([1], [1.0])


def test_sample_ratio_alarm_is_rare_without_a_fault(rng: np.random.Generator) -> None:
    alarms = 0
    for _ in range(300):
        heads = rng.integers(0, 2, 300).cumsum()
        alarms += any(
            assignment.sample_ratio_e_value([int(h), at + 1 - int(h)], [1, 1]) > 20 for at, h in enumerate(heads)
        )
    assert alarms / 300 <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / 300)


def test_detector_figures_have_intervals(rng: np.random.Generator) -> None:
    assert detection.precision(90, 10).estimate == 0.9
    assert detection.recall(90, 30).estimate == 0.75
    found = detection.f1(90, 10, 30)
    assert found.estimate == pytest.approx(2 * 90 / (2 * 90 + 10 + 30))
    assert found.ci_lower < found.estimate < found.ci_upper <= 1
    counts = rng.poisson([[5.0], [1.0], [2.0]], size=(3, 400))
    by_text = detection.f1_by_text(*counts)
    assert by_text.se == pytest.approx(detection.f1(*(int(one.sum()) for one in counts)).se, rel=0.5)
    with pytest.raises(ExperimentError):
        detection.f1_by_text([1], [0], [0])
