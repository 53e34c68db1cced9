"""An alarm for tests: sees the socket events that Python itself raises."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

_EVENTS: Final = frozenset(
    f"socket.{name}" for name in ("connect", "getaddrinfo", "gethostbyname", "sendto", "sendmsg", "bind")
)


def tripwire(seen: Callable[[str], None]) -> None:
    """Tell `seen` of each socket event of this process from now on; what it raises refuses the event.

    It cannot be taken out again (tests use a fresh process). uvloop's own connections, libpq and every C client pass
    it: an alarm, not a wall (dependencies.md 11).
    """

    def hook(event: str, arguments: tuple[Any, ...]) -> None:  # the interpreter's own shape
        if event in _EVENTS:
            seen(f"{event} {arguments[1:]!r}")

    sys.addaudithook(hook)
