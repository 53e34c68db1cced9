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
        first_word: the finding is the first word of what matched; names may stand after it.
    """

    name: str
    kind: Kind
    detail: str
    words: str = ""
    patterns: tuple[str, ...] = ()
    but: str = ""
    weak: bool = False
    first_word: bool = False


class Lexicon:
    """All lists, compiled once."""

    def __init__(self, lists: Iterable[WordList]) -> None:
        """Compile; DetectorError when the prefilter does not find its canary."""
        self._parts = [part for item in lists for part in _parts(item)]
        self._prefilter = Prefilter([part.source for part in self._parts])

    def scan(self, folded: Folded, base: int) -> Iterator[Finding]:
        """Findings of one window that begins at code point `base`."""
        parts = [self._parts[index] for index in self._prefilter.hits(folded.lower)]
        has_strong = {part.item.kind for part in parts if not part.item.weak}
        for part in parts:
            item = part.item
            spans = part.spans(folded.lower)
            if item.weak and item.kind not in has_strong and len({folded.lower[a:b] for a, b in spans}) < 2:
                continue
            for start, end in spans:
                first, last = folded.span(start, end)
                score = _WEAK if item.weak else _STRONG
                yield Finding(base + first, base + last, item.kind, item.detail, score, item.name)


@dataclass(frozen=True, slots=True)
class _Part:
    """Entries of a list that are compiled together: those that end in a word of any kind, or the others."""

    item: WordList
    source: bytes
    regex: Any  # re2 publishes no types
    but: frozenset[bytes]
    is_open: bool

    def spans(self, lower: bytes) -> list[tuple[int, int]]:
        found = [match.span() for match in self.regex.finditer(lower)]
        if self.item.first_word:
            return [(start, start + len(lower[start:end].split(None, 1)[0])) for start, end in found]
        if self.is_open:
            # The word after "suffers from" may be a name: it is context and belongs to whoever finds it.
            return [(start, start + len(lower[start:end].rsplit(None, 1)[0])) for start, end in found]
        return [span for span in found if lower[span[0] : span[1]] not in self.but] if self.but else found


def _parts(item: WordList) -> Iterator[_Part]:
    entries = sorted({entry.strip() for line in item.words.split("\n") for entry in line.split(",")} - {""})
    but = frozenset(fold(entry.strip()).lower for entry in item.but.split(",") if entry.strip())
    for is_open in (False, True):
        chosen = [_pattern(entry) for entry in entries if entry.endswith(" *") is is_open]
        alternatives = chosen if is_open else [*chosen, *item.patterns]
        if alternatives:
            source = (r"\b(?:" + "|".join(alternatives) + r")\b").encode("ascii")
            yield _Part(item, source, _compile(source), but, is_open)


def _compile(source: bytes) -> Any:  # re2 publishes no types
    options = re2.Options()
    options.longest_match = True
    options.never_capture = True
    return re2.compile(source, options)


def _pattern(entry: str) -> str:
    """A folded entry as an RE2 alternative. A star alone stands for one word."""
    words = fold(entry).lower.decode("ascii").split()
    return r"[ \n]+".join("[a-z0-9.,]+" if word == "*" else re.escape(word).replace(r"\*", "[a-z]*") for word in words)
