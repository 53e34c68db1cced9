"""The document pass: a value found once is found everywhere in the request.

Names by each token of three letters or more, identifiers in their loose forms, other values as phrases. Cost is a few
substring counts for each (value, text), or one linear pass where there are many values or a long text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
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
    b"angel blanco bravo cruz delgado flores fuentes gallego guerra iglesias leal leon luz marin mar mercedes merino milagros "
    b"moreno nieves paz pilar prado ramos reyes rico rojo rosa rosario rubio salvador santos serrano sol soto vidal vega "
    b"vicente abril agosto campos castillo montes mora nieto pascua pastor paloma perla rey rios robles sierra torres "
    b"valle viva victoria esperanza dolores angustias remedios consuelo amparo concepcion "
    b"baker black brown carter clay cook cooper cross day dean frank gold grace grant gray green hall hill hope hunt king "
    b"lane law long mark may miller mills moon page park parker pearl price rice rich rob rose sharp short smith stone "
    b"summer taylor turner walker ward wells west white will wise wood young art bill bob christian drew earl faith gene "
    b"guy jack joy june melody miles pat penny ray rusty sky".split()
)
_SEPARATORS = b" \t\r\n.-_/\\:()'\"*|,;"
_BETWEEN = rb"[ \t\r\n.\-_/\\:()'\"*|,;]{0,3}"
_WORD = re.compile(rb"[a-z]{3,}")
_MANY = 32
_LONG = 16_384
_SLICE = 8_192


@dataclass(frozen=True, slots=True)
class Values:
    """What the findings of one text hold, with how often; the counts tell own occurrences from others.

    Attributes:
        names: tokens of names.
        ids: identifiers without separators.
        phrases: other values as written, folded.
    """

    names: Mapping[bytes, int] = field(default_factory=dict)
    ids: Mapping[bytes, tuple[int, Finding]] = field(default_factory=dict)
    phrases: Mapping[bytes, tuple[int, Finding]] = field(default_factory=dict)


def values_of(findings: Iterable[Finding], text: str, fold_text: Folded) -> Values:
    """The values of `findings` in `text`."""
    names: Counter[bytes] = Counter()
    ids: dict[bytes, tuple[int, Finding]] = {}
    phrases: dict[bytes, tuple[int, Finding]] = {}
    for finding in findings:
        lower = _folded_slice(finding, fold_text)
        if finding.kind is Kind.PERSON:
            names.update(token for token in _WORD.findall(lower) if token not in _NOT_NAMES)
        elif finding.kind in _IDENTIFIERS:
            value = lower.translate(None, _SEPARATORS)
            if _is_telling(value):
                ids[value] = (ids.get(value, (0, finding))[0] + 1, finding)
        elif finding.kind in _PHRASES and len(lower) >= 5:
            value = b" ".join(lower.split())
            phrases[value] = (phrases.get(value, (0, finding))[0] + 1, finding)
    return Values(names, ids, phrases)


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
    names: dict[bytes, int] = {}
    ids: dict[bytes, tuple[int, Finding]] = {}
    phrases: dict[bytes, tuple[int, Finding]] = {}
    for values in every:
        names.update(values.names)
        ids.update(values.ids)
        phrases.update(values.phrases)
    return Values(names, ids, phrases)


def spread(
    text: str, folded: Folded, squeezed: bytes, own: Values, every: Values
) -> Generator[None, None, list[Finding]]:
    """Occurrences in `text` of values of the whole request that its own findings do not hold.

    Args:
        text: the original, for capitals.
        folded: its folded view.
        squeezed: `folded.lower` without separators.
        own: values of this text's findings.
        every: values of the request.
    """
    lower = folded.lower
    found = list(_names(text, folded, own.names, every.names))
    if len(every.ids) > _MANY and len(squeezed) > 256:
        found.extend((yield from _many_ids(folded, every.ids)))
    else:
        for value, (_, finding) in every.ids.items():
            if squeezed.count(value) > own.ids.get(value, (0,))[0]:
                found.extend(_at(folded, match.span(), finding) for match in _loose(value).finditer(lower))
    for number, (value, (_, finding)) in enumerate(every.phrases.items()):
        if number % 16 == 15 and len(lower) > _LONG:
            yield
        if lower.count(value) > own.phrases.get(value, (0,))[0]:
            found.extend(_at(folded, span, finding) for span in _whole_words(lower, value))
    return found


def _at(folded: Folded, span: tuple[int, int], like: Finding) -> Finding:
    start, end = folded.span(*span)
    return Finding(start, end, like.kind, like.detail, like.score, like.rule)


def _names(text: str, folded: Folded, own: Mapping[bytes, int], every: Mapping[bytes, int]) -> Iterator[Finding]:
    lower = folded.lower
    if len(every) > _MANY or len(lower) > _LONG:
        spans: Iterable[tuple[int, int]] = (m.span() for m in _WORD.finditer(lower) if m.group() in every)
    else:
        missing = [token for token in every if lower.count(token) > own.get(token, 0)]
        spans = [span for token in missing for span in _whole_words(lower, token)]
    for span in spans:
        start, end = folded.span(*span)
        if lower[span[0] : span[1]] not in _EVERYDAY or text[start].isupper():
            yield Finding(start, end, Kind.PERSON, "", 0.8, "document")


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


def _many_ids(folded: Folded, ids: Mapping[bytes, tuple[int, Finding]]) -> Generator[None, None, list[Finding]]:
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
                    found.append(_at(folded, span, ids[value][1]))
    return found


def squeeze(lower: bytes) -> bytes:
    """`lower` without separators."""
    return lower.translate(None, _SEPARATORS)
