"""The realistic style: invented values in the place of real ones, for texts that are handed on and never restored.

Section 9 of `docs/spec/surrogate.md`. One value has one invention in an export and another in the next. Dates are
shifted by one number of days, ages stay in their band, so that stays and ages can still be computed. Invented numbers
have wrong check digits, invented addresses lie in `example.org`: they are nobody's.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from ambos.errors import ConfigError
from ambos.messages import Finding, Kind
from ambos.privacy.ages import is_minor
from ambos.privacy.invented import BODIES, FIRST_NAMES, STREETS, SURNAMES, TOWNS
from ambos.privacy.mask import STRAY_CHARS, occurrences
from ambos.privacy.recognisers import PACKS
from ambos.privacy.recognisers.united_states import ssn
from ambos.privacy.shifted import shifted
from ambos.privacy.surrogate import KEY_BYTES
from ambos.privacy.surrogate_values import normalise

# What describes and does not identify stays: an export without it is worth nothing.
KEPT: Final = frozenset({Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE, Kind.PROFESSION, Kind.FAMILY})
_GONE: Final = "********"
_SHIFT_DAYS: Final = (30, 700)
_BAND_YEARS: Final = 5
_ADULT: Final = 18
_OLDEST: Final = 90  # 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one class
_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_NAMES = "de del la las los el y e i da do dos di van von der den bin al of the sr sra dr dra don doña"
_PARTICLES: Final = frozenset(_NO_NAMES.split())
_BODY_WORDS = """
hospital clínica clinica colegio instituto universidad banco centro residencia ayuntamiento school university bank clinic
"""
_GENERIC: Final = frozenset(_BODY_WORDS.split())
_LISTS: Final = {Kind.ADDRESS: STREETS, Kind.LOCATION: TOWNS, Kind.ORG: BODIES}
# Every check digit that a recogniser knows: an invention fails those that its original passes.
_CHECKS: Final = tuple(dict.fromkeys(rule.check for rules in PACKS.values() for rule in rules if rule.check))
# Enough for a number of which nine in ten are issued (US social security).
_ATTEMPTS: Final = 96


class Realistic:
    """Inventions of one export.

    Args:
        key: 32 random bytes of this export, thrown away after it: nobody can link or undo.

    Raises:
        ConfigError: the key is too short.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES:
            raise ConfigError(f"a key of an export has {KEY_BYTES} bytes or more, this one has {len(key)}")
        self._key = bytes(key)
        self._words: dict[str, str] = {}
        drawn, (low, high) = self._draw("shift"), _SHIFT_DAYS
        days = low + int.from_bytes(drawn[:4], "big") % (high - low)
        self._shift = timedelta(days=days if drawn[4] % 2 else -days)

    def __repr__(self) -> str:
        return "Realistic(...)"

    def replaced(self, text: str, findings: Iterable[Finding]) -> str:
        """`text` with an invention for every finding that identifies, alone or with others.

        Args:
            text: the original.
            findings: in order; what overlaps an earlier one is left out.
        """
        kept = [one for one in findings if one.kind not in KEPT]
        made = {text[one.start : one.end]: self._invented(one.kind, text[one.start : one.end]) for one in kept}
        # A value of four characters or more is replaced wherever it stands, found there or not.
        telling = sorted((one for one in made if len(one) >= STRAY_CHARS), key=len, reverse=True)
        parts: list[str] = []
        past = 0
        for finding in kept:
            if finding.start >= past:
                parts += (_swept(text[past : finding.start], made, telling), made[text[finding.start : finding.end]])
                past = finding.end
        return "".join((*parts, _swept(text[past:], made, telling)))

    def _invented(self, kind: Kind, original: str) -> str:
        if kind is Kind.SECRET:
            return _GONE
        if kind is Kind.PERSON:
            return _WORD.sub(self._name, original)
        if kind is Kind.AGE:
            return self._aged(original)
        if kind is Kind.DATE:
            return shifted(original, self._shift)
        if kind is Kind.EMAIL:
            name = self._pick(kind, original, FIRST_NAMES).casefold()
            return f"{name}.{self._draw(kind, original).hex()[:4]}@example.org"
        if kind is Kind.URL:
            return f"https://example.org/{self._draw(kind, original).hex()[:8]}"
        return self._listed(kind, original) if kind in _LISTS else self._scrambled(kind, original)

    def _name(self, found: re.Match[str]) -> str:
        """One word of a name; the first of a run of words is a first name, unless it was a surname before."""
        word = found.group()
        plain = normalise(Kind.PERSON, word)
        if word.casefold() in _PARTICLES:
            return word
        if plain not in self._words:
            is_first = not found.string[: found.start()].strip()
            self._words[plain] = self._pick(Kind.PERSON, plain, FIRST_NAMES if is_first else SURNAMES)
        return _as_written(word, self._words[plain])

    def _aged(self, original: str) -> str:
        number = re.search(r"\d{1,3}", original)
        if number is None or (is_minor(original) and int(number.group()) >= _ADULT):  # "24 months": no years
            return original
        years = min(int(number.group()), _OLDEST)
        first = years - years % _BAND_YEARS
        band = [one for one in range(first, first + _BAND_YEARS) if (one < _ADULT) is (years < _ADULT)]
        chosen = _OLDEST if years == _OLDEST else band[self._draw(Kind.AGE, original)[0] % len(band)]
        return original[: number.start()] + str(chosen) + original[number.end() :]

    def _listed(self, kind: Kind, original: str) -> str:
        made = self._pick(kind, original, _LISTS[kind])
        if kind is Kind.ADDRESS:
            return f"{made} {self._draw(kind, original)[1] % 180 + 1}"
        first = "".join(original.split()[:1])
        return f"{first} {made}" if kind is Kind.ORG and first.casefold() in _GENERIC else made

    def _scrambled(self, kind: Kind, original: str) -> str:
        """Other digits and letters at the same places, with check digits that fail."""
        passed = [check for check in _CHECKS if _holds(check, original)]
        # A range of issued numbers says little of a number that has check digits.
        passed = [check for check in passed if check is not ssn] or passed
        best, fewest = re.sub(r"\w", "#", original), len(passed) + 1
        for attempt in range(_ATTEMPTS):
            stream = self._draw(kind, original, str(attempt)) * (len(original) // 32 + 1)
            made = "".join(_other(char, byte) for char, byte in zip(original, stream, strict=False))
            # Some checks only tell the shape and hold for every invention.
            held = sum(_holds(check, made) for check in passed)
            if held < fewest and made != original:
                best, fewest = made, held
            if not fewest:
                break
        return best

    def _pick(self, kind: Kind, value: str, choices: Sequence[str]) -> str:
        plain = normalise(kind, value)
        place = int.from_bytes(self._draw(kind, plain)[:4], "big") % len(choices)
        # Nobody keeps the own name by chance.
        return choices[place] if normalise(kind, choices[place]) != plain else choices[place - 1]

    def _draw(self, *parts: str) -> bytes:
        texts = [part.encode("utf-8", "surrogatepass") for part in parts]
        framed = b"".join(len(text).to_bytes(4, "big") + text for text in texts)
        return hmac.digest(self._key, b"ambos realistic 1\0" + framed, "sha256")


def _swept(gap: str, made: Mapping[str, str], telling: Sequence[str]) -> str:
    for original in telling:
        if original in gap:
            for start, end in reversed(list(occurrences(gap, original))):
                gap = gap[:start] + made[original] + gap[end:]
    return gap


def _as_written(word: str, invention: str) -> str:
    if len(word) == 1:
        invention = invention[0]
    if word.isupper():
        return invention.upper()
    return invention.lower() if word.islower() else invention


def _other(char: str, byte: int) -> str:
    if char.isdigit():
        return str((int(char) + 1 + byte % 9) % 10) if char.isascii() else str(byte % 10)
    if char.isascii() and char.isalpha():
        return chr(ord("a" if char.islower() else "A") + byte % 26)
    return "x" if char.isalnum() else char


def _holds(check: Callable[[str], bool], text: str) -> bool:
    value = "".join(filter(str.isalnum, text))
    try:
        return any(check(form) for form in (value, value.lower(), value.upper()))
    except (ValueError, IndexError):
        return False
