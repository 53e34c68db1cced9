"""The document pass: a value found once is found everywhere in the request.

Names by each token of three letters or more, identifiers in their loose forms, other values as phrases. Cost is a few
substring counts for each (value, text), or one linear pass where there are many values or a long text.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
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
_TOKEN = re.compile(rb"[a-z]{3,}|[a-z0-9]+")
_NAME = Finding(0, 1, Kind.PERSON, "", 0.79, "document")
# Above so many values, or so long a text, one pass over the words is cheaper than a search for each value.
_MANY = 32
_SHORT = 256
_LONG = 16_384
_SLICE = 512
# A longer value is known by its first characters: a key or token is found again by its own rule.
_MOST = 128


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


def values_of(findings: Sequence[Finding], folded: Folded) -> Generator[None, None, Values]:
    """What `findings` of the text behind `folded` hold."""
    names: set[bytes] = set()
    ids: dict[bytes, Finding] = {}
    phrases: dict[bytes, Finding] = {}
    for number, finding in enumerate(findings):
        if number % _SLICE == _SLICE - 1:
            yield
        if finding.kind is Kind.PERSON:
            names.update(_WORD.findall(folded.slice(finding.start, finding.end)))
        elif finding.kind in _IDENTIFIERS:
            value = folded.slice(finding.start, finding.end).translate(None, _SEPARATORS)[:_MOST]
            if _is_telling(value, finding.kind):
                ids[value] = finding
        elif finding.kind in _PHRASES and _MOST >= finding.end - finding.start >= 5:
            phrases[folded.slice(finding.start, finding.end)] = finding
    return Values(frozenset(names - _NOT_NAMES), ids, phrases)


def _is_telling(value: bytes, kind: Kind) -> bool:
    """Long enough not to stand elsewhere by chance; of four digits only a PIN that does not read as a year."""
    if kind is Kind.SECRET and len(value) == 4 and value.isdigit():
        return not 1900 <= int(value) < 2100
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


def beyond(every: Values, own: Values) -> Values | None:
    """The values of `every` that are not `own`; None when there are none."""
    if every.names <= own.names and every.ids.keys() <= own.ids.keys() and every.phrases.keys() <= own.phrases.keys():
        return None
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
    many = len(values.names) + len(values.ids) + len(values.phrases) > _MANY
    if len(folded.lower) > _LONG or (many and len(folded.lower) > _SHORT):
        return (yield from _by_words(text, folded, values))
    return list(_by_values(text, folded, squeezed, values))


def _by_values(text: str, folded: Folded, squeezed: bytes, values: Values) -> Iterator[Finding]:
    """One substring search for each value: the quick way for few values and short texts."""
    lower = folded.lower
    for token in values.names:
        if token in lower:
            yield from (_at(folded, span, _NAME) for span in _whole(lower, token) if _is_name(text, folded, span))
    for value, finding in values.ids.items():
        if times := squeezed.count(value):
            # As often with separators as without: no loose form stands here, and nothing need be compiled.
            spans = _whole(lower, value) if lower.count(value) == times else _loose_spans(lower, value)
            yield from (_at(folded, span, finding) for span in spans)
    for value, finding in values.phrases.items():
        if value in lower:
            yield from (_at(folded, span, finding) for span in _whole(lower, value))


def _by_words(text: str, folded: Folded, values: Values) -> Generator[None, None, list[Finding]]:
    """One pass over the words, whatever the number of values: each value begins where a word begins."""
    lower = folded.lower
    found: list[Finding] = []
    ids, phrases = _Index(values.ids), _Index(values.phrases)
    past = 0
    for number, match in enumerate(_TOKEN.finditer(lower)):
        if number % _SLICE == _SLICE - 1:
            yield
        start, end = match.span()
        if start < past:
            continue
        like = _NAME if match.group() in values.names and _is_name(text, folded, (start, end)) else None
        if like is None and (known := phrases.find(lower, start)) is not None:
            end, like = start + len(known), values.phrases[known]
        if like is None and (known := ids.find_loose(lower, start)) is not None:
            end, like = _reach(lower, start, len(known)), values.ids[known]
        if like is not None:
            found.append(_at(folded, (start, end), like))
            past = end
    return found


class _Index:
    """Values by their first four characters, then by length: a look-up costs the same for one value and for thousands."""

    def __init__(self, values: Mapping[bytes, Finding]) -> None:
        self._values = values
        self._heads = {value[:4] for value in values}
        self._lengths = sorted({len(value) for value in values}, reverse=True)

    def find(self, lower: bytes, start: int) -> bytes | None:
        """The longest value that stands at `start`, letter for letter, up to a word's end."""
        if lower[start : start + 4] not in self._heads:
            return None
        for length in self._lengths:
            end = start + length
            if lower[start:end] in self._values and not lower[end : end + 1].isalnum():
                return lower[start:end]
        return None

    def find_loose(self, lower: bytes, start: int) -> bytes | None:
        """The longest value that stands at `start` when separators are left out, up to a word's end."""
        if not self._heads or lower[start : start + 14].translate(None, _SEPARATORS)[:4] not in self._heads:
            return None
        plain = lower[start : start + 3 * self._lengths[0]].translate(None, _SEPARATORS)
        for length in self._lengths:
            if plain[:length] in self._values:
                end = _reach(lower, start, length)
                if not lower[end : end + 1].isalnum():
                    return plain[:length]
        return None


def _reach(lower: bytes, start: int, length: int) -> int:
    """The end of `length` characters from `start` that are no separators."""
    place = start
    while length and place < len(lower):
        length -= lower[place] not in _SEPARATORS
        place += 1
    return place


def _is_name(text: str, folded: Folded, span: tuple[int, int]) -> bool:
    """An everyday word counts as a name only with a capital."""
    return folded.lower[span[0] : span[1]] not in _EVERYDAY or text[folded.span(*span)[0]].isupper()


def _at(folded: Folded, span: tuple[int, int], like: Finding) -> Finding:
    start, end = folded.span(*span)
    return Finding(start, end, like.kind, like.detail, like.score, like.rule)


def _whole(lower: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    start = lower.find(value)
    while start >= 0:
        end = start + len(value)
        if not lower[max(0, start - 1) : start].isalnum() and not lower[end : end + 1].isalnum():
            yield start, end
        start = lower.find(value, end)


def _loose_spans(lower: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _loose(value).finditer(lower))


@lru_cache(maxsize=2048)
def _loose(value: bytes) -> re.Pattern[bytes]:
    """`value` with up to three separators between its characters: fixed length but for those, hence linear."""
    inner = _BETWEEN.join(re.escape(bytes([byte])) for byte in value)
    return re.compile(rb"(?<![a-z0-9])" + inner + rb"(?![a-z0-9])")


def squeeze(lower: bytes) -> bytes:
    """`lower` without separators."""
    return lower.translate(None, _SEPARATORS)
