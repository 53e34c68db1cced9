"""Ireland: PPS number, Eircode, plate, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.checksums import weighed
from ambos.privacy.recognisers.forms import GAP, near
from ambos.privacy.rule import Rule

_LETTERS = "wabcdefghijklmnopqrstuv"
_WORDS = r"p\.?p\.?s\.?(?:n\.?)?|personal public service|rsi"


def pps(value: str) -> bool:
    """PPS number: seven digits weighed 8 to 2, the second letter by 9, mod 23 (Revenue).

    >>> pps("1234567t"), pps("1234567a"), pps("1234567fa")
    (True, False, True)
    """
    if not 8 <= len(value) <= 9 or not value[:7].isdigit() or not value[7:].isalpha():
        return False
    second = _LETTERS.find(value[8:]) if value[8:] else 0
    return second >= 0 and _LETTERS[(weighed(value[:7], range(8, 1, -1)) + 9 * second) % 23] == value[7]


IRELAND = (
    Rule("ie.pps", Kind.GOV_ID, "pps", r"\b[0-9]{7} ?[a-w][a-iw]?\b", check=pps, keyword=_WORDS, valid=0.0),
    Rule("ie.pps_cased", Kind.GOV_ID, "pps", r"\b[0-9]{7}[A-W][A-IW]?\b", check=lambda value: pps(value.lower()), valid=0.96, cased=True),
    Rule("ie.pps_near", Kind.GOV_ID, "pps", near(_WORDS, rf"(?:[0-9]{GAP}){{7}}[a-w][a-iw]?"), check=pps, keyword=_WORDS, decoys=False),
    Rule("ie.eircode", Kind.ADDRESS, "postcode", r"\b(?:[AC-FHKNPRTV-Y][0-9]{2}|D6W) [0-9AC-FHKNPRTV-Y]{4}\b", keyword=r"(?i:eircode|post ?code|co\.|dublin|cork|galway|limerick|ireland|irlanda)", bare=0.0, cased=True),
    Rule("ie.plate", Kind.VEHICLE, "plate", r"\b[0-9]{2,3}[ \-](?:C|CE|CN|CW|D|DL|G|KE|KK|KY|L|LD|LH|LK|LM|LS|MH|MN|MO|OY|RN|SO|T|W|WD|WH|WW|WX)[ \-][0-9]{1,6}\b", keyword=r"(?i:reg|registration|plate|car|van|vehicle)", bare=0.0, cased=True),
    Rule(
        "ie.phone", Kind.PHONE, "ie", r"\b08[35679][ \-][0-9]{3}[ \-]?[0-9]{4}\b|\b\(?0(?:1|2[1-9]|4[0-9]|5[0-9]|6[1-9]|7[14]|9[0-9])\)? [0-9]{3} ?[0-9]{4}\b",
        keyword=r"tel(?:ephone)?|mob(?:ile)?|phone|call|ring|text|whatsapp|fax|contact|reach|telefono|movil", bare=0.6,
    ),
)  # fmt: skip
