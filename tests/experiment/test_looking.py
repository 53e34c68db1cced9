"""Which looks a sealed plan allows, from the entries of its outcomes and of the looks before."""

from __future__ import annotations

from typing import Any

import pytest

from ambos.errors import ExperimentError
from ambos.experiment import Plan, read_plan, sequential
from ambos.experiment.deciding import rule_of
from ambos.experiment.looking import check_look, looks_taken, units_in


def plan(design: str = "parallel", **more: Any) -> Plan:
    about = {"question": "q", "control": "a", "treatment": "b", "metric": "m", "design": design}
    return read_plan({**about, **more})


def row(seq: int, unit: str, arm: str, score: float | None = 1.0) -> list[Any]:
    return [seq, unit, arm, 0, score, None, "", "run"]


def rows(count: int, *, step: int = 1) -> list[list[Any]]:
    return [row(10 + at * step, f"u{at}", "ab"[at % 2]) for at in range(count)]


def test_units_count_when_every_arm_that_is_due_has_its_outcome() -> None:
    met = [row(1, "u", "a"), row(2, "u", "b", None), row(3, "v", "a"), row(4, "w", "")]
    assert units_in(plan("paired"), met) == {"u"}
    assert units_in(plan("parallel"), met[2:]) == {"v"}
    rated = plan("paired", scoring={"scorer": "rating"}, trials=2)
    ratings = [row(1, "u", "_rating:u_1"), row(2, "u", "_rating:u_2"), row(3, "v", "_rating:u_1")]
    assert units_in(rated, ratings) == {"u"}


def test_reading_the_same_outcomes_again_is_no_other_look() -> None:
    assert looks_taken(rows(4), [(20, 4), (21, 4)]) == []
    assert looks_taken(rows(6, step=3), [(17, 3), (18, 3), (40, 6)]) == [3]


@pytest.mark.parametrize(("count", "looks", "is_allowed"), [
    (5, [], False), (6, [], True), (8, [], True), (8, [17], False), (9, [17], True), (11, [17, 19], False), (12, [17], True),
])  # fmt: skip
def test_a_look_is_allowed_once_at_each_number_but_the_last(count: int, looks: list[int], is_allowed: bool) -> None:
    one = plan(looks=[6, 9, 12])
    if is_allowed:
        check_look(one, rows(count), [(seq, 0) for seq in looks])
        return
    with pytest.raises(ExperimentError, match="the plan does not look now"):
        check_look(one, rows(count), [(seq, 0) for seq in looks])


def test_a_plan_without_looks_is_looked_at_whenever_somebody_likes() -> None:
    check_look(plan(), rows(3), [(11, 1)])
    check_look(plan(stopping="always-valid", n=50), rows(3), [(11, 1)])


def test_the_bound_spends_alpha_at_the_looks_that_were_taken() -> None:
    one = plan(looks=[6, 12])
    late = rule_of(one, 7, level=0.95, is_final=False, looked=())
    assert late.look == 1
    assert late.bound == pytest.approx(sequential.bounds([7 / 12, 1])[0])
    last = rule_of(one, 12, level=0.95, is_final=True, looked=(7,))
    assert last.look == 2
    assert last.bound == pytest.approx(sequential.bounds([7 / 12, 1])[1])
