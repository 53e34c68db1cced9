"""`ambos walls print`: the walls that systemd or Kubernetes keep, written from this house's own table of destinations."""

from __future__ import annotations

import ipaddress
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

walls_app = typer.Typer(no_args_is_help=True, help="Walls that the system keeps around a server.")
Data = Annotated[Path | None, typer.Option(help="Data directory.", show_default="XDG data home")]
_RESOLVERS = Path("/etc/resolv.conf")


@walls_app.callback()
def walls() -> None:
    """Walls that the system keeps around a server."""


@walls_app.command("print")
def print_wall(
    systemd: Annotated[bool, typer.Option("--systemd", help="A unit for systemd.")] = False,
    networkpolicy: Annotated[bool, typer.Option("--networkpolicy", help="A NetworkPolicy for Kubernetes.")] = False,
    resolve: Annotated[bool, typer.Option("--resolve", help="Ask what the names are now, and write that.")] = False,
    program: Annotated[str, typer.Option(help="Where `ambos` is on the machine that serves.")] = "",
    resolver: Annotated[
        list[str] | None, typer.Option(help="A name server of that machine; again for each. This machine's without.")
    ] = None,
    data: Data = None,
) -> None:
    """Print the unit or the policy that lets a server reach the places of its table and nothing else."""
    from ambos.app.order import Order
    from ambos.app.wall_plan import table
    from ambos.cli.words import say
    from ambos.config import load
    from ambos.errors import ConfigError
    from ambos.walls import network_policy, systemd_unit

    if systemd == networkpolicy:
        raise ConfigError(say("walls_one_of"))
    config = load(data)
    places = table(config, Order(str(config.directory)))
    if resolve:
        places = [replace(one, addresses=_addresses(one.host)) for one in places]
    resolvers = tuple(resolver) if resolver else _resolvers()
    if not all(map(_is_address, resolvers)):
        raise ConfigError(say("walls_resolver"))
    if networkpolicy:
        typer.echo(network_policy(places, resolvers=resolvers), nl=False)
        return
    program = program or shutil.which("ambos") or f"{sys.executable} -m ambos.cli"
    root = config.store.root_key_file
    roots = str(root.parent if root is not None else config.store.roots)
    unit = systemd_unit(places, program=program, data=str(config.directory), writes=(roots,), resolvers=resolvers)
    typer.echo(unit, nl=False)


def _addresses(host: str) -> tuple[str, ...]:
    try:
        return tuple(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except OSError:
        return ()


def _resolvers() -> tuple[str, ...]:
    """The name servers of this machine."""
    try:
        lines = _RESOLVERS.read_text("ascii", "replace").splitlines()
    except OSError:
        return ()
    named = [
        line.split()[1].partition("%")[0] for line in lines if line.startswith("nameserver") and len(line.split()) > 1
    ]
    return tuple(one for one in named if _is_address(one))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
