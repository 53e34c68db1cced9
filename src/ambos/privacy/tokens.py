"""Cuts a text into lines of tokens, the unit that the tagger reads.

Knows where tokens and lines begin and end; knows nothing of what they mean. Linear in the text for any input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Letters, digits and every other visible character apart: "28-28" is three tokens, "3ºD" three.
TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
# A line longer than this is cut after a full stop, and at the hard limit anywhere: the lattice stays small.
SOFT_LIMIT_TOKENS = 60
HARD_LIMIT_TOKENS = 200
# A token longer than this is no word of any language; its features are those of its head and tail.
LONGEST_WORD = 40
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
    for match in TOKEN.finditer(text, start, end):
        word = match.group()
        if len(word) > LONGEST_WORD:
            word = word[: LONGEST_WORD // 2] + word[-LONGEST_WORD // 2 :]
        words.append(word)
        starts.append(match.start())
        ends.append(match.end())
        count = len(words)
        if count >= SOFT_LIMIT_TOKENS and (word in _ENDS or count >= HARD_LIMIT_TOKENS):
            yield Line(words, starts, ends, ordinal)
            words, starts, ends = [], [], []
    if words:
        yield Line(words, starts, ends, ordinal)
