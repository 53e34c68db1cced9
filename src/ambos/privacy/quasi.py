"""Quasi-identifiers scored together: how few people a passage can be about (docs/guide/detection.md, "quasi-identifiers").

The written rule: a passage around a place or a body leaves so many people, as a power of ten; each further thing that
it says of the person takes some away. Ten or fewer left: the person counts as identifiable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from ambos.messages import Finding, Kind
from ambos.privacy.lexicons.places import COUNTRIES, KNOWN_BODIES, LARGE_PLACES
from ambos.privacy.lexicons.trades import NO_TRADES, PEOPLE, THINGS, TRADES
from ambos.privacy.normalise import Folded, fold

# Each of these alone tells who it is about, to somebody who can look it up.
IDENTIFYING: Final = frozenset(
    {
        Kind.PERSON, Kind.ADDRESS, Kind.PHONE, Kind.EMAIL, Kind.IP, Kind.USERNAME, Kind.GOV_ID, Kind.TAX_ID,
        Kind.HEALTH_ID, Kind.BANK_ACCOUNT, Kind.CARD, Kind.VEHICLE, Kind.DEVICE_ID,
    }
)  # fmt: skip
# People left, as log10: a country of 48 million; a city of 100,000 and more (half a million in the mean); any other
# place (half of Spain's municipalities outside that list have fewer than 700 people, most of the people live in those
# of some 10,000); the people of a school, a firm, a ward.
_COUNTRY, _CITY, _PLACE, _BODY = 7.7, 5.7, 4.0, 3.3
# What is taken away: an age in years out of some 80; a hundred years and more, one person in some 3,000; a trade, one in a
# hundred; an office that a place has one of; a day on which something happened to the person; what newspapers told; "the only
# one"; children born together, one birth in a hundred.
_AGE, _OLD, _TRADE, _OFFICE, _DAY, _NEWS, _ONLY, _TWINS = 1.9, 3.5, 2.0, 3.5, 1.5, 2.0, 3.0, 1.8
# Ten people, the cell size below which statistics offices suppress a figure.
LEAST_LOG10: Final = 1.0
# A place in capitals may be doubtful: villages are seldom in the taggers' texts.
_LIKELY, _LIKELY_PLACE = 0.4, 0.15
_LEAST_LETTERS = 4
_REACH = 220
_MOST = 32

_OFFICE_WORDS = (
    rb"alcalde|alcaldesa|concejal|concejala|parroco|cura|farmaceutic[oa]|boticari[oa]|medic[oa] (?:de familia )?de|",
    rb"veterinari[oa]|director(?:a)? (?:del|de la|de) (?:colegio|instituto|centro|ceip|ies|sucursal|residencia)|",
    rb"secretari[oa] del ayuntamiento|juez(?:a)? de paz|sargento|comandante del puesto|notari[oa]|carter[oa]|",
    rb"maestr[oa] de|enfermer[oa] de|presidenta? del?|jef[ea] de (?:policia|estacion)|",
    rb"director(?:a)? (?:financier[oa]|general|comercial|tecnic[oa]|de recursos humanos)|",
    rb"mayor|vicar|parish priest|rector|rabbi|imam|sheriff|headteacher|head teacher|principal|postmaster|postmistress|",
    rb"pharmacist|town clerk|police chief|fire chief|head of [a-z]+|librarian|chief executive|managing director|",
    rb"(?:finance|sales|technical) director|deputy head(?:teacher)?|chairman|chairwoman|treasurer|harbou?rmaster|postmaster|",
    rb"(?:fire|air|town) (?:marshal|warden)|chief (?:accountant|clerk|constable|cook|engineer|technician)|captain of|",
    rb"coach of|postwoman|postman|winner of|champion of|church ?warden|",
    rb"gerente del?|jef[ea] de (?:estudios|taller|obra|cocina|ventas|personal|estudio|turno)|",
    rb"capitana? del?|entrenadora? del?|",
    rb"tesorer[oa] del?|president[ea] de(?:l| la) (?:cofradia|asociacion|club|comunidad|junta|cooperativa|hermandad|casino|pena)",
)
_OFFICES = re.compile(rb"\b(?:" + b"".join(_OFFICE_WORDS) + rb")\b")
# "The vicar of Much Wenlock", "la médica de Alcalá": the place need not have been found.
_OFFICE_OF = re.compile(rb"\b(?:" + b"".join(_OFFICE_WORDS) + rb")(?: (?:de|del|of|in|at|en))? (?=\S)")
_TRADE_WORDS = "|".join(TRADES.split()).replace("_", " ").encode()
_TRADES = re.compile(rb"\b(?:" + _TRADE_WORDS + rb")s?\b")
# "The organist of ...", "al herrero de ...", "the bell founder in ...": with the article there is one.
_TRADE_OF = re.compile(
    rb"\b(?:el|la|al|del|the|our|nuestr[oa]) (?:[a-z]+ )?(?:" + _TRADE_WORDS + rb") (?:de|del|en|of|in|at|from) (?=\S)"
)
# Spanish makes trades by endings: "el portero del Haro", "la tramoyista del teatro de Olite". Not all that ends so is one.
_AGENT_OF = re.compile(
    rb"\b(?:el|la|al|del|nuestr[oa]) (?:nuev[oa] |antigu[oa] |unic[oa] )?"
    rb"([a-z]{2,}(?:er[oa]|ista|dora?|log[oa]|graf[oa])|(?<=el )guia)(?: mayor)? (?:de|del|en) (?=\S)"
)
# "The only dentist on Barra", "the first woman to skipper the lifeboat at Seahouses".
_ONLY_OF = re.compile(
    rb"\b(?:el unico|la unica|the only|the sole|the first|el primer|la primera) (?:[a-z]+ )?(?:"
    + "|".join(PEOPLE.split()).encode()
    + rb"|"
    + _TRADE_WORDS
    + rb")(?: (?:to|que) [a-z]+(?: (?:the|el|la|los|las))? [a-z]+)? (?:de|del|en|of|on|in|at|from) (?=\S)"
)
_PROPER = re.compile(
    r"(?:(?:el|la|los|las|the)\s)?[A-ZÁÉÍÓÚÑ][\w'’\-]+(?:\s(?:(?:de|del|la|las|los|of|or|the|y)\s){0,2}[A-ZÁÉÍÓÚÑ][\w'’\-]+){0,3}"
)
# With up to five words before it: "de la catedral de Tuy".
_PROPER_SOON = re.compile(r"(?:[a-záéíóúñü]{1,20}\s){0,5}(" + _PROPER.pattern + ")")
_EVENTS = re.compile(
    rb"\b(?:en (?:el|los) periodicos?|en las noticias|fue noticia|en la prensa|en la tele(?:vision)?|en la radio|viral|"
    rb"in the (?:news|papers?|press)|on the (?:news|local radio|radio|television|tv)|made headlines|went viral|"
    rb"(?:sub)?campeona? (?:provincial|regional|nacional|autonomic[oa]|de espana|del mundo)|gano el concurso|"
    rb"(?:national|county|regional|world|olympic) (?:[a-z]+ )?champion|won the)\b"
)
_ONLIES = re.compile(
    rb"\b(?:el unico|la unica|unico|unica|the (?:only|sole)|the first (?:woman|man|person)|el primer|la primera)\b(?: ([a-z]+))?"
)
_BORN_TOGETHER = re.compile(rb"\b(?:trilliz[oa]s?|melliz[oa]s?|gemel[oa]s|triplets?|twins?|quadruplets)\b")
_HUNDRED = re.compile(r"\b1[01][0-9]\b")
_CENTRES = frozenset({Kind.LOCATION, Kind.ORG, Kind.HEALTH, Kind.SPECIAL})
_YEAR = re.compile(rb"(?:(?:en|in|of|de|del|since|desde)? ?)*(?:1[89]|20)[0-9]{2}")


def is_telling(text: str, findings: Sequence[Finding]) -> bool:
    """Whether a passage of `text` leaves ten people or fewer; not asked where an identifier says it already.

    Args:
        text: one text.
        findings: all of it, in order.
    """
    if any(finding.kind in IDENTIFYING for finding in findings):
        return False
    likely = [finding for finding in findings if _is_likely(text, finding)]
    return any(people_left(text, centre, likely) <= LEAST_LOG10 for centre in _centres(likely))


def _is_likely(text: str, finding: Finding) -> bool:
    name = text[finding.start : finding.end]
    is_name = finding.kind is Kind.LOCATION and len(name) >= _LEAST_LETTERS and name[0].isupper() and not name.isupper()
    return finding.score >= (_LIKELY_PLACE if is_name else _LIKELY)


def _centres(findings: Sequence[Finding]) -> list[Finding]:
    """Places, bodies and facts, one for each half passage."""
    centres: list[Finding] = []
    for finding in findings:
        is_near = bool(centres) and finding.start < centres[-1].start + _REACH // 2
        if finding.kind in _CENTRES and not is_near and len(centres) < _MOST:
            centres.append(finding)
    return centres


def people_left(text: str, centre: Finding, findings: Sequence[Finding]) -> float:
    """How many people the passage around `centre`, a place, a body or a fact, can be about, as log10."""
    start, end = _passage(text, centre)
    near = [finding for finding in findings if start <= finding.start and finding.end <= end]
    folded = fold(text[start:end])
    places = [_of(text, finding) for finding in near]
    return min((*places, _of_office(text[start:end], folded))) - sum(_taken(text, near, folded.lower))


def _passage(text: str, centre: Finding) -> tuple[int, int]:
    """The paragraph, cut at `_REACH` characters on both sides."""
    start = max(text.rfind("\n", 0, centre.start) + 1, centre.start - _REACH)
    end = text.find("\n", centre.end)
    return start, min(len(text) if end < 0 else end, centre.end + _REACH)


def _of(text: str, finding: Finding) -> float:
    """The people of a place or body; a country for whatever is neither."""
    if finding.kind not in (Kind.LOCATION, Kind.ORG):
        return _COUNTRY
    name = _plain(text[finding.start : finding.end])
    if finding.kind is Kind.ORG:
        return _COUNTRY if name in KNOWN_BODIES or finding.rule.startswith("house.") else _BODY
    if name in COUNTRIES:
        return _COUNTRY
    return _CITY if name in LARGE_PLACES else _PLACE


def is_well_known(name: str) -> bool:
    """Whether a place or body is one of those that everybody knows: it is nobody's name.

    >>> is_well_known("Sevilla"), is_well_known("Remedios")
    (True, False)
    """
    plain = _plain(name)
    return plain in LARGE_PLACES or plain in COUNTRIES or plain in KNOWN_BODIES


def _of_office(passage: str, folded: Folded) -> float:
    """The people of the place whose office is named: "la alcaldesa de Navaleno"."""
    patterns = (_OFFICE_OF, _TRADE_OF, _ONLY_OF)
    matches = chain.from_iterable(pattern.finditer(folded.lower) for pattern in patterns)
    if any(_is_of_small(match, passage, folded) for match in chain(matches, _agents(folded.lower))):
        return _PLACE
    return _COUNTRY


def _is_of_small(match: re.Match[bytes], passage: str, folded: Folded) -> bool:
    """Whether a name follows within a few words, and is no large place's."""
    name = _PROPER_SOON.match(passage, folded.span(match.end(), match.end() + 1)[0])
    return name is not None and not _is_large(name[1])


def _agents(lower: bytes) -> Iterator[re.Match[bytes]]:
    return (match for match in _AGENT_OF.finditer(lower) if match[1] not in NO_TRADES)


def _is_large(name: str) -> bool:
    return not LARGE_PLACES.isdisjoint(
        known := {_plain(name), _plain(name.split(maxsplit=1)[0])}
    ) or not COUNTRIES.isdisjoint(known)


def _plain(name: str) -> bytes:
    return b" ".join(fold(name).lower.strip(b" .,").split())


def _taken(text: str, near: Sequence[Finding], lower: bytes) -> Iterator[float]:
    if ages := [text[finding.start : finding.end] for finding in near if finding.kind is Kind.AGE]:
        yield _OLD if any(_HUNDRED.search(age) for age in ages) else _AGE
    if _OFFICES.search(lower) or _TRADE_OF.search(lower) or any(_agents(lower)):
        yield _OFFICE
    elif any(finding.kind is Kind.PROFESSION for finding in near) or _TRADES.search(lower):
        yield _TRADE
    if _BORN_TOGETHER.search(lower):
        yield _TWINS
    if any(finding.kind is Kind.DATE and _is_day(text[finding.start : finding.end]) for finding in near):
        yield _DAY
    if _EVENTS.search(lower):
        yield _NEWS
    if any(match[1] not in THINGS for match in _ONLIES.finditer(lower)):
        yield _ONLY


def _is_day(date: str) -> bool:
    """Whether a date names a day: it holds a number and is more than a year.

    >>> _is_day("14/02/2025"), _is_day("2023"), _is_day("el jueves")
    (True, False, False)
    """
    lower = fold(date).lower.strip()
    return any(48 <= byte <= 57 for byte in lower) and _YEAR.fullmatch(lower) is None
