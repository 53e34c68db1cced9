"""The worked example of the guide, and what a plan is warned of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ambos.errors import ExperimentError
from ambos.experiment import read_plan, size

GUIDE = Path(__file__).parents[2] / "docs/guide/experiments.md"
BASE: dict[str, Any] = {"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "parallel"}


def told(**change: Any) -> dict[str, Any]:
    return size(read_plan({**BASE, **change})).to_json()


def test_the_pilot_of_the_guide_is_told_the_truth() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    found = size(read_plan(tomllib.loads(blocks[1]))).to_json()
    assert (found["n_needed"], found["n_planned"]) == (152, 27)
    assert found["power"] == pytest.approx(0.22, abs=0.01)
    assert found["naive_alpha"] == pytest.approx(0.082, abs=5e-4)
    assert found["bounds"][0] > found["bounds"][1] > 1.96
    assert {"too_small", "low_power", "looks", "no_margin", "no_ethics"} <= set(found["warning_codes"])


def test_a_score_with_its_spread_is_sized_by_the_t() -> None:
    assert [round(told(sd=1, n=n)["detectable"], 3) for n in (54, 100)] == [0.777, 0.566]
    paired = told(design="paired", sd=1, effect=0.2, n=300)
    assert (paired["n_needed"], paired["unit"]) == (199, "pairs")
    assert paired["power"] > 0.9


def test_clusters_and_margins_ask_for_more() -> None:
    plain = told(design="paired", discordant=0.3, effect=0.1)["n_needed"]
    assert told(design="paired", discordant=0.3, effect=0.1, cluster_size=11, icc=0.1)["n_needed"] == pytest.approx(
        2 * plain, abs=2
    )
    found = told(design="paired", discordant=0.3, n=100, margin=0.02, margin_reason="r")
    assert "too_small_for_margin" in found["warning_codes"]


def test_a_plan_without_numbers_is_not_sized() -> None:
    found = told()
    assert (found["n_needed"], found["detectable"]) == (None, None)
    assert "size_unknown" in found["warning_codes"]


@pytest.mark.parametrize(
    "change", [{"n": "many"}, {"looks": [100, 54]}, {"looks": "54"}, {"baseline": 2}, {"sd": True}]
)
def test_numbers_that_are_none_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ExperimentError):
        told(**change)
