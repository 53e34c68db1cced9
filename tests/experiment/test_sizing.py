"""The worked example of the guide, and what a plan is warned of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from ambos.errors import ExperimentError
from ambos.experiment import power, read_plan, size

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


def test_growing_after_a_look_is_planned_and_simulated() -> None:
    found = told(baseline=0.6, effect=0.15, n=54, looks=[54, 100])
    assert found["bounds"] == pytest.approx([2.8356, 1.9728], abs=1e-4)
    assert found["inflation"] == pytest.approx(1.0054, abs=1e-4)
    assert found["simulated"]["power"] == pytest.approx(0.36, abs=4 * found["simulated"]["error"])
    assert told(baseline=0.6, effect=0.15, n=54)["inflation"] == 1


def test_inflation_is_that_of_jennison_and_turnbull() -> None:
    # Their table 2.2 and 2.3 for 5 looks at alpha 0.05, power 0.8: Pocock 1.229, O'Brien-Fleming 1.028 of the original bounds.
    fifths = [0.2, 0.4, 0.6, 0.8, 1.0]
    assert power.inflation(fifths, spending="pocock") == pytest.approx(1.229, abs=0.02)
    assert power.inflation(fifths) == pytest.approx(1.028, abs=0.01)


def test_non_inferiority_of_pairs_is_sized_by_tango_s_test() -> None:
    found = told(design="paired", discordant=0.3, n=242, margin=0.1, margin_reason="r")
    assert found["n_non_inferiority"] == 242
    assert found["simulated"]["non_inferiority"] == pytest.approx(0.8, abs=0.03)
    for change in ({"discordant": 0.05, "true_effect": 0.1}, {"discordant": 1.2}):
        with pytest.raises(ExperimentError):
            power.size_non_inferiority_paired_proportions(0.1, **change)


def test_clusters_are_counted_by_the_t_of_their_means() -> None:
    found = told(design="paired", sd=1, effect=0.2, n=400, cluster_size=10, icc=0.1)
    assert found["n_clusters"] == 40
    assert found["simulated"]["power"] == pytest.approx(0.8, abs=0.03)
    few = told(design="paired", sd=1, effect=0.2, n=50, cluster_size=10, icc=0.1)["simulated"]["power"]
    assert few == 0  # five clusters give no verdict, whatever the formula says
    assert (
        "simulation_differs" in told(design="paired", sd=1, effect=0.9, n=50, cluster_size=10, icc=0.1)["warning_codes"]
    )


def test_every_stratum_by_itself_needs_its_own_units() -> None:
    one = told(design="paired", sd=1, effect=0.2, n=300)
    found = told(design="paired", sd=1, effect=0.2, n=300, strata=["a", "b", "c"])
    assert found["n_strata"] > 3 * one["n_needed"]
    assert "too_small_for_strata" in found["warning_codes"]


def test_drawn_experiments_agree_with_the_formula() -> None:
    for change in ({"sd": 1, "effect": 0.5, "n": 128}, {"baseline": 0.6, "effect": 0.15, "n": 304}):
        found = told(**change)
        assert found["simulated"]["power"] == pytest.approx(found["power"], abs=4 * found["simulated"]["error"])
    assert told(sd=1, effect=0.5, n=128) == told(sd=1, effect=0.5, n=128)
    assert told(sd=1, effect=0.05, n=40_000)["simulated"] is None
    assert power.detectable_paired(1, 105.263) == pytest.approx(0.2756, abs=1e-4)
