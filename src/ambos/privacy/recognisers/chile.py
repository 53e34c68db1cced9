"""Chile: RUT and RUN, plate, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import near
from ambos.privacy.rule import Rule


def rut(value: str) -> bool:
    """RUT or RUN: digits weighed 2 to 7 from the right, mod 11, ten is K (Registro Civil).

    >>> rut("125319092"), rut("125319093"), rut("76086428k")
    (True, False, False)
    """
    number, check = value[:-1], value[-1:]
    if not 7 <= len(value) <= 9 or not number.isdigit():
        return False
    return "0123456789k0"[11 - (weighed(number[::-1], (2, 3, 4, 5, 6, 7) * 2) % 11 or 11)] == check


def _is_whole(lower: bytes, _: int, end: int) -> bool:
    """A range of numbers (4.400.000-5.800.000) goes on."""
    return lower[end : end + 1] not in (b".", b",", b"-") or not lower[end + 1 : end + 2].isdigit()


_WORDS = r"r\.?u\.?[tn]\.?|rol unico(?: tributario| nacional)?"

CHILE = (
    Rule("cl.rut", Kind.GOV_ID, "rut", r"\b[0-9]{1,2}\.[0-9]{3}\.[0-9]{3} ?- ?[0-9k]\b", check=rut, keyword=_WORDS, bare=0.0, valid=0.97, decoys=False, accept=_is_whole),
    Rule("cl.rut_plain", Kind.GOV_ID, "rut", r"\b[0-9]{7,8}-[0-9k]\b", check=rut, keyword=_WORDS, bare=0.0, valid=0.7),
    Rule("cl.rut_near", Kind.GOV_ID, "rut", near(_WORDS, r"[0-9]{1,2}[ .\n]?[0-9]{3}[ .\n]?[0-9]{3}[ .\-\n]{0,3}[0-9k]"), check=rut, keyword=_WORDS, decoys=False),
    Rule("cl.plate", Kind.VEHICLE, "plate", r"\b[B-DF-HJ-LPR-TV-Z]{2}[ \-·]?[B-DF-HJ-LPR-TV-Z]{2}[ \-·]?[0-9]{2}\b", keyword=r"(?i:patente|auto|vehiculo|camioneta|moto)", bare=0.0, cased=True),
    Rule(
        "cl.phone", Kind.PHONE, "cl", r"\b(?:9 [0-9]{4} [0-9]{4}|2 2[0-9]{3} [0-9]{4})\b",
        keyword=r"tel(?:efono|f)?s?|fono|cel(?:ular)?|movil|whats(?:app)?|wasap|llam[a-z]+|contact[a-z]*|phone|call|mobile", bare=0.6,
    ),
)  # fmt: skip
