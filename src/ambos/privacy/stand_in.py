"""A date that stands in for a date of birth: whoever computes an age with it computes the right one (spec section 5.1).

What leaves tells the age on the days that the request names, which would leave readable as an AGE, and nothing more: the
stand-in is drawn from all days of birth with these ages, by a key, and does not depend on the day itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from ambos.privacy.shifted import read_date, shifted

MARK: Final = " ~ "
_ADULT, _OLDEST = 18, 90  # a minor's age is never told; ages over 89 are one class (45 CFR 164.514(b)(2)(i)(C))
_LEAST_DAYS: Final = 180  # with fewer days of birth left, the ages told would be as good as the day
_MOST_DAYS: Final = 64  # days of a request that are looked at
_LAST_MONTH: Final = 12  # a greater number of a day is none of a month: read alike in Europe and America


def stand_in(birth: str, days: Iterable[str], draw: bytes) -> str:
    """A date in the form of `birth` with the same age on every one of `days`; "" where none may be told.

    Args:
        birth: as written.
        days: other dates of the request, as written; what is no day is left out.
        draw: 8 bytes or more, secret, the same for the conversation.
    """
    known = sorted({day for text in days for day in _readings(text)})[: _MOST_DAYS + 1]
    births = set(_readings(birth))
    if not known or not births or len(known) > _MOST_DAYS:
        return ""
    ages = {tuple(_age(born, day) for day in known) for born in births}
    if len(ages) > 1:  # another age where the month is written first
        return ""
    told = ages.pop()
    if not all(_ADULT <= age < _OLDEST for age in told):
        return ""
    first = max(_years_before(day, age + 1) + timedelta(days=1) for day, age in zip(known, told, strict=True))
    last = min(_years_before(day, age) for day, age in zip(known, told, strict=True))
    return _drawn(birth, first, last, births, draw)


def _drawn(birth: str, first: date, last: date, births: set[date], draw: bytes) -> str:
    if (last - first).days < _LEAST_DAYS:
        return ""
    days = [first + timedelta(days=at) for at in range((last - first).days + 1)]
    clear = [day for day in days if day.day > _LAST_MONTH]
    at = int.from_bytes(draw[:8], "big")
    chosen = next(day for day in (clear[(at + step) % len(clear)] for step in range(3)) if day not in births)
    is_written = read_date(birth)
    return shifted(birth, chosen - is_written) if is_written else ""


def _readings(text: str) -> Iterator[date]:
    """The day that a text names, and the other one where day and month may be exchanged."""
    day = read_date(text.strip())
    if day is None:
        return
    yield day
    is_numeric = not any(char.isalpha() for char in text) and not text.strip()[:4].isdigit()
    if is_numeric and day.day <= _LAST_MONTH:
        yield day.replace(month=day.day, day=day.month)


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
