"""`ambos consent`: permissions to learn from data (docs/guide/rights.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Scope = Annotated[str, typer.Option(help="key, subject or source")]
Target = Annotated[str, typer.Option(help="k_... of a key, a subject as in `ambos records`, or the name of a source.")]
Purpose = Annotated[str, typer.Option(help="train or evaluate")]
Key = Annotated[
    str,
    typer.Option(envvar="AMBOS_KEY", help="Key of who decides: in an organisation a steward's or privacy officer's."),
]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def grant(
    scope: Scope,
    target: Target,
    purpose: Purpose,
    basis: Annotated[str, typer.Option(help="Basis as a code, for example GDPR-6.1.a.")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Permit to learn from this data."""
    from ambos.cli.reach import call

    about = {"scope": scope, "target": target, "purpose": purpose, "basis": basis}
    told: Any = call(data, "consent.grant", **about, key=key)  # JSON of our own control route
    typer.echo(json.dumps(told) if as_json else say("granted", **told))


@app.command()
def withdraw(
    scope: Scope, target: Target, purpose: Purpose, key: Key = "", data: Data = None, as_json: AsJson = False
) -> None:
    """End a permission; what was learnt from it is marked."""
    from ambos.cli.reach import call

    told: Any = call(data, "consent.withdraw", scope=scope, target=target, purpose=purpose, key=key)  # JSON of our own
    typer.echo(json.dumps(told) if as_json else say("withdrawn", count=told["withdrawn"]))


@app.command("list")
def list_consents(key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Every permission that was ever given."""
    from ambos.cli.reach import call

    rows: Any = call(data, "consent.list", key=key)  # JSON of our own control route
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None)
    columns = ("id", "scope", "target", "purpose", "basis", "granted", "withdrawn")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    Console().print(table)
