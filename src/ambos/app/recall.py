"""How much of what is planted the detector finds: invented sentences whose values are all known (docs/guide/probes.md).

The probes of `probe_texts` show that nothing leaves; a text that stays inside for one of its values hides that another is
not found any more. Here each value counts by itself. The detector as it ships finds all of them: a test holds that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ambos.messages import Finding, Kind
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.recognisers import PACKS

_OF_TAGGER: Final = frozenset({Kind.PERSON, Kind.ADDRESS})


@dataclass(frozen=True, slots=True)
class Known:
    """One sentence, and what in it is sensitive."""

    text: str
    values: tuple[tuple[Kind, str], ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a house expects of its detector.

    Attributes:
        recall: the least share, as it was calibrated.
        off: packs, rules or "tagger", as `privacy.off` names them.
    """

    recall: Callable[[], float]
    off: frozenset[str] = frozenset()


ALL: Final = Expected(lambda: 1.0)
KNOWN: Final = (
    Known(
        "La cita de Marta Benítez Salgado es el martes; su DNI es 45678901G y su correo marta.benitez@example.com.",
        (
            (Kind.PERSON, "Marta Benítez Salgado"),
            (Kind.GOV_ID, "45678901G"),
            (Kind.EMAIL, "marta.benitez@example.com"),
        ),
    ),
    Known(
        "Llame a Joaquín Ferrer Andrade al 612 345 678 o al fijo 912 345 678.",
        ((Kind.PERSON, "Joaquín Ferrer Andrade"), (Kind.PHONE, "612 345 678"), (Kind.PHONE, "912 345 678")),
    ),
    Known(
        "NIE X1234567L, número de la Seguridad Social 28/12345678/40, pasaporte AAA123456.",
        ((Kind.GOV_ID, "X1234567L"), (Kind.HEALTH_ID, "28/12345678/40"), (Kind.GOV_ID, "AAA123456")),
    ),
    Known(
        "Transfiera a la cuenta ES91 2100 0418 4502 0005 1332 a nombre de Beatriz Lorca Ibáñez.",
        ((Kind.BANK_ACCOUNT, "ES91 2100 0418 4502 0005 1332"), (Kind.PERSON, "Beatriz Lorca Ibáñez")),
    ),
    Known(
        "Vive en la calle Fuente Hundida 14, 3.º B, 28013 Madrid, y su coche es el 1234 BCD.",
        ((Kind.ADDRESS, "calle Fuente Hundida 14"), (Kind.VEHICLE, "1234 BCD")),
    ),
    Known("Pagó con la tarjeta 5555 5555 5555 4444.", ((Kind.CARD, "5555 5555 5555 4444"),)),
    Known(
        "La contraseña es Verano-Azul-2031! y el token ghp_16C7e42F292c6912E7710c838347Ae178B4a.",
        ((Kind.SECRET, "Verano-Azul-2031"), (Kind.SECRET, "ghp_16C7e42F292c6912E7710c838347Ae178B4a")),
    ),
    Known(
        "The appointment of Eleanor Whitcombe is on Tuesday; write to eleanor.whitcombe@example.org or call "
        "+44 7400 123456.",
        (
            (Kind.PERSON, "Eleanor Whitcombe"),
            (Kind.EMAIL, "eleanor.whitcombe@example.org"),
            (Kind.PHONE, "+44 7400 123456"),
        ),
    ),
    Known(
        "Dr Samuel Thornbury saw Harriet Lockwood; her SSN is 219-09-9999, her NHS number 943 476 5919.",
        (
            (Kind.PERSON, "Samuel Thornbury"),
            (Kind.PERSON, "Harriet Lockwood"),
            (Kind.GOV_ID, "219-09-9999"),
            (Kind.HEALTH_ID, "943 476 5919"),
        ),
    ),
    Known(
        "Pay to IBAN GB82 WEST 1234 5698 7654 32, card 4111 1111 1111 1111.",
        ((Kind.BANK_ACCOUNT, "GB82 WEST 1234 5698 7654 32"), (Kind.CARD, "4111 1111 1111 1111")),
    ),
    Known("He lives at 27 Harrow Lane, Leeds LS1 4AP.", ((Kind.ADDRESS, "27 Harrow Lane"), (Kind.ADDRESS, "LS1 4AP"))),
    Known(
        "Deploy with AKIAIOSFODNN7EXAMPLE and password: correct-horse-battery-9.",
        ((Kind.SECRET, "AKIAIOSFODNN7EXAMPLE"), (Kind.SECRET, "correct-horse-battery-9")),
    ),
)


def asked(known: Known, off: frozenset[str]) -> tuple[str, ...]:
    """The values that a house expects to be found: not those of a kind of which it has switched off a recogniser.

    Args:
        off: packs, rules or "tagger", as `privacy.off` names them.
    """
    kinds = _OF_TAGGER if "tagger" in off else frozenset[Kind]()
    kinds |= {rule.kind for pack, rules in PACKS.items() for rule in rules if off & {pack, rule.name}}
    return tuple(value for kind, value in known.values if kind not in kinds)


def found(text: str, values: Iterable[str], findings: Sequence[Finding]) -> int:
    """How many of these values are covered, letter by letter, by findings that a mask would replace."""
    covered = {place for one in findings if one.kind in IDENTIFYING for place in range(one.start, one.end)}
    return sum(_places(text, value) <= covered for value in values)


def _places(text: str, value: str) -> set[int]:
    start = text.index(value)
    return {place for place in range(start, start + len(value)) if text[place].isalnum()}
