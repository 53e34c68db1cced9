"""WordPiece: cuts a text into the pieces that a BERT-like encoder was trained on (Devlin et al. 2019, appendix A.2).

Uncased vocabularies only: text is lower-cased and loses its accents, punctuation stands alone, and a word becomes the
longest pieces that the vocabulary holds. No library is needed for it, so that serving stays lean.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

_LONGEST_WORD: Final = 100  # characters; the reference implementation gives longer words up as unknown
_CACHED_WORDS: Final = 50_000


class WordPiece:
    """A vocabulary ready to cut.

    Attributes:
        first, last, unknown, pad: ids of the special pieces of this vocabulary.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        self._ids = vocabulary
        bert = "[CLS]" in vocabulary
        self.first, self.last = vocabulary["[CLS]" if bert else "<s>"], vocabulary["[SEP]" if bert else "</s>"]
        self.pad = vocabulary["[PAD]" if bert else "<pad>"]
        self.unknown = vocabulary["[UNK]"]
        self._cut: dict[str, tuple[int, ...]] = {}

    @classmethod
    def read(cls, vocabulary: str) -> WordPiece:
        """From the lines of a `vocab.txt`: the line's number is the piece's id.

        Raises:
            KeyError: a special piece is missing.
        """
        return cls({piece: number for number, piece in enumerate(vocabulary.splitlines())})

    def pieces(self, text: str, most: int) -> list[int]:
        """Ids of `text` between the first and the last special piece, at most `most` in all."""
        ids = [self.first]
        for word in words_of(text):
            ids.extend(self._word(word))
            if len(ids) >= most - 1:
                break
        return [*ids[: most - 1], self.last]

    def _word(self, word: str) -> tuple[int, ...]:
        known = self._cut.get(word)
        if known is None:
            known = self._split(word)
            if len(self._cut) >= _CACHED_WORDS:
                self._cut.clear()
            self._cut[word] = known
        return known

    def _split(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return (self.unknown,)
        found, start = [], 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = ("##" if start else "") + word[start:end]
                if piece in self._ids:
                    found.append(self._ids[piece])
                    start = end
                    break
            else:
                return (self.unknown,)
        return tuple(found)


def words_of(text: str) -> list[str]:
    """Lower-case words without accents; every punctuation mark and every ideograph is a word of its own."""
    plain = unicodedata.normalize("NFD", text.lower())
    return "".join(map(_spaced, plain)).split()


def _spaced(letter: str) -> str:
    if letter.isalnum():
        return f" {letter} " if "\u3400" <= letter <= "\u9fff" else letter
    category = unicodedata.category(letter)
    if category == "Mn":
        return ""
    if letter.isspace():
        return " "
    if category.startswith("C") or letter == "\ufffd":
        return ""
    # Like the reference, every mark of ASCII counts as punctuation, also $ + < = > ^ ` | ~, which Unicode calls symbols.
    return f" {letter} " if category.startswith("P") or letter.isascii() else letter
