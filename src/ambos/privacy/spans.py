"""Which stretches of one text are masked, and what stands in their place (`docs/spec/surrogate.md` section 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

from ambos.errors import DispatchError
from ambos.messages import Finding, Kind, Leaf
from ambos.privacy.overlaps import BIRTH
from ambos.privacy.packed import Packed, packed_at, packed_like
from ambos.privacy.quasi import is_well_known
from ambos.privacy.surrogate import Surrogates
from ambos.privacy.surrogate_map import SurrogateMap

_Piece: TypeAlias = tuple[int, int, Kind]

# A date of birth identifies; a date of an appointment is a fact.
_BIRTH_DETAILS: Final = ("birth", "dob", "nacimiento")
# What stands between a street and its town.
_BETWEEN: Final = re.compile(r"[\s,.:()\-–]{0,6}(?:(?:de|en|in|of)\s)?")
_PLACES: Final = frozenset({Kind.LOCATION, Kind.ORG})
_SURE: Final = 0.7  # how likely a place or body is one


class Span(NamedTuple):  # made for every finding of every request: half the cost of a frozen dataclass
    """What stands for `start:end` of a text."""

    start: int
    end: int
    text: str


def spans_of(
    leaf: Leaf,
    findings: tuple[Finding, ...],
    naming: SurrogateMap,
    surrogates: Surrogates,
    kinds: frozenset[Kind],
) -> list[Span]:
    """What stands for the findings of a leaf, in order and apart.

    Raises:
        DispatchError: offsets outside the leaf.
    """
    if any(not 0 <= finding.start < finding.end <= len(leaf.text) for finding in findings):
        raise DispatchError("a finding lies outside its text: the detector is at fault, nothing is sent")
    wanted = wanted_findings(leaf.text, findings, kinds)
    if not wanted:
        return []
    return list(_named(leaf.text, list(_united(wanted)), naming, surrogates))


def wanted_findings(text: str, findings: tuple[Finding, ...], kinds: frozenset[Kind]) -> list[Finding]:
    """Those that are masked; with an address its town and postcode, a postcode that holds letters anywhere, and a place or
    body that may be somebody's name or street.
    """
    wanted: list[Finding] = []
    after_address = -1
    for finding in findings:
        is_of_address = (
            finding.kind is Kind.LOCATION
            and Kind.ADDRESS in kinds
            and (
                _is_postcode(text[finding.start : finding.end])
                or (after_address >= 0 and _BETWEEN.fullmatch(text, after_address, finding.start) is not None)
            )
        )
        if is_of_address or finding.kind in kinds or is_birth(finding) or _may_be_somebody(text, finding, kinds):
            wanted.append(finding)
        after_address = finding.end if is_of_address or finding.kind is Kind.ADDRESS else -1
    return wanted


def is_birth(finding: Finding) -> bool:
    """Whether it is a date of birth, by its rule or by the finer label of a tagger."""
    return finding.kind is Kind.DATE and (
        finding.rule == BIRTH or any(word in finding.detail.lower() for word in _BIRTH_DETAILS)
    )


def _may_be_somebody(text: str, finding: Finding, kinds: frozenset[Kind]) -> bool:
    """Of 45 names and streets that the tagger took for a place or body 25 score less, of 654 places and bodies 56
    (synthetic English set of `benchmarks/false_alarms.py`): what is masked too much comes back.
    """
    if finding.kind not in _PLACES or finding.rule != "tagger" or finding.score >= _SURE or Kind.PERSON not in kinds:
        return False
    return not is_well_known(text[finding.start : finding.end])


def _is_postcode(place: str) -> bool:
    """Such as "NR2 3TU", "28013 Madrid"; a number alone may be anything."""
    return any(char.isdigit() for char in place) and any(char.isalpha() for char in place)


def _united(findings: Sequence[Finding]) -> Iterator[tuple[int, int, Kind]]:
    """Overlapping findings as one span of the kind of the longest; what only touches stays apart."""
    if len(findings) == 1:
        yield findings[0].start, findings[0].end, findings[0].kind
        return
    longest: Finding | None = None
    start = end = 0
    for finding in sorted(findings, key=lambda one: (one.start, -one.end, one.kind)):
        if longest is not None and finding.start < end:
            end = max(end, finding.end)
            if finding.end - finding.start > longest.end - longest.start:
                longest = finding
            continue
        if longest is not None:
            yield start, end, longest.kind
        longest, start, end = finding, finding.start, finding.end
    if longest is not None:
        yield start, end, longest.kind


def _outside(start: int, end: int, kind: Kind, kept: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, Kind]]:
    """The parts of a span that are no surrogate of ours."""
    for kept_start, kept_end in kept:
        if kept_end <= start or kept_start >= end:
            continue
        if kept_start > start:
            yield start, kept_start, kind
        start = kept_end
    if start < end:
        yield start, end, kind


def _named(text: str, pieces: list[_Piece], naming: SurrogateMap, surrogates: Surrogates) -> Iterator[Span]:
    """What stands in the place of each piece; several in one encoded value become one span."""
    if kept := surrogates.own_spans(text):
        parts = chain.from_iterable(_outside(*piece, kept) for piece in pieces)
        pieces = [piece for piece in parts if any(char.isalnum() for char in text[piece[0] : piece[1]])]
    for value, inside in _grouped(text, pieces):
        if value is not None and (packed := _packed(text, value, inside, naming, surrogates)) is not None:
            yield packed
        else:
            yield from (Span(start, end, naming.surrogate(kind, text[start:end])) for start, end, kind in inside)


def _grouped(text: str, pieces: Iterable[_Piece]) -> Iterator[tuple[Packed | None, list[_Piece]]]:
    """Each piece, or all those of one encoded value."""
    value: Packed | None = None
    inside: list[_Piece] = []
    for piece in pieces:
        if value is not None and piece[0] < value.end:
            inside.append(piece)
            continue
        if inside:
            yield value, inside
        past = inside[-1][1] if inside else 0
        value, inside = packed_at(text, piece[0]), [piece]
        if value is not None and value.start < past:
            value = None
    if inside:
        yield value, inside


def _packed(
    text: str, value: Packed, inside: Sequence[_Piece], naming: SurrogateMap, surrogates: Surrogates
) -> Span | None:
    """An encoded value written again with surrogates inside (spec section 5.2); None where it is masked as it stands."""
    (start, end, kind), last = inside[0], max(piece[1] for piece in inside)
    is_secret = kind is Kind.SECRET and (start, end) == (value.start, value.end)
    if is_secret or start < value.inner or last > value.end:
        return None
    token, content = text[value.start : value.end], value.written()
    pieces = [(*content.within(start - value.start, end - value.start), kind) for start, end, kind in inside]
    made = packed_like(value, token, replaced(content.text, _named(content.text, pieces, naming, surrogates)))
    return Span(value.start, value.end, made) if naming.pack(made, token) else None


def replaced(text: str, spans: Iterable[Span]) -> str:
    """The text with every span in the place of what it stands for; spans in order."""
    parts: list[str] = []
    position = 0
    for span in spans:
        parts += (text[position : span.start], span.text)
        position = span.end
    return "".join((*parts, text[position:]))
