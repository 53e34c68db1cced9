"""The command tree. Each module below adds its own group; imports are late, so that `--help` is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ambos import __version__
from ambos.cli import (
    access,
    adapt,
    audit,
    backup,
    canaries,
    consent,
    corpus,
    iterate,
    keys,
    look,
    models,
    operate,
    privacy,
    records,
    sealing,
    users,
    wall_print,
)

app = typer.Typer(
    name="ambos",
    help="One address in front of open models at home and proprietary models outside; what is sensitive stays inside.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.add_typer(keys.app, name="keys", help="API keys: shown once, stored as a keyed hash.")
app.add_typer(users.app, name="users", help="People who sign in, with roles and groups.")
app.add_typer(access.app, name="access", help="Others' content: two people, one after a day, or at once and reviewed.")
app.add_typer(models.app, name="models", help="The catalogue: open models that are pulled and served at home.")
app.add_typer(audit.app, name="audit", help="The audit log: show it, verify it.")
app.add_typer(privacy.app, name="privacy", help="The detector: thresholds, calibration, comparison with others.")
app.add_typer(corpus.app, name="corpus", help="Training sets: built, checked, sealed, named by their hash.")
app.add_typer(adapt.app, name="adapt", help="Open models adapted to the owner's data: new, run, show, sign, promote.")
app.add_typer(sealing.app, name="experiment", help="Controlled experiments: plan, seal, run, analyse, report, verify.")
app.add_typer(
    records.app, name="records", help="What a person may ask of the house: search, export, rectify, block, erase."
)
app.add_typer(consent.app, name="consent", help="Permissions to learn from data: none by default.")
app.add_typer(operate.config_app, name="config", help="Settings with where they came from.")
app.add_typer(operate.db_app, name="db", help="The database: bring its schema up to date.")
app.add_typer(canaries.canaries_app, name="canaries", help="Planted values that must never leave.")
app.add_typer(wall_print.walls_app, name="walls", help="Walls that the system keeps around a server.")
app.command("init")(operate.init)
app.command("backup")(backup.backup)
app.command("recover")(backup.recover)
app.command("doctor")(operate.doctor)
app.command("scan")(look.scan)
app.command("explain")(look.explain)
app.command("ask")(look.ask)
app.command("iterate")(iterate.iterate)


@app.command()
def serve(
    data: Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Worker processes.")] = None,
    tour: Annotated[
        bool, typer.Option(help="Make a first configuration with the demo model, as `make serve` does.")
    ] = False,
) -> None:
    """Serve the gateway and the console until Ctrl-C."""
    from ambos.cli.serving import run

    flags: dict[str, str | int | bool] = {}
    if host is not None:
        flags["server.host"] = host
    if port is not None:
        flags["server.port"] = port
    if workers is not None:
        flags["server.workers"] = workers
    run(data, flags, is_tour=tour)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
