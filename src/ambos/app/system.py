"""The machine's clock and randomness, behind their doors."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Final

_NAME_BYTES: Final = 12  # of a handle
_DRAWN: Final = 128  # handles at once


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000


class SystemRandom:
    """The kernel's randomness.

    What names things is drawn ahead: each draw lets the interpreter go, and a request draws twice. What keeps secrets is
    drawn when it is asked for.
    """

    def __init__(self) -> None:
        self._ahead: Iterator[bytes] = iter(())  # to take the next one is one step, which no other thread comes between
        os.register_at_fork(after_in_child=self._forget)

    def token(self, size_bytes: int) -> bytes:
        """`size_bytes` unpredictable bytes."""
        if size_bytes > _NAME_BYTES:
            return os.urandom(size_bytes)
        piece = next(self._ahead, None)
        while piece is None:
            drawn = os.urandom(_NAME_BYTES * _DRAWN)
            self._ahead = iter([drawn[at : at + _NAME_BYTES] for at in range(0, len(drawn), _NAME_BYTES)])
            piece = next(self._ahead, None)
        return piece[:size_bytes]

    def _forget(self) -> None:
        """Two processes never take the same."""
        self._ahead = iter(())
