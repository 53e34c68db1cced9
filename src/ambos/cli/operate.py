"""`ambos init`, `doctor`, `config show`, `db upgrade`: what an operator does."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ambos.cli.words import say, told

LANDLOCK_NETWORK_ABI = 4  # landlock(7): the first that knows TCP
config_app = typer.Typer(no_args_is_help=True)
db_app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]


def init(data: Data = None, as_json: AsJson = False) -> None:
    """Write a first configuration, make the installation and its first key (shown once)."""
    from ambos.cli.first import first_installation, write_configuration
    from ambos.config import data_directory, load

    os.umask(0o077)
    directory = data_directory(data)
    is_new = write_configuration(directory, demo_model=False)
    key = first_installation(load(directory, may_create=True))
    if as_json:
        typer.echo(json.dumps({"directory": str(directory), "key": key}))
        return
    typer.echo(say("config_written" if is_new else "config_there", path=directory / "ambos.toml"))
    typer.echo(f"{say('key')}: {key or say('key_kept')}")


@config_app.command("show")
def config_show(
    origin: Annotated[bool, typer.Option(help="Where each value came from.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Every setting as it is in force."""
    from ambos.config import load

    config = load(data)
    rows = [{"setting": path, "value": value, "origin": config.origins[path]} for path, value in config.values.items()]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table(box=None)
    for column in ("setting", "value", *(("origin",) if origin else ())):
        table.add_column(column)
    for row in rows:
        shown = json.dumps(row["value"], ensure_ascii=False)
        table.add_row(str(row["setting"]), shown, *((str(row["origin"]),) if origin else ()))
    Console().print(table)


@config_app.command("pending")
def config_pending(data: Data = None, as_json: AsJson = False) -> None:
    """The change of ambos.toml that would let more out and waits for approval."""
    from ambos.cli.reach import call

    one: Any = call(data, "config.pending")
    if as_json:
        typer.echo(json.dumps(one, ensure_ascii=False))
        return
    if one is None:
        typer.echo(say("nothing_waits"))
        return
    for line in one["relaxes"]:
        typer.echo(f"+ {line}")
    for line in one["tightens"]:
        typer.echo(f"- {line}")
    typer.echo(say("waits_second" if one["needs_second"] else "waits", id=one["id"]))


@config_app.command("approve")
def config_approve(
    change: Annotated[str, typer.Argument(help="The name that `ambos config pending` shows.")],
    reason: Annotated[str, typer.Option(help="Why, in your own words; kept sealed beside the log.")],
    key_file: Annotated[
        Path | None,
        typer.Option(help="File with the approver's key; - reads standard input.", show_default="the owner"),
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Put a waiting change in force; in an organisation a privacy officer must, never its author."""
    from ambos.cli.reach import call

    key = ""
    if key_file is not None:
        key = (sys.stdin.read() if str(key_file) == "-" else key_file.read_text(encoding="utf-8")).strip()
    made: Any = call(data, "config.approve", name=change, reason=reason, key=key)
    typer.echo(json.dumps(made, ensure_ascii=False) if as_json else say("approved", id=made["id"]))


@db_app.command()
def upgrade(data: Data = None) -> None:
    """Bring the schema up to date; the server must be stopped."""
    from ambos.app.system import SystemClock, SystemRandom
    from ambos.config import load
    from ambos.store import server_lock
    from ambos.store import upgrade as bring_up

    config = load(data)
    with server_lock(config.directory):
        bring_up(config.store, SystemClock(), SystemRandom())
    typer.echo(say("upgraded"))


def doctor(
    egress: Annotated[bool, typer.Option("--egress", help="Try whether a wall outside Python holds, too.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Health in plain words; exit 1 if anything is wrong."""
    rows = [_row(*one) for one in (*_installation(data), *_machine(data), *_server(data))]
    if egress:
        from ambos.cli.walls import look

        rows += [{**_row(one.check, one.is_ok, one.detail), "verdict": one.verdict} for one in look(data)]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        console = Console()
        for row in rows:
            mark = f"[green]{say('ok')}[/]" if row["ok"] else f"[red]{say('bad')}[/]"
            console.print(f"{mark:<16} {row['check']:<14} {escape(str(row['detail']))}")
    raise typer.Exit(0 if all(row["ok"] for row in rows) else 1)


def _row(name: str, is_ok: bool, detail: str) -> dict[str, object]:
    return {"check": name, "ok": is_ok, "detail": detail}


def _installation(data: Path | None) -> list[tuple[str, bool, str]]:
    from ambos.app.system import SystemClock
    from ambos.cli.reading import open_reading
    from ambos.cli.timely import certificate_rows, clock_row
    from ambos.config import load
    from ambos.errors import AmbosError

    now_ms = SystemClock().now_ms()
    try:
        config = load(data)
    except AmbosError as error:
        return [("ambos.toml", False, told(error))]
    rows = [("ambos.toml", True, str(config.directory / "ambos.toml"))]
    try:
        with open_reading(data) as store:
            rows.append(("log", True, say("log_size", size=store.head().size)))
            rows.append(clock_row(store.head().time_ms, now_ms))
    except AmbosError as error:
        rows.append(("store", False, told(error)))
    files = [one.ca_file for one in config.providers] + [
        config.oidc.ca_file if config.oidc else "",
        config.notices.ca_file,
    ]
    return rows + certificate_rows(files, now_ms)


def _machine(data: Path | None) -> list[tuple[str, bool, str]]:
    from ambos.config import data_directory, models_directory
    from ambos.engines.installed import installed

    directory = data_directory(data)
    free = shutil.disk_usage(directory if directory.exists() else Path.home()).free
    models = installed(models_directory())
    names = ", ".join(f"{one.name} ({one.model.fitness})" for one in models)
    return [
        ("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        ("disk", free > 1 << 30, say("disk_free", free=f"{free / 1e9:.1f}")),
        ("models", bool(models), names or say("models_none")),
    ]


def _server(data: Path | None) -> list[tuple[str, bool, str]]:
    from ambos.app import control_socket
    from ambos.cli.reach import call
    from ambos.config import data_directory
    from ambos.errors import AmbosError

    if not control_socket(data_directory(data)).exists():
        return [("server", True, say("no_server"))]
    try:
        status: Any = call(data, "status")
    except (AmbosError, OSError) as error:
        return [("server", False, type(error).__name__)]
    waits = ", ".join(status["policy_pending"])
    problem = status["policy_problem"] or (say("policy_waits", lines=waits) if waits else "")
    reviews = status["reviews"]
    opened = [("access", not reviews["overdue"], say("reviews", **reviews))] if reviews["waiting"] else []
    return [
        *opened,
        _walls(status["walls"]),
        ("server", not status["problems"], ", ".join(status["problems"]) or say("server_answers")),
        ("policy", not problem, problem or status["policy"]),
        (
            "probes",
            not status["closed"],
            say(f"closed_{status['closed']}") if status["closed"] else say("probes_passed"),
        ),
    ]


def _walls(told: dict[str, Any]) -> tuple[str, bool, str]:  # JSON of our own control route
    """What the workers raised around themselves. Less than whole is told, and wrong only where it is demanded at start."""
    if told["is_off"]:
        return ("walls", True, say("walls_off"))
    if not (told["landlock"] >= LANDLOCK_NETWORK_ABI and told["seccomp"]):
        seccomp = say("means_seccomp" if told["seccomp"] else "means_no_seccomp")
        return ("walls", True, say("walls_part", landlock=told["landlock"], seccomp=seccomp))
    return ("walls", True, say("walls_whole", ports=", ".join(map(str, told["ports"])) or say("ports_none")))
