"""The bounds hold at their confidence, whatever the loss looks like; the walk stops where it must."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

from ambos.errors import CalibrationError
from ambos.evaluate.risk import (
    Target,
    betting,
    binomial,
    choose,
    hoeffding_bentkus,
    least_provable,
    needed,
    upper_bound,
)

F64 = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], F64]

# Losses whose true mean is 0.02: rare and total, rare and partial, and everywhere a little.
TRUE = 0.02
SHAPES: dict[str, Draw] = {
    "all or nothing": lambda rng, n: (rng.random(n) < TRUE).astype(float),
    "some leak a part": lambda rng, n: np.where(rng.random(n) < 0.1, 0.4 * rng.random(n), 0.0),
    "everywhere a little": lambda rng, n: rng.beta(1, 49, n),
}
RUNS = 400
# 5 % with four standard errors of 400 runs.
MOST_MISSES = 0.05 + 4 * (0.05 * 0.95 / RUNS) ** 0.5


@pytest.mark.parametrize("bound", ["betting", "hoeffding-bentkus"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_bound_is_below_the_truth_no_more_often_than_it_says(shape: str, bound: str) -> None:
    rng = np.random.default_rng(7)
    p_value = betting if bound == "betting" else hoeffding_bentkus
    # The upper bound lies below the truth exactly where the p-value at the truth is at most alpha.
    misses = sum(p_value(SHAPES[shape](rng, 300), TRUE) <= 0.05 for _ in range(RUNS))
    assert misses / RUNS <= MOST_MISSES


def test_a_bound_is_where_its_p_value_crosses() -> None:
    losses = SHAPES["some leak a part"](np.random.default_rng(1), 300)
    for name, p_value in (("betting", betting), ("hoeffding-bentkus", hoeffding_bentkus)):
        at = upper_bound(losses, confidence=0.95, bound=name)
        assert p_value(losses, at) <= 0.05 < p_value(losses, at - 1e-3)
        assert at > losses.mean()


def test_the_binomial_bound_is_that_of_clopper_and_pearson() -> None:
    losses = [1.0] * 4 + [0.0] * 246
    exact = stats.beta.ppf(0.95, 5, 246)
    assert upper_bound(losses, confidence=0.95, bound="binomial") == pytest.approx(exact, abs=1e-5)
    assert binomial(losses, exact) == pytest.approx(0.05, abs=1e-6)


def test_betting_is_tighter_on_losses_that_vary_little() -> None:
    losses = SHAPES["everywhere a little"](np.random.default_rng(2), 400)
    assert upper_bound(losses, confidence=0.95) < upper_bound(losses, confidence=0.95, bound="hoeffding-bentkus")


def test_without_any_loss_n_units_show_about_three_nths() -> None:
    assert least_provable(300, confidence=0.95) == pytest.approx(3 / 300, rel=0.02)
    assert upper_bound(np.zeros(300), confidence=0.95) == pytest.approx(3 / 300, rel=0.05)
    assert upper_bound(np.zeros(5), confidence=0.95) < 1


def test_needed_says_a_number_that_suffices_and_none_where_none_would() -> None:
    losses = np.array(([1.0] + [0.0] * 99) * 2)
    target = Target("direct", 0.03, "binomial")
    assert binomial(losses, 0.03) > 0.05
    n = needed(losses, target, confidence=0.95)
    assert n is not None
    assert 200 < n < 600
    assert binomial(np.resize(losses, n), 0.03) <= 0.05
    assert needed(losses, Target("direct", 0.01), confidence=0.95) is None


def test_choose_walks_from_the_safest_and_stops_at_the_first_that_is_not_shown() -> None:
    rates = (0.0, 0.01, 0.05, 0.0)  # the last one would pass, but is never reached
    table = np.array([np.arange(500) < rate * 500 for rate in rates], dtype=float)
    chosen = choose({"leak": table}, [Target("leak", 0.03)], confidence=0.95)
    assert chosen.place == 1
    assert chosen.tested == 3
    none = choose({"leak": table[2:3]}, [Target("leak", 0.03)], confidence=0.95)
    assert none.place is None
    assert none.pvalue > 0.05


def test_choose_wants_every_target() -> None:
    leak, direct = np.zeros((2, 400)), np.array([np.zeros(400), np.arange(400) < 40], dtype=float)
    both = [Target("leak", 0.02), Target("direct", 0.05, "binomial")]
    assert choose({"leak": leak, "direct": direct}, both, confidence=0.95).place == 0
    assert choose({"leak": leak, "direct": direct}, both[:1], confidence=0.95).place == 1


def test_a_chosen_setting_breaks_its_bound_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(11)
    true_means = np.linspace(0.005, 0.045, 9)  # from the safest to the mildest; the bound is 0.02
    broken = 0
    for _ in range(RUNS):
        draws = rng.random(250)  # one draw for each unit: losses are nested, as masked sets are
        table = (draws[None, :] < true_means[:, None]).astype(float)
        place = choose({"direct": table}, [Target("direct", 0.02, "binomial")], confidence=0.95).place
        broken += place is not None and true_means[place] > 0.02
    assert broken / RUNS <= MOST_MISSES


@pytest.mark.parametrize("losses", [[], [0.1, 1.2], [float("nan")], [-0.1]])
def test_what_is_no_loss_is_refused(losses: list[float]) -> None:
    with pytest.raises(CalibrationError):
        upper_bound(losses, confidence=0.95)


def test_what_is_no_question_is_refused() -> None:
    with pytest.raises(CalibrationError, match="confidence"):
        upper_bound([0.0], confidence=1.0)
    with pytest.raises(CalibrationError, match="bound must be"):
        upper_bound([0.0], confidence=0.9, bound="guess")
    with pytest.raises(CalibrationError, match="target"):
        choose({"leak": [[0.0]]}, [], confidence=0.9)
    with pytest.raises(CalibrationError, match="shape"):
        choose({"leak": [[0.0]]}, [Target("direct", 0.1)], confidence=0.9)
    with pytest.raises(CalibrationError, match="0 and 1"):
        binomial([0.5], 0.1)
    with pytest.raises(CalibrationError, match="nothing can be shown"):
        least_provable(0, confidence=0.9)
