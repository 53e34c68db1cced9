"""What a learned recogniser takes for people and identifiers and what is none: GUIDs, hashes, books, examples, public figures.

Rules need no such look: they have keywords, checksums and decoys of their own.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Generator, Sequence

import re2

from ambos.messages import Finding, Kind
from ambos.privacy.lexicons import COMMON, FIGURES
from ambos.privacy.normalise import Folded, folding
from ambos.privacy.prefilter import Prefilter

# GUID; hash, object id of a database (24 digits); ISBN (ISO 2108) of ten or thirteen digits; RFC 1918 and loopback addresses.
_NOISE = (
    rb"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    rb"\b(?:(?:docker@)?(?:sha-?(?:1|224|256|384|512)|md5)[:=]|commit[ ])?[0-9a-f]{32,128}\b",
    rb"\b[0-9a-f]{24}\b",
    # Articles, patents, goods, parcels (UPS): doi, PMID, ISSN, arXiv, EAN, GTIN.
    rb"\b(?:doi[: ]{0,2})?10\.[0-9]{4,9}/[a-z0-9.()/_\-]+",
    rb"\bpmid[: ]{0,2}[0-9]{5,9}\b",
    rb"\bissn(?: is| es)?[: ]{0,2}[0-9]{4}-[0-9]{3}[0-9x]\b",
    rb"\barxiv[: ]{0,2}[0-9]{4}\.[0-9]{4,5}(?:v[0-9]{1,2})?\b",
    rb"\b(?:ean|gtin|upc|barcode|codigo de barras)(?:-?1[234])?[: ]{0,2}[0-9]{8,14}\b",
    rb"\bpatente? (?:no?\.?[o]? ?|num\.? ?|us ?)?[0-9]{6,8}\b",
    rb"\b1z[0-9a-z]{13,18}\b",
    # Addresses of examples (RFC 2606) before which nobody stands.
    rb"(?:\b(?:tu\.nombre|your\.name|nombre|name|user|username|usuario|mail|email|correo|alguien|someone|somebody|admin|test|"
    rb"prueba|info|foo|bar|me|yo|you|cliente|customer|hello|hola)@)(?:[a-z0-9\-]+\.){0,3}(?:example\.(?:com|org|net)|ejemplo\.(?:com|org|es))\b",
    rb"\b(?:www|api|mail|smtp|ftp|test|dev|app|cdn|db|host|server)?\.?example\.(?:com|org|net)\b(?:/[a-z0-9/_\-]*)?",
    rb"\bisbn(?:-1[03])?:?[ ]{0,2}(?:97[89][ \-]?)?(?:[0-9][ \-]?){9}[0-9x]\b",
    rb"\b97[89][ \-]?(?:[0-9][ \-]?){9}[0-9]\b",
    # Amounts of money, percentages, measures. Every sign of a currency folds to a dollar.
    rb"(?:[$]|eur|usd|gbp|mxn)[ ]?[0-9][0-9.,]*\b",
    rb"\b[0-9][0-9.,]*[ ]?(?:[$%]|(?:k?eur(?:os?)?|usd|gbp|mxn|pesos|dolares|dollars|pounds|libras|pence|cent(?:imo)?s|"
    rb"km|kg|kwh|mb|gb|ms)\b)",
    # Numbers of orders, invoices, tickets: the company's, nobody's.
    rb"\b(?:order|pedido|factura|invoice|ticket|incidencia|presupuesto|albaran|seguimiento|tracking|envio|shipment)s?[ ]?"
    rb"(?:number|numero|num|no|nr|n|id|code|codigo)?[.:#o]{0,2}[ ]{0,2}#?[a-z]{0,4}[\-/#]?[0-9][0-9\-/]*\b",
    rb"\b(?:127(?:\.[0-9]{1,3}){3}|10(?:\.[0-9]{1,3}){3}|192\.168(?:\.[0-9]{1,3}){2})\b",
)
_HEX_DIGITS = 24  # so many figures without a letter are a number, not a hash
_ISO_DATE = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_LETTERS = bytes(code if 97 <= code <= 122 else 32 for code in range(256))
_LIKELY = 0.6
_UNLIKELY = 0.3
# A tagger surer than this that an everyday word is a name has seen something.
_SURE = 0.95
# Labels that say in which part somebody is named: "Nombre: Jesús" in a record is no figure of history.
_CARED = frozenset({"NOMBRE_SUJETO_ASISTENCIA", "NOMBRE_PERSONAL_SANITARIO"})
_YEAR = re.compile(rb"(?:19|20)[0-9]{2}")
_MARKS = frozenset(".,")
_NAME_REACH = 40  # characters beside a name in which the rest of a public figure's may stand
_SLICE = 512
_REGEXES = [re2.compile(pattern) for pattern in _NOISE]
_PREFILTER = Prefilter(_NOISE)


def without_noise(found: Sequence[Finding], text: str) -> Generator[None, None, list[Finding]]:
    """Learned findings less those that lie in a shape that is no identifier, or that are the bare name of a public figure."""
    if not found:
        return []
    folded = yield from folding(text)
    shapes = [
        folded.span(*match.span())
        for index in _PREFILTER.hits(folded.lower)
        for match in _REGEXES[index].finditer(folded.lower)
        if not (len(match.group()) >= _HEX_DIGITS and match.group().isdigit())
    ]
    shapes.sort()
    kept = []
    for number, item in enumerate(found):
        if number % _SLICE == _SLICE - 1:
            yield
        lower = folded.slice(item.start, item.end)
        is_shape = _is_inside(item, shapes) or _is_around(item, shapes, text) or _is_amount(item, shapes, text)
        if not is_shape and not _is_nobody(item, lower, folded) and _is_sane(item, lower, text):
            kept.append(item)
    return kept


def _is_inside(finding: Finding, shapes: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(shapes, (finding.start, sys.maxsize)) - 1
    return place >= 0 and finding.end <= shapes[place][1]


def _is_around(finding: Finding, shapes: Sequence[tuple[int, int]], text: str) -> bool:
    """Whether it is a shape and a word before it that says nothing ("Resource <GUID>"); names and credentials stay."""
    if finding.kind in (Kind.PERSON, Kind.SECRET):
        return False
    place = bisect_right(shapes, (finding.end - 1, sys.maxsize)) - 1
    if place < 0 or not finding.start < shapes[place][0] < finding.end <= shapes[place][1]:
        return False
    before = text[finding.start : shapes[place][0]]
    return len(before.split()) <= 1 and not any(char.isdigit() or char == "@" for char in before)


def _is_amount(finding: Finding, shapes: Sequence[tuple[int, int]], text: str) -> bool:
    """Whether the only number of a doubtful address ("Repartid 250") belongs to a shape that goes on after it ("250 €")."""
    if finding.kind is not Kind.ADDRESS or finding.score >= _LIKELY:
        return False
    place = bisect_right(shapes, (finding.end - 1, sys.maxsize)) - 1
    if place < 0 or shapes[place][1] <= finding.end:
        return False
    return not any(char.isdigit() for char in text[finding.start : max(finding.start, shapes[place][0])])


def _is_nobody(finding: Finding, lower: bytes, folded: Folded) -> bool:
    """A public figure's bare name, or a doubtful name of everyday words alone; none that surely is a patient's or staff's."""
    if finding.kind is not Kind.PERSON or (finding.detail in _CARED and finding.score >= _SURE):
        return False
    is_doubtful = finding.score < _SURE and COMMON.issuperset(lower.translate(_NO_LETTERS).split())
    return is_doubtful or lower.decode("ascii") in FIGURES or (finding.score < _SURE and _is_of_figure(finding, folded))


def _is_of_figure(finding: Finding, folded: Folded) -> bool:
    """Whether it is a part of a public figure's whole name: "Ada" of "Ada Lovelace"."""
    before = folded.slice(max(0, finding.start - _NAME_REACH), finding.start).split(b"\n")[-1].split()[-2:]
    after = folded.slice(finding.end, finding.end + _NAME_REACH).split(b"\n")[0].split()[:3]
    own = folded.slice(finding.start, finding.end).split()
    names = (
        b" ".join([*before[place:], *own, *after[:count]]).strip(b".,;:!?()\"'")
        for place in range(len(before) + 1)
        for count in range(len(after) + 1)
    )
    return any(name.decode("ascii") in FIGURES for name in names if b" " in name)


def _is_sane(finding: Finding, lower: bytes, text: str) -> bool:
    """Whether the span can be of its kind at all: a name has no run of digits, a phone seven of them, a word some letters."""
    digits = sum(48 <= byte <= 57 for byte in lower)
    letters = sum(97 <= byte <= 122 for byte in lower)
    if finding.kind is Kind.PERSON:
        return digits < 3 and (letters > 0 or not text[finding.start : finding.end].isascii())
    if finding.kind is Kind.PHONE:
        return digits >= 7 and _ISO_DATE.fullmatch(lower) is None and not _is_in_number(finding, text)
    if finding.kind in (Kind.GOV_ID, Kind.HEALTH_ID):
        return not _is_in_number(finding, text) and (finding.score >= _LIKELY or _YEAR.fullmatch(lower) is None)
    if finding.kind is Kind.EMAIL:
        return b"@" in lower or b"arroba" in lower or finding.score >= _SURE or b"example." not in lower
    if finding.kind is Kind.ADDRESS and finding.score < _UNLIKELY and digits == 0 and b" " not in lower:
        return False
    if finding.kind is Kind.LOCATION:
        is_code = 3 < digits <= 10 or (digits <= 3 and finding.score >= _SURE)
        return digits == 0 or letters > 0 or is_code
    return finding.kind is not Kind.ADDRESS or len(lower) > 3 or (digits > 0 and finding.score >= _UNLIKELY)


def _is_in_number(finding: Finding, text: str) -> bool:
    """Whether a decimal mark ties the span to more digits."""
    before, after = text[max(0, finding.start - 2) : finding.start], text[finding.end : finding.end + 2]
    return (before[-1:] in _MARKS and before[:1].isdigit()) or (after[:1] in _MARKS and after[1:].isdigit())
