"""Which of many patterns occur in a text, in one linear pass (google-re2 `Set`); spans are left to the patterns."""

from __future__ import annotations

from collections.abc import Sequence

import re2

from ambos.errors import DetectorError

# `Set.Match` answers None for "no hit" and also for "never compiled": each set holds this pattern and must find it.
_CANARY = rb"canary\x00that\x00must\x00hit"


class Prefilter:
    """A compiled set of byte patterns; matching costs about 3 µs a kilobyte for 100 of them."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        """Compile; DetectorError when the set is too large or does not find its canary."""
        self._set = re2.Set.SearchSet()
        self._count = len(patterns)
        try:
            for pattern in (*patterns, _CANARY):
                self._set.Add(pattern)
            self._set.Compile()
            found = self._set.Match(b"canary\x00that\x00must\x00hit")
        except Exception as error:  # noqa: BLE001 - re2 raises its own classes; any failure means no detector
            raise DetectorError(f"the pattern set does not compile ({type(error).__name__})") from None
        if not found or self._count not in found:
            raise DetectorError("the pattern set does not find its canary: nothing can be judged")

    def hits(self, text: bytes) -> list[int]:
        """Indexes of the patterns that occur in `text`, ascending."""
        found = self._set.Match(text)
        return sorted(found) if found else []
