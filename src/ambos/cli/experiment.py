"""`ambos experiment`: plan, analyse, report, verify, replicate. Statistics are loaded when a command needs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.experiment import Analysis, Columns

app = typer.Typer(no_args_is_help=True)
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, TOML.")]
AnalysisFile = Annotated[Path, typer.Argument(metavar="FILE", help="The analysis file that `report` wrote.")]
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


@app.command()
def report(
    plan: PlanFile,
    scores: Scores,
    out: Annotated[Path, typer.Option(help="The page; the analysis file is written beside it as .json.")] = Path(
        "report.html"
    ),
    lang: Annotated[str, typer.Option(help="es or en.", show_default="by the locale")] = "",
) -> None:
    """Write the report (HTML with its forest plot) and the analysis file that `verify` and `replicate` read."""
    from ambos.cli.score_files import read_plan_file, read_scores
    from ambos.config import language
    from ambos.experiment import analyse as run
    from ambos.experiment import render, replication

    read = read_plan_file(plan)
    found = run(read, read_scores(scores, read))
    chosen = lang if lang in ("es", "en") else language()
    out.write_bytes(render(found, language=chosen).encode())
    beside = out.with_suffix(".json")
    beside.write_bytes(replication.written(replication.analysis_file(found, language=chosen)))
    typer.echo(f"{out}\n{beside}")


@app.command()
def verify(
    file: AnalysisFile,
    scores: Scores,
    page: Annotated[Path | None, typer.Option(help="The report.", show_default="FILE with .html")] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every link from plan to report; exit 1 and name the first that does not hold."""
    from ambos.errors import IntegrityError
    from ambos.experiment import replication

    read, columns = _read_both(file, scores)
    report_path = page or file.with_suffix(".html")
    html = report_path.read_bytes() if report_path.exists() else None
    try:
        replication.verify(read, columns, html)
    except IntegrityError as error:
        broken = {"ok": False, "link": error.place}
        typer.echo(json.dumps(broken) if as_json else say("experiment_broken", link=error.place))
        raise typer.Exit(1) from None
    links = [*replication.LINKS] if html is not None else [*replication.LINKS[:3]]
    typer.echo(json.dumps({"ok": True, "links": links}) if as_json else say("experiment_whole", links=", ".join(links)))


@app.command()
def replicate(
    file: AnalysisFile,
    scores: Scores,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="The scores are new: run the plan on them and say whether they agree.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the analysis anew and compare it byte for byte; with --fresh, on new units. Exit 1 if they differ."""
    from ambos.experiment import analyse as run
    from ambos.experiment import read_plan, replication

    read, columns = _read_both(file, scores)
    found = run(read_plan(read["plan"]), columns)
    if fresh:
        agreement = replication.agree(read["result"], found)
        is_same, told = agreement.is_within, agreement.to_json()
        words = say("experiment_agrees" if is_same else "experiment_disagrees", **told)
    else:
        again = replication.written(replication.analysis_file(found, language=str(read["language"])))
        is_same = again == file.read_bytes()
        told, words = {"is_same": is_same}, say("experiment_same" if is_same else "experiment_not_same")
    typer.echo(json.dumps(told) if as_json else words)
    if not is_same:
        raise typer.Exit(1)


def _read_both(file: Path, scores: Path) -> tuple[dict[str, Any], Columns]:
    from ambos.cli.score_files import read_scores
    from ambos.errors import ExperimentError
    from ambos.experiment import read_plan, replication

    try:
        read = replication.read_analysis_file(file.read_bytes())
    except OSError as error:
        raise ExperimentError(f"cannot read {file.name}: {error.strerror}") from None
    return read, read_scores(scores, read_plan(read["plan"]))


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
