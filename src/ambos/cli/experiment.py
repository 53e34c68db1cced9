"""`ambos experiment`: plan, analyse. Statistics are loaded when a command needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.experiment import Analysis

app = typer.Typer(no_args_is_help=True)
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, TOML.")]
Scores = Annotated[
    Path, typer.Option(help="CSV or Parquet: item, arm, score; cluster, stratum, trial, participant, cost, weight.")
]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def plan(plan: PlanFile, as_json: AsJson = False) -> None:
    """Check a plan: its hash, the sample size, what so many units can show, and what the plan cannot."""
    from ambos.cli.score_files import read_plan_file
    from ambos.config import language
    from ambos.experiment import size

    read = read_plan_file(plan)
    sizing = size(read)
    told = {"plan": read.hash(), **sizing.to_json()}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    console.print(f"{read.question}\n{read.hash()}", highlight=False, markup=False)
    table = Table(box=None, show_header=False)
    for name in ("unit", "n_needed", "n_planned", "detectable", "power", "n_non_inferiority"):
        value = told[name]
        table.add_row(say(f"size_{name}"), say(f"size_{value}") if isinstance(value, str) else _short(value))
    console.print(table)
    for one in sizing.warnings:
        console.print(f"- {one.text(language())}", highlight=False, markup=False)


@app.command()
def analyse(plan: PlanFile, scores: Scores, as_json: AsJson = False) -> None:
    """Compare the arms by the plan: effect, interval, p-value, verdict, and what must be said unasked."""
    from ambos.cli.score_files import read_plan_file, read_scores
    from ambos.experiment import analyse as run

    read = read_plan_file(plan)
    found = run(read, read_scores(scores, read))
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, allow_nan=False))
        return
    show(found)


def show(found: Analysis) -> None:
    """The analysis in words, the caveat first."""
    from ambos.config import language

    told, console = found.to_json(), Console()
    console.print(found.disclosures[0].text(language()), style="bold", highlight=False, markup=False)
    console.print(f"\n{found.plan.question}", highlight=False, markup=False)
    console.print(
        f"{say('verdict')}: {say_verdict(told['verdict'])} ({told['verdict_basis']})\n", style="bold", highlight=False
    )
    table = Table(box=None)
    for column in ("", "n", say("effect"), f"{100 * (1 - found.plan.alpha):g} %", "p"):
        table.add_column(column)
    rows = [(told["method"], told["n"], told)]
    if told["clustered"]:
        rows.append((told["clustered"]["method"], told["clustered"]["n_clusters"], told["clustered"]))
    for name, n, row in rows:
        interval = f"{_short(row['ci_lower'])} … {_short(row['ci_upper'])}"
        table.add_row(name, str(n), _short(told["effect"]), interval, _short(row["pvalue"]))
    console.print(table)
    for one in found.disclosures[1:]:
        console.print(f"- {one.text(language())}", highlight=False, markup=False)


def say_verdict(verdict: str) -> str:
    """The verdict in the user's language."""
    return say(f"verdict_{verdict}")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
