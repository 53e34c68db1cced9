"""Mexico: CURP, RFC, social security (IMSS), CLABE, voter's key, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import luhn
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule

_CURP = "0123456789abcdefghijklmn&opqrstuvwxyz"  # "&" holds the place of Ñ, which folding turns into N
_RFC = "0123456789abcdefghijklmn&opqrstuvwxyz *"
_DATE = r"[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"


def curp(value: str) -> bool:
    """Population key: the last digit makes the weighed sum of all a multiple of ten (RENAPO, Instructivo normativo).

    >>> curp("boxw310820hnerxn09"), curp("boxw310820hnerxn08")
    (True, False)
    """
    if len(value) != 18 or not value[-1].isdigit():
        return False
    total = sum((18 - place) * _CURP.index(character) for place, character in enumerate(value[:-1]))
    return -total % 10 == int(value[-1])


def rfc(value: str) -> bool:
    """Tax number: the last character is the weighed sum of the others, mod 11 (SAT, Anexo 1 of 1997).

    >>> rfc("gode561231gr8"), rfc("gode561231gr9")
    (True, False)
    """
    padded = value.rjust(13)
    if len(padded) != 13:
        return False
    total = sum((13 - place) * _RFC.index(character) for place, character in enumerate(padded[:-1]))
    return "0123456789a"[-total % 11] == padded[-1]


def clabe(value: str) -> bool:
    """Bank account: 17 digits weighed 3, 7, 1 without carry (ABM).

    >>> clabe("032180000118359719"), clabe("032180000118359718")
    (True, False)
    """
    if len(value) != 18 or not value.isdigit():
        return False
    total = sum(int(digit) * weight % 10 for digit, weight in zip(value[:17], (3, 7, 1) * 6, strict=False))
    return -total % 10 == int(value[-1])


MEXICO = (
    Rule(
        "mx.curp", Kind.GOV_ID, "curp", rf"\b[a-z]{{4}}[ \-]?{_DATE}[ \-]?[hmx][a-z]{{2}}[b-df-hj-np-tv-z]{{3}}[ \-]?[0-9a-z][0-9]\b",
        check=curp, keyword="curp", bare=0.85, valid=0.98, decoys=False,
    ),
    Rule(
        "mx.rfc", Kind.TAX_ID, "rfc", rf"\b[a-z&]{{3,4}}[ \-]?{_DATE}[ \-]?[0-9a-z]{{2}}[0-9a]\b",
        check=rfc, keyword=r"r\.?f\.?c\.?|contribuyente|fiscal|factura[a-z]*|sat", valid=0.96,
    ),
    Rule("mx.rfc_cased", Kind.TAX_ID, "rfc", rf"\b[A-Z]{{4}}[ \-]?{_DATE}[ \-]?[0-9A-Z]{{2}}[0-9A]\b", bare=0.5, cased=True),
    Rule("mx.nss", Kind.HEALTH_ID, "nss", near(r"nss|imss|seguro social|seguridad social|afiliacion", digits(11)), check=luhn, keyword="nss|imss|segur[a-z]*|afiliacion", decoys=False),
    Rule(
        "mx.clabe", Kind.BANK_ACCOUNT, "clabe", r"\b(?:0[0-9]{2}|1[0-6][0-9]|6[0-9]{2}|9[0-9]{2})[ ]?[0-9]{3}[ ]?[0-9]{11}[ ]?[0-9]\b",
        check=clabe, keyword=r"clabe|interbancaria|cuenta|spei|transfer[a-z]*|deposit[a-z]*", bare=0.0, valid=0.5,
    ),
    Rule("mx.clabe_near", Kind.BANK_ACCOUNT, "clabe", near(r"clabe(?: interbancaria)?", digits(18)), check=clabe, keyword="clabe", decoys=False),
    Rule("mx.voter", Kind.GOV_ID, "voter", near(r"clave de elector|ine|credencial (?:de elector|para votar)", rf"[a-z]{{6}}{_DATE}[0-9]{{2}}[hm][0-9]{{3}}"), bare=0.9, decoys=False),
    Rule(
        "mx.phone", Kind.PHONE, "mx", r"\b(?:55|33|81|[2-9][0-9]) [0-9]{4}[ \-][0-9]{4}\b",
        keyword=r"tel(?:efono|f)?s?|cel(?:ular)?|movil|whats(?:app)?|wasap|llam[a-z]+|marca[a-z]*|contact[a-z]*|phone|call|mobile", bare=0.6,
    ),
)  # fmt: skip
