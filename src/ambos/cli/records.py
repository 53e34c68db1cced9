"""`ambos records`: what the subjects of records may ask for (GDPR 15 to 21; docs/guide/rights.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Subject = Annotated[
    list[str], typer.Option(help="Number, e-mail, phone, full name or handle s_...; again for each one of the person.")
]
SubjectOrNone = Annotated[
    list[str] | None, typer.Option(help="Number, e-mail, phone, full name or handle s_...; may be given again.")
]
Confirm = Annotated[bool, typer.Option(help="The names given are this person's: candidates count too.")]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who asks, a privacy officer's in an organisation.")]
Second = Annotated[str, typer.Option(envvar="AMBOS_SECOND_KEY", help="Key of the second person, in an organisation.")]
Basis = Annotated[str, typer.Option(help="Basis as a code, for example GDPR-17.1.a.")]
Hold = Annotated[str, typer.Option(help="Legal hold: not destroyed before this day, YYYY-MM-DD.")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def _ask(data: Path | None, operation: str, **arguments: Any) -> Any:  # Any: JSON of our own control route
    from ambos.cli.reach import call

    return call(data, operation, **arguments)


def _tell(told: Any, line: str, *, as_json: bool) -> None:  # Any: JSON of our own control route
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else line)


def _show(rows: Any, columns: tuple[str, ...], *, as_json: bool) -> None:  # Any: JSON of our own control route
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo(say("no_records"))
        return
    table = Table(box=None)
    for column in columns:
        table.add_column(column, no_wrap=column == columns[0])  # a handle is copied: it is never cut short
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    Console().print(table)


def _cell(value: Any) -> str:  # Any: JSON of our own control route
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return " ".join(f"{name}:{count}" for name, count in value.items())
    return str(value)


@app.command()
def search(
    subject: Subject, confirm: Confirm = False, key: Key = "", data: Data = None, as_json: AsJson = False
) -> None:
    """Which records the subject is in, by kind of join, and what `erase` would do with each."""
    rows = _ask(data, "records.search", subject=subject, confirm=confirm, key=key)
    _show(rows, ("record", "time", "level", "join", "kinds", "others", "blocked", "erase"), as_json=as_json)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="File to write; it must not exist.")],
    subject: SubjectOrNone = None,
    opening: Annotated[
        str, typer.Option(help="What `ambos access` has opened to you, i_..., instead of a subject.")
    ] = "",
    confirm: Confirm = False,
    shared: Annotated[bool, typer.Option(help="Content of records that others are in too.")] = False,
    key: Key = "",
    second: Second = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write everything of this person to a JSON file, closed to others."""
    about = {"subject": subject or [], "opening": opening, "confirm": confirm, "shared": shared}
    # First the file: what is asked for goes into the log, and must not be asked for in vain.
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        try:
            told = _ask(data, "records.export", **about, key=key, second=second)
        except BaseException:
            out.unlink()
            raise
        json.dump(told, file, ensure_ascii=False, indent=1)
    count = len(told["records"])
    _tell({"records": count, "file": str(out)}, say("exported", count=count, path=out), as_json=as_json)


@app.command()
def rectify(
    subject: Subject,
    old: Annotated[str, typer.Option(help="The wrong value, as it stands.")],
    new: Annotated[str, typer.Option(help="The right one.")],
    record: Annotated[str, typer.Option(help="Only this record, r_...")] = "",
    confirm: Confirm = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a wrong value right in this person's records."""
    told = _ask(data, "records.rectify", subject=subject, old=old, new=new, record=record, confirm=confirm, key=key)
    _tell(told, say("rectified", count=len(told["rectified"])), as_json=as_json)


@app.command()
def block(
    subject: SubjectOrNone = None,
    basis: Basis = "GDPR-18",
    lift: Annotated[str, typer.Option(help="End this block instead, e_...")] = "",
    confirm: Confirm = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Close this person's records to everybody but the legal key; nothing is destroyed."""
    told = _ask(data, "records.block", subject=subject or [], basis=basis, lift=lift, confirm=confirm, key=key)
    word, count = ("lifted", told["lifted"]) if lift else ("blocked", told["blocked"])
    _tell(told, say(word, count=count, erasure=told["erasure"]), as_json=as_json)


@app.command()
def erase(  # noqa: PLR0913, PLR0917  one argument for each option
    subject: SubjectOrNone = None,
    basis: Basis = "GDPR-17",
    erasure: Annotated[str, typer.Option(help="An order that is open, e_..., instead of a subject.")] = "",
    now: Annotated[bool, typer.Option("--now", help="Destroy at once; the basis is recorded.")] = False,
    whole: Annotated[bool, typer.Option(help="Destroy records that others are in too.")] = False,
    hold_until: Hold = "",
    confirm: Confirm = False,
    key: Key = "",
    second: Second = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Block this person's records now, destroy them at the end of the term; the certificate is printed with --now."""
    told = _ask(
        data, "records.erase", subject=subject or [], basis=basis, erasure=erasure, now=now, whole=whole,
        hold_until=hold_until, confirm=confirm, key=key, second=second,
    )  # fmt: skip
    if not now:
        line = say("erase_due", count=told["blocked"], due=told["due"], erasure=told["erasure"])
    else:
        done = {name: told[name] for name in ("destroyed", "resealed", "erasure")}
        line = f"{say('erased', **done)}\n\n{told['certificate']}"
    _tell(told, line, as_json=as_json)


@app.command()
def orders(key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """What is blocked now, and when it is destroyed."""
    rows = _ask(data, "records.orders", key=key)
    _show(rows, ("erasure", "subject", "basis", "records", "blocked", "due"), as_json=as_json)


@app.command()
def certificate(
    erasure: Annotated[str, typer.Argument(help="e_...")], key: Key = "", data: Data = None, as_json: AsJson = False
) -> None:
    """The signed certificate of an erasure."""
    told = _ask(data, "records.certificate", erasure=erasure, key=key)
    _tell({"certificate": told}, str(told), as_json=as_json)


@app.command()
def legal(
    subject: Subject,
    record: Annotated[str, typer.Option(help="The blocked record, r_...")],
    confirm: Confirm = False,
    key: Key = "",
    second: Second = "",
    data: Data = None,
) -> None:
    """Open a blocked record for a legal claim, as JSON; the log says who did."""
    told = _ask(data, "records.legal", subject=subject, record=record, confirm=confirm, key=key, second=second)
    typer.echo(json.dumps(told, ensure_ascii=False))
