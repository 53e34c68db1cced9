"""The detector alone, without store, keys or network: what `ambos scan` runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ambos.app.house import build_detector
from ambos.config import load
from ambos.engines.score_file import load_maps
from ambos.messages import Finding, Json, Known, Leaf
from ambos.privacy import Cache, Reader, assess


class Scanner:
    """Finds what is sensitive in one text after another."""

    def __init__(self, data: Path | None) -> None:
        self._settings = load(data).privacy
        detector = build_detector(self._settings)
        self._shown = load_maps(detector.versions.get("tagger", "")).shown
        # A cache of one entry: each text is read once.
        self._reader = Reader(detector, Cache(key=os.urandom(32), entries=1, size_bytes=1))

    def scan(self, text: str, tick: Callable[[], None] = lambda: None) -> dict[str, Json]:
        """`spans` in code points, end exclusive, and the `level` of the text alone; `tick` is called at each step."""
        steps = self._reader.read([Leaf(("messages", 0, "content"), text)], scope=b"scan")
        while True:
            try:
                next(steps)
                tick()
            except StopIteration as done:
                reading = done.value
                break
        level = assess(reading, known=Known(), settings=self._settings).level
        return {"spans": [_span(self._shown(one)) for found in reading.findings for one in found], "level": level.label}


def _span(one: Finding) -> Json:
    return {
        "start": one.start,
        "end": one.end,
        "label": one.kind.value,
        "detail": one.detail,
        "score": round(one.score, 4),
    }
