"""Maps from scores to probabilities: they rise, they help where scores lie, and they leave good scores alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.errors import CalibrationError
from ambos.evaluate.reliability import METHODS, choose_map, expected_error, isotonic, mapped


def draws(n: int, truth: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Scores whose true chance is score ** truth."""
    rng = np.random.default_rng(9)
    scores = rng.random(n)
    return scores, (rng.random(n) < scores**truth).astype(float), [f"d{number % 80}" for number in range(n)]


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60),
    st.sampled_from(sorted(METHODS)),
)
def test_every_map_rises_and_stays_inside(rows: list[tuple[float, bool]], method: str) -> None:
    scores, hits = np.array([a for a, _ in rows]), np.array([float(b) for _, b in rows])
    made = mapped(METHODS[method](scores, hits), np.linspace(0, 1, 101))
    assert (np.diff(made) >= -1e-12).all()
    assert ((made > 0) & (made < 1)).all()


def test_scores_that_lie_are_put_right() -> None:
    scores, hits, groups = draws(3000, 0.2)
    made = choose_map(scores, hits, groups, seed=1)
    assert made.method in ("logistic", "isotonic")
    assert made.log_loss < made.before
    fresh, right, _ = draws(3000, 0.2)
    assert expected_error(mapped(made.knots, fresh), right) < 0.3 * expected_error(fresh, right)


def test_scores_that_are_right_lose_nothing() -> None:
    scores, hits, groups = draws(3000, 1.0)
    made = choose_map(scores, hits, groups, seed=1)
    assert expected_error(mapped(made.knots, scores), hits) < 0.03


def test_isotonic_is_the_pooled_mean_where_scores_are_turned_round() -> None:
    knots = isotonic(np.array([0.1, 0.2, 0.8, 0.9]), np.array([1.0, 1.0, 0.0, 0.0]))
    assert knots == ((0.5, 0.5),)


def test_few_observations_choose_no_map() -> None:
    assert choose_map([0.5] * 10, [1.0] * 10, ["d"] * 10, seed=1).method == "as it is"


def test_what_is_none_is_refused() -> None:
    with pytest.raises(CalibrationError):
        choose_map([0.5], [0.5], ["d"], seed=1)
    with pytest.raises(CalibrationError):
        choose_map([1.5], [1.0], ["d"], seed=1)
    with pytest.raises(CalibrationError):
        choose_map([0.5], [1.0], [], seed=1)
