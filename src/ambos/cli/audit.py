"""`ambos audit`: show, verify. Both read the database; no server is needed and none is disturbed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def show(
    data: Data = None,
    limit: Annotated[int, typer.Option(help="Newest entries to show; 0 shows all.")] = 100,
    as_json: AsJson = False,
) -> None:
    """The newest entries: what happened, never what was said."""
    from ambos.app.rows import row
    from ambos.cli.reading import open_reading

    with open_reading(data) as store:
        size = store.head().size
        rows = [row(entry) for entry in store.entries(max(0, size - limit) if limit else 0)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    columns = ("index", "time", "event", "id", "route", "model", "level")
    table = Table(box=None)
    for column in columns:
        table.add_column(column)
    for one in rows:
        table.add_row(*(str(one.get(column, "")) for column in columns))
    Console().print(table)


@app.command()
def verify(
    data: Data = None,
    deep: Annotated[bool, typer.Option(help="Open the sealed records too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole log; exit 1 and name the first wrong place if anything is wrong."""
    from ambos.app.house import SystemClock, SystemRandom
    from ambos.config import load
    from ambos.errors import StoreError
    from ambos.store import verify_store

    try:
        with Progress(transient=True, disable=as_json) as bar:
            task = bar.add_task("audit verify", total=None)

            def told_so_far(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            report = verify_store(load(data).store, SystemClock(), SystemRandom(), told_so_far, deep=deep)
    except StoreError as error:
        typer.echo(
            json.dumps({"ok": False, "problem": str(error)}) if as_json else say("not_verified", problem=str(error))
        )
        raise typer.Exit(1) from None
    told = {
        "size": report.size,
        "root": report.root,
        "unanswered": report.unanswered,
        "problem": str(report.fault or ""),
    }
    if as_json:
        typer.echo(json.dumps({"ok": report.is_right, **told}, ensure_ascii=False))
    elif report.is_right:
        typer.echo(say("verified", size=report.size, root=report.root))
    else:
        typer.echo(say("not_verified", problem=report.fault))
    raise typer.Exit(0 if report.is_right else 1)
