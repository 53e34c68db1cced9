"""Tables in memory, and the guide's Python."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from ambos.errors import ExperimentError, IntegrityError
from ambos.experiment import analyse, columns_of, read_plan, replicate, replication, report, verify
from ambos.experiment.api import Replication

GUIDE = Path(__file__).parents[2] / "docs/guide/experiments.md"
PLAN = read_plan(
    {"question": "q", "control": "a", "treatment": "b", "metric": "m", "design": "paired", "cluster": "cluster"}
)


def frame() -> pd.DataFrame:
    rows = [(at, arm, (at * 7 + (arm == "b") * 3) % 10 / 10, at // 4) for at in range(40) for arm in "ab"]
    table = pd.DataFrame(rows, columns=["item", "arm", "score", "cluster"])
    table.loc[3, "score"] = None
    return table


def test_pandas_and_pyarrow_tables_say_the_same() -> None:
    found = analyse(PLAN, columns_of(frame())).to_json()
    assert (found["n"], found["n_missing"], found["clustered"]["n_clusters"]) == (39, 1, 10)
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra: pip install 'ambos[prove]'")
    assert analyse(PLAN, columns_of(pyarrow.Table.from_pandas(frame()))).to_json() == found


def test_a_table_that_lacks_something_is_refused() -> None:
    with pytest.raises(ExperimentError, match="no column 'score'"):
        columns_of(frame().drop(columns="score"))
    with pytest.raises(ExperimentError, match="not a number"):
        columns_of(frame().assign(score="good"))


def test_the_guide_s_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out.splitlines()[-2:] == ["inconclusive", "True"]


class Columnar:
    """A table as polars has it: names under `columns`, values by `to_list`."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self.columns = list(table.columns)

    def __getitem__(self, name: str) -> object:
        values = [None if pd.isna(one) else one for one in self._table[name].tolist()]
        return type("Series", (), {"to_list": lambda _: values})()


def test_a_table_may_name_its_cluster_as_the_plan_does() -> None:
    named = {**PLAN.raw, "cluster": "topic"}
    table = frame().rename(columns={"cluster": "topic"})
    found, again = (analyse(named, one).to_json() for one in (table, Columnar(table)))
    assert found["clustered"]["n_clusters"] == 10
    assert again == found
    assert found["clustered"] == analyse(PLAN, frame()).to_json()["clustered"]


@pytest.mark.parametrize("bad", ["nan", "inf", "NaN "])
def test_a_word_for_no_number_is_not_a_missing_score(bad: str) -> None:
    with pytest.raises(ExperimentError, match=r"not a number|infinite"):
        analyse(
            PLAN, frame().astype({"score": object}).assign(score=lambda one: one["score"].where(one.index != 5, bad))
        )


def test_an_empty_item_or_a_column_twice_is_refused() -> None:
    with pytest.raises(ExperimentError, match="row 4 of the table: 'item' is empty"):
        analyse(PLAN, frame().astype({"item": object}).assign(item=lambda one: one["item"].where(one.index != 3, None)))
    twice = frame()
    twice.columns = ["item", "arm", "score", "score"]
    with pytest.raises(ExperimentError, match="twice"):
        analyse(PLAN, twice)


def test_what_report_makes_verify_and_replicate_read() -> None:
    made = report(PLAN, frame())
    assert verify(made.file, frame(), page=made.page) == ["plan", "scores", "result", "report"]
    assert replicate(made.file, frame()) == Replication(True, ())
    other = frame().assign(score=lambda one: one["score"].where(one.index != 7, 0.123))
    with pytest.raises(IntegrityError) as error:
        verify(made.file, other)
    assert error.value.place == "scores"
    fresh = replicate(made.file, other, fresh=True)
    assert isinstance(fresh, replication.Agreement)
    assert fresh.is_within
    with pytest.raises(ValueError, match="the house"):
        report(PLAN)


def test_commands_have_their_functions() -> None:
    import ambos.experiment as front

    for name in ("plan", "seal", "assign", "record", "analyse", "report", "verify", "replicate"):
        assert callable(getattr(front, name))
        assert name in front.__all__
