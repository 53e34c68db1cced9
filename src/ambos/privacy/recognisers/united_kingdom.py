"""United Kingdom: NHS number, national insurance, sort code and account, UTR, driving licence, plate, phone, postcode."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule

_NINO = "[a-ceghj-pr-tw-z][a-ceghj-nprtw-z]"
_NEVER = (b"bg", b"gb", b"nk", b"kn", b"tn", b"nt", b"zz")
_NINO_WORDS = r"n\.?i\.?(?:no)?|national insurance|n\.i\."
_ACCOUNT_WORDS = r"sort ?code|account|acct|a/c|bank|cuenta"


def nhs(value: str) -> bool:
    """NHS number: nine digits weighed 10 to 2, mod 11 (NHS Data Dictionary).

    >>> nhs("9434765919"), nhs("9434765918")
    (True, False)
    """
    if len(value) != 10 or not value.isdigit() or len(set(value)) == 1:
        return False
    return (11 - weighed(value[:9], range(10, 1, -1)) % 11) % 11 == int(value[9])


def utr(value: str) -> bool:
    """Unique taxpayer reference: the first digit checks the others, mod 11 (HMRC).

    >>> utr("1955839661"), utr("2955839661")
    (True, False)
    """
    if len(value) != 10 or not value.isdigit():
        return False
    return "21987654321"[weighed(value[1:], (6, 7, 8, 9, 10, 5, 4, 3, 2)) % 11] == value[0]


def _was_issued(lower: bytes, start: int, _: int) -> bool:
    return lower[start : start + 2] not in _NEVER


UNITED_KINGDOM = (
    Rule("gb.nhs", Kind.HEALTH_ID, "nhs", r"\b[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}\b", check=nhs, keyword=r"nhs|n\.h\.s\.?|patient|hospital|gp", valid=0.0),
    Rule("gb.nhs_spaced", Kind.HEALTH_ID, "nhs", r"\b[0-9]{3} [0-9]{3} [0-9]{4}\b", check=nhs, valid=0.45),
    Rule("gb.nhs_near", Kind.HEALTH_ID, "nhs", near(r"nhs(?: (?:id|ref))?", digits(10)), check=nhs, keyword="nhs", decoys=False),
    Rule("gb.nino", Kind.GOV_ID, "nino", rf"\b{_NINO}[ \-]?[0-9]{{2}}[ \-]?[0-9]{{2}}[ \-]?[0-9]{{2}}[ \-]?[a-d]\b", keyword=_NINO_WORDS, accept=_was_issued),
    Rule("gb.nino_cased", Kind.GOV_ID, "nino", rf"\b{_NINO.upper()}[ ]?[0-9]{{2}}[ ]?[0-9]{{2}}[ ]?[0-9]{{2}}[ ]?[A-D]\b", bare=0.85, accept=_was_issued, cased=True),
    # A typing error in the first letters does not hide what a word tells.
    Rule("gb.nino_near", Kind.GOV_ID, "nino", near(r"ni(?:no| ?number| ?no)|national insurance(?: number| no)?", r"[a-z]{2}(?:[ \-]?[0-9]{2}){3}[ \-]?[a-z]?"), bare=0.85, decoys=False),
    Rule("gb.sort_code", Kind.BANK_ACCOUNT, "sort_code", near(r"sort ?code|s/c", r"[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}"), bare=0.9, decoys=False),
    Rule("gb.account", Kind.BANK_ACCOUNT, "account", r"\b[0-9]{2}[ \-][0-9]{2}[ \-][0-9]{2}[ ,/|]{1,3}(?:(?:account|acct|a/c|acc)[ :.]{1,3})?([0-9]{8})\b", bare=0.8, keyword=_ACCOUNT_WORDS),
    Rule("gb.utr", Kind.TAX_ID, "utr", near(r"utr|unique tax(?:payer)? reference|self[ \-]assessment", digits(10)), check=utr, keyword="utr|tax[a-z]*|assessment", decoys=False),
    Rule("gb.driving", Kind.GOV_ID, "driving_licence", r"\b[A-Z9]{5} ?[0-9][0156][0-9][0-3][0-9][0-9] ?[A-Z9]{2}[0-9] ?[A-Z0-9]{2}\b", keyword=r"(?i:driv[a-z]*|licen[cs]e|dvla)", bare=0.75, cased=True),
    Rule("gb.plate", Kind.VEHICLE, "plate", r"\b[A-HJ-PR-Y]{2}[0-9]{2} ?[A-HJ-PR-Z]{3}\b", keyword=r"(?i:reg|registration|plate|number plate|car|van|vehicle|ford|bmw|audi|vauxhall|toyota|matricula)", bare=0.0, cased=True),
    Rule(
        "gb.phone", Kind.PHONE, "gb", r"\b0(?:7[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{3}|[12][0-9]{2,3}[ \-][0-9]{3,4}[ \-]?[0-9]{3,4})\b",
        keyword=r"tel(?:ephone)?|mob(?:ile)?|cell|phone|call|ring|text|whatsapp|fax|contact|reach|telefono|movil", bare=0.7,
    ),
    Rule("gb.postcode", Kind.ADDRESS, "postcode", r"\b(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNPR-Y]? [0-9][ABD-HJLNP-UW-Z]{2})\b", bare=0.75, cased=True),
)  # fmt: skip
