"""`ambos backup`, `ambos recover` (docs/guide/operations.md)."""

from __future__ import annotations

import json
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ambos.cli.words import say

if TYPE_CHECKING:
    from ambos.store import Store

Key = Annotated[str, typer.Option(envvar="AMBOS_KEY", help="Key of who asks; the person at the terminal without one.")]
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def backup(
    content: Annotated[Path, typer.Option(help="New folder for the content; may be kept for long.")],
    ring: Annotated[Path, typer.Option(help="New folder for the key ring, elsewhere; keep the newest only.")],
    key: Key = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Copy content and key ring, each to a folder of its own, also while a server runs."""
    from ambos.cli.reach import call
    from ambos.config import data_directory
    from ambos.store.backup import STAGING, check_apart, move

    directory = data_directory(data)
    content, ring = content.resolve(), ring.resolve()
    check_apart(content, ring, directory)
    staged = directory / STAGING / secrets.token_hex(4)
    told: Any = call(data, "backup", content=str(staged / "content"), ring=str(staged / "ring"), key=key)
    move(staged / "content", content)
    move(staged / "ring", ring)
    staged.rmdir()
    told |= {"content": str(content), "ring": str(ring)}
    typer.echo(json.dumps(told) if as_json else say("backed_up", content=told["content"], ring=told["ring"]))


def recover(
    content: Annotated[Path | None, typer.Option(help="Folder of the content's backup to put back first.")] = None,
    ring: Annotated[Path | None, typer.Option(help="Folder of the key ring's backup, where the ring is lost.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Do every erasure and revocation again that the content has forgotten, verify, and tell what cannot be known."""
    from ambos.app.system import SystemClock, SystemRandom
    from ambos.config import load
    from ambos.store import open_store, put_back, server_lock

    config = load(data)
    with server_lock(config.directory):
        if content is not None:
            put_back(config.store, content, ring)
        store = open_store(config.store, SystemClock(), SystemRandom())
        since = _last_entry(store) if content is not None else ""
        with store:
            report = store.verify(deep=True)
            told = {"ok": report.is_right, "orders": store.redone, "revoked": store.revoked_again}
            told |= {"entries": report.size}
    problem, unknown = str(report.fault or ""), _unknown(since, has_ring=ring is not None, unanswered=report.unanswered)
    if as_json:
        typer.echo(json.dumps({**told, "root": report.root, "problem": problem, "unknown": unknown}))
    elif report.is_right:
        typer.echo(say("recovered", count=told["orders"], revoked=told["revoked"], size=report.size))
        for one in unknown:
            typer.echo(say(f"unknown_{one['what']}", **one))
    else:
        typer.echo(say("not_verified", problem=problem))
    raise typer.Exit(0 if report.is_right else 1)


def _last_entry(store: Store) -> str:
    """When the log that was put back ends, before anything is done again."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(store.head().time_ms / 1000))


def _unknown(since: str, *, has_ring: bool, unanswered: int) -> list[dict[str, Any]]:
    """What nobody can find out from what is there, so that it is told and not passed over."""
    made: list[dict[str, Any]] = [{"what": "content", "since": since}] if since else []
    made += [{"what": "ring"}] if has_ring else []
    return made + ([{"what": "outcome", "count": unanswered}] if unanswered else [])
