"""Dates as written, moved by a number of days, in the form and language that they have."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from ambos.privacy.invented import MONTHS

_NAMES = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_ISO: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_NUMERIC: Final = re.compile(r"\b(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})\b")
_DAY_FIRST: Final = re.compile(rf"\b(\d{{1,2}})(\s(?:de\s|of\s)?)({_NAMES})(,?\s(?:del?\s)?)(\d{{4}})\b", re.IGNORECASE)
_MONTH_FIRST: Final = re.compile(rf"\b({_NAMES})(\s)(\d{{1,2}})(,?\s)(\d{{4}})\b", re.IGNORECASE)
# Two digits of a year below this are of this century.
_CENTURY: Final = 40


def shifted(text: str, by: timedelta) -> str:
    """`text`, which holds a date, with the date moved; one that is not understood keeps its words and loses its numbers.

    >>> shifted("3 de abril de 1977", timedelta(days=30)), shifted("mayo de 1977", timedelta(days=30))
    ('3 de mayo de 1977', 'mayo de ####')
    """
    for pattern, write in _FORMS:
        if pattern.search(text):
            return _each(pattern, write, text, by)
    return _blanked(text)


def read_date(text: str) -> date | None:
    """The day that `text` is, as one that `shifted` can move; None where it is not exactly that.

    >>> read_date("3 de abril de 1977"), read_date("abril de 1977")
    (datetime.date(1977, 4, 3), None)
    """
    if shifted(text, timedelta()) != text:  # not understood, or not written as we would write it
        return None
    for pattern, values in _READ:
        if found := pattern.fullmatch(text):
            year, month, day = values(found)
            return _moved(year, month, day, timedelta())
    return None


def _each(pattern: re.Pattern[str], write: _Write, text: str, by: timedelta) -> str:
    return pattern.sub(lambda found: write(found, by) or _blanked(found[0]), text)


def _iso(found: re.Match[str], by: timedelta) -> str:
    moved = _moved(found[1], found[2], found[3], by)
    return moved.isoformat() if moved else ""


def _numeric(found: re.Match[str], by: timedelta) -> str:
    """Day first, unless only the month can stand first."""
    is_day_first = int(found[3]) <= 12
    year, month, day = _numeric_values(found)
    moved = _moved(year, month, day, by)
    if moved is None:
        return ""
    first, second = (moved.day, moved.month) if is_day_first else (moved.month, moved.day)
    written = str(moved.year)[-len(found[4]) :]
    return f"{first:0{len(found[1])}d}{found[2]}{second:0{len(found[3])}d}{found[2]}{written}"


def _day_first(found: re.Match[str], by: timedelta) -> str:
    moved = _moved(found[5], MONTHS[found[3].casefold()], found[1], by)
    return f"{moved.day}{found[2]}{_month_like(found[3], moved)}{found[4]}{moved.year}" if moved else ""


def _month_first(found: re.Match[str], by: timedelta) -> str:
    moved = _moved(found[5], MONTHS[found[1].casefold()], found[3], by)
    return f"{_month_like(found[1], moved)}{found[2]}{moved.day}{found[4]}{moved.year}" if moved else ""


def _numeric_values(found: re.Match[str]) -> tuple[str | int, str | int, str | int]:
    is_day_first = int(found[3]) <= 12
    day, month = (found[1], found[3]) if is_day_first else (found[3], found[1])
    return _year(found[4]), month, day


_Values = Callable[[re.Match[str]], tuple[str | int, str | int, str | int]]
_READ: Final[tuple[tuple[re.Pattern[str], _Values], ...]] = (
    (_ISO, lambda found: (found[1], found[2], found[3])),
    (_NUMERIC, _numeric_values),
    (_DAY_FIRST, lambda found: (found[5], MONTHS[found[3].casefold()], found[1])),
    (_MONTH_FIRST, lambda found: (found[5], MONTHS[found[1].casefold()], found[3])),
)
_Write = Callable[[re.Match[str], timedelta], str]
_FORMS: Final[tuple[tuple[re.Pattern[str], _Write], ...]] = (
    (_ISO, _iso),
    (_NUMERIC, _numeric),
    (_DAY_FIRST, _day_first),
    (_MONTH_FIRST, _month_first),
)


def _year(text: str) -> str:
    if len(text) == 4:
        return text
    return ("20" if int(text) < _CENTURY else "19") + text


def _moved(year: str | int, month: str | int, day: str | int, by: timedelta) -> date | None:
    try:
        return date(int(year), int(month), int(day)) + by
    except (ValueError, OverflowError):
        return None


def _month_like(old: str, moved: date) -> str:
    """The month's name in the language and length of `old`."""
    same = [name for name, number in MONTHS.items() if number == MONTHS[old.casefold()]]
    others = [name for name, number in MONTHS.items() if number == moved.month]
    made = others[same.index(old.casefold())]
    return made.capitalize() if old[:1].isupper() else made


def _blanked(text: str) -> str:
    return re.sub(r"\d", "#", text)
