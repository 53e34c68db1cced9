"""Processor time of one piece of work, for tests that ask whether time grows with the length only."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def spent(work: Callable[[], object], *, tries: int = 3) -> float:
    """The least processor time in seconds of a few tries.

    The collector is off meanwhile: what it walks is everything that earlier tests left, not this work's.
    """
    gc.collect()
    gc.disable()
    try:
        return min(_once(work) for _ in range(tries))
    finally:
        gc.enable()


def _once(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
