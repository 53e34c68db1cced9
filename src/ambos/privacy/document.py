"""The document pass: a value found once is found everywhere in the request.

Names by each token of three letters or more, identifiers in their loose forms, other values as phrases. Cost is a few
substring counts for each (value, text), or one linear pass where there are many values or a long text.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache

from ambos.messages import Finding, Kind
from ambos.privacy.normalise import Folded

_IDENTIFIERS = frozenset(
    {
        Kind.GOV_ID, Kind.TAX_ID, Kind.HEALTH_ID, Kind.BANK_ACCOUNT, Kind.CARD, Kind.PHONE, Kind.EMAIL, Kind.SECRET,
        Kind.USERNAME, Kind.VEHICLE, Kind.DEVICE_ID, Kind.IP,
    }
)  # fmt: skip
_PHRASES = frozenset({Kind.ADDRESS, Kind.ORG, Kind.LOCATION, Kind.DATE})
_NOT_NAMES = frozenset(
    b"del las los von van der den dos san santa don dona sra srta mrs miss doctor doctora the and for para con por que "
    b"hijo hija senor senora sir madam dear estimado estimada paciente patient".split()
)
# Names that are everyday words too: elsewhere they count only with a capital.
_EVERYDAY = frozenset(
    b"angel blanco bravo cruz delgado flores fuentes gallego guerra iglesias leal leon luz marin mar mercedes "
    b"merino milagros moreno nieves paz pilar prado ramos reyes rico rojo rosa rosario rubio salvador santos "
    b"serrano sol soto vidal vega vicente abril agosto campos castillo montes mora nieto pascua pastor paloma "
    b"perla rey rios robles sierra torres valle viva victoria esperanza dolores angustias remedios consuelo "
    b"amparo concepcion baker black brown carter clay cook cooper cross day dean frank gold grace grant gray "
    b"green hall hill hope hunt king lane law long mark may miller mills moon page park parker pearl price "
    b"rice rich rob rose sharp short smith stone summer taylor turner walker ward wells west white will wise "
    b"wood young art bill bob christian drew earl faith gene guy jack joy june melody miles pat penny ray "
    b"rusty sky".split()
)
_SEPARATORS = b" \t\r\n.-_/\\:()'\"*|,;"
_BETWEEN = rb"[ \t\r\n.\-_/\\:()'\"*|,;]{0,3}"
_WORD = re.compile(rb"[a-z]{3,}")
_MANY = 32
_LONG = 16_384
_SLICE = 8_192


@dataclass(frozen=True, slots=True)
class Values:
    """What the findings of one text hold.

    Attributes:
        names: tokens of names.
        ids: identifiers without separators, with a finding to copy.
        phrases: other values as written, folded, with a finding to copy.
    """

    names: frozenset[bytes] = frozenset()
    ids: Mapping[bytes, Finding] = field(default_factory=dict)
    phrases: Mapping[bytes, Finding] = field(default_factory=dict)


def values_of(findings: Iterable[Finding], folded: Folded) -> Values:
    """What `findings` of the text behind `folded` hold."""
    names: set[bytes] = set()
    ids: dict[bytes, Finding] = {}
    phrases: dict[bytes, Finding] = {}
    for finding in findings:
        if finding.kind is Kind.PERSON:
            names.update(token for token in _WORD.findall(_folded_slice(finding, folded)) if token not in _NOT_NAMES)
        elif finding.kind in _IDENTIFIERS:
            value = _folded_slice(finding, folded).translate(None, _SEPARATORS)
            if _is_telling(value):
                ids[value] = finding
        elif finding.kind in _PHRASES and finding.end - finding.start >= 5:
            phrases[_folded_slice(finding, folded)] = finding
    return Values(frozenset(names), ids, phrases)


def _folded_slice(finding: Finding, folded: Folded) -> bytes:
    if folded.offsets is None:
        return folded.lower[finding.start : finding.end]
    return bytes(
        byte for byte, place in zip(folded.lower, folded.offsets, strict=True) if finding.start <= place < finding.end
    )


def _is_telling(value: bytes) -> bool:
    """Long enough not to stand elsewhere by chance; a four-digit PIN that reads as a year is not."""
    if value.isdigit():
        return len(value) >= 5 or (len(value) == 4 and not 1900 <= int(value) < 2100)
    return len(value) >= 5


def union(every: Iterable[Values]) -> Values:
    """All values of a request."""
    names: set[bytes] = set()
    ids: dict[bytes, Finding] = {}
    phrases: dict[bytes, Finding] = {}
    for values in every:
        names |= values.names
        ids.update(values.ids)
        phrases.update(values.phrases)
    return Values(frozenset(names), ids, phrases)


def beyond(every: Values, own: Values) -> Values:
    """The values of `every` that are not `own`."""
    return Values(
        every.names - own.names,
        {value: finding for value, finding in every.ids.items() if value not in own.ids},
        {value: finding for value, finding in every.phrases.items() if value not in own.phrases},
    )


def spread(text: str, folded: Folded, squeezed: bytes, values: Values) -> Generator[None, None, list[Finding]]:
    """Every occurrence of `values` in `text`.

    Args:
        text: the original, for capitals.
        folded: its folded view.
        squeezed: `folded.lower` without separators.
        values: what to look for.
    """
    lower = folded.lower
    found = list(_names(text, folded, values.names))
    if len(values.ids) > _MANY and len(squeezed) > 256:
        found.extend((yield from _many_ids(folded, values.ids)))
    else:
        for value, finding in values.ids.items():
            if value in squeezed:
                found.extend(_at(folded, match.span(), finding) for match in _loose(value).finditer(lower))
    for number, (value, finding) in enumerate(values.phrases.items()):
        if number % 16 == 15 and len(lower) > _LONG:
            yield
        if value in lower:
            found.extend(_at(folded, span, finding) for span in _whole_words(lower, value))
    return found


def _at(folded: Folded, span: tuple[int, int], like: Finding) -> Finding:
    start, end = folded.span(*span)
    return Finding(start, end, like.kind, like.detail, like.score, like.rule)


def _names(text: str, folded: Folded, names: Set[bytes]) -> Iterator[Finding]:
    lower = folded.lower
    if len(names) > _MANY or len(lower) > _LONG:
        spans: Iterable[tuple[int, int]] = (m.span() for m in _WORD.finditer(lower) if m.group() in names)
    else:
        spans = [span for token in names if token in lower for span in _whole_words(lower, token)]
    for span in spans:
        start, end = folded.span(*span)
        if lower[span[0] : span[1]] not in _EVERYDAY or text[start].isupper():
            yield Finding(start, end, Kind.PERSON, "", 0.79, "document")


def _whole_words(lower: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    start = lower.find(value)
    while start >= 0:
        end = start + len(value)
        if not lower[max(0, start - 1) : start].isalnum() and not lower[end : end + 1].isalnum():
            yield start, end
        start = lower.find(value, end)


@lru_cache(maxsize=2048)
def _loose(value: bytes) -> re.Pattern[bytes]:
    """`value` with up to three separators between its characters: fixed length but for those, hence linear."""
    inner = _BETWEEN.join(re.escape(bytes([byte])) for byte in value)
    return re.compile(rb"(?<![a-z0-9])" + inner + rb"(?![a-z0-9])")


def _many_ids(folded: Folded, ids: Mapping[bytes, Finding]) -> Generator[None, None, list[Finding]]:
    """One pass over the characters that are no separators, by the first four of each identifier."""
    lower = folded.lower
    places = [place for place, byte in enumerate(lower) if byte not in _SEPARATORS]
    squeezed = lower.translate(None, _SEPARATORS)
    heads: dict[bytes, list[bytes]] = {}
    for value in ids:
        heads.setdefault(value[:4], []).append(value)
    found = []
    for place in range(len(squeezed) - 3):
        if place % _SLICE == _SLICE - 1:
            yield
        for value in heads.get(squeezed[place : place + 4], ()):
            if squeezed.startswith(value, place):
                span = places[place], places[place + len(value) - 1] + 1
                if not lower[max(0, span[0] - 1) : span[0]].isalnum() and not lower[span[1] : span[1] + 1].isalnum():
                    found.append(_at(folded, span, ids[value]))
    return found


def squeeze(lower: bytes) -> bytes:
    """`lower` without separators."""
    return lower.translate(None, _SEPARATORS)
