"""Which wall each process is given (docs/guide/walls.md): its own folders, the ports of the table, and nothing else."""

from __future__ import annotations

import ipaddress
import os
import site
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from ambos.app.order import Order
from ambos.app.served import brokered, destinations
from ambos.app.witnesses import destination_of, read_quorum
from ambos.config import Config
from ambos.egress import Destination
from ambos.errors import AmbosError
from ambos.store.vault import place_of
from ambos.walls import Place, Wall

# What the interpreter, the C library and certificates need of the machine; nobody's home is under it.
_SYSTEM: Final = (
    "/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/run/systemd/resolve", "/run/resolvconf",
    "/dev/random", "/dev/urandom", "/dev/zero",
)  # fmt: skip
_DEVICES: Final = ("/dev/null", "/dev/shm")  # noqa: S108  semaphores lie there
_ACCELERATORS: Final = ("nvidia*", "dri", "kfd")
_LOADERS: Final = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
_POSTGRES_PORT: Final = 5432
_POSTGRES_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "passfile")


def worker_wall(config: Config, order: Order) -> Wall:
    """Of a worker: it reads and writes the data directory, and reaches the ports of every table that it uses."""
    places = table(config, order)
    return Wall(
        readable=(*_program(), str(config.models), *_read_by(config), *config.walls.readable),
        writable=_written(config, order),
        runnable=_interpreter(),
        ports=tuple(sorted({one.port for one in places})),
        has_names=any(_is_name(one.host) for one in places),
        is_required=config.walls.is_required,
    )


def engine_wall(config: Config, model: Path, runtime: Path) -> Wall:
    """Of the engine, which reads people's texts: its model and its socket; it connects to nothing and starts nothing."""
    accelerators = [str(one) for name in _ACCELERATORS for one in Path("/dev").glob(name)]
    return Wall(
        readable=(*_program(), str(model)),
        writable=(str(runtime), *_DEVICES, *accelerators),
        may_connect=False,
        is_required=config.walls.is_required,
    )


def helper_wall(config: Config, runtime: Path) -> Wall:
    """Of what answers on a socket and does no more, as the stand-in."""
    return Wall(
        readable=_program(), writable=(str(runtime), *_DEVICES), may_connect=False, is_required=config.walls.is_required
    )


def broker_wall(config: Config, runtime: Path) -> Wall:
    """Of the broker: the providers' ports and certificates, and no file of the house."""
    places = [one.destination() for one in brokered(config).values()]
    return Wall(
        readable=(*_program(), *_unique(one.ca_file for one in config.providers)),
        writable=(str(runtime), *_DEVICES),
        ports=tuple(sorted({one.port for one in places})),
        has_names=any(_is_name(one.host) for one in places),
        is_required=config.walls.is_required,
    )


def table(config: Config, order: Order) -> list[Place]:
    """Every place beyond this machine's sockets that a worker may reach: models, identity, keys, witnesses, database."""
    rows = [*destinations(config, order), *_witnesses(config.directory), *_vault(config)]
    return [*(Place(one.name, one.host, one.port) for one in rows if not one.path), *_database(config.store.url)]


def _witnesses(directory: Path) -> list[Destination]:
    try:
        return [destination_of(one) for one in read_quorum(directory).witnesses if one.url]
    except AmbosError:  # told by whoever asks the witnesses
        return []


def _vault(config: Config) -> list[Destination]:
    vault = config.store.keys.vault
    return [place_of(vault)] if vault.url else []


def _database(url: str) -> list[Place]:
    """The servers of a `postgresql://` address, which may name several, or a folder with a socket."""
    if not url:
        return []
    parts = urlsplit(url)
    named = [one for one in parts.netloc.rpartition("@")[2].split(",") if one]
    named += [part for name, value in parse_qsl(parts.query) if name == "host" for part in value.split(",")]
    ports = [part for name, value in parse_qsl(parts.query) if name == "port" for part in value.split(",")]
    made = []
    for one in named:
        host, _, port = one.rpartition(":") if one.rpartition(":")[2].isdigit() else (one, "", "")
        if not host.startswith(("/", "%2F", "%2f")):
            numbers = [int(port)] if port else [int(number) for number in ports if number.isdigit()] or [_POSTGRES_PORT]
            made += [Place("database", host.strip("[]"), number) for number in numbers]
    return made


def _program() -> tuple[str, ...]:
    """The interpreter, the packages, and the machine's own files; not the folder in which somebody stood."""
    packages = [*site.getsitepackages(), site.getusersitepackages(), *sys.path[1:]]
    here = str(Path(__file__).resolve().parents[2])
    return (*_SYSTEM, *_unique((sys.prefix, sys.base_prefix, here, *packages)))


def _interpreter() -> tuple[str, ...]:
    """`ambos doctor --egress` and a report of the console are processes of Python, behind the same wall."""
    return tuple(
        one for one in (os.path.realpath(sys.executable), *map(os.path.realpath, _LOADERS)) if Path(one).exists()
    )


def _written(config: Config, order: Order) -> tuple[str, ...]:
    root = config.store.root_key_file
    named = (order.engine.get("socket", ""), order.stand_in, order.broker.get("socket", ""))
    sockets = [str(Path(str(one)).parent) for one in named if one]
    roots = str(root.parent if root is not None else config.store.roots)
    return tuple(_unique((str(config.directory), roots, order.metrics_directory, *sockets, *_DEVICES)))


def _read_by(config: Config) -> tuple[str, ...]:
    """Certificates, secrets of key services, models of plug-ins: each where the settings say."""
    keys = config.store.keys
    values = config.values
    files = [one.ca_file for one in config.providers] + [config.oidc.ca_file if config.oidc else ""]
    files += [config.notices.ca_file]
    files += [str(keys.passphrase_file or ""), str(values["keys.vault_token_file"]), str(values["keys.vault_ca_file"])]
    files += [value for name, value in parse_qsl(urlsplit(config.store.url).query) if name in _POSTGRES_FILES]
    files += [one.partition(":")[2].partition("@")[0] for one in config.privacy.plugins]
    return tuple(_unique(str(Path(one).expanduser()) for one in files))


def _unique(paths: Iterable[str]) -> list[str]:
    return [one for one in dict.fromkeys(paths) if one.startswith("/")]


def _is_name(host: str) -> bool:
    """A name server must be asked for it. `localhost` stands in a file."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host != "localhost"
    return False
