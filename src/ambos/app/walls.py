"""Which wall keeps this process from a place that is not in the table of destinations (design 3.8).

A listener that nobody listed is opened on loopback, and knocked at by code that passes every hook of Python: uvloop, libpq
and the C library. Only what was seen counts: a knock that arrived is *open*; one that did not arrive, with an error
by which a kernel refuses, is *held*; anything else is *unclear*.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ambos.errors import ConfigError

WAYS: Final = ("uvloop", "libpq", "ctypes")
BEYOND: Final = "beyond"
_KNOCK: Final = Path(__file__).with_name("knock.py")
_KNOCK_S: Final = 20.0
# How a kernel says no: seccomp, Landlock, a packet filter or a namespace. "refused" is not among them: nobody listens.
_REFUSALS: Final = frozenset({"EPERM", "EACCES", "ENOSYS", "ENETUNREACH", "EHOSTUNREACH", "EAFNOSUPPORT", "SIGSYS"})


@dataclass(frozen=True, slots=True)
class Knock:
    """One attempt. `error` is the kernel's name of it, "" for none; `facts` is empty but for one of the ways."""

    way: str
    error: str
    facts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Wall:
    """What was seen by one way: `verdict` is "open", "held", "unclear", or "absent" for a library that is not here."""

    way: str
    verdict: str
    error: str


class Listener:
    """A place on loopback that no table lists. It counts who arrives, and says nothing."""

    def __init__(self) -> None:
        self.arrived = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Listener:
        try:
            self._server = await asyncio.start_server(self._greet, "127.0.0.1", 0)
        except OSError as error:
            raise ConfigError(f"nothing can listen on loopback here ({error.strerror}), so no wall was tried") from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await asyncio.sleep(0)

    async def _greet(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.arrived += 1
        writer.close()


async def knock(way: str, port: int) -> Knock:
    """Knock at 127.0.0.1 in a process of its own, which is behind every wall that this one is behind."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(_KNOCK), way, str(port)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LC_ALL": "C"},  # libpq tells its errors in words
        )
    except OSError:
        return Knock(way, "NOT_TRIED", {})
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _KNOCK_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Knock(way, "ETIMEDOUT", {})
    if process.returncode == -signal.SIGSYS:
        return Knock(way, "SIGSYS", {})
    try:
        told = json.loads(said)
    except ValueError:
        return Knock(way, "NOT_TRIED", {})
    return Knock(way, str(told.pop("error")), told)


def judge(one: Knock, *, has_arrived: bool) -> Wall:
    """A wall stands only where it was seen to refuse."""
    if has_arrived:
        return Wall(one.way, "open", "")
    if one.error == "ENOPKG":
        return Wall(one.way, "absent", one.error)
    return Wall(one.way, "held" if one.error in _REFUSALS else "unclear", one.error)
