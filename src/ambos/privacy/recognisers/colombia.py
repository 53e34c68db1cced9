"""Colombia: cédula, NIT, NUIP, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import near
from ambos.privacy.rule import Rule

_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)


def nit(value: str) -> bool:
    """Tax number: digits weighed by primes from the right, mod 11 (DIAN, Orden administrativa 4 of 1989).

    >>> nit("2131234321"), nit("2131234325")
    (True, False)
    """
    if not 8 <= len(value) <= 16 or not value.isdigit():
        return False
    return "01987654321"[weighed(value[-2::-1], _WEIGHTS) % 11] == value[-1]


COLOMBIA = (
    Rule(
        "co.cedula", Kind.GOV_ID, "cedula",
        near(r"cedula(?: de (?:ciudadania|extranjeria|identidad))?|c\.[ce]\.|nuip|tarjeta de identidad|t\.i\.", r"[0-9]{1,3}(?:[ .,]?[0-9]{3}){2,3}|[0-9]{6,10}"),
        bare=0.85, decoys=False,
    ),
    Rule("co.cedula_short", Kind.GOV_ID, "cedula", r"\bcc:? {0,2}(?:n[o.]{0,2} {0,2})?([0-9]{1,3}(?:[.,]?[0-9]{3}){2,3})\b", bare=0.7),
    Rule("co.nit", Kind.TAX_ID, "nit", r"\b[0-9]{3}\.?[0-9]{3}\.?[0-9]{3} ?- ?[0-9]\b", check=nit, keyword=r"n\.?i\.?t\.?|tributaria|dian|rut", valid=0.6),
    Rule("co.nit_near", Kind.TAX_ID, "nit", near(r"n\.?i\.?t\.?", r"[0-9]{1,3}(?:[ .]?[0-9]{3}){2}(?:[ \-]{0,3}[0-9])?"), check=nit, keyword=r"n\.?i\.?t\.?", decoys=False),
    Rule(
        "co.phone", Kind.PHONE, "co", r"\b3[0-5][0-9][ \-][0-9]{3}[ \-][0-9]{4}\b|\b60[1-8] [0-9]{3} ?[0-9]{4}\b",
        keyword=r"tel(?:efono|f)?s?|cel(?:ular)?|movil|whats(?:app)?|wasap|llam[a-z]+|marca[a-z]*|contact[a-z]*|phone|call|mobile", bare=0.6,
    ),
)  # fmt: skip
