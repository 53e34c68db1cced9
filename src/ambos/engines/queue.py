"""A bounded queue that is fair by principal: whoever asks a lot waits behind whoever asks a little.

Turns go round the principals that wait, oldest request first within each. When the queue is full, a newcomer takes the
place of the newest request of the principal with most of them, if it has at least two fewer itself; else it is refused.
Pure asyncio, one event loop, no clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from ambos.errors import OverloadedError


class FairQueue:
    """At most `running` turns at once, at most `max_waiting` beyond them."""

    def __init__(self, *, running: int, max_waiting: int) -> None:
        self._free = running
        self._max_waiting = max_waiting
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(len(line) for line in self._waiting.values())

    @contextlib.asynccontextmanager
    async def turn(self, principal: str) -> AsyncIterator[None]:
        """Wait for a turn and hold it.

        Raises:
            OverloadedError: the queue is full, now or because a quieter principal took this place.
        """
        await self._enter(principal)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, principal: str) -> None:
        if self._free > 0:  # then nobody waits: _leave hands a free turn on before anything else runs
            self._free -= 1
            return
        if self.waiting >= self._max_waiting:
            self._make_room(principal)
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(principal, deque()).append(granted)
        try:
            await granted
        except asyncio.CancelledError:
            self._forget(principal, granted)
            raise

    def _make_room(self, principal: str) -> None:
        longest = max(self._waiting, key=lambda name: len(self._waiting[name]), default=principal)
        if len(self._waiting.get(longest, ())) < len(self._waiting.get(principal, ())) + 2:
            raise OverloadedError("too many requests wait for the model at home; try again in a moment")
        evicted = self._waiting[longest].pop()
        evicted.set_exception(OverloadedError("others wait for the model at home too; send fewer requests at once"))

    def _forget(self, principal: str, granted: asyncio.Future[None]) -> None:
        if granted.done() and not granted.cancelled():
            if granted.exception() is None:  # granted and cancelled in the same moment: the turn goes on
                self._leave()
            return
        line = self._waiting.get(principal, deque())
        with contextlib.suppress(ValueError):
            line.remove(granted)
        if not line:
            self._waiting.pop(principal, None)

    def _leave(self) -> None:
        while self._waiting:
            principal, line = self._waiting.popitem(last=False)
            granted = line.popleft()
            if line:
                self._waiting[principal] = line  # to the end: the others come first
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
