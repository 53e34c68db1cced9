"""Raters and judges: what their rows say of them, and what a judge that fails takes from a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from ambos.errors import ExperimentError
from ambos.experiment import analyse, beside, read_plan, sealing
from ambos.experiment.standing import Standing, columns_from, is_complete
from ambos.experiment.validity import Validity, validity_of

BASE: dict[str, Any] = {
    "question": "q", "control": "a", "treatment": "b", "metric": "m", "design": "paired",
    "scoring": {"scorer": "judge", "model": "acme/big"},
}  # fmt: skip
RATED = BASE | {"scoring": {"scorer": "rating", "people": "all"}, "trials": 2}
SEED = bytes(32)
ITEMS = [[f"u_{at:02}", f"i{at}", "", "", "", ""] for at in range(30)]


def row(unit: str, arm: str, score: float | None, trial: int = 0, cost: float | None = None) -> list[Any]:
    return [0, unit, arm, trial, score, cost, "", "run"]


def judged(*, null: float = 0.0, swap: float = 0.0, people_agree: bool = True) -> list[list[Any]]:
    rows = []
    for at, (unit, *_) in enumerate(ITEMS):
        for arm in "ab":
            right = float((at + (arm == "b")) % 3 > 0)
            rows += [
                row(unit, arm, right),
                row(unit, f"_null:{arm}", null),
                row(unit, f"_swap:{arm}", abs(right - swap)),
            ]
            rows.append(row(unit, f"_person:{arm}", right if people_agree else float(at % 2)))
    return rows


def of(rows: list[list[Any]], plan: dict[str, Any] = BASE) -> Validity:
    found = validity_of(read_plan(plan), rows, SEED)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("changes", "failures"),
    [
        ({}, ()),
        ({"null": 0.2}, ("null",)),
        ({"null": 0.7}, ("null",)),
        ({"swap": 0.3}, ("swap",)),
        ({"people_agree": False}, ("people",)),
        ({"null": 1.0, "swap": 1.0}, ("null", "swap")),
    ],
)
def test_a_judge_fails_by_the_control_that_it_fails(changes: dict[str, Any], failures: tuple[str, ...]) -> None:
    rows = judged(**changes)
    found = of(rows)
    assert found.failures == failures
    plan = read_plan(BASE)
    standing = Standing("x_1", "run", 0, 1, is_complete=True, has_beacon=False)
    told = analyse(plan, columns_from(plan, ITEMS, [], rows), standing=standing, scored=found).to_json()
    assert told["status"] == ("exploratory" if failures else "confirmatory")
    assert (told["disclosure_codes"][0] == "judge_failed") is bool(failures)
    assert not (told["promotable"] and failures)


def test_a_judge_that_was_never_asked_again_has_not_passed() -> None:
    rows = [one for one in judged() if not one[2].startswith(("_null", "_swap"))]
    assert of(rows).failures == ("unchecked",)


def test_a_constant_text_that_equals_a_poor_arm_wins() -> None:
    rows = [row(unit, "a", 0.05) for unit, *_ in ITEMS] + [row(unit, "b", 1.0) for unit, *_ in ITEMS]
    rows += [row(unit, f"_{kind}:{arm}", 0.05) for unit, *_ in ITEMS for kind in ("null", "swap") for arm in "ab"]
    assert of(rows).null_wins == ("a",)


def test_choices_for_a_side_become_scores_of_the_arm_that_stood_there() -> None:
    plan, rows = read_plan(RATED), []
    for unit, *_ in ITEMS:
        rows += [row(unit, "_answer:a", None, cost=0.1), row(unit, "_answer:b", None, cost=0.2)]
        for rater in ("u_r1", "u_r2"):
            is_left = not beside.is_control_left(SEED, unit, rater)  # where the treatment stands
            rows.append(row(unit, f"_rating:{rater}", float(is_left)))
    assert is_complete(plan, ITEMS, [], rows, now_ms=0)
    assert not is_complete(plan, ITEMS, [], rows[:-1], now_ms=0)
    columns = columns_from(plan, ITEMS, [], rows, seed=SEED)
    assert {(arm, score, cost) for arm, score, cost in zip(columns.arm, columns.score, columns.cost or (), strict=True)} == {
        ("a", 0.0, 0.1), ("b", 1.0, 0.2),
    }  # fmt: skip
    found = of(rows, RATED)
    assert (found.raters, found.unsure, found.agreement.n) == (2, 0.0, 30)
    assert 0.3 < found.left < 0.7


def test_sides_are_drawn_evenly_and_anew_for_each_rater() -> None:
    left = [beside.is_control_left(SEED, f"u_{at}", "u_r") for at in range(2000)]
    other = [beside.is_control_left(SEED, f"u_{at}", "u_s") for at in range(2000)]
    assert 900 < sum(left) < 1100
    assert 900 < sum(a == b for a, b in zip(left, other, strict=True)) < 1100


def test_raters_who_toss_coins_do_not_agree() -> None:
    rows = []
    for at, (unit, *_) in enumerate(ITEMS):
        rows += [row(unit, "_rating:u_a", float(at % 2)), row(unit, "_rating:u_b", float(at // 2 % 2))]
    agreement = of(rows, RATED).agreement
    assert agreement.lower < 0 < agreement.upper
    same = [
        row(unit, f"_rating:{one}", None if at % 3 else 0.5)
        for at, (unit, *_) in enumerate(ITEMS)
        for one in ("u_a", "u_b")
    ]
    assert of(same, RATED).agreement.value == 1.0


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"scoring": "rating"}, "say who they are"),
        ({"scoring": {"scorer": "rating", "people": []}}, "say who they are"),
        ({"design": "parallel", "n": 20}, "two answers"),
        ({"treatment": ["b", "c"]}, "two answers"),
        ({"treatment": "_rating:b"}, "begins with _"),
    ],
)
def test_what_cannot_be_compared_is_not_sealed(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(ExperimentError, match=word):
        sealing.check_sealable(read_plan(RATED | changes), [sealing.Item("i", "0" * 64, "1" * 64)], now_ms=0)
