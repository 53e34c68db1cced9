"""NIST's certified values to their digits; sums in any order."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.experiment.conftest import certified, digits

from ambos.errors import ExperimentError
from ambos.experiment.moments import Moments, anova, describe, fit_line

UNIVARIATE = ("Lottery", "Michelso", "NumAcc1", "NumAcc3", "PiDigits")
ANOVA = ("SiRstv", "SmLs01", "SmLs02", "SmLs03", "SmLs04", "SmLs05", "SmLs09")


@pytest.mark.parametrize("name", UNIVARIATE)
def test_univariate_sets_keep_13_digits(name: str) -> None:
    data = certified(f"nist_univariate_{name}")
    found, true = describe(data["data"]), data["certified"]
    assert min(digits(found.mean, true["mean"]), digits(found.sd, true["sd"])) >= 13
    assert digits(found.autocorrelation, true["r1"]) >= 13


@pytest.mark.parametrize("name", ANOVA)
def test_anova_sets_keep_13_digits(name: str) -> None:
    data = certified(f"nist_anova_{name}")
    groups = defaultdict(list)
    for group, value in data["data"]:
        groups[group].append(value)
    found, true = anova([*groups.values()]), data["certified"]
    assert digits(found.statistic, true["F"]) >= 13
    assert digits(found.estimate, true["r_squared"]) >= 13
    assert digits(found.se, true["resid_sd"]) >= 13


def test_line_keeps_9_digits() -> None:
    data = certified("nist_linear_Norris")
    found, true = fit_line([row[1] for row in data["data"]], [row[0] for row in data["data"]]), data["certified"]
    for value, name in (
        (found.intercept.estimate, "b0"), (found.intercept.se, "se_b0"), (found.slope.estimate, "b1"),
        (found.slope.se, "se_b1"), (found.residual_sd, "resid_sd"), (found.r_squared, "r_squared"),
    ):  # fmt: skip
        assert digits(value, true[name]) >= 9, name


def test_numbers_of_nine_constant_digits_are_not_lost() -> None:
    values = [f"10000000.{digit}" for digit in ("2", "1", "3") * 333]  # NumAcc4's form
    assert digits(describe(values).sd, float(np.std([0.2, 0.1, 0.3] * 333, ddof=1))) > 13


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.lists(st.floats(-1e6, 1e6), max_size=30))
def test_merged_parts_are_the_whole(left: list[float], right: list[float]) -> None:
    a, b = Moments(), Moments()
    for value in left:
        a = a.add(value)
    for value in right:
        b = b.add(value)
    whole = a.merge(b)
    both = np.array(left + right)
    assert whole.n == len(both)
    assert whole.mean == pytest.approx(both.mean(), rel=1e-9, abs=1e-6)
    assert whole.m2 == pytest.approx(((both - both.mean()) ** 2).sum(), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("values", [["1"], ["1", "nan"], ["1", "word"], ["1", "inf"]])
def test_what_is_no_column_of_numbers_is_refused(values: list[str]) -> None:
    with pytest.raises(ExperimentError):
        describe(values)


def test_groups_without_variation_are_refused() -> None:
    with pytest.raises(ExperimentError, match="vary"):
        anova([["1", "1"], ["2", "2"]])
    with pytest.raises(ExperimentError, match="two groups"):
        anova([["1", "2"]])
    with pytest.raises(ExperimentError, match="x does not vary"):
        fit_line(["1", "1", "1"], ["1", "2", "3"])
    with pytest.raises(ExperimentError, match="three rows"):
        fit_line(["1"], ["1"])
