"""Digits that are spelt out, in Spanish and English: "seis doce, treinta y cuatro", "double three oh", "letra zeta"."""

# ruff: noqa: E501 - a table of words

from __future__ import annotations

import re
from collections.abc import Iterator

from ambos.privacy.normalise import Written

_UNITS = {
    "cero": 0, "uno": 1, "una": 1, "un": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "zero": 0, "oh": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15, "dieciseis": 16, "diecisiete": 17, "dieciocho": 18,
    "diecinueve": 19, "veintiuno": 21, "veintiun": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25,
    "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
    "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500, "seiscientos": 600,
    "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_TIMES = {"doble": 2, "double": 2, "triple": 3, "treble": 3}
_NUMBERS = _UNITS | _TEENS | _TENS | _HUNDREDS
_LETTERS = {
    "be": "b", "ce": "c", "de": "d", "efe": "f", "ge": "g", "hache": "h", "jota": "j", "ka": "k", "ele": "l", "eme": "m", "ene": "n",
    "pe": "p", "cu": "q", "erre": "r", "ese": "s", "te": "t", "ve": "v", "uve": "v", "equis": "x", "ye": "y", "zeta": "z",
}  # fmt: skip

_WORD = "|".join(sorted((*_NUMBERS, *_TIMES, "hundred"), key=len, reverse=True))
_ONE = rf"(?:{_WORD}|[0-9])"
_BETWEEN = r"(?:[ ,.\-\n]{1,3}(?:y |and )?)"
# Three of them in a row.
SPELT = rf"\b{_ONE}{_BETWEEN}{_ONE}{_BETWEEN}(?:{_WORD})\b|\b(?:{_WORD}){_BETWEEN}{_ONE}{_BETWEEN}{_ONE}\b".encode()
_RUN = re.compile(rf"\b{_ONE}(?:{_BETWEEN}{_ONE})+\b")
_PIECE = re.compile(rf"{_WORD}|[0-9]|\by\b|\band\b")
# Names of letters that are no other word need no "letra" before them: "cuatro erre".
_ALONE = "efe|hache|jota|ele|eme|ene|erre|uve|equis|zeta"
_LETTER = re.compile(rf"[ ,]{{0,2}}(?:(?:y |con |and )?(?:la )?(?:letra|letter) ([a-z]+)\b|([A-Z]|{_ALONE})\b)")
_LEAST_DIGITS = 4


def spelt(text: Written) -> Iterator[Written]:
    """The text with the digits of every run of number words, when it has one.

    >>> [view.text for view in spelt(Written.plain("tel. seis doce, treinta y cuatro, ¿no?"))]
    ['tel. 61234, ¿no?']
    """
    # Lower case and without accents, one character for each: "Dieciséis".
    plain = text.text.lower().translate(_ACCENTS)
    if len(plain) != len(text.text):
        return
    out, past = text.writer(), 0
    for run in _RUN.finditer(plain):
        numbers = list(_numbers(plain, *run.span()))
        if sum(len(digits) for digits, _, _ in numbers) < _LEAST_DIGITS:
            continue
        out.copy(past, run.start())
        for digits, start, end in numbers:
            out.put(digits, start, end)
        past = run.end()
        if letter := _LETTER.match(text.text, past):
            name = (letter[1] or letter[2]).lower()
            out.put(_LETTERS.get(name, name[0]), past, letter.end())
            past = letter.end()
    if past:
        out.copy(past, len(plain))
        yield out.done()


_ACCENTS = str.maketrans("áéíóú", "aeiou")


def _numbers(plain: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The digits of each spoken number, with the words that say it: (digits, start, end)."""
    words = [(match.group(), *match.span()) for match in _PIECE.finditer(plain, start, end)]
    place = 0
    while place < len(words):
        digits, used = _number([word for word, _, _ in words[place : place + 6]])
        if digits:
            yield digits, words[place][1], words[place + used - 1][2]
        place += used


def _number(words: list[str]) -> tuple[str, int]:
    """The digits that the first words say, and how many words that takes."""
    first = words[0]
    following = words[1] if len(words) > 1 else ""
    if first in _TIMES and (following in _UNITS or following.isdigit()):
        return str(_UNITS.get(following, following)) * _TIMES[first], 2
    if first in _UNITS and following == "hundred":
        return _with_rest(_UNITS[first] * 100, words, 2)
    if first in _HUNDREDS:
        return _with_rest(_HUNDREDS[first], words, 1)
    if first in _TENS:
        return _with_unit(_TENS[first], words, 1)
    return (first if first.isdigit() else str(_NUMBERS.get(first, ""))), 1


def _with_rest(value: int, words: list[str], used: int) -> tuple[str, int]:
    place = used + (len(words) > used and words[used] in ("y", "and"))
    if place < len(words) and words[place] in _TENS:
        return _with_unit(value + _TENS[words[place]], words, place + 1)
    if place < len(words) and words[place] in (_TEENS | _UNITS) and words[place] not in ("cero", "zero", "oh"):
        return str(value + _NUMBERS[words[place]]), place + 1
    return str(value), used


def _with_unit(value: int, words: list[str], used: int) -> tuple[str, int]:
    is_joined = len(words) > used and words[used] in ("y", "and")
    place = used + is_joined
    unit = _UNITS.get(words[place], 0) if place < len(words) else 0
    # "Treinta cuatro" is 30 4 in Spanish; "thirty four" is 34.
    is_english = place < len(words) and words[place] in _ENGLISH
    return (str(value + unit), place + 1) if unit and (is_joined or is_english) else (str(value), used)


_ENGLISH = frozenset(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])
