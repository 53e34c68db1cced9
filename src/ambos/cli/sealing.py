"""`ambos experiment seal|seed|assign|record|run|list|lineage`: what happens between a plan and its verdict."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.experiment import AsJson, Data, Key, PlanFile, app
from ambos.cli.words import say

Items = Annotated[Path, typer.Option(help="JSON lines or CSV: id, input; answer, cluster, stratum.")]
Name = Annotated[str, typer.Option(help="Whoever or whatever was assigned; kept as a keyed hash only.")]

__all__ = ["app"]


@app.command()
def seal(
    plan: PlanFile,
    items: Annotated[Path | None, typer.Option(help="JSON lines or CSV: id, input; answer, cluster, stratum.")] = None,
    lineage: Annotated[
        list[str] | None,
        typer.Option(help="ARM=FILE: items or digests that the arm's model has seen; may be repeated."),
    ] = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Fix the plan and its items in the audit log, before any outcome exists."""
    from ambos.cli.reach import call
    from ambos.cli.score_files import plan_values, read_item_file, read_lineage
    from ambos.cli.verdicts import sealed_items

    rows = sealed_items(read_item_file(items) if items else ())
    seen: Any = dict(read_lineage(one) for one in lineage or ())  # JSON of our own
    told: Any = call(data, "experiment.seal", plan=plan_values(plan), items=rows, lineage=seen, key=key)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(say("sealed", **told))
    if not told["is_seeded"]:
        typer.echo(say("sealed_waits", beacon=told["beacon"]))
    if told["unknown_lineage"]:
        typer.echo(say("sealed_unknown", arms=", ".join(told["unknown_lineage"])))


@app.command("list")
def list_plans(key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Every sealed plan with what became of it."""
    from ambos.cli.reach import call

    rows: Any = call(data, "experiment.list", key=key)  # JSON of our own control route
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(box=None)
    for column in ("experiment", "sealed", "fate", "question"):
        table.add_column(column)
    for row in rows:
        table.add_row(row["experiment"], row["sealed"], say_fate(row["fate"]), row["question"])
    Console().print(table)


@app.command()
def seed(
    plan: PlanFile,
    value: Annotated[str, typer.Option(help="Randomness or signature of the beacon's round, hexadecimal.")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Fix the seed of the assignment by the round of the beacon that the plan named."""
    told = _of_plan(data, "experiment.seed", plan, value=value, key=key)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else say("seeded", **told))


@app.command()
def assign(
    plan: PlanFile,
    participant: Name,
    stratum: Annotated[str, typer.Option(help="One of the plan's strata.")] = "",
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Enrol a participant and tell the arm; the log has it first."""
    told = _of_plan(data, "experiment.assign", plan, participant=participant, stratum=stratum, key=key)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else told["arm"])


@app.command()
def record(
    plan: PlanFile,
    participant: Name,
    score: Annotated[float | None, typer.Option(help="The outcome; left out when the answer is missing.")] = None,
    cost: Annotated[float | None, typer.Option(help="What it cost.")] = None,
    arm: Annotated[str, typer.Option(help="Needed where a unit meets every arm.")] = "",
    trial: Annotated[int, typer.Option(help="Number of the repetition, from 0.")] = 0,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take the outcome of a participant, or of an item and an arm."""
    about: dict[str, Any] = {"score": score, "cost": cost, "arm": arm, "trial": trial}
    told = _of_plan(data, "experiment.record", plan, participant=participant, key=key, **about)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else say("recorded" if told["is_new"] else "known"))


@app.command()
def grade(
    plan: PlanFile,
    item: Annotated[str, typer.Option(help="The item, by its id.")],
    arm: Annotated[str, typer.Option(help="Whose answer.")],
    score: Annotated[float | None, typer.Option(help="What a person gives it; left out for: cannot say.")] = None,
    person: Annotated[int, typer.Option(help="Number of the person, from 0.")] = 0,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take what a person gives an answer that a judge scores: the report says how far the two agree."""
    about: dict[str, Any] = {"score": score, "arm": arm, "trial": person, "by": "person"}
    told = _of_plan(data, "experiment.record", plan, participant=item, key=key, **about)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else say("recorded" if told["is_new"] else "known"))


@app.command()
def depart(
    plan: PlanFile,
    reason: Annotated[str, typer.Option(help="What was done otherwise than planned, and why.")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write down a departure from the plan: the log commits to the reason, and every report names it."""
    told = _of_plan(data, "experiment.depart", plan, reason=reason, key=key)
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else say("departed", **told))


@app.command()
def lineage(
    model: Annotated[str, typer.Argument(help="The model, by its full name.")],
    seen: Annotated[Path, typer.Argument(metavar="FILE", help="Items it has seen, or their digests.")],
    use: Annotated[str, typer.Option(help="trained, tuned, selected or scored")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Register what a model has seen, so that no seal takes it for a test."""
    from ambos.cli.reach import call
    from ambos.cli.score_files import read_digest_file

    told: Any = call(data, "experiment.lineage", model=model, use=use, digests=[*read_digest_file(seen)], key=key)
    typer.echo(json.dumps(told) if as_json else say("lineage_added", **told))


@app.command()
def run(
    plan: PlanFile,
    items: Items,
    parallel: Annotated[int, typer.Option(min=1, max=64, help="Answers under way at once.")] = 4,
    max_cost: Annotated[float | None, typer.Option(help="Spend no more; else the plan's max_cost.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before money is spent.")] = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Answer every sealed item by every arm through the gateway; goes on where it stopped."""
    from ambos.cli.running import run_cells
    from ambos.cli.score_files import plan_values, read_item_file

    told = asyncio.run(
        run_cells(
            data, plan_values(plan), read_item_file(items), parallel=parallel, max_cost=max_cost, is_agreed=yes,
            is_quiet=as_json, key=key,
        )
    )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(say("run_done", **told))
    raise typer.Exit(1 if told["left"] else 0)


def _of_plan(data: Path | None, operation: str, plan: Path, **arguments: Any) -> Any:  # JSON of our own control route
    from ambos.cli.reach import call

    return call(data, operation, **named(plan), **arguments)


def named(plan: Path) -> Mapping[str, Any]:
    """A sealed plan by its file, or by its handle (x_...)."""
    from ambos.cli.score_files import plan_values

    return {"experiment": str(plan)} if str(plan).startswith("x_") else {"plan": plan_values(plan)}


def say_fate(fate: str) -> str:
    """What became of a plan, in the user's language."""
    from ambos.config import language
    from ambos.experiment.disclosure import SPANISH

    return SPANISH.get(fate, fate) if language() == "es" else fate
