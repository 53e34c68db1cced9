"""Which spellings are the same value (`docs/spec/surrogate.md` section 4). Tables, no judgement about sensitivity."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from ambos.messages import Kind
from ambos.privacy.normalise import Written
from ambos.privacy.spelling import spelt

# Words before or inside names that do not tell one person from another, in Spanish and English.
_TITLES = """
sr sra srta sres don doña dona d dña dna dr dra doctor doctora prof profesor profesora lic ing mr mrs ms miss mx sir
señor señora senor senora señorita senorita
"""
_PARTICLES = "de del la las los el y e i da do dos das di van von der den bin ibn al of the"
_NOT_TELLING: Final = frozenset(_TITLES.split()) | frozenset(_PARTICLES.split())

_FIGURES: Final = 4  # with so many a value is not spelt out
_JSON_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_AT: Final = re.compile(r"\s*[(\[{]?\s*\b(?:arroba|at)\b\s*[)\]}]?\s*")
_DOT: Final = re.compile(r"\s*[(\[{]?\s*\b(?:punto|dot)\b\s*[)\]}]?\s*")


def normalise(kind: Kind, spelling: str) -> str:
    """The value behind a spelling: equal for spellings that share a code.

    >>> normalise(Kind.PERSON, "Sra. GARCÍA, Ana") == normalise(Kind.PERSON, "ana garcia")
    True
    >>> normalise(Kind.PHONE, "+34 612 34 56 78")
    '612345678'
    """
    plain = _plain(spelling)
    return _RULES.get(kind, _words)(plain) or plain


def name_tokens(spelling: str) -> frozenset[str]:
    """The words of a name that tell people apart, folded."""
    folded = _folded(_plain(spelling)).split()
    return frozenset(token for token in folded if token not in _NOT_TELLING)


def _plain(spelling: str) -> str:
    if "\\u" in spelling:
        spelling = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), spelling)
    if spelling.isascii():
        return " ".join(spelling.split())
    wide = unicodedata.normalize("NFKC", spelling)
    return " ".join("".join(char for char in wide if unicodedata.category(char) != "Cf").split())


def _folded(text: str) -> str:
    """Case and accents gone, everything but letters and digits a space."""
    letters = text.casefold()
    if not letters.isascii():
        letters = "".join(char for char in unicodedata.normalize("NFKD", letters) if not unicodedata.combining(char))
    return letters if letters.isalnum() else "".join([char if char.isalnum() else " " for char in letters])


def _words(text: str) -> str:
    return " ".join(token.lstrip("0") or "0" for token in _folded(text).split())


def _name(text: str) -> str:
    return " ".join(sorted(name_tokens(text)))


def _in_figures(text: str) -> str:
    """The text with the numbers that are spelt out in figures: "seis doce treinta y cuatro"."""
    if sum(map(str.isdecimal, text)) >= _FIGURES:
        return text
    return next((view.text for view in spelt(Written.plain(text))), text)


def _identifier(text: str) -> str:
    text = _in_figures(text)
    if text.isascii():
        return "".join(filter(str.isalnum, text.upper()))
    return "".join(_ascii_digit(char) for char in text.upper() if char.isalnum())


def _phone(text: str) -> str:
    # Nine digits are a national number in Spain and tell one from another elsewhere; prefixes come and go.
    digits = "".join(filter(str.isdecimal, _in_figures(text)))
    return (digits if digits.isascii() else "".join(map(_ascii_digit, digits)))[-9:]


def _email(text: str) -> str:
    dotted = _DOT.sub(".", _AT.sub("@", text.casefold()))
    return "".join(dotted.split())


def _exact(text: str) -> str:
    return text


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


_RULES: Final[Mapping[Kind, Callable[[str], str]]] = MappingProxyType(
    {
        Kind.PERSON: _name,
        Kind.PHONE: _phone,
        Kind.CARD: _identifier,
        Kind.BANK_ACCOUNT: _identifier,
        Kind.GOV_ID: _identifier,
        Kind.TAX_ID: _identifier,
        Kind.HEALTH_ID: _identifier,
        Kind.VEHICLE: _identifier,
        Kind.DEVICE_ID: _identifier,
        Kind.EMAIL: _email,
        Kind.SECRET: _exact,
        Kind.URL: _exact,
    }
)
