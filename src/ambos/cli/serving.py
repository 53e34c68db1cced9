"""`ambos serve`: first configuration, first key, the embedded model, then the supervisor and its panel."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from ambos.app import Ready, Supervisor, set_up_logging
from ambos.cli.first import EMBEDDED_SOURCE, first_installation, write_configuration
from ambos.cli.words import say
from ambos.config import Config, data_directory, load
from ambos.engines.installed import pick
from ambos.engines.plugins import check_names

LINE_BYTES_PER_S = 10_000_000  # a home line of 80 Mbit/s, for the waiting time that is proposed
_console = Console(stderr=False, highlight=False)


def run(data: Path | None, flags: Mapping[str, str | int | bool], *, is_tour: bool) -> None:
    """Serve until a signal; raises AmbosError for whatever keeps it from starting."""
    set_up_logging("ambos")
    os.umask(0o077)
    directory = data_directory(data)
    if is_tour or not (directory / "ambos.toml").exists():
        write_configuration(directory, demo_model=is_tour)
    config = load(directory, flags=flags, may_create=True)
    check_names(config.privacy.plugins)
    key = first_installation(config)
    if is_tour:
        _fetch_embedded(config)
    engine = pick(config.models, config.inside.model, demo_allowed=config.inside.demo_model)
    supervisor = Supervisor(config, flags=flags, engine=engine)

    def told(ready: Ready) -> None:
        _panel(ready, config, key, str(data or ""))
        if sys.stdin.isatty() and (engine is None or engine.model.fitness == "demo"):
            threading.Thread(target=_propose, daemon=True).start()

    asyncio.run(supervisor.run(told))


def _fetch_embedded(config: Config) -> None:
    """The catalogue runs in a process of its own: the serving ones never import it."""
    if pick(config.models, config.inside.model, demo_allowed=True) is not None:
        return
    _console.print(f"· {say('pulling')}")
    command = [sys.executable, "-m", "ambos.cli", "models", "pull", EMBEDDED_SOURCE]
    if subprocess.run(command, check=False).returncode:  # noqa: S603  our own module
        _console.print(f"[yellow]{say('pull_failed')}[/]")


def _propose() -> None:
    """Name one open model that suits this machine; on yes it is pulled in a process of its own while serving goes on."""
    command = [sys.executable, "-m", "ambos.cli", "models"]
    listed = subprocess.run([*command, "recommend", "--json"], capture_output=True, text=True, check=False)  # noqa: S603  our own module
    if listed.returncode or not (advice := json.loads(listed.stdout)):
        return
    best = advice[0]
    minutes = max(1, round(best["size_bytes"] / (LINE_BYTES_PER_S * 60)))
    size = f"{best['size_bytes'] / 1e9:.1f} GB"
    question = say("recommend", name=best["title"], size=size, licence=best["licence"], minutes=minutes)
    if input(question).strip().lower() in ("y", "yes", "s", "sí", "si"):
        done = subprocess.run([*command, "pull", best["source"]], check=False)  # noqa: S603  our own module
        _console.print(say("pulled" if done.returncode == 0 else "pull_failed"))


def _panel(ready: Ready, config: Config, key: str, data: str) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row(say("address"), f"[bold]{ready.address}/v1[/]")
    table.add_row(say("console"), f"[bold]{ready.address}/console/[/]")
    table.add_row(say("key"), f"[bold]{key}[/]" if key else say("key_kept"))
    demo = f"  ({say('demo')})" if config.inside.demo_model and ready.is_demo else ""
    table.add_row(say("inside"), (f"ambos/{ready.engine}" if ready.engine else say("none")) + demo)
    outside = ", ".join(one.name for one in config.providers) or say("none")
    table.add_row(say("outside"), f"stand-in/echo  ({say('stand_in')})" if ready.stand_in else outside)
    _console.print(Panel(table, title=say("title"), subtitle=say("stop"), expand=False))
    _console.print(f"{say('try')}:", style="dim")
    for line in _examples(ready.address, key or "amb_…", data):
        _console.print(f"  {line}", soft_wrap=True, markup=False)
    sys.stdout.flush()


def _examples(address: str, key: str, data: str) -> tuple[str, ...]:
    question = "Mi paciente Lucía Hernández Ortega, DNI 53123456B, ingresó ayer con neumonía"
    body = f'{{"model":"ambos/auto","messages":[{{"role":"user","content":"{question}"}}]}}'
    return (
        f"curl {address}/v1/chat/completions -H 'Authorization: Bearer {key}' -H 'content-type: application/json' -d '{body}'",
        f"from openai import OpenAI; client = OpenAI(base_url='{address}/v1', api_key='{key}')",
        "client.chat.completions.create(model='ambos/auto', messages=[{'role': 'user', 'content': '¿Qué es la diabetes?'}])",
        f"{_program()} ask --show '{question}'" + (f" --data {data}" if data else ""),
    )


def _program() -> str:
    """What to type for `ambos` here: in a fresh clone it lies in .venv, which no shell looks into."""
    called = Path(sys.argv[0])
    if shutil.which("ambos") or called.name != "ambos":
        return "ambos"
    return os.path.relpath(called) if called.is_relative_to(Path.cwd()) else str(called)
