"""Ages as written: whether one is a minor's, and whether it is an age at all or a time."""

from __future__ import annotations

import re

from ambos.privacy.normalise import fold

_NUMBER = re.compile(rb"\d{1,3}")
_MONTHS = re.compile(rb"\b(?:mes|meses|months?|semanas?|weeks?|dias?|days?)\b|(?:month|week|day)-old")
_YOUNG = re.compile(
    rb"\b(?:menor de edad|menor|underage|minor|nin[oa]s?|bebe|lactante|recien nacid[oa]|neonato|adolescente|newborn|"
    rb"infant|toddler|baby|child|teenager)\b"
)
# "Treated for 6 months", "hace 3 años", "un contrato de 5 años".
_TIME_BEFORE = re.compile(
    rb"\b(?:durante|hace|desde|cada|los|las|a|tras|despues|unos|ultimos|proximos|for|after|every|during|within|past|last|"
    rb"next|in|over|ago|contrato|garantia|prestamo|hipoteca|plazo|experiencia|antiguedad|empresa|coche|casa|proyecto|plan|"
    rb"mandato|carrera|master|pena|condena|prision|evolucion|contract|warranty|loan|mortgage|term|company|project|sentence|"
    rb"degree)\b[a-z ]{0,12}$"
)
_TIME_AFTER = re.compile(
    rb"^ (?:de (?:experiencia|antiguedad|evolucion|carrera|garantia|contrato)|despues|antes|later|ago|of exp)"
)
_BEFORE, _AFTER = 28, 20
# "Edad: 14", a column "age", "Carla, 9, is in my class".
_AGE_WORD = re.compile(
    rb"\b(?:edad|age|aged|anos|years?|yo|cumple|cumplio|nacid[oa]|born|turns|turned|nin[oa]s?|hij[oa]s?|child|kids?|son|daughter|"
    rb"alumn[oa]s?|pupils?|menor(?:es)?|boy|girl|bebe|baby)\b"
)
_AGE_BEFORE = 200


def is_time(lower: bytes, start: int, end: int) -> bool:
    """Whether the number of years at `start:end` of folded text is a time, not an age."""
    before, after = lower[max(0, start - _BEFORE) : start], lower[end : end + _AFTER]
    return _TIME_BEFORE.search(before) is not None or _TIME_AFTER.search(after) is not None


def _says_age(text: str, start: int, end: int) -> bool:
    around = fold(text[max(0, start - _AGE_BEFORE) : end + _AFTER]).lower
    return _AGE_WORD.search(around) is not None


def is_minor(age: str) -> bool:
    """Whether an age as written is under 18 years.

    >>> is_minor("7 años"), is_minor("18 years old"), is_minor("11 meses"), is_minor("menor")
    (True, False, True, True)
    """
    lower = fold(age).lower
    number = _NUMBER.search(lower)
    if number is None or _MONTHS.search(lower):
        return bool(number or _YOUNG.search(lower))
    return int(number.group()) < 18


def is_minors_age(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]`, found to be an age, is one and a minor's; a bare number needs a word of age before it."""
    if not is_minor(text[start:end]):
        return False
    if text[start:end].strip().isdigit() and not _says_age(text, start, end):
        return False
    first = max(0, start - _BEFORE)
    around = text[first : end + _AFTER]
    # Folding may leave characters out; then the context is not looked at, which errs on the side of an age.
    lower = fold(around).lower
    return len(lower) != len(around) or not is_time(lower, start - first, end - first)
