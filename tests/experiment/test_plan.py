"""Plans: what is refused, one canonical form."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from ambos.errors import ExperimentError
from ambos.experiment import read_plan

GOOD: dict[str, Any] = {
    "question": "Is it as good?", "control": "big", "treatment": "small", "metric": "correct", "design": "paired",
}  # fmt: skip


def test_a_plan_has_few_defaults_and_no_margin() -> None:
    plan = read_plan(GOOD)
    assert (plan.alpha, plan.missing, plan.margin, plan.treatments) == (0.05, "complete", None, ("small",))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"question": ""}, "question"),
        ({"treatment": "big"}, "same arm"),
        ({"treatment": []}, "treatment"),
        ({"treatment": ["a", "a"]}, "treatment"),
        ({"design": "crossed"}, "design"),
        ({"direction": "up"}, "direction"),
        ({"margin": 0.02}, "margin_reason"),
        ({"margin": 0.02, "margin_reason": " "}, "margin_reason"),
        ({"margin": 0, "margin_reason": "r"}, "above 0"),
        ({"margin": -0.1, "margin_reason": "r"}, "above 0"),
        ({"margin": "0.1", "margin_reason": "r"}, "number"),
        ({"margin_reason": "r"}, "no 'margin'"),
        ({"alpha": 5}, "alpha"),
        ({"alpha": True}, "alpha"),
        ({"missing": "mean"}, "missing"),
        ({"margn": 0.02}, "did you mean 'margin'"),
        ({"range": [1, 0]}, "range"),
        ({"cluster": 3}, "cluster"),
        ({"test_fraction": -1}, "test_fraction"),
        ({"clusters": "some"}, "clusters"),
    ],
)
def test_what_is_not_a_plan_is_refused(change: dict[str, Any], word: str) -> None:
    with pytest.raises(ExperimentError, match=word):
        read_plan({**GOOD, **change})


def test_order_comments_and_spacing_do_not_change_the_hash() -> None:
    one = read_plan(tomllib.loads('control="a"\ntreatment="b"\nquestion="q"\nmetric="m"\ndesign="paired"'))
    other = read_plan(
        tomllib.loads('# said\nmetric = "m"\ndesign = "paired"\nquestion="q"\ntreatment="b"\ncontrol="a"')
    )
    assert one.hash() == other.hash()
    assert one.canonical().startswith(b'{"control":"a"')
    assert read_plan({**one.raw, "alpha": 0.01}).hash() != one.hash()


def test_a_plan_may_hold_dates_and_foreign_keys() -> None:
    plan = read_plan(
        tomllib.loads('x_made = 2026-01-02\ncontrol="a"\ntreatment="b"\nquestion="q"\nmetric="m"\ndesign="paired"')
    )
    assert plan.unknown == ("x_made",)
    assert b"2026-01-02" in plan.canonical()
    assert read_plan({"experiment": GOOD}).question == GOOD["question"]
