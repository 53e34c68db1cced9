"""Words of a fact that are mistyped: a letter left out, doubled, or two exchanged ("marcapaos", "diabtees", "militannte").

Only words long enough not to become another one. The mistyped forms are made once, so that a text costs one look at its
set of words; a text that holds one is read again with the words as they should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from ambos.messages import Kind
from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons.common import COMMON
from ambos.privacy.lexicons.mistyped import NOT_MISTYPED, NOT_MISTYPED_STEMS
from ambos.privacy.normalise import Folded, fold

_KINDS: Final = frozenset({Kind.HEALTH, Kind.SPECIAL})
_LEAST: Final = 7  # shorter words are one letter away from everyday ones ("asma", "alma")
_HEAD: Final = _LEAST - 1  # letters of the shortest mistyped stem
_LEAST_OF_PHRASE: Final = 8  # words of phrases are everyday ones
_MOST_CORRECTED: Final = 256  # words of a window; more are a text built to stall us
_MOST_ENDING: Final = 3  # letters of an inflection behind a right word
_NO_LETTERS: Final = bytes(code if 97 <= code <= 122 else 32 for code in range(256))
_SIMPLE: Final = re.compile(r"[a-z]+\*?")
_WORD: Final = re.compile(rb"[a-z]{6,}")


class Mistyped:
    """The mistyped forms of the long words of some lists."""

    def __init__(self, lists: Iterable[WordList]) -> None:
        """Make the forms; what is a word of a list itself is none."""
        self._words: dict[bytes, bytes] = {}
        self._stems: dict[int, dict[bytes, bytes]] = {}
        right: set[bytes] = set()
        for item in lists:
            is_strong = item.kind in _KINDS and not item.weak
            for entry in _entries(item):
                right.update(word.encode().rstrip(b"*") for word in entry)
                if is_strong and len(entry) == 1:
                    self._add(entry[0])
                elif is_strong:
                    self._add_phrase(entry)
        self._right = right | COMMON | NOT_MISTYPED
        for one in self._right & self._words.keys():
            del self._words[one]
        # Nearly every word differs from all stems in its beginning already.
        self._heads = frozenset(stem[:_HEAD] for stems in self._stems.values() for stem in stems)

    def _add(self, entry: str) -> None:
        word = entry.rstrip("*").encode()
        if len(word) >= _LEAST:
            for wrong in _wrong(word):
                forms = self._stems.setdefault(len(wrong), {}) if entry.endswith("*") else self._words
                forms[wrong] = word

    def _add_phrase(self, words: Iterable[str]) -> None:
        for word in words:
            if len(word) >= _LEAST_OF_PHRASE and word.isalpha():
                plain = word.encode()
                # Without its last letter it is another form of the word.
                self._words.update(dict.fromkeys(_wrong(plain) - {plain[:-1]}, plain))

    def corrected(self, folded: Folded) -> Folded | None:
        """The text with its mistyped words as they should be; None where there is none."""
        seen = {word for word in folded.lower.translate(_NO_LETTERS).split() if len(word) >= _LEAST - 1}
        seen -= self._right
        right = {word: self._words[word] for word in seen & self._words.keys()}
        likely = [word for word in seen if word[:_HEAD] in self._heads]
        for size, stems in self._stems.items() if likely else ():
            for word in likely:
                if word[:size] in stems and word not in right and not self._is_right(word):
                    right[word] = stems[word[:size]] + word[size:]
        right = {word: made for word, made in right.items() if not word.startswith(NOT_MISTYPED_STEMS)}
        return _with(folded, right) if right else None

    def _is_right(self, word: bytes) -> bool:
        """Whether it is a right word with an ending."""
        least = max(_LEAST - 1, len(word) - _MOST_ENDING)
        return any(word[:size] in self._right for size in range(least, len(word)))


def _entries(item: WordList) -> Iterator[list[str]]:
    for line in item.words.split("\n"):
        for entry in line.split(","):
            words = fold(entry.strip()).lower.decode("ascii").split()
            if any(map(_SIMPLE.fullmatch, words)):
                yield words


def _wrong(word: bytes) -> set[bytes]:
    """The first letter is nearly never wrong."""
    made = set()
    for at in range(1, len(word)):
        made.add(word[:at] + word[at + 1 :])
        made.add(word[:at] + word[at : at + 1] + word[at:])
        if at + 1 < len(word):
            made.add(word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :])
    return made - {word}


def _with(folded: Folded, right: dict[bytes, bytes]) -> Folded:
    """`folded` with other words, each of which stands where the mistyped one does."""
    lower, past, count = folded.lower, 0, 0
    parts: list[bytes] = []
    places: list[npt.NDArray[np.int64]] = []
    for found in _WORD.finditer(lower):
        made = right.get(found.group())
        if made is not None and count < _MOST_CORRECTED:
            start, end = found.span()
            parts += (lower[past:start], made)
            inside = np.minimum(np.arange(start, start + len(made)), end - 1)
            inside[-1] = end - 1
            places += (np.arange(past, start), inside)
            past, count = end, count + 1
    text = b"".join((*parts, lower[past:]))
    at = np.concatenate((*places, np.arange(past, len(lower))))
    starts = at if folded.offsets is None else folded.offsets[at]
    return Folded(text, text, starts.astype(np.int32))
