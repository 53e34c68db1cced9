"""Patterns that run in linear time (RE2) over bytes: all matches of one, without an object for each.

google-re2's own `finditer` builds a match object and asks the library for the number of groups at each hit, which costs
more than the search in a text full of findings. Its inner matcher is no public interface: where it is not as expected,
the public one is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import re2

Span: TypeAlias = tuple[int, int]
_NOWHERE = (-1, -1)


class Linear:
    """One compiled pattern."""

    def __init__(self, pattern: str) -> None:
        """Compile; re2.error for what is no pattern."""
        self._regex: Any = re2.compile(pattern.encode())  # re2 publishes no types
        self._inner = _inner(self._regex)

    def spans(self, text: bytes) -> Iterator[list[Span]]:
        """For each match: its span and those of its groups, (-1, -1) for a group that took no part."""
        inner, place, length = self._inner, 0, len(text)
        if inner is None:
            for match in self._regex.finditer(text):
                yield [match.span(group) for group in range(self._regex.groups + 1)]
            return
        while (spans := inner(text, place, length))[0] != _NOWHERE:
            yield spans
            end = spans[0][1]
            place = end + (end == place)
            if place > length:
                return

    def has(self, text: bytes) -> bool:
        """Whether the pattern occurs in `text`."""
        if self._inner is None:
            return self._regex.search(text) is not None
        return bool(self._inner(text, 0, len(text))[0] != _NOWHERE)


def _inner(regex: Any) -> Callable[[bytes, int, int], list[Span]] | None:  # re2 publishes no types
    try:
        match, anchor = regex._regexp.Match, re2._re2.RE2.Anchor.UNANCHORED
        probe = re2.compile(rb"b(c)?")._regexp.Match(anchor, b"abc", 0, 3)
    except (AttributeError, TypeError):
        return None
    if [tuple(span) for span in probe] != [(1, 3), (2, 3)]:
        return None
    return lambda text, start, end: match(anchor, text, start, end)
