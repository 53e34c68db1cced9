"""Argentina: CUIT and CUIL, DNI, CBU and CVU, plate, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule

_KINDS = r"(?:2[034567]|3[034])"


def cuit(value: str) -> bool:
    """CUIT or CUIL: ten digits weighed 5432765432, mod 11 (AFIP, RG 10/97).

    >>> cuit("20055361682"), cuit("20055361683")
    (True, False)
    """
    if len(value) != 11 or not value.isdigit():
        return False
    return "012345678990"[11 - weighed(value[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11] == value[-1]


def cbu(value: str) -> bool:
    """Bank account: two blocks, each weighed 3, 1, 7, 9 from the right, mod 10 (BCRA, Com. A 2622).

    >>> cbu("2850590940090418135201"), cbu("2850590940090418135202")
    (True, False)
    """
    return len(value) == 22 and value.isdigit() and _block(value[:8]) and _block(value[8:])


def _block(part: str) -> bool:
    return -weighed(part[-2::-1], (3, 1, 7, 9) * 4) % 10 == int(part[-1])


ARGENTINA = (
    Rule(
        "ar.cuit", Kind.TAX_ID, "cuit", rf"\b{_KINDS}[ \-/.][0-9]{{8}}[ \-/.][0-9]\b",
        check=cuit, keyword=r"cui[tl]|afip|monotribut[a-z]*|fiscal", bare=0.0, valid=0.96,
    ),
    Rule(
        "ar.cuit_near", Kind.TAX_ID, "cuit", near(r"c\.?u\.?i\.?[tl]\.?(?:/cui[tl])?|clave fiscal", digits(11, gap=r"[ .\-/\n]{0,2}")),
        check=cuit, keyword=r"c\.?u\.?i\.?[tl]\.?|clave fiscal", decoys=False,
    ),
    Rule("ar.dni", Kind.GOV_ID, "dni", near(r"d\.?n\.?i\.?|l\.[ce]\.|libreta civica|documento", r"[0-9]{1,2}[ .]?[0-9]{3}[ .]?[0-9]{3}"), bare=0.9, decoys=False),
    Rule(
        "ar.cbu", Kind.BANK_ACCOUNT, "cbu", rf"\b{digits(22, gap='[ -]?')}\b",
        check=cbu, keyword=r"c[bv]u|cuenta|transfer[a-z]*|deposit[a-z]*|alias", bare=0.0, valid=0.9,
    ),
    Rule("ar.plate", Kind.VEHICLE, "plate", r"\b[A-Z]{2} [0-9]{3} [A-Z]{2}\b", keyword=r"(?i:patente|dominio|auto|vehiculo|moto|camioneta)", bare=0.5, cased=True),
    Rule(
        "ar.phone", Kind.PHONE, "ar", r"\b0?(?:11|[23][0-9]{2,3})[ \-](?:15[ \-])?[0-9]{3,4}-[0-9]{4}\b",
        keyword=r"tel(?:efono|f)?s?|cel(?:ular)?|movil|whats(?:app)?|wasap|llam[a-z]+|contact[a-z]*|phone|call|mobile", bare=0.6,
    ),
)  # fmt: skip
