"""Tables in memory, and the guide's Python."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from ambos.errors import ExperimentError
from ambos.experiment import analyse, columns_of, read_plan

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
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out.splitlines()[-2:] == ["inconclusive", "True"]
