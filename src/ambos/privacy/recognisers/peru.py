"""Peru: DNI, RUC, foreigner's card, interbank account (CCI), phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule


def ruc(value: str) -> bool:
    """Tax number: ten digits weighed 5432765432, mod 11 (SUNAT).

    >>> ruc("20512333797"), ruc("20512333798")
    (True, False)
    """
    if len(value) != 11 or not value.isdigit() or value[:2] not in ("10", "15", "16", "17", "20"):
        return False
    return (11 - weighed(value[:10], (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10 == int(value[-1])


PERU = (
    Rule("pe.dni", Kind.GOV_ID, "dni", near(r"d\.?n\.?i\.?|documento(?: nacional)?(?: de identidad)?", r"[0-9]{8}(?:[ \-]{0,2}[0-9a-k])?"), bare=0.9, decoys=False),
    Rule("pe.ruc", Kind.TAX_ID, "ruc", r"\b(?:1[0567]|20)[0-9]{9}\b", check=ruc, keyword=r"r\.?u\.?c\.?|contribuyente|sunat", valid=0.5),
    Rule("pe.ruc_near", Kind.TAX_ID, "ruc", near(r"r\.?u\.?c\.?", digits(11, gap="[ -]?")), check=ruc, keyword=r"r\.?u\.?c\.?", decoys=False),
    Rule("pe.foreigner", Kind.GOV_ID, "ce", near(r"carne[t]? de extranjeria|c\.e\.", r"[0-9]{9,12}"), bare=0.9, decoys=False),
    Rule("pe.cci", Kind.BANK_ACCOUNT, "cci", near(r"cci|codigo de cuenta interbancari[ao]|interbancari[ao]", digits(20, gap="[ -]?")), bare=0.95, decoys=False),
    Rule(
        "pe.phone", Kind.PHONE, "pe", r"\b9[0-9]{2}[ \-][0-9]{3}[ \-][0-9]{3}\b|\(01\) ?[0-9]{3}[ \-]?[0-9]{4}\b",
        keyword=r"tel(?:efono|f)?s?|cel(?:ular)?|movil|whats(?:app)?|wasap|llam[a-z]+|contact[a-z]*|phone|call|mobile", bare=0.6,
    ),
)  # fmt: skip
