"""`ambos serve`: takes the lock of the data directory, opens the sockets, keeps engine, stand-in and workers alive.

Workers are spawned, never forked from a process with threads; they share nothing but the store and the engine's socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ambos.app.adapters import STANDING
from ambos.app.child import Child
from ambos.app.engines import Engines
from ambos.app.order import Order
from ambos.app.places import control_socket, runtime_directory
from ambos.app.served import brokered
from ambos.app.wall_plan import broker_wall, engine_wall, helper_wall, worker_wall
from ambos.config import Config
from ambos.engines.installed import Installed
from ambos.engines.settings import ADVICE, ChildExit
from ambos.errors import ConfigError, WallError
from ambos.providers import ProviderSettings
from ambos.providers.broker import SOCKET, row_of
from ambos.store import server_lock
from ambos.walls import Wall, WallSettings, available, missing

if TYPE_CHECKING:
    from ambos.app.house import House
    from ambos.engines.trial import Held

_log = logging.getLogger(__name__)
WORKER_GRACE_S = 25.0
CHILD_GRACE_S = 5.0
READY_S = 60.0
# The engine reads people's texts and needs no key of a provider: it gets none of our environment.
_BARE = {"LANG": "C.UTF-8"}
_LASTING = {code.value: ADVICE[code] for code in ChildExit if code.is_lasting}
HELD = "held-by-the-broker"


@dataclass(frozen=True, slots=True)
class Ready:
    """What the panel tells once everything answers."""

    address: str
    engine: str
    is_demo: bool
    stand_in: bool


class Supervisor:
    """One server on one data directory."""

    def __init__(self, config: Config, *, flags: Mapping[str, str | int | bool], engine: Installed | None) -> None:
        self._config = config
        self._flags = dict(flags)
        self._engine = engine
        self._runtime = runtime_directory(config.directory)
        self._stop = asyncio.Event()
        self._made = Order(str(config.directory))
        self.workers: list[Child] = []
        self.helpers: list[Child] = []
        self.engines: Engines | None = None

    async def run(self, on_ready: Callable[[Ready], None]) -> None:
        """Serve until a signal.

        Raises:
            LockedError: another server holds the data directory.
            ConfigError: the address cannot be bound.
        """
        with server_lock(self._config.directory):
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
            sockets = self._listen()
            try:
                await self._start(sockets)
                if not self._stop.is_set():  # stopped before it was ready: nothing to tell
                    on_ready(self._ready(sockets[0]))
                await self._stop.wait()
            finally:
                await self._end()
                for one in sockets:
                    one.close()
                control_socket(self._config.directory).unlink(missing_ok=True)

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncIterator[House]:
        """A house without a server, for one command: engine and stand-in run as long as the command does."""
        from ambos.app.house import build_house  # who serves builds none: each worker has its own

        with server_lock(self._config.directory):
            order = self._order(())
            house = build_house(order)  # first: a house that cannot be opened leaves no child behind to wait for
            self._keep_helpers(order)
            try:
                await house.start()
                await asyncio.wait_for(asyncio.gather(*(helper.is_ready.wait() for helper in self._helping())), READY_S)
                if self.engines is not None:
                    await house.serve_adapted(self.engines.change)
                yield house
            finally:
                await house.close()
                await self._end()

    async def _start(self, sockets: list[socket.socket]) -> None:
        check_walls(self._config.walls)
        order = self._made = self._order(tuple(one.fileno() for one in sockets))
        if self._config.walls.has_broker and (called := brokered(self._config)):
            broker = {"socket": str(self._runtime / SOCKET), "token": secrets.token_hex(32)}
            order = self._made = replace(order, broker=broker, brokered=tuple(called))
            self.helpers.append(self._broker_child(broker, called))
        self._keep_helpers(order)
        environment = _without_keys(self._config) if order.broker else None
        for number in range(self._config.server.workers):
            mine = asdict(replace(order, index=number))
            self.workers.append(
                Child(
                    f"worker {number}",
                    "ambos.web.worker",
                    mine,
                    listen=order.listen,
                    wall=self._walled(self._worker_wall),
                    environment=environment,
                    hears=self.engines.hear if self.engines is not None and number == 0 else None,
                )
            )
        for worker in self.workers:
            worker.start()
        await self._until_ready()

    def _keep_helpers(self, order: Order) -> None:
        if self._engine is not None:
            self.engines = Engines(
                partial(self._engine_child, order), directory=self._config.directory, runtime=self._runtime,
                key=str(order.engine["key"]),
            )  # fmt: skip
            self.engines.start()
        if order.stand_in:
            self.helpers.append(
                Child(
                    "stand-in",
                    "ambos.providers.stand_in",
                    {},
                    arguments=("--socket", order.stand_in),
                    environment=_BARE,
                    wall=self._walled(lambda: helper_wall(self._config, self._runtime)),
                )
            )
        for helper in self.helpers:
            helper.start()

    def _helping(self) -> list[Child]:
        engine = [self.engines.child] if self.engines is not None and self.engines.child is not None else []
        return [*engine, *self.helpers]

    async def _until_ready(self) -> None:
        waiting = asyncio.ensure_future(self._workers_ready())
        stopping = asyncio.ensure_future(self._stop.wait())
        done, _ = await asyncio.wait({waiting, stopping}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if waiting not in done:
            waiting.cancel()
            if not self._stop.is_set():
                raise ConfigError("the workers did not become ready in 60 s; their own words stand above")

    async def _workers_ready(self) -> None:
        await asyncio.gather(*(child.is_ready.wait() for child in self.workers))

    def _order(self, listen: tuple[int, ...]) -> Order:
        workers = self._config.server.workers
        shared = tempfile.mkdtemp(prefix="ambos-metrics-") if workers > 1 else ""
        if shared:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = shared  # noqa: TID251  read by prometheus-client in the workers
        engine: dict[str, str | int] = {}
        if self._engine is not None:
            engine = {
                "socket": str(self._runtime / "engine.sock"),
                "key": secrets.token_hex(32),
                "name": self._engine.name,
                "fitness": self._engine.model.fitness,
                "sha256": self._engine.model.sha256,
                "standing": str(self._runtime / STANDING),
            }
        # Without any outside provider a labelled stand-in shows what would leave.
        has_outside = any(one.zone.value == "outside" for one in self._config.providers)
        stand_in = "" if has_outside else str(self._runtime / "stand-in.sock")
        return Order(str(self._config.directory), self._flags, 0, listen, engine, stand_in, shared)

    def _engine_child(self, order: Order, socket: Path, held: Held) -> Child:
        assert self._engine is not None  # noqa: S101  asked by the caller
        settings, model = self._config.inside.engine, self._engine.model
        line: dict[str, str | int | list[str]] = {
            "api_key": order.engine["key"],
            "sha256": model.sha256,
            "size_bytes": model.size_bytes,
            "alias": self._engine.name,
            "threads": settings.threads,
            "context_tokens": settings.context_tokens,
            "parallel": settings.parallel,
            "parent": os.getpid(),
            "adapters": held.paths,
        }
        arguments = ("--socket", str(socket), "--model", str(model.path))
        return Child(
            "engine",
            "ambos.engines.child",
            line,
            listen=tuple(held.descriptors),
            arguments=arguments,
            words=self._runtime / "engine.log",
            environment=_BARE,
            wall=self._walled(lambda: engine_wall(self._config, model.path, self._runtime)),
            lasting=_LASTING,
        )

    def _broker_child(self, broker: Mapping[str, str], called: Mapping[str, ProviderSettings]) -> Child:
        rows = [row_of(name, one) for name, one in called.items()]
        wall = self._walled(lambda: broker_wall(self._config, self._runtime))
        return Child("broker", "ambos.providers.broker", {**broker, "rows": rows}, environment=_BARE, wall=wall)

    def _walled(self, wall: Callable[[], Wall]) -> Callable[[], Wall] | None:
        return None if self._config.walls.is_off else wall

    def _worker_wall(self) -> Wall:
        return worker_wall(self._config, self._made)

    def _listen(self) -> list[socket.socket]:
        server = self._config.server
        try:
            family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
            tcp = socket.create_server((server.host, server.port), family=family, backlog=1024)
        except OSError as error:
            words = (
                f"cannot listen on {server.host} port {server.port}: {error.strerror}; try `--port` with another number"
            )
            raise ConfigError(words) from None
        path = control_socket(self._config.directory)
        path.unlink(missing_ok=True)
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            control.bind(str(path))
        finally:
            os.umask(mask)
        control.listen(64)
        return [tcp, control]

    def _ready(self, tcp: socket.socket) -> Ready:
        host, port = tcp.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        name = self._engine.name if self._engine else ""
        is_demo = self._engine is not None and self._engine.model.fitness == "demo"
        return Ready(f"http://{shown}:{port}", name, is_demo, bool(self._made.stand_in))

    async def _end(self) -> None:
        await asyncio.gather(*(worker.stop(WORKER_GRACE_S) for worker in self.workers))
        ending = [self.engines.end()] if self.engines is not None else []
        await asyncio.gather(*(helper.stop(CHILD_GRACE_S) for helper in self.helpers), *ending)


def _without_keys(config: Config) -> dict[str, str]:
    """Our environment with a mark in place of each provider's key: that there is one is part of the settings."""
    keys = {one.api_key.reveal() for one in config.providers if one.api_key}
    return {name: HELD if value in keys else value for name, value in os.environ.items()}  # noqa: TID251


def check_walls(settings: WallSettings) -> None:
    """Say which walls this server stands behind.

    Raises:
        WallError: the configuration demands what the kernel has not.
    """
    offered = available()
    if settings.is_off:
        _log.warning("[walls] off = true: the processes are not walled in")
    elif settings.is_required and not offered.is_whole:
        raise WallError(missing(offered))
    elif not offered.is_whole:
        _log.warning("not walled in as a whole: Landlock ABI %d, seccomp %s", offered.landlock, offered.seccomp)
