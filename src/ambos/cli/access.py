"""`ambos access`: see what others sent, with a second person, after a day, or at once and reviewed (docs/guide/access.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Subject = Annotated[
    list[str] | None,
    typer.Option(help="Number, e-mail, phone, full name or handle s_... of one person; again for each."),
]
Record = Annotated[str, typer.Option(help="One request instead, r_...")]
Confirm = Annotated[bool, typer.Option(help="The names given are this person's: candidates count too.")]
Reason = Annotated[str, typer.Option(help="Why, in your own words; kept sealed beside the log.")]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who asks.")]
Handle = Annotated[str, typer.Argument(help="The opening, i_...")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def _do(data: Path | None, work: str, word: str, *, as_json: bool, **arguments: Any) -> None:  # Any: JSON
    from ambos.cli.reach import call

    told: Any = call(data, f"access.{work}", **arguments)  # Any: JSON of our own control route
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(say(word, id=told["id"], count=len(told["records"]), begins=told["begins"], until=told["until"]))


@app.command()
def ask(
    reason: Reason,
    subject: Subject = None,
    record: Record = "",
    confirm: Confirm = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask to see what others sent about one person; a second person confirms, or a day passes where there is none."""
    _do(data, "ask", "access_asked", as_json=as_json, subject=subject or [], record=record, confirm=confirm,
        reason=reason, key=key)  # fmt: skip


@app.command("confirm")
def agree(opening: Handle, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Agree to what somebody else asked for."""
    _do(data, "confirm", "access_confirmed", as_json=as_json, id=opening, key=key)


@app.command("break-glass")
def break_glass(
    reason: Reason,
    subject: Subject = None,
    record: Record = "",
    confirm: Confirm = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """See it at once, alone, for half an hour; author and others are told, and somebody else reviews it in 72 hours."""
    _do(data, "break_glass", "access_broken", as_json=as_json, subject=subject or [], record=record, confirm=confirm,
        reason=reason, key=key)  # fmt: skip


@app.command()
def review(opening: Handle, reason: Reason, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Say that you have looked at a glass that somebody else broke; the open control is closed."""
    _do(data, "review", "access_reviewed", as_json=as_json, id=opening, reason=reason, key=key)


@app.command()
def end(opening: Handle, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Decline what somebody asked for, or give up your own before its time."""
    _do(data, "end", "access_ended", as_json=as_json, id=opening, key=key)


@app.command("list")
def list_openings(key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """What was asked for, is open, or waits for a review; for most people, what concerns their own requests."""
    from ambos.cli.reach import call

    rows: Any = call(data, "access.list", key=key)  # Any: JSON of our own control route
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo(say("access_none"))
        return
    table = Table(box=None)
    columns = ("id", "mode", "state", "asked_by", "asked", "second", "until", "review", "reason")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(str(row[one])) for one in columns))
    Console().print(table)
