"""`ambos audit`: show, verify, proof. They read the database; no server is needed and none is disturbed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from ambos.cli import witness
from ambos.cli.words import say, told

app = typer.Typer(no_args_is_help=True)
app.add_typer(witness.app, name="witness", help="Witnesses: others who sign the head of the log; or be one.")
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
    anchor: Annotated[
        Path | None,
        typer.Option(help="File elsewhere that remembers the log: compared, then brought up to date."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Read only what came after the anchor.")] = False,
    witnesses: Annotated[bool, typer.Option("--witness", help="Compare with what the witnesses remember.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole log; exit 1 and name the first wrong place if anything is wrong."""
    from ambos.cli.verifying import Verified, run
    from ambos.errors import StoreError

    try:
        with Progress(transient=True, disable=as_json) as bar:
            task = bar.add_task("audit verify", total=None)

            def told_so_far(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            done = run(data, told_so_far, deep=deep, anchor=anchor, only_new=new, ask_witnesses=witnesses)
    except StoreError as error:
        done = Verified(problem=told(error))
    if as_json:
        typer.echo(json.dumps(done.told(), ensure_ascii=False))
    else:
        for line in done.lines():
            typer.echo(line)
    raise typer.Exit(0 if done.is_right else 1)


@app.command()
def proof(
    name: Annotated[str, typer.Argument(metavar="ID", help="A request (r_...) or the position of an entry.")],
    data: Data = None,
    output: Annotated[Path | None, typer.Option(help="File to write.", show_default="ID.tlog-proof")] = None,
    openings: Annotated[
        list[str] | None, typer.Option("--open", help="in, out or answer: add the salt, so that the content shows it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a receipt: proof that entries are in the log, to be checked anywhere with `ambos-verify`."""
    from ambos.cli.proving import prove

    made = prove(data, name, output, frozenset(openings or ()))
    if as_json:
        typer.echo(json.dumps(made.told(), ensure_ascii=False))
        return
    signers = ", ".join(made.witnesses)
    typer.echo(say("proved", file=made.file, count=made.count, size=made.size))
    typer.echo(say("proved_witnesses", names=signers) if signers else say("proved_alone"))
    typer.echo(f"  ambos-verify {made.file} --vkey '{made.vkey}'")
