"""One byte for each code point: the folded view that rules and lexicons read, with the way back to the original.

Knows which characters count as the same (accents, full-width and other scripts' digits, look-alike letters, spaces and
dashes of many kinds) and which count as nothing (zero-width and combining ones). Leaves out what the text means.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

# Zero-width, directional, soft hyphen, combining accents, variation selectors, tags: invisible, so they hide no value.
_INVISIBLE_RANGES = (
    (0xAD, 0xAE), (0x300, 0x370), (0x61C, 0x61D), (0x180E, 0x180F), (0x200B, 0x2010), (0x202A, 0x202F),
    (0x2060, 0x2065), (0x2066, 0x2070), (0xFE00, 0xFE10), (0xFEFF, 0xFF00), (0xE0000, 0xE0080),
)  # fmt: skip
# What an invisible character is written as before it is left out: itself invisible, and of one byte.
_SOFT_HYPHEN = 0xAD

_SLICE = 65_536

# Letters of other alphabets that look like Latin ones (Unicode TR 39, the common part).
_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУаеѕіјорсхуԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧαινορυχ",
        "ABESIJKMHOPCTXYaesijopcxydqwABEZHIKMNOPTYXaivopux",
        strict=True,
    )
)
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_QUOTES = {"’": "'", "‘": "'", "ʼ": "'", "´": "'", "“": '"', "”": '"', "•": "*", "…": ".", "·": ".", "€": "$", "£": "$"}


def _letter(character: str) -> str:
    """The plain ASCII character that `character` stands for, or "?"."""
    if "LATIN" not in unicodedata.name(character, ""):
        compatible = unicodedata.normalize("NFKC", character)
        return compatible if len(compatible) == 1 and compatible.isascii() else "?"
    base = unicodedata.normalize("NFKD", character)[0]
    return base if base.isascii() else {"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "ı": "i"}.get(character, "?")


@cache
def _table() -> dict[int, str]:
    ranges = [(0xAA, 0x250), (0x1E00, 0x1F00), (0xFF01, 0xFF5F), (0x1D400, 0x1D800), (0x24B6, 0x24EA)]
    table = {code: _letter(chr(code)) for start, end in ranges for code in range(start, end)}
    digits = (code for code in range(0x80, 0x1FBFA) if unicodedata.category(chr(code)) == "Nd")
    table |= {code: str(unicodedata.digit(chr(code))) for code in digits}
    table |= {ord(character): plain for character, plain in _LOOK_ALIKES.items()}
    table |= {ord(character): " " for character in _SPACES} | {ord(character): "-" for character in _DASHES}
    return table | {ord(character): plain for character, plain in _QUOTES.items()} | {0xDF: "s", 0xD7: "x"}


class _Others(dict[int, str]):
    """What stands for a character beyond Latin-1; a question mark for what is in no table."""

    def __missing__(self, code: int) -> str:
        return "?"


@cache
def _others() -> _Others:
    hidden = {code: "\xad" for start, end in _INVISIBLE_RANGES for code in range(start, end)}
    return _Others(_table() | hidden)


def _as_latin(error: UnicodeError) -> tuple[str, int]:
    """One Latin-1 character for each one of a run that is none."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return error.object[error.start : error.end].translate(_others()), error.end


_ENCODE_ERRORS = "ambos.privacy.fold"
codecs.register_error(_ENCODE_ERRORS, _as_latin)


def _bytes_table() -> bytes:
    table = _table()
    plain = (table.get(code, "?") if code > 0x7F else chr(code) for code in range(256))
    return "".join(plain).encode("ascii")


_CASED = _bytes_table()
_LOWER = _CASED.lower()


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A text as plain ASCII bytes, one for each visible code point.

    Attributes:
        cased: accents folded, case kept.
        lower: the same in lower case.
        offsets: where each byte stands in the original; None when nothing was left out.
        ends: where it ends there, in the view of a text that was decoded; None where it is one code point.
    """

    cased: bytes
    lower: bytes
    offsets: npt.NDArray[np.int32] | None = None
    ends: npt.NDArray[np.int32] | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's code points for the folded range `start:end` (not empty)."""
        if self.offsets is None:
            return start, end
        last = int(self.offsets[end - 1]) + 1 if self.ends is None else int(self.ends[end - 1])
        return int(self.offsets[start]), last

    def slice(self, start: int, end: int) -> bytes:
        """The folded bytes, in lower case, of the original's range `start:end`."""
        if self.offsets is None:
            return self.lower[start:end]
        return self.lower[int(np.searchsorted(self.offsets, start)) : int(np.searchsorted(self.offsets, end))]


NOTHING = Folded(b"", b"")


def fold(text: str) -> Folded:
    """The folded view of `text`.

    >>> fold("ÁRBOL ５３.1").lower
    b'arbol 53.1'
    """
    if text.isascii():
        raw = text.encode("ascii")
        return Folded(raw, raw.lower())
    raw = text.encode("latin-1", _ENCODE_ERRORS)
    offsets = None
    if _SOFT_HYPHEN in raw:
        offsets = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) != _SOFT_HYPHEN).astype(np.int32)
        raw = raw.replace(b"\xad", b"")
    return Folded(raw.translate(_CASED), raw.translate(_LOWER), offsets)


def folding(text: str) -> Generator[None, None, Folded]:
    """`fold`, in slices."""
    pieces = []
    for start in range(0, max(len(text), 1), _SLICE):
        if start:
            yield
        pieces.append((start, fold(text[start : start + _SLICE])))
    return join(pieces)


def join(pieces: Sequence[tuple[int, Folded]]) -> Folded:
    """One view of a text folded in pieces, each with the code point at which it begins."""
    if len(pieces) == 1:
        return pieces[0][1]
    cased, lower = (b"".join(parts) for parts in ([p.cased for _, p in pieces], [p.lower for _, p in pieces]))
    if all(piece.offsets is None for _, piece in pieces):
        return Folded(cased, lower)
    shifted = [
        (np.arange(len(piece.lower), dtype=np.int32) if piece.offsets is None else piece.offsets) + np.int32(base)
        for base, piece in pieces
    ]
    return Folded(cased, lower, np.concatenate(shifted))


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A text that was decoded from another one, and where each of its characters stands there."""

    text: str
    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]

    @classmethod
    def plain(cls, text: str) -> Written:
        """The text itself."""
        places = np.arange(len(text) + 1, dtype=np.int32)
        return cls(text, places[:-1], places[1:])

    def writer(self) -> Writer:
        """What is decoded from this text."""
        return Writer(self)

    def within(self, start: int, end: int) -> tuple[int, int]:
        """The characters of this text that stand for `start:end` of the original, none of it left out."""
        first = int(np.searchsorted(self.starts, start, side="right")) - 1
        return max(first, 0), int(np.searchsorted(self.ends, end)) + 1

    def fold(self) -> Folded:
        """The folded view, whose spans are places of the original."""
        folded = fold(self.text)
        if folded.offsets is None:
            return Folded(folded.cased, folded.lower, self.starts, self.ends)
        return Folded(folded.cased, folded.lower, self.starts[folded.offsets], self.ends[folded.offsets])


class Writer:
    """Puts a decoded text together, character by character of what it was decoded from."""

    def __init__(self, source: Written) -> None:
        self._source = source
        self._pieces: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def copy(self, start: int, end: int) -> None:
        """What stands there, as it is."""
        self._pieces.append(self._source.text[start:end])
        self._starts += range(start, end)
        self._ends += range(start + 1, end + 1)

    def put(self, text: str, start: int, end: int) -> None:
        """`text` for what stands at `start:end`, undivided."""
        self._pieces.append(text)
        self._starts += [start] * len(text)
        self._ends += [end] * len(text)

    def bytes(self, raw: bytes, start: int, size: float, last: int = 0) -> None:
        """UTF-8 (or else Latin-1) of which each byte takes `size` characters from `start` on; the last one ends at `last`."""
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("latin-1")
            raw = raw[:0]
        place = 0
        for character in text:
            length = len(character.encode("utf-8")) if raw else 1
            first, past = start + int(place * size), start + -int(-(place + length) * size // 1)
            self.put(character, first, past)
            place += length
        if last and text:
            self._ends[-1] = last

    def done(self) -> Written:
        """The decoded text, with its places in the original."""
        starts = self._source.starts[np.array(self._starts, dtype=np.intp)]
        ends = self._source.ends[np.array(self._ends, dtype=np.intp) - 1]
        return Written("".join(self._pieces), starts, ends)
