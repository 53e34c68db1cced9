"""What a process keeps an eye on: that the log is whole, and whether something was erased that it may remember."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Final

from ambos.app.witnesses import destination_of, policy_path, read_quorum
from ambos.audit.anchor import Anchor
from ambos.errors import AmbosError, StoreError
from ambos.ports import Clock
from ambos.store import Report, Store, Trusted
from ambos.walls import TCP_ABI, held

WHOLE_EVERY_MS: Final = 86_400_000  # a day: what was changed below the last head is found at the latest then


class LogWatch:
    """Verifies the log again and again without reading all of it each time. For threads."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._anchor: Anchor | None = None
        self._whole_ms = 0
        self._turn = threading.Lock()

    def look(self) -> Report:
        """The newest report. What was wrong once is read as a whole until it is right."""
        with self._turn:
            now_ms = self._clock.now_ms()
            is_whole = self._anchor is None or not 0 <= now_ms - self._whole_ms < WHOLE_EVERY_MS
            report = self._store.verify(trusted=Trusted(start=None if is_whole else self._anchor))
            self._anchor = report.anchor
            self._whole_ms = now_ms if is_whole else self._whole_ms
            return report


RENEW_POLL_S: Final = 1.0
RENEW_APART_S: Final = 5.0  # between two workers of a house, so that one always answers


async def until_erased(store: Store, index: int) -> None:
    """Return when the key ring has a new generation, worker after worker.

    A process that has read a text may hold pieces of it until it ends: in its caches, and in memory that Python has
    freed and does not clear. So a worker ends after an erasure, and a fresh one takes its place.
    """
    began = now = await asyncio.to_thread(store.generation)
    while now == began:
        await asyncio.sleep(RENEW_POLL_S)
        with contextlib.suppress(StoreError):  # asked again; whoever cannot read serves nothing either
            now = await asyncio.to_thread(store.generation)
    await asyncio.sleep(index * RENEW_APART_S)


async def until_witnessed_elsewhere(directory: Path) -> None:
    """Return when the policy names a witness at a port that this process's wall does not let through.

    A wall is never widened: the worker ends, and the one in its place is given the port.
    """
    if held().landlock < TCP_ABI:
        await asyncio.Event().wait()
    seen = None
    while True:
        await asyncio.sleep(RENEW_POLL_S)
        if (now := _stamp(policy_path(directory))) != seen:
            seen = now
            if not _ports(directory) <= set(held().ports):
                return


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _ports(directory: Path) -> set[int]:
    try:
        return {destination_of(one).port for one in read_quorum(directory).witnesses if one.url}
    except AmbosError:  # told by whoever asks the witnesses
        return set()
