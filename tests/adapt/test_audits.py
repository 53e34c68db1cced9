"""Memorisation, forgetting and figures by part say what is so, and refuse what cannot show it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.adapt.test_text import corpus, recipe

from ambos.adapt.forgetting import forgotten
from ambos.adapt.memorisation import audited, canaries
from ambos.adapt.metrics import Counts
from ambos.adapt.parts import by_group, by_label
from ambos.adapt.running import run
from ambos.corpus.gate import check_card
from ambos.errors import AdaptError


def test_a_model_that_remembers_is_found_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(1)
    controls = rng.normal(size=100)
    assert audited(rng.normal(3, 1, size=100), controls).is_found
    found = [audited(rng.normal(size=100), rng.normal(size=100)).is_found for _ in range(200)]
    assert np.mean(found) < 0.09  # 0.05 is promised; 200 draws have a standard error of 0.015


def test_the_exact_interval_is_that_of_the_binomial() -> None:
    found = audited([1.0] * 16 + [-1.0] * 84, np.linspace(-0.5, 0.5, 100))
    assert (found.caught, found.allowed, found.rate) == (16, 1, 0.16)
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0943, 0.2468)  # R: binom.test(16, 100)


@given(st.lists(st.floats(-5, 5), min_size=100, max_size=300), st.lists(st.floats(-5, 5), min_size=100, max_size=300))
def test_never_more_controls_stand_above_than_allowed(canary: list[float], control: list[float]) -> None:
    found = audited(canary, control)
    assert 0 <= found.lower <= found.rate <= found.upper <= 1
    assert audited(control, control).caught <= found.allowed + len(control) * 0.01


@pytest.mark.parametrize(
    ("canary", "control"), [([1.0] * 99, [0.0] * 100), ([1.0] * 100, [0.0] * 99), ([float("nan")] * 100, [0.0] * 100)]
)
def test_too_few_or_broken_scores_are_refused(canary: list[float], control: list[float]) -> None:
    with pytest.raises(AdaptError):
        audited(canary, control)


def test_canaries_are_made_of_the_words_of_the_data_and_all_differ() -> None:
    texts = [f"word{n} other{n} third{n}" for n in range(60)]
    made = canaries(texts, 200, np.random.default_rng(2))
    assert len(set(made)) == 200
    assert {word for one in made for word in one.split()} <= {word for text in texts for word in text.split()}
    with pytest.raises(AdaptError, match="too few"):
        canaries(["a b c"] * 90, 200, np.random.default_rng(2))


def test_a_run_tells_what_it_remembers_and_how_labels_fare() -> None:
    made = corpus()
    card = run(made, recipe(made, c=30.0), None, "", lambda *_: None).card
    audit, labels = card["memorisation"], card["by_label"]
    assert isinstance(audit, dict)
    assert isinstance(labels, dict)
    assert audit["audited"] is True
    assert audit["canaries"] == 100
    assert float(str(audit["lower"])) <= float(str(audit["true_positive_rate"])) <= float(str(audit["upper"]))
    assert set(labels) == {"card", "loan", "transfer"}


def test_a_bound_of_the_recipe_refuses_a_model_that_shows_more() -> None:
    made = corpus()
    card = run(made, recipe(made, remembered=0.0), None, "", lambda *_: None).card
    with pytest.raises(AdaptError, match="remembers too much"):
        check_card(card)
    check_card(run(made, recipe(made, remembered=1.0), None, "", lambda *_: None).card)


def test_forgetting_is_judged_by_the_lower_bound() -> None:
    base = np.tile([1.0, 1.0, 0.0, 1.0], 100)
    same = forgotten(base, base, margin=0.02)
    assert same.is_within
    assert same.change == 0.0
    lost = base.copy()
    lost[:80] = 0
    assert not forgotten(lost, base, margin=0.02).is_within
    few = forgotten(base[:12], base[:12], margin=0.02)
    assert not few.is_within  # twelve items without a loss prove no margin of two points
    constant = forgotten(np.full(50, 0.4), np.full(50, 0.5), margin=0.02)
    assert not constant.is_within


@pytest.mark.parametrize(
    ("adapted", "base", "margin"),
    [
        ([1.0] * 9, [1.0] * 9, 0.1),
        ([1.0] * 20, [1.0] * 19, 0.1),
        ([1.0] * 20, [1.0] * 20, 0.0),
        ([2.0] * 20, [1.0] * 20, 0.1),
    ],
)
def test_forgetting_refuses_what_it_cannot_judge(adapted: list[float], base: list[float], margin: float) -> None:
    with pytest.raises(AdaptError):
        forgotten(adapted, base, margin=margin)


def test_labels_and_groups_apart() -> None:
    true = np.eye(2, dtype=bool)[[0] * 6 + [1] * 6]
    chosen = np.eye(2, dtype=bool)[[0] * 6 + [1] * 3 + [0] * 3]
    counts = Counts.of(chosen, true)
    labels = by_label(counts, ["a", "b"])
    assert labels["a"] == {"rows": 6, "precision": 0.6667, "recall": 1.0, "f1": 0.8}
    told = by_group(counts, ["Ana"] * 6 + ["Luis"] * 6)
    assert (told["groups"], told["worst"], told["median"]) == (2, 0.5, 0.75)
    assert "Ana" not in str(told)
    assert by_group(counts, [""] * 12) == {}
