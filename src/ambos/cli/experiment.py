"""`ambos experiment`: plan, analyse, report, verify, replicate; what lies between is in `sealing`.

Statistics are loaded when a command needs them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.experiment import Analysis

app = typer.Typer(no_args_is_help=True)
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan, TOML; or a sealed one by its handle, x_….")]
AnalysisFile = Annotated[Path, typer.Argument(metavar="FILE", help="The analysis file that `report` wrote.")]
Scores = Annotated[
    Path | None,
    typer.Option(
        help="CSV or Parquet: item, arm, score; cluster, stratum, trial, participant, cost, weight.",
        show_default="the outcomes of the sealed experiment",
    ),
]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who does this, in an organisation.")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def plan(
    plan: PlanFile,
    lang: Annotated[str, typer.Option(help="es or en.", show_default="by the locale")] = "",
    as_json: AsJson = False,
) -> None:
    """Check a plan: its hash, the sample size, what so many units can show, and what the plan cannot."""
    from ambos.cli.score_files import read_plan_file
    from ambos.config import language
    from ambos.experiment import size

    read = read_plan_file(plan)
    sizing, chosen = size(read), lang if lang in ("es", "en") else language()
    told = {"plan": read.hash(), **sizing.to_json(language=lang or "en")}
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    console.print(f"{read.question}\n{read.hash()}", highlight=False, markup=False)
    table = Table(box=None, show_header=False)
    for name in ("unit", "n_needed", "n_planned", "detectable", "power", "n_non_inferiority", "n_strata", "n_clusters"):
        value = told[name]
        table.add_row(say(f"size_{name}"), say(f"size_{value}") if isinstance(value, str) else _short(value))
    if sizing.simulated is not None:
        table.add_row(say("size_simulated"), _short(told["simulated"]["power"]))
    console.print(table)
    for one in sizing.warnings:
        console.print(f"- {one.text(chosen)}", highlight=False, markup=False)


@app.command()
def analyse(plan: PlanFile, scores: Scores = None, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Compare the arms by the plan: effect, interval, p-value, verdict, and what must be said unasked."""
    from ambos.cli.verdicts import verdict_of
    from ambos.config import language

    verdict = verdict_of(plan, scores, data=data, key=key, language=language())
    if as_json:
        typer.echo(json.dumps(verdict.found.to_json(), ensure_ascii=False, allow_nan=False))
        return
    show(verdict.found)


@app.command()
def report(
    plan: PlanFile,
    scores: Scores = None,
    out: Annotated[Path, typer.Option(help="The page; the analysis file is written beside it as .json.")] = Path(
        "report.html"
    ),
    lang: Annotated[str, typer.Option(help="es or en.", show_default="by the locale")] = "",
    pdf: Annotated[bool, typer.Option("--pdf", help="The same as PDF too; needs ambos[reports].")] = False,
    key: Key = "",
    data: Data = None,
) -> None:
    """Write the report (HTML with its forest plot) and the analysis file that `verify` and `replicate` read."""
    from ambos.cli.verdicts import verdict_of, written
    from ambos.config import language

    chosen = lang if lang in ("es", "en") else language()
    verdict = verdict_of(plan, scores, data=data, key=key, language=chosen)
    typer.echo("\n".join(str(path) for path in written(out, verdict, chosen)))
    if pdf:
        from ambos.cli.pdf_page import pdf_of

        beside = out.with_suffix(".pdf")
        beside.write_bytes(pdf_of(out.read_text(encoding="utf-8"), language=chosen))
        typer.echo(str(beside))


@app.command()
def verify(
    file: AnalysisFile,
    scores: Scores = None,
    page: Annotated[Path | None, typer.Option(help="The report.", show_default="FILE with .html")] = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every link from plan to report; exit 1 and name the first that does not hold."""
    from ambos.cli.verdicts import open_files, verify_files
    from ambos.errors import IntegrityError

    files = open_files(file, page)
    try:
        links = verify_files(files, scores, data=data, key=key)
    except IntegrityError as error:
        broken = {"ok": False, "link": error.place}
        typer.echo(json.dumps(broken) if as_json else say("experiment_broken", link=error.place))
        raise typer.Exit(1) from None
    typer.echo(json.dumps({"ok": True, "links": links}) if as_json else say("experiment_whole", links=", ".join(links)))
    if files.chain is not None and "log" not in links and not as_json:
        typer.echo(say("log_not_asked"))


@app.command()
def replicate(
    file: AnalysisFile,
    scores: Scores = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run the plan on new scores or items, and say whether they agree.")
    ] = False,
    items: Annotated[
        Path | None, typer.Option(help="New items for --fresh: the plan is sealed on them, run and analysed.")
    ] = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make the analysis anew and compare it byte for byte; with --fresh, on new units. Exit 1 if they differ."""
    from ambos.cli.verdicts import columns_of_files, open_files, remade, run_again
    from ambos.config import language
    from ambos.experiment import analyse as run
    from ambos.experiment import read_plan, replication

    files = open_files(file, None)
    told: dict[str, Any]  # Any: plain JSON values
    if fresh:
        if items is not None:
            found = run_again(files, items, data=data, key=key, language=language()).found
        else:
            found = run(read_plan(files.read["plan"]), columns_of_files(files, scores)[0])
        agreement = replication.agree(files.read["result"], found)
        is_same, told = agreement.is_within, agreement.to_json()
        words = say("experiment_agrees" if is_same else "experiment_disagrees", **told)
    else:
        again = remade(files, *columns_of_files(files, scores))
        libraries = {"there": files.read["libraries"], "here": again["libraries"]}
        # The libraries are no figure: the same bytes but for their versions are the same.
        is_same = replication.written(again | {"libraries": files.read["libraries"]}) == files.raw
        told = {"is_same": is_same, "differing": [*replication.differing(files.read, again)], "libraries": libraries}
        words = (
            say("experiment_same") if is_same else say("experiment_not_same", where=", ".join(told["differing"][:5]))
        )
        if not is_same and libraries["there"] != libraries["here"]:
            words += "\n" + say("experiment_libraries", **{name: _listed(one) for name, one in libraries.items()})
    typer.echo(json.dumps(told) if as_json else words)
    if not is_same:
        raise typer.Exit(1)


def show(found: Analysis) -> None:
    """The analysis in words, the caveat first."""
    from ambos.config import language

    told, console = found.to_json(), Console()
    basis = "; ".join([told["verdict_basis"], *([say("peeks", k=told["peeks"])] if told["peeks"] else [])])
    console.print(found.disclosures[0].text(language()), style="bold", highlight=False, markup=False)
    console.print(f"\n{found.plan.question}", highlight=False, markup=False)
    console.print(f"{say('verdict')}: {say_verdict(told['verdict'])} ({basis})\n", style="bold", highlight=False)
    table = Table(box=None)
    for column in ("", "n", say("effect"), f"{100 * (1 - found.plan.alpha):g} %", "p"):
        table.add_column(column)
    rows = [(told["method"], told["n"], told)]
    if told["clustered"]:
        rows.append((told["clustered"]["method"], told["clustered"]["n_clusters"], told["clustered"]))
    decides = told["deciding"]
    if decides and decides["ci_lower"] not in [row["ci_lower"] for _, _, row in rows]:
        rows.append((f"{decides['method']} ({say('decides')})", told["n"], decides))
    rows += [(f"{one['analysis']}: {one['method']}", one["n"], one) for one in told["also"]]
    for name, n, row in rows:
        interval = f"{_short(row['ci_lower'])} … {_short(row['ci_upper'])}"
        table.add_row(name, str(n), _short(row.get("estimate", told["effect"])), interval, _short(row["pvalue"]))
    console.print(table)
    for one in found.disclosures[1:]:
        console.print(f"- {one.text(language())}", highlight=False, markup=False)


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {one}" for name, one in sorted(versions.items()) if name != "hash")


def say_verdict(verdict: str) -> str:
    """The verdict in the user's language."""
    return say(f"verdict_{verdict}")


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
