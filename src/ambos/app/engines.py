"""The engine's child and its successor: a second one is warmed beside the first, which is then drained and stopped.

No request is refused or interrupted: workers follow the written standing to the new socket, and the former child is stopped
only when nothing has run in it for a while.
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
from ambos.app.child import Child
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
        self._socket = runtime / "engine.sock"

    def start(self) -> Child:
        """The first, without adapters."""
        (self._runtime / STANDING).unlink(missing_ok=True)
        self._held = Held((), self._runtime)
        self.child = self._make(self._socket, self._held)
        self.child.start()
        return self.child

    def hear(self, line: str) -> None:
        """A worker's word: `ADAPTERS` and a list of what it wants served."""
        task = asyncio.ensure_future(self._change(line))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def change(self, wanted: Sequence[Wanted]) -> None:
        """Serve with these adapters from now on; on any failure the former goes on as it was."""
        async with self._busy:
            contents = [take(self._directory, one.file, one.secret) for one in wanted]
            self._number += 1
            socket = self._runtime / f"engine-{self._number}.sock"
            held = Held(contents, self._runtime)
            fresh = self._make(socket, held)
            fresh.start()
            try:
                await asyncio.wait_for(fresh.is_ready.wait(), READY_S)
                if not await is_healthy(socket):
                    raise TimeoutError
            except TimeoutError:
                _log.error("the engine with the new adapters did not start; the former serves on")
                await fresh.stop(GRACE_S)
                held.close()
                return
            told = tuple(Wanted(one.name, one.artefact) for one in wanted)  # without what opened them
            _write(self._runtime / STANDING, Standing(str(socket), told))
            former = (self.child, self._held, self._socket)
            self.child, self._held, self._socket = fresh, held, socket
            task = asyncio.ensure_future(self._retire(*former))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

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
