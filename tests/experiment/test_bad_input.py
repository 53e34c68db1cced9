"""Each line of bad input, as a file: a clear error or a disclosed treatment, never a silent number.

A changed plan, outcomes before the seal and a late participant are refused by the log: tests/cli/test_sealed.py.
"""

from __future__ import annotations

import json
import math
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ambos.cli.score_files import plan_values, read_scores
from ambos.errors import AmbosError, ExperimentError
from ambos.experiment import analyse, read_plan

BASE: dict[str, Any] = {"question": "q", "control": "a", "treatment": "b", "metric": "m", "design": "paired"}
GOOD = [f"{at},{arm},{(at * (3 if arm == 'b' else 2)) % 7}" for at in range(20) for arm in "ab"]
GROUPS = [f"{arm}{at},{arm},{(at * (3 if arm == 'b' else 2)) % 7},g{at // 4}" for at in range(20) for arm in "ab"]


def told(tmp_path: Path, rows: list[str], *, head: str = "item,arm,score", **plan: Any) -> dict[str, Any]:
    path = tmp_path / "scores.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    read = read_plan({**BASE, **plan})
    found = analyse(read, read_scores(path, read)).to_json()
    json.dumps(found, allow_nan=False)
    return found


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    found = told(tmp_path, [f"{row},blue" for row in GOOD], head="item,arm,score,colour")
    at = found["disclosure_codes"].index("columns_left_out")
    assert "colour" in found["disclosures"][at]
    with pytest.raises(ExperimentError, match="no column 'score'"):
        told(tmp_path, GOOD, head="item,arm,points")


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("")
    with pytest.raises(ExperimentError, match=r"scores\.csv is empty"):
        read_scores(tmp_path / "scores.csv", read_plan(BASE))


@pytest.mark.parametrize(("text", "word"), [("a = 1\na = 2\n", "look at line 2, column"), ("a = [", "ends too early")])
def test_a_plan_that_is_no_toml_is_told_by_its_place(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(ExperimentError, match=word):
        plan_values(tmp_path / "plan.toml")


def test_duplicate_rows_count_once_or_are_refused(tmp_path: Path) -> None:
    plain, twice = told(tmp_path, GOOD), told(tmp_path, [*GOOD, *GOOD[:3]])
    assert (twice["effect"], twice["n"]) == (plain["effect"], plain["n"])
    at = twice["disclosure_codes"].index("duplicates")
    assert "3 duplicate rows" in twice["disclosures"][at]
    with pytest.raises(ExperimentError, match="two different scores"):
        told(tmp_path, [*GOOD, "0,a,6"])


@pytest.mark.parametrize("value", ["nan", "NaN", "inf", "-Infinity", "1e999"])
def test_nan_and_infinity_are_refused_with_their_row(tmp_path: Path, value: str) -> None:
    with pytest.raises(ExperimentError, match=r"row 42: 'score' is NaN or infinite"):
        told(tmp_path, [*GOOD, f"x,a,{value}"])


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_cell_is_a_missing_answer(tmp_path: Path, value: str) -> None:
    found = told(tmp_path, [*GOOD, f"x,a,{value}", "x,b,1"])
    assert (found["n"], found["n_missing"], found["missing"]["by_arm"]) == (20, 1, {"a": 1, "b": 0})


def test_one_arm_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="no row of the arm 'b'"):
        told(tmp_path, GOOD[::2])
    with pytest.raises(ExperimentError, match="at least 2"):
        told(tmp_path, [row if ",a," in row else row.rsplit(",", 1)[0] + "," for row in GOOD])


@pytest.mark.parametrize("design", ["paired", "parallel"])
def test_zero_variance_has_no_interval_and_says_so(tmp_path: Path, design: str) -> None:
    rows = [f"{arm if design == 'parallel' else ''}{at},{arm},{int(arm == 'b')}" for at in range(20) for arm in "ab"]
    found = told(tmp_path, rows, design=design, margin=0.1, margin_reason="r")
    assert (found["se"], found["ci_lower"], found["pvalue"]) == (0.0, None, None)
    assert found["verdict"] == "inconclusive: zero variance"
    assert "zero_variance" in found["disclosure_codes"]
    assert "few_discordant" not in found["disclosure_codes"]


def test_a_cluster_in_both_arms_is_refused_where_clusters_were_randomised(tmp_path: Path) -> None:
    plan = {"design": "parallel", "cluster": "cluster", "randomised_by": "cluster"}
    with pytest.raises(ExperimentError, match="5 clusters have units in more than one arm"):
        told(tmp_path, GROUPS, head="item,arm,score,cluster", **plan)
    apart = [f"{row}{row[0]}" for row in GROUPS]
    assert told(tmp_path, apart, head="item,arm,score,cluster", **plan)["clustered"]["n_clusters"] == 10


def test_rows_of_another_width_and_texts_are_refused_with_their_row(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match="row 42: 2 fields"):
        told(tmp_path, [*GOOD, "x,a"])
    with pytest.raises(ExperimentError, match="row 42: 'score' is not a number"):
        told(tmp_path, [*GOOD, "x,a,good"])
    with pytest.raises(ExperimentError, match="'arm' is empty"):
        told(tmp_path, [*GOOD, "x,,1"])


def most_bytes(path: Path, rows: int) -> int:
    """The peak of memory while a file of so many rows is read and analysed, in bytes."""
    cells = (f"q{at >> 1},{'ct'[at & 1]},{at * 7 % 3 % 2}\n" for at in range(rows))
    path.write_text("item,arm,score\n" + "".join(cells), encoding="utf-8")
    plan = read_plan({"question": "q", "control": "c", "treatment": "t", "metric": "m", "design": "paired"})
    tracemalloc.start()
    try:
        analyse(plan, read_scores(path, plan))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_long_files_are_read_in_one_pass(tmp_path: Path) -> None:
    """100,000 rows here; benchmarks/experiment.py has the memory and seconds of 10 million."""
    rows = [f"{at},{arm},{(at * (3 if arm == 'b' else 2)) % 7 % 2}" for at in range(50_000) for arm in "ab"]
    assert told(tmp_path, rows)["n"] == 50_000


def test_long_files_take_so_many_bytes_a_row_and_no_more(tmp_path: Path) -> None:
    """2.0 GiB for 10 million rows (benchmarks/experiment.py) is 215 bytes a row; a second copy of a column would show here."""
    few, many = 20_000, 80_000
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:  # the table of interned words of other tests weighs too
        _, small, large = fresh.map(most_bytes, [tmp_path / "scores.csv"] * 3, (600, few, many))  # the first imports
    a_row = (large - small) / (many - few)
    assert 100 < a_row < 300, a_row


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("xyz"),
            st.sampled_from("abc"),
            st.sampled_from(["", "0", "1", "-1e300", "1e308", "1e75", "-1e75", "1e-320", "7"]),
        ),
        max_size=14,
    ),
    st.sampled_from(["paired", "parallel", "crossover", "cv"]),
)
def test_any_rows_give_an_error_of_ours_or_numbers(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]], design: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        found = told(folder, [",".join(one) for one in rows], design=design)
    except AmbosError:
        return
    assert math.isfinite(found["effect"])
