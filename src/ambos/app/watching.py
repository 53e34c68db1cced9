"""The log as this process last saw it: read on from the last good head often, as a whole once a day."""

from __future__ import annotations

import threading
from typing import Final

from ambos.audit.anchor import Anchor
from ambos.ports import Clock
from ambos.store import Report, Store, Trusted

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
