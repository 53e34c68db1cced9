"""Finds facts by word lists: health, other special categories, finance, and the words a house has listed.

Each list is one linear alternation over folded text, behind one prefilter. An entry is a word, a stem (`neumon*`) or a
phrase; everyday words that are facts only in company (`weak`) count when two different ones, or a strong one, stand in
the window.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from ambos.messages import Finding, Kind
from ambos.privacy.normalise import Folded, fold
from ambos.privacy.prefilter import Prefilter

_STRONG = 0.9
_WEAK = 0.6


@dataclass(frozen=True, slots=True)
class WordList:
    """One list: entries separated by commas or line ends, accents and case do not matter.

    Attributes:
        patterns: further alternatives in RE2 syntax over lower-case plain text (suffix families, codes).
        but: words that a pattern hits and that are none of the kind.
        weak: the entries count only in company.
    """

    name: str
    kind: Kind
    detail: str
    words: str = ""
    patterns: tuple[str, ...] = ()
    but: str = ""
    weak: bool = False


class Lexicon:
    """All lists, compiled once."""

    def __init__(self, lists: Iterable[WordList]) -> None:
        """Compile; DetectorError when the prefilter does not find its canary."""
        self._lists = [item for item in lists if item.words.strip() or item.patterns]
        sources = [_source(item) for item in self._lists]
        self._regexes = [_compile(source) for source in sources]
        self._prefilter = Prefilter(sources)
        self._but = [frozenset(_entries(item.but, literal=True)) for item in self._lists]

    def scan(self, folded: Folded, base: int) -> Iterator[Finding]:
        """Findings of one window that begins at code point `base`."""
        indexes = self._prefilter.hits(folded.lower)
        has_strong = {self._lists[index].kind for index in indexes if not self._lists[index].weak}
        for index in indexes:
            item = self._lists[index]
            spans = self._spans(index, folded.lower)
            if item.weak and item.kind not in has_strong and len({folded.lower[a:b] for a, b in spans}) < 2:
                continue
            for start, end in spans:
                first, last = folded.span(start, end)
                score = _WEAK if item.weak else _STRONG
                yield Finding(base + first, base + last, item.kind, item.detail, score, item.name)

    def _spans(self, index: int, lower: bytes) -> list[tuple[int, int]]:
        spans = (match.span() for match in self._regexes[index].finditer(lower))
        but = self._but[index]
        return [(start, end) for start, end in spans if not but or lower[start:end].decode("ascii") not in but]


def _compile(source: bytes) -> Any:  # re2 publishes no types
    options = re2.Options()
    options.longest_match = True
    options.never_capture = True
    return re2.compile(source, options)


def _source(item: WordList) -> bytes:
    parts = (*_entries(item.words), *item.patterns)
    return (r"\b(?:" + "|".join(parts) + r")\b").encode("ascii")


def _entries(words: str, *, literal: bool = False) -> Iterator[str]:
    """Folded entries, as RE2 alternatives unless `literal`. A star alone stands for one word."""
    for entry in sorted({entry.strip() for line in words.split("\n") for entry in line.split(",")} - {""}):
        plain = fold(entry).lower.decode("ascii")
        yield plain if literal else r"[ \n]+".join(_word(word) for word in plain.split())


def _word(word: str) -> str:
    return "[a-z0-9.,]+" if word == "*" else re.escape(word).replace(r"\*", "[a-z]*")
