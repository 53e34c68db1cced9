"""`ambos users`: who may sign in, with which roles (docs/guide/access.md)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ambos.cli.words import say

app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The user's name to sign in with.")]
RoleNames = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="user, developer, data_steward, auditor, privacy_officer, operator, owner; may be given again."
    ),
]
GroupNames = Annotated[
    list[str] | None, typer.Option("--group", help="A group of [groups] in ambos.toml; may be given again.")
]
PasswordFile = Annotated[
    Path | None,
    typer.Option(help="File with a first password; - reads standard input.", show_default="one is made and shown once"),
]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who asks; without one, the owner at the terminal.")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def _ask(data: Path | None, operation: str, **arguments: Any) -> Any:  # Any: JSON of our own control route
    from ambos.cli.reach import call

    return call(data, operation, **arguments)


def _tell(told: Any, word: str, *, as_json: bool) -> None:  # Any: JSON of our own control route
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(say(word, name=told["name"], roles=" ".join(told["roles"]) or "-"))
    if "password" in told:
        typer.echo(f"{say('first_password')}: {told['password']}")


@app.command()
def create(  # noqa: PLR0913, PLR0917  one argument for each option
    name: Name,
    role: RoleNames = None,
    group: GroupNames = None,
    full_name: Annotated[str, typer.Option(help="How the person is called.")] = "",
    of_key: Annotated[str, typer.Option(help="A key, k_..., that is this person's already.")] = "",
    same_as: Annotated[str, typer.Option(help="The name of another account of the same person.")] = "",
    password_file: PasswordFile = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a user; the first password opens nothing until its user has changed it."""
    told = _ask(
        data, "users.create", name=name, role=role or ([] if group else ["user"]), group=group or [],
        full_name=full_name, of_key=of_key, same_as=same_as, password=_password(password_file), key=key,
    )  # fmt: skip
    _tell(told, "user_created", as_json=as_json)


@app.command("list")
def list_users(key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Every user, with roles and groups."""
    rows = _ask(data, "users.list", key=key)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(box=None)
    columns = ("name", "full_name", "roles", "groups", "created", "disabled", "provider")
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(escape(" ".join(row[one]) if isinstance(row[one], list) else row[one]) for one in columns))
    Console().print(table)


@app.command()
def roles(
    name: Name,
    role: RoleNames = None,
    group: GroupNames = None,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Give a user these roles, and these groups where some are named, instead of the old ones."""
    told = _ask(data, "users.roles", name=name, role=role or [], group=group, key=key)
    _tell(told, "user_roles", as_json=as_json)


@app.command()
def disable(
    name: Name,
    enable: Annotated[bool, typer.Option("--enable", help="Let the user in again.")] = False,
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Shut a user out, with every session and key; everywhere within a second."""
    told = _ask(data, "users.disable", name=name, enable=enable, key=key)
    _tell(told, "user_enabled" if enable else "user_disabled", as_json=as_json)


@app.command("same-person")
def same_person(
    name: Name,
    other: Annotated[str, typer.Argument(help="Another account of this person.")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Tell that two accounts are one person's, for good: neither confirms what the other asked for."""
    _tell(_ask(data, "users.join", name=name, other=other, key=key), "user_joined", as_json=as_json)


@app.command()
def password(
    name: Name, password_file: PasswordFile = None, key: Key = "", data: Data = None, as_json: AsJson = False
) -> None:
    """Give a user a password that they must change; every session of theirs ends."""
    told = _ask(data, "users.password", name=name, password=_password(password_file), key=key)
    _tell(told, "user_password", as_json=as_json)


def _password(file: Path | None) -> str:
    if file is None:
        return ""
    return (sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")).rstrip("\r\n")
