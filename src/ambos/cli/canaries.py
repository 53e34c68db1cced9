"""`ambos canaries`: values to plant among the house's own data, which must never leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ambos.cli.words import say

canaries_app = typer.Typer(no_args_is_help=True)
Reason = Annotated[str, typer.Option(help="What you found out, in your own words; kept sealed beside the log.")]
Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who clears it.")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


@canaries_app.command("show")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """The values to plant among records, files and mails; exit 1 while one was seen on its way out."""
    from ambos.cli.reach import call

    told: Any = call(data, "canaries.show")  # JSON of our own control route
    if as_json:
        typer.echo(json.dumps(told))
    else:
        for one in told["planted"]:
            typer.echo(one)
        for one in told["incidents"]:
            typer.echo(say("canary_cleared_by" if one["cleared"] else "canary_open", **one))
        typer.echo(say("closed_canary" if told["seen"] else "canaries_quiet"))
    raise typer.Exit(1 if told["seen"] else 0)


@canaries_app.command("clear")
def clear(reason: Reason, key: Key = "", data: Data = None, as_json: AsJson = False) -> None:
    """Open the outside again, once you know how a canary came into a request; in an organisation, a privacy officer."""
    from ambos.cli.reach import call

    told: Any = call(data, "canaries.clear", reason=reason, key=key)
    typer.echo(json.dumps(told) if as_json else say("canaries_cleared"))
