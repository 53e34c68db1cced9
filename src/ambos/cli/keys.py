"""`ambos keys`: create, list, revoke; rotate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@app.command()
def create(
    role: Annotated[
        str, typer.Option(help="user, developer, data_steward, auditor, privacy_officer, operator, owner")
    ] = "user",
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
    user: Annotated[str, typer.Option(help="Whose key it is; it does no more than this user may.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key; it is shown once. Where there is no installation yet, one is made, with its owner's key on standard error."""
    from ambos.cli.first import first_installation
    from ambos.cli.reach import call
    from ambos.cli.words import say
    from ambos.config import load

    if first := first_installation(load(data, may_create=True)):
        typer.echo(f"{say('key')}: {first}", err=True)
    made = call(data, "keys.create", role=role, name=name, user=user)
    typer.echo(json.dumps(made) if as_json else f"{made['id']}  {made['role']}\n{made['key']}")  # type: ignore[index,call-overload]


@app.command("list")
def list_keys(data: Data = None, as_json: AsJson = False) -> None:
    """Every key, without its secret."""
    from ambos.cli.reach import call

    rows = call(data, "keys.list")
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None)
    for column in ("id", "role", "name", "created", "revoked"):
        table.add_column(column)
    for row in rows:  # type: ignore[union-attr]  # a list by contract
        table.add_row(*(str(row.get(column, "")) for column in ("id", "role", "name", "created", "revoked")))  # type: ignore[union-attr]
    Console().print(table)


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="k_... as listed")], data: Data = None) -> None:
    """Revoke a key; every worker refuses it within a second."""
    from ambos.cli.reach import call

    call(data, "keys.revoke", id=key_id)
    typer.echo(f"{key_id} ×")


@app.command()
def rotate(
    root: Annotated[bool, typer.Option("--root", help="The root key itself, kept by `keys.service`.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """New keys for what seals content (not API keys): every tenant's, or the root key. Nobody waits."""
    from ambos.cli.reach import call
    from ambos.cli.words import say

    made = call(data, "keys.rotate", root=root)
    typer.echo(json.dumps(made) if as_json else say("rotated_root" if root else "rotated_tenants"))
