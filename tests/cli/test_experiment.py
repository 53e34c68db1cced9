"""`ambos experiment` as scripts use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.live import ambos

pytestmark = pytest.mark.shell

PLAN = """question = "q"
control = "a"
treatment = "b"
metric = "m"
design = "paired"
"""
ROWS = "item,arm,score,note\n" + "".join(
    f"{at},{arm},{(at * (3 if arm == 'b' else 2)) % 7}, \n" for at in range(30) for arm in "ab"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    plan, scores = tmp_path / "plan.toml", tmp_path / "scores.csv"
    plan.write_text(PLAN, encoding="utf-8")
    scores.write_text(ROWS, encoding="utf-8")
    return plan, scores


def test_analyse_says_what_scripts_need(files: tuple[Path, Path], environment: dict[str, str]) -> None:
    done = ambos("experiment", "analyse", str(files[0]), "--scores", str(files[1]), "--json", environment=environment)
    found = json.loads(done.stdout)
    for key in (
        "n", "n_missing", "control", "treatment", "effect", "se", "ci_lower", "ci_upper", "pvalue", "statistic", "method",
        "clustered", "noninferiority", "missing", "disclosures", "status", "promotable", "provenance", "verdict", "verdict_basis",
        "population",
    ):  # fmt: skip
        assert key in found, key
    assert found["disclosures"][0].startswith("Exploratory")
    assert "note" in " ".join(found["disclosures"])
    spoken = ambos(
        "experiment",
        "analyse",
        str(files[0]),
        "--scores",
        str(files[1]),
        environment={**environment, "AMBOS_LANG": "es"},
    )
    assert spoken.stdout.startswith("Exploratorio")


def test_parquet_says_the_same_as_csv(files: tuple[Path, Path], environment: dict[str, str]) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="needs the extra: pip install 'ambos[prove]'")
    from pyarrow import csv, parquet

    other = files[1].with_suffix(".parquet")
    parquet.write_table(csv.read_csv(files[1]), other)
    assert pyarrow.__version__
    command = ("experiment", "analyse", str(files[0]), "--json", "--scores")
    found = [json.loads(ambos(*command, str(one), environment=environment).stdout) for one in (files[1], other)]
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ("item,arm\n1,a\n", "no column 'score'"),
        ("item,arm,score\n1,a,nan\n", "NaN or infinite"),
        ("item,arm,score\n1,a,inf\n", "NaN or infinite"),
        ("item,arm,score\n1,a,good\n", "not a number"),
        ("item,arm,score\n1,a\n", "2 fields"),
        ("item,arm,score\n,a,1\n", "'item' is empty"),
        ("item,arm,score,score\n1,a,1,1\n", "twice"),
        ("", "must name the columns item, arm and score"),
        ('item,arm,score\n"1,a,1\n', "CSV"),
        ("item,arm,score\n1,a,1\n2,a,1\n", "no row of the arm 'b'"),
    ],
)
def test_bad_scores_end_in_a_clear_error(
    rows: str, word: str, files: tuple[Path, Path], environment: dict[str, str]
) -> None:
    files[1].write_text(rows, encoding="utf-8")
    done = ambos(
        "experiment",
        "analyse",
        str(files[0]),
        "--scores",
        str(files[1]),
        "--json",
        environment=environment,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert word in done.stderr


def test_a_report_verifies_until_one_score_changes(files: tuple[Path, Path], environment: dict[str, str]) -> None:
    page, file = files[0].with_name("r.html"), files[0].with_name("r.json")
    scores = ("--scores", str(files[1]))
    ambos("experiment", "report", str(files[0]), *scores, "--out", str(page), "--lang", "es", environment=environment)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html><html lang=es>")
    assert "result" in ambos("experiment", "verify", str(file), *scores, environment=environment).stdout
    assert json.loads(ambos("experiment", "replicate", str(file), *scores, "--json", environment=environment).stdout)[
        "is_same"
    ]
    fresh = ambos("experiment", "replicate", str(file), *scores, "--fresh", "--json", environment=environment)
    assert json.loads(fresh.stdout)["is_within"] is True
    files[1].write_text(ROWS.replace("\n0,a,0,", "\n0,a,1,"), encoding="utf-8")
    done = ambos("experiment", "verify", str(file), *scores, "--json", environment=environment, check=False)
    assert (done.returncode, json.loads(done.stdout)) == (1, {"ok": False, "link": "scores"})


def test_plan_sizes_a_plan(files: tuple[Path, Path], environment: dict[str, str]) -> None:
    files[0].write_text(PLAN + "sd = 1.0\neffect = 0.5\n", encoding="utf-8")
    done = ambos("experiment", "plan", str(files[0]), "--json", environment=environment)
    assert json.loads(done.stdout)["n_needed"] == 34
    done = ambos("experiment", "plan", str(files[0]), environment={**environment, "AMBOS_LANG": "es"})
    assert "parejas" in done.stdout
    files[0].write_text("question = ", encoding="utf-8")
    assert "not TOML" in ambos("experiment", "plan", str(files[0]), environment=environment, check=False).stderr
