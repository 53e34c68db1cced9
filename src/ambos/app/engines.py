"""The engine's child and its successor: a second one is warmed beside the first, which is then drained and stopped.

No request is refused or interrupted: workers follow the written standing to the new socket, and the former child is stopped
only when nothing has run in it for a while. It is changed for new adapters, and after an erasure: it keeps what it has read.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from ambos.app.adapters import STANDING, Standing, Wanted
from ambos.app.child import ADAPTERS, GENERATION, Child
from ambos.engines.probe import Line, is_healthy
from ambos.engines.trial import Held
from ambos.errors import RequestError
from ambos.store.spool import take

_log = logging.getLogger(__name__)
READY_S: Final = 120.0
IDLE_LOOKS: Final = 3  # one second apart: every worker has followed by then (it looks once a second)
DRAIN_S: Final = 600.0  # the longest answer, with the longest silences
GRACE_S: Final = 5.0
Make = Callable[[Path, Held], Child]


class Engines:
    """The engine that serves, and the change to the next.

    Args:
        make: a child for this socket with these adapters, not started yet.
        directory: the data directory, where workers lay what they hand over.
        runtime: the 0700 folder of sockets.
    """

    def __init__(self, make: Make, *, directory: Path, runtime: Path, key: str) -> None:
        self._make, self._directory, self._runtime, self._key = make, directory, runtime, key
        self._number = 0
        self._busy = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.child: Child | None = None
        self._held: Held | None = None
        self._told: tuple[Wanted, ...] = ()
        self._socket = runtime / "engine.sock"
        self._generation: int | None = None  # of the key ring, at the start of what serves

    def start(self) -> Child:
        """The first, without adapters."""
        (self._runtime / STANDING).unlink(missing_ok=True)
        self._held = Held((), self._runtime)
        self.child = self._make(self._socket, self._held)
        self.child.start()
        return self.child

    def hear(self, line: str) -> None:
        """A worker's word: `ADAPTERS` and a list of what it wants served, or `GENERATION` and the number it started with."""
        is_adapters = line.startswith(ADAPTERS)
        work = self._change(line.removeprefix(ADAPTERS)) if is_adapters else self._forget(line.removeprefix(GENERATION))
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def change(self, wanted: Sequence[Wanted]) -> None:
        """Serve with these adapters from now on; on any failure the former goes on as it was."""
        async with self._busy:
            contents = [take(self._directory, one.file, one.secret) for one in wanted]
            held, former = Held(contents, self._runtime), self._held
            told = tuple(Wanted(one.name, one.artefact) for one in wanted)  # without what opened them
            if await self._succeed(held, told, gone=former):
                return
            _log.error("the engine with the new adapters did not start; the former serves on")
            held.close()

    async def forget(self) -> None:
        """A fresh engine with the same adapters, since the former keeps pieces of what it has read until it ends."""
        async with self._busy:
            if self._held is not None and await self._succeed(self._held, self._told, gone=None):
                return
            _log.error("a second engine did not start after an erasure; the former is started again when it is idle")
            await self._until_idle(self._socket)
            if self.child is not None:
                self.child.again()

    async def _forget(self, generation: str) -> None:
        """Forget once for each generation, whichever worker tells it first; the first is that of the start."""
        began, self._generation = self._generation, max(int(generation), self._generation or 0)
        if began is not None and self._generation > began:
            await self.forget()

    async def _succeed(self, held: Held, told: tuple[Wanted, ...], *, gone: Held | None) -> bool:
        """Warm a child beside the one that serves, and put it in its place; False where it does not start."""
        self._number += 1
        socket = self._runtime / f"engine-{self._number}.sock"
        fresh = self._make(socket, held)
        fresh.start()
        try:
            await asyncio.wait_for(fresh.is_ready.wait(), READY_S)
            if not await is_healthy(socket):
                raise TimeoutError
        except TimeoutError:
            await fresh.stop(GRACE_S)
            return False
        _write(self._runtime / STANDING, Standing(str(socket), told))
        former = (self.child, gone, self._socket)
        self.child, self._held, self._socket, self._told = fresh, held, socket, told
        task = asyncio.ensure_future(self._retire(*former))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def end(self) -> None:
        """Stop whatever runs."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.child is not None:
            await self.child.stop(GRACE_S)
        if self._held is not None:
            self._held.close()

    async def _change(self, line: str) -> None:
        try:
            await self.change(msgspec.json.decode(line.encode(), type=list[Wanted]))
        except (msgspec.MsgspecError, RequestError, OSError) as error:
            _log.error("new adapters could not be served: %s", type(error).__name__)

    async def _retire(self, child: Child | None, held: Held | None, socket: Path) -> None:
        if child is None:
            return
        try:
            await self._until_idle(socket)
        finally:
            await child.stop(GRACE_S)
            if held is not None:
                held.close()

    async def _until_idle(self, socket: Path) -> None:
        quiet, waited = 0, 0.0
        while quiet < IDLE_LOOKS and waited < DRAIN_S:
            await asyncio.sleep(1.0)
            waited += 1.0
            quiet = quiet + 1 if await _running(socket, self._key) == 0 else 0


async def _running(socket: Path, key: str) -> int:
    """Requests that the engine works on or holds back; 0 when it does not answer any more."""
    line = Line(socket, api_key=key, idle_timeout_s=5.0)
    try:
        async with await line.get("/metrics") as response:
            rows = (await response.read()).decode("utf-8", "replace").splitlines()
    except OSError:
        return 0
    finally:
        await line.close()
    names = ("llamacpp:requests_processing ", "llamacpp:requests_deferred ")
    return sum(int(float(row.split()[1])) for row in rows if row.startswith(names))


def _write(path: Path, standing: Standing) -> None:
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(standing))
    fresh.replace(path)
