"""The detector alone, without store, keys or network: what `ambos scan` runs."""

from __future__ import annotations

import os
from pathlib import Path

from ambos.app.house import build_detector
from ambos.config import load
from ambos.engines.score_file import load_maps
from ambos.messages import Finding, Json, Known, Leaf
from ambos.privacy import Cache, Reader, Reading, Realistic, assess


class Scanner:
    """Finds what is sensitive in one text after another."""

    def __init__(self, data: Path | None) -> None:
        self._settings = load(data).privacy
        detector = build_detector(self._settings)
        # A key of this run alone: nobody can link two exports.
        self._realistic = Realistic(os.urandom(32))
        self._shown = load_maps(detector.versions.get("tagger", "")).shown
        # A cache of one entry: each text is read once.
        self._reader = Reader(detector, Cache(key=os.urandom(32), entries=1, size_bytes=1))

    def scan(self, text: str) -> dict[str, Json]:
        """`spans` in code points, end exclusive, and the `level` of the text alone."""
        reading = self._read(text)
        level = assess(reading, known=Known(), settings=self._settings).level
        return {"spans": [_span(self._shown(one)) for found in reading.findings for one in found], "level": level.label}

    def invented(self, text: str) -> str:
        """`text` in the realistic style: invented values, never restored, dates shifted, ages in their band."""
        return self._realistic.replaced(text, self.find(text))

    def find(self, text: str) -> tuple[Finding, ...]:
        """The findings of the text alone."""
        return tuple(one for found in self._read(text).findings for one in found)

    def _read(self, text: str) -> Reading:
        steps = self._reader.read([Leaf(("messages", 0, "content"), text)], scope=b"scan")
        while True:
            try:
                next(steps)
            except StopIteration as done:
                reading: Reading = done.value
                return reading


def _span(one: Finding) -> Json:
    return {
        "start": one.start,
        "end": one.end,
        "label": one.kind.value,
        "detail": one.detail,
        "score": round(one.score, 4),
    }
