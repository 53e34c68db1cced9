"""Starts, watches and restarts the child of the embedded engine, for the supervisor."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from ambos.engines.child import ChildOrder
from ambos.engines.probe import wait_until_healthy
from ambos.engines.settings import ADVICE, ChildExit, EngineSettings, ModelFile
from ambos.errors import EngineError

FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 30.0
STEADY_S: Final = 60.0
"""A child that lived this long starts the back-off anew."""

_STOP_S: Final = 5.0


class State(StrEnum):
    """Where the child is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"


class EngineProcess:
    """The one child. `start` and `stop`, or `keep` to have it restarted until cancelled."""

    def __init__(
        self, settings: EngineSettings, model: ModelFile, *, socket_path: Path, api_key: str, log_path: Path
    ) -> None:
        self._settings = settings
        self._model = model
        self._socket_path = socket_path
        self._api_key = api_key
        self._log_path = log_path
        self._child: asyncio.subprocess.Process | None = None
        self.state = State.STOPPED
        self.reason: ChildExit | None = None

    @property
    def pid(self) -> int | None:
        """The child's process, None when there is none."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def start(self) -> None:
        """Spawn the child and wait until it is healthy.

        Raises:
            EngineError: it could not start; `reason` says why, when the child said so.
        """
        self.state, self.reason = State.STARTING, None
        self._child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "ambos.engines.child", "--log", str(self._log_path)),
            *("--socket", str(self._socket_path), "--model", str(self._model.path)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"LANG": "C.UTF-8"},  # none of our environment: it holds the keys of providers
            start_new_session=True,  # an interrupt at the terminal is for the supervisor, which stops in order
        )
        try:
            await self._hand_over(self._child)
        except BaseException:
            await self.stop()
            self.state = State.FAILED
            raise
        self.state = State.READY

    async def wait(self) -> int:
        """Until the child ends; its exit code, negative for a signal."""
        if self._child is None:
            raise EngineError("the engine was never started")
        return await self._child.wait()

    async def stop(self) -> None:
        """End the child: close its input, then ask, then force."""
        child, self._child = self._child, None
        self.state = State.STOPPED
        if child is None or child.returncode is not None:
            return
        if child.stdin is not None:
            child.stdin.close()
        for ask in (child.terminate, child.kill):
            with contextlib.suppress(ProcessLookupError):
                ask()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(child.wait(), _STOP_S)
                return

    async def keep(self) -> None:
        """Start the child and start it again whenever it ends, with growing pauses; stops it when cancelled.

        Raises:
            EngineError: a cause that no restart removes, such as a missing or damaged model file.
        """
        pause_s = FIRST_PAUSE_S
        try:
            while True:
                began = asyncio.get_running_loop().time()
                try:
                    await self.start()
                    await self.wait()
                except EngineError:
                    if self.reason is not None and self.reason.is_lasting:
                        raise
                self.state = State.RESTARTING
                lived_s = asyncio.get_running_loop().time() - began
                pause_s = FIRST_PAUSE_S if lived_s > STEADY_S else pause_s
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        finally:
            failed = self.state is State.FAILED
            await self.stop()
            self.state = State.FAILED if failed else State.STOPPED

    async def _hand_over(self, child: asyncio.subprocess.Process) -> None:
        order = ChildOrder(
            api_key=self._api_key,
            sha256=self._model.sha256,
            size_bytes=self._model.size_bytes,
            alias=self._settings.alias,
            threads=self._settings.threads,
            context_tokens=self._settings.context_tokens,
            parallel=self._settings.parallel,
            parent=os.getpid(),
        )
        if child.stdin is None or child.stdout is None:
            raise EngineError("the engine has no pipes")
        with contextlib.suppress(ConnectionError):  # a child that is gone already says so on the next line
            child.stdin.write(msgspec.json.encode(order) + b"\n")
            await child.stdin.drain()
        try:
            line = await asyncio.wait_for(child.stdout.readline(), self._settings.start_timeout_s)
        except TimeoutError as error:
            raise EngineError(f"the engine did not start in {self._settings.start_timeout_s:.0f} s") from error
        if line != b"READY\n":
            raise self._explain(line)
        if not await wait_until_healthy(self._socket_path, self._settings.start_timeout_s):
            raise EngineError("the engine started but does not answer")

    def _explain(self, line: bytes) -> EngineError:
        name = line.decode("ascii", "replace").removeprefix("FAILED ").strip()
        if name not in ChildExit.__members__:
            return EngineError("the engine ended while it started; its log says more")
        self.reason = ChildExit[name]
        return EngineError(f"the engine cannot start: {ADVICE[self.reason]}")
