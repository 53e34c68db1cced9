"""Cuts a text into lines of tokens, the unit that the tagger reads.

Knows where tokens and lines begin and end; knows nothing of what they mean. Linear in the text for any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

# Letters, digits and every other visible character apart: "28-28" is three tokens, "3ºD" three.
_TOKEN = re.compile(r"([^\W\d_]+|\d+|[^\w\s]|_)")
# A line longer than this is cut after a full stop, and at the hard limit anywhere: the lattice stays small.
SOFT_LIMIT_TOKENS = 60
HARD_LIMIT_TOKENS = 200
# A token longer than this is no word of any language; its features are those of its head and tail.
LONGEST_WORD = 40
# So much of a line is cut at a time: about 0.2 ms.
_STRETCH = 4096
_ENDS = frozenset(".!?;")


@dataclass(frozen=True, slots=True)
class Line:
    """A run of tokens that is labelled as one sequence.

    Attributes:
        words: the tokens as written, the middle of monsters left out.
        starts: code point where each token begins.
        ends: code point after each token.
        ordinal: number of the line of the text it comes from.
    """

    words: list[str]
    starts: list[int]
    ends: list[int]
    ordinal: int


def lines_of(text: str, start: int = 0, ordinal: int = 0) -> Iterator[Line]:
    """The non-empty lines of `text` from code point `start`, long ones cut after a full stop.

    >>> [line.words for line in lines_of("DNI: 12-B\\n\\nAna")]
    [['DNI', ':', '12', '-', 'B'], ['Ana']]
    """
    length = len(text)
    while start < length:
        end = text.find("\n", start)
        if end < 0:
            end = length
        yield from _pieces(text, start, end, ordinal)
        start = end + 1
        ordinal += 1


def _pieces(text: str, start: int, end: int, ordinal: int) -> Iterator[Line]:
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    while start < end:
        stop = end if end - start <= _STRETCH else _cut(text, start, start + _STRETCH)
        # Gap, token, gap, token, ..., gap: the running sum of their lengths tells where each begins.
        parts = _TOKEN.split(text[start:stop])
        places = list(accumulate(map(len, parts), initial=start))
        words += map(_short, parts[1::2]) if stop - start > LONGEST_WORD else parts[1::2]
        starts += places[1:-1:2]
        ends += places[2::2]
        start = stop
        first = 0
        while (last := _end(words, first)) <= len(words):
            yield Line(words[first:last], starts[first:last], ends[first:last], ordinal)
            first = last
        del words[:first], starts[:first], ends[:first]
    if words:
        yield Line(words, starts, ends, ordinal)


def _cut(text: str, low: int, high: int) -> int:
    place = text.rfind(" ", low, high)
    return high if place < 0 else place + 1


def _short(word: str) -> str:
    return word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD // 2] + word[-LONGEST_WORD // 2 :]


def _end(words: list[str], first: int) -> int:
    """Where the piece that begins at `first` ends; beyond `words` when it has no end yet."""
    for last in range(first + SOFT_LIMIT_TOKENS, min(first + HARD_LIMIT_TOKENS, len(words) + 1)):
        if words[last - 1] in _ENDS:
            return last
    return first + HARD_LIMIT_TOKENS
