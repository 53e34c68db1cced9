"""The sequential tests: quiet while nothing has changed, loud after a planted shift."""

from __future__ import annotations

import numpy as np
import pytest

from ambos.errors import CalibrationError
from ambos.evaluate.watch import LossWatch, ShiftWatch

RUNS = 300
MOST_ALARMS = 0.05 + 4 * (0.05 * 0.95 / RUNS) ** 0.5


def highest(watch: LossWatch, losses: np.ndarray) -> float:
    return max(watch.feed([float(loss)]) for loss in losses)


def test_losses_at_the_bound_raise_no_more_alarms_than_promised_however_often_one_looks() -> None:
    rng = np.random.default_rng(3)
    alarms = sum(
        highest(LossWatch(0.02), np.where(rng.random(300) < 0.1, 0.4 * rng.random(300), 0.0)) >= 20 for _ in range(RUNS)
    )
    assert alarms / RUNS <= MOST_ALARMS


def test_a_planted_shift_of_the_loss_is_noticed() -> None:
    rng = np.random.default_rng(4)
    watch = LossWatch(0.02)
    watch.feed((rng.random(100) < 0.01).astype(float))
    assert watch.capital < 20
    watch.feed((rng.random(100) < 0.2).astype(float))
    assert watch.capital >= 20
    assert watch.count == 200


def test_the_watch_goes_on_where_it_was() -> None:
    whole, parts = LossWatch(0.05), LossWatch(0.05)
    whole.feed([0.0, 0.3, 0.1])
    parts.feed([0.0, 0.3])
    again = LossWatch(0.05, list(parts.logs), parts.count)
    again.feed([0.1])
    assert again.capital == pytest.approx(whole.capital)


def test_a_capital_that_was_reached_is_told_whatever_comes_after_it() -> None:
    bad, good = [1.0] * 3, [0.0] * 400
    watch = LossWatch(0.1)
    assert watch.feed(bad + good) == pytest.approx(LossWatch(0.1).feed(bad))
    assert watch.capital < 1
    rng = np.random.default_rng(9)
    known, strange, usual = list(rng.random(100)), [1.0] * 12, list(rng.random(300))
    ties = list(rng.random(312))
    whole, apart = ShiftWatch(list(known)), ShiftWatch(list(known))
    steps = [apart.feed([value], [tie]) for value, tie in zip(strange + usual, ties, strict=True)]
    assert whole.feed(strange + usual, ties) == pytest.approx(max(steps))
    assert whole.capital < max(steps)


def test_scores_from_the_same_source_raise_no_more_alarms_than_promised() -> None:
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(RUNS):
        watch = ShiftWatch(list(rng.gamma(2, 1, 200)))
        new, ties = rng.gamma(2, 1, 200), rng.random(200)
        alarms += max(watch.feed([float(a)], [float(b)]) for a, b in zip(new, ties, strict=True)) >= 20
    assert alarms / RUNS <= MOST_ALARMS


def test_a_planted_shift_of_the_scores_is_noticed() -> None:
    rng = np.random.default_rng(6)
    watch = ShiftWatch(list(rng.gamma(2, 1, 200)))
    assert watch.feed(list(rng.gamma(2, 1, 50)), list(rng.random(50))) < 20
    assert watch.feed(list(rng.gamma(2, 2, 150)), list(rng.random(150))) >= 20


def test_equal_statistics_say_nothing() -> None:
    rng = np.random.default_rng(8)
    assert ShiftWatch([0.0] * 100).feed([0.0] * 200, list(rng.random(200))) < 20


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(CalibrationError):
        LossWatch(0.02, [0.0])
    with pytest.raises(CalibrationError):
        LossWatch(0.0)
    with pytest.raises(CalibrationError):
        LossWatch(0.02).feed([1.5])
    with pytest.raises(CalibrationError):
        ShiftWatch([float("nan")])
