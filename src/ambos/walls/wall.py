"""What a wall lets through, and raising it: first Landlock, then seccomp, whatever of them the kernel has."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from ambos.errors import WallError
from ambos.walls import capabilities, landlock, seccomp

T = TypeVar("T")
_PR_SET_NO_NEW_PRIVS: Final = 38  # prctl(2)
TCP_ABI: Final = 4  # landlock(7): the first that knows ports


@dataclass(frozen=True, slots=True)
class Wall:
    """What a process may still do behind it.

    Attributes:
        readable, writable: folders and files, absolute; what is not there when the wall is raised is left out.
        runnable: programs it may start; none when empty.
        ports: TCP ports it may connect to; without any it makes no socket of the internet at all.
        has_names: it asks for names, so that it may make UDP sockets.
        may_connect: it may call connect(2); False for who only answers.
        is_required: without the whole wall the process does not start.
    """

    readable: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    runnable: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    has_names: bool = False
    may_connect: bool = True
    is_required: bool = False

    def encode(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def decode(cls, line: str | bytes) -> Wall:
        """The wall of such a line.

        Raises:
            WallError: it is none.
        """
        try:
            tree = json.loads(line)
            made: dict[str, Any] = {name: tuple(of) if type(of) is list else of for name, of in tree.items()}  # JSON
            return cls(**made)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise WallError("the line of the wall cannot be read") from None


@dataclass(frozen=True, slots=True)
class Held:
    """Which walls this process raised itself: the ABI of Landlock (0: none), whether seccomp, and the ports."""

    landlock: int = 0
    seccomp: bool = False
    ports: tuple[int, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Files, ports and system calls are all held."""
        return self.landlock >= TCP_ABI and self.seccomp


_raised = [Held()]  # of this process, for good: what the kernel holds cannot be asked for


def held() -> Held:
    """What `raise_wall` raised around this process."""
    return _raised[0]


def available() -> Held:
    """What this kernel offers; nothing is raised."""
    if sys.platform != "linux":
        return Held()
    return Held(max(landlock.abi(), 0), seccomp.is_here())


def raise_wall(wall: Wall) -> Held:
    """Raise it around this process, for good. A part that the kernel lacks or refuses is left out of what is told.

    Raises:
        WallError: it is required, and the kernel has not all of it; or the process has threads already.
    """
    offered = available()
    if wall.is_required and not offered.is_whole:
        raise WallError(missing(offered))
    if not (offered.landlock or offered.seccomp):
        return held()
    if len([*Path("/proc/self/task").iterdir()]) > 1:  # Landlock holds the thread that asks, and those it makes later
        raise WallError("a wall must be raised before there are threads")
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise WallError("the kernel refuses no_new_privs")
    _tried(wall, capabilities.drop)
    abi = _tried(wall, lambda: _landlock(wall)) if offered.landlock else None
    filters = seccomp.program(_calls(wall)) if offered.seccomp else None
    _raised[0] = Held(abi or 0, filters is not None and _tried(wall, lambda: _filtered(filters)) is True, wall.ports)
    return held()


def _tried(wall: Wall, step: Callable[[], T]) -> T | None:
    """A container may refuse what its kernel offers: then a wall that is not required has a gap, and says so."""
    try:
        return step()
    except OSError as error:
        if wall.is_required:
            raise WallError(f"the kernel refused a wall: {error.strerror}") from None
        return None


def _filtered(filters: seccomp.Block) -> bool:
    seccomp.restrict(filters)
    return True


def missing(offered: Held) -> str:
    """What the kernel lacks for a whole wall, in words."""
    lacks = [] if offered.landlock >= TCP_ABI else [f"Landlock ABI {TCP_ABI} (here: {offered.landlock})"]
    lacks += [] if offered.seccomp else ["seccomp filters"]
    return f"[walls] required = true, and this kernel lacks {' and '.join(lacks)}: nothing is served"


def _landlock(wall: Wall) -> int:
    return landlock.restrict(readable=wall.readable, writable=wall.writable, runnable=wall.runnable, ports=wall.ports)


def _calls(wall: Wall) -> seccomp.Calls:
    return seccomp.Calls(
        has_tcp=bool(wall.ports),
        has_udp=wall.has_names,
        may_connect=wall.may_connect,
        may_run=bool(wall.runnable),
    )
