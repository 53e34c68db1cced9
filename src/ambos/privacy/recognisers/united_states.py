"""United States: SSN, ITIN, EIN, routing number, driver's licence, Medicare number, phone, postcode."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule

_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DC|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|"
    "SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)


def ssn(value: str) -> bool:
    """Social-security number: no check digit; ranges that were never issued are invalid (SSA).

    >>> ssn("123456789"), ssn("000456789")
    (True, False)
    """
    return value[:3] not in ("000", "666") and value[0] != "9" and value[3:5] != "00" and value[5:] != "0000"


def itin(value: str) -> bool:
    """Individual taxpayer number: 9, and the fourth and fifth digit of a range in use (IRS Publication 1915).

    >>> itin("912903456"), itin("912893456")
    (True, False)
    """
    group = int(value[3:5])
    return value[0] == "9" and (50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99)


def routing(value: str) -> bool:
    """Routing number: digits weighed 3, 7, 1 make a multiple of ten (ABA).

    >>> routing("111000025"), routing("111000026")
    (True, False)
    """
    return len(value) == 9 and value.isdigit() and weighed(value, (3, 7, 1) * 3) % 10 == 0


_SSN_WORDS = r"ssn|s\.s\.n\.?|social security|social|ss#|seguro social"

UNITED_STATES = (
    Rule("us.ssn", Kind.GOV_ID, "ssn", r"\b[0-8][0-9]{2}[\- .][0-9]{2}[\- .][0-9]{4}\b|\b[0-8][0-9]{8}\b", check=ssn, keyword=_SSN_WORDS, valid=0.0),
    Rule("us.ssn_dashed", Kind.GOV_ID, "ssn", r"\b[0-8][0-9]{2}-[0-9]{2}-[0-9]{4}\b", check=ssn, keyword=r"ssn|social security", valid=0.85),
    Rule("us.ssn_near", Kind.GOV_ID, "ssn", near(r"ssn|s\.s\.n\.?|social(?: security)?|ss#", digits(9)), bare=0.9, decoys=False),
    Rule("us.itin", Kind.TAX_ID, "itin", r"\b9[0-9]{2}[\- ]?[0-9]{2}[\- ]?[0-9]{4}\b", check=itin, keyword=r"itin|taxpayer|tax id", valid=0.0),
    Rule("us.itin_dashed", Kind.TAX_ID, "itin", r"\b9[0-9]{2}-[0-9]{2}-[0-9]{4}\b", check=itin, valid=0.8),
    Rule("us.ein", Kind.TAX_ID, "ein", r"\b[0-9]{2}-?[0-9]{7}\b", keyword=r"ein|employer id(?:entification)?|federal tax|fein|tax id"),
    Rule("us.routing", Kind.BANK_ACCOUNT, "routing", near(r"routing(?: transit)?|aba|rtn", digits(9)), check=routing, keyword="routing|aba|rtn", decoys=False),
    Rule("us.driving", Kind.GOV_ID, "driving_licence", near(r"driver'?s? licen[cs]e|dl ?(?:#|no|number)|license id", r"[a-z]{0,2}[ \-]?[0-9][0-9 \-]{4,14}[0-9]"), bare=0.85, decoys=False),
    Rule(
        "us.medicare", Kind.HEALTH_ID, "mbi",
        r"\b[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y][0-9]-?[AC-HJKMNP-RT-Y]{2}[0-9]{2}\b",
        keyword=r"(?i:medicare|mbi|beneficiary)", bare=0.7, cased=True,
    ),
    Rule(
        "us.phone", Kind.PHONE, "us", r"(?:\([2-9][0-9]{2}\)[ .\-]{0,2}|\b[2-9][0-9]{2}[ .\-]{1,2})[2-9][0-9]{2}[ .\-][0-9]{4}(?: ?(?:x|ext\.?) ?[0-9]{1,5})?\b",
        keyword=r"tel(?:ephone)?|mob(?:ile)?|cell|phone|call|ring|text|whatsapp|fax|contact|reach|telefono|celular", bare=0.7,
    ),
    Rule("us.postcode", Kind.ADDRESS, "postcode", rf"\b(?:[A-Z][a-z]+,? (?:{_STATES}) [0-9]{{5}}(?:-[0-9]{{4}})?)\b", bare=0.8, cased=True),
)  # fmt: skip
