"""The protocol of everything that finds (rules, lists, taggers, plug-ins), and how long texts are cut into windows."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Protocol, TypeVar

from ambos.messages import Finding

_T = TypeVar("_T")

# About 1 ms of rules; a tagger chooses its own. The overlap is longer than any value that holds spaces.
WINDOW = 4096
OVERLAP = 320


class Recogniser(Protocol):
    """Finds sensitive spans in one text.

    A recogniser that raises makes the text restricted (design 3.1). `version` changes whenever findings may change.
    """

    name: str
    version: str

    def steps(self, text: str) -> Generator[None, None, list[Finding]]:
        """Yield after each slice of at most about 2 ms of work; return findings, in code points of `text`."""
        ...


def windows(text: str, size: int = WINDOW, overlap: int = OVERLAP) -> Iterator[tuple[int, int]]:
    """Ranges that cover `text`, cut after a space or line end where there is one, each overlapping the one before.

    >>> list(windows("ab cd ef gh", size=8, overlap=4))
    [(0, 6), (3, 11)]
    """
    start = 0
    while len(text) - start > size:
        end = _cut(text, start + size // 2, start + size)
        yield start, end
        start = _cut(text, end - overlap, end - overlap // 2)
    yield start, len(text)


def _cut(text: str, low: int, high: int) -> int:
    """The last place in `low:high` that follows a line end or space, else `high`."""
    place = max(text.rfind("\n", low, high), text.rfind(" ", low, high))
    return high if place < 0 else place + 1


def finish(steps: Generator[None, None, _T]) -> _T:
    """Run `steps` to the end at once and return its result: for commands and tests, never on an event loop."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: _T = done.value
            return result
