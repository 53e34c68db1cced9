"""India: Aadhaar, PAN, GSTIN, voter's card, plate, phone."""
# ruff: noqa: E501 - a pattern is read as one line

from ambos.messages import Kind
from ambos.privacy.recognisers.forms import digits, near
from ambos.privacy.rule import Rule

# Multiplication of the dihedral group D5, and the permutation of Verhoeff's scheme (J. Verhoeff, 1969).
_TIMES = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_TURN = ("0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258")
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def aadhaar(value: str) -> bool:
    """Aadhaar: twelve digits, the first from 2 on, by Verhoeff's scheme (UIDAI).

    >>> aadhaar("234123412346"), aadhaar("234123412347")
    (True, False)
    """
    if len(value) != 12 or not value.isdigit() or value[0] in "01":
        return False
    state = 0
    for place, digit in enumerate(reversed(value)):
        state = int(_TIMES[state][int(_TURN[place % 8][int(digit)])])
    return state == 0


def gstin(value: str) -> bool:
    """Tax number of traders: Luhn mod 36 over letters and digits (GSTN).

    >>> gstin("27aapfu0939f1zv"), gstin("27aapfu0939f1zo")
    (True, False)
    """
    total = 0
    for place, character in enumerate(reversed(value)):
        product = _BASE36.index(character) * (1 + place % 2)
        total += product // 36 + product % 36
    return total % 36 == 0


_PAN = "[a-z]{3}[abcfghljpt][a-z]"
INDIA = (
    Rule("in.aadhaar", Kind.GOV_ID, "aadhaar", r"\b[2-9][0-9]{3}[ \-][0-9]{4}[ \-][0-9]{4}\b", check=aadhaar, keyword=r"a?adh?aar|uid(?:ai)?", valid=0.6),
    Rule("in.aadhaar_near", Kind.GOV_ID, "aadhaar", near(r"aad?ha?ar|uid(?:ai)?", digits(12)), check=aadhaar, keyword=r"aad?ha?ar|uid(?:ai)?", decoys=False),
    Rule("in.pan", Kind.TAX_ID, "pan", rf"\b{_PAN.upper()}[0-9]{{4}}[A-Z]\b", keyword=r"(?i:pan|income tax)", bare=0.8, cased=True),
    Rule("in.pan_near", Kind.TAX_ID, "pan", near(r"pan(?: card)?|permanent account", rf"{_PAN}[ \-]?[0-9]{{4}}[ \-]?[a-z]"), bare=0.9, decoys=False),
    Rule("in.gstin", Kind.TAX_ID, "gstin", rf"\b[0-3][0-9]{_PAN}[0-9]{{4}}[a-z][0-9a-z]z[0-9a-z]\b", check=gstin, keyword=r"gst(?:in)?", bare=0.6, valid=0.97),
    Rule("in.voter", Kind.GOV_ID, "voter", near(r"voter(?: id)?|epic", r"[a-z]{3}[ \-]?[0-9]{7}"), bare=0.9, decoys=False),
    Rule("in.plate", Kind.VEHICLE, "plate", r"\b(?:A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|OD|P[BY]|RJ|SK|T[GNRS]|U[KP]|WB)[ \-]?[0-9]{1,2}[ \-]?[A-Z]{1,3}[ \-]?[0-9]{4}\b", keyword=r"(?i:reg|registration|plate|car|vehicle|bike|scooter)", bare=0.5, cased=True),
    Rule(
        "in.phone", Kind.PHONE, "in", r"\b[6-9][0-9]{4}[ \-][0-9]{5}\b",
        keyword=r"tel(?:ephone)?|mob(?:ile)?|cell|phone|call|ring|text|whatsapp|fax|contact|reach", bare=0.6,
    ),
)  # fmt: skip
