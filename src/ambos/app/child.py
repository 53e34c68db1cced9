"""A child process that is started, watched, restarted with back-off, and stopped in order.

Every child follows one protocol: one JSON line of orders on standard input, `READY` on standard output, standard input
stays open as long as the parent lives. Secrets travel in that line, never in arguments or the environment.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ambos.walls import Wall

_log = logging.getLogger(__name__)
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0
STEADY_S = 30.0  # a child that lived this long starts its back-off anew
ADAPTERS = "ADAPTERS "  # before a worker's list of adapters that it wants served
GENERATION = "GENERATION "  # before the generation of the key ring that a worker has started with
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4


class Child:
    """One kept process.

    Args:
        name: for the log.
        module: Python module that is run.
        order: the JSON line that each start is given.
        listen: file descriptors that the child inherits.
        arguments: further command-line arguments; nothing secret.
        words: file for its standard error; None leaves it on ours.
        environment: of the child; None gives it ours, with the providers' keys in it.
        wall: made anew for each start; None for a process that is not walled in.
        hears: is told the lines of the child that begin with `ADAPTERS ` or `GENERATION `.
        lasting: exit codes after which another start cannot help, with what would.
    """

    def __init__(  # noqa: PLR0913  all but three have a default, and each is said by name
        self,
        name: str,
        module: str,
        order: Mapping[str, Any],  # JSON of the child's own making
        *,
        listen: tuple[int, ...] = (),
        arguments: tuple[str, ...] = (),
        words: Path | None = None,
        environment: Mapping[str, str] | None = None,
        wall: Callable[[], Wall] | None = None,
        lasting: Mapping[int, str] = MappingProxyType({}),
        hears: Callable[[str], None] | None = None,
    ) -> None:
        self.name = name
        self.is_ready = asyncio.Event()
        self.restarts = 0
        self.last_words = ""
        walled = ("ambos.walls", module) if wall is not None else (module,)
        self._command = (sys.executable, "-m", *walled, *arguments)
        self._wall = wall
        self._order = order
        self._listen = listen
        self._words = words
        self._environment = dict(environment) if environment is not None else None
        self._lasting = dict(lasting)
        self._hears = hears
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Process id, None while it is down."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    def start(self) -> None:
        """Begin to keep the process alive."""
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        wait_s = FIRST_WAIT_S
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._run_once()
            self.is_ready.clear()
            if self._stopping.is_set():
                return
            if code in self._lasting:
                _log.error("%s cannot start: %s", self.name, self._lasting[code])
                return
            wait_s = FIRST_WAIT_S if loop.time() - began > STEADY_S else min(wait_s * 2, LONGEST_WAIT_S)
            self.restarts += 1
            _log.warning("%s ended with %s; starting it again in %.1f s", self.name, code, wait_s)
            await asyncio.sleep(wait_s)

    async def _run_once(self) -> int:
        words = self._words.open("wb") if self._words is not None else None
        try:
            process = self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=words,
                pass_fds=self._listen,
                env=self._environment,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops its children in order
            )
        finally:
            if words is not None:
                words.close()
        assert process.stdin is not None  # noqa: S101  it was asked for above
        assert process.stdout is not None  # noqa: S101
        if self._wall is not None:
            process.stdin.write(self._wall().encode().encode() + b"\n")
        process.stdin.write(json.dumps(self._order).encode() + b"\n")
        try:
            await process.stdin.drain()
        except ConnectionError:
            return await process.wait()
        async for line in process.stdout:
            said = line.decode("utf-8", "replace").strip()
            if said.startswith("READY"):
                self.is_ready.set()
            elif said.startswith((ADAPTERS, GENERATION)) and self._hears is not None:
                self._hears(said)
            elif said:
                self.last_words = said[:300]
        return await process.wait()

    def again(self) -> None:
        """End the process, so that a fresh one takes its place."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    async def stop(self, grace_s: float) -> None:
        """Ask, wait, then insist."""
        self._stopping.set()
        process = self._process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(process.wait(), grace_s)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)


def keep_memory_private() -> None:
    """No core dump, and no reading of this process's memory by another of the same account: keys and texts are in it."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_DUMPABLE, 0)


def tie_to_parent() -> None:
    """Die with the parent: by the kernel's signal on Linux; elsewhere the end of standard input does it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
