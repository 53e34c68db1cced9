"""Settles overlaps between findings, so that no evidence of a rule is lost to a guess and nothing sensitive falls between.

1. Credentials, cards and accounts, and whatever has a valid checksum, win over everything.
2. Then identifiers that a rule found beside a keyword or in an unmistakable form.
3. Then facts (word lists), but not inside the name of a place, body or profession that a tagger found; special ones not in that
   of a person that it is sure of ("Valentina Ladrón").
4. Then what a tagger holds likely, then cues, then the unlikely, by length and score. What a cue caught beyond the name
   that a tagger found is the rest of the sentence: the tagger's unlikely findings hold the rest of a name.

A learned finding of the same kind that covers a rule's keeps its finer label. A loser keeps what stands outside the
winners when that holds a digit or a capital. Cautions and plug-ins (`thresholds`) come last: they fill what is left, cut nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Generator, Iterable
from dataclasses import replace
from typing import Final

from ambos.messages import Finding, Kind
from ambos.privacy.recogniser import finish
from ambos.privacy.recognisers import PACKS
from ambos.privacy.rule import NEAR_INVALID, VALID
from ambos.privacy.thresholds import filled, parted

# A date beside "nacida el" or "DOB" is masked as a birth, whatever a tagger calls it: it has a keyword and a shape.
BIRTH: Final = "birth"
_CUES = frozenset(rule.name for rule in PACKS["names"]) - {BIRTH}
# Cues after which only a name can stand.
_CALLS = frozenset({"name.cue_one", "name.title", "name.said"})
# A surname that is also a kind of street ("Ana Camino Zamora debe 1200 €"): what is left after the name is a sentence.
_STREET = "address.es"
_GOES_ON = re.compile(r"\s*(?!num|piso|portal|bajo|esc|puerta|izq|d(?:ch|er))[^\W\d_A-Z]{3}")
_NUMBER = re.compile(r"[\W_]*\d+[\W_]*")
_EVIDENCE = frozenset(rule.name for rules in PACKS.values() for rule in rules) - _CUES
_GRAVE = frozenset({Kind.SECRET, Kind.CARD, Kind.BANK_ACCOUNT})
_FACTS = frozenset({Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE})
_PLACES = frozenset({Kind.ORG, Kind.LOCATION, Kind.ADDRESS, Kind.PROFESSION})
# What is left of a number holds a digit, or it is a word that stood between two.
_NUMBERS = frozenset({Kind.PHONE, Kind.GOV_ID, Kind.TAX_ID, Kind.HEALTH_ID, Kind.BANK_ACCOUNT, Kind.CARD, Kind.AGE})
_STRONG = 0.9
_LIKELY = 0.5
_SLICE = 256
# More findings that all touch than any text has by chance: settled from left to right, in linear time.
_LONGEST_RUN = 512


def merge(found: Iterable[Finding], text: str) -> tuple[Finding, ...]:
    """`found` in order and without overlaps.

    >>> a, b = Finding(0, 9, Kind.PHONE, score=0.6), Finding(4, 13, Kind.GOV_ID, score=0.99, rule="es.dni")
    >>> [(f.start, f.end, f.kind.value) for f in merge([a, b], "600 12345678Z")]
    [(0, 4, 'PHONE'), (4, 13, 'GOV_ID')]
    """
    return tuple(finish(merging(list(found), text)))


def merging(found: list[Finding], text: str) -> Generator[None, None, list[Finding]]:
    """`merge`, in slices: overlaps are local, so each run of touching findings is settled by itself."""
    found, cautions = parted(found)
    found.sort(key=lambda finding: finding.start)
    settled: list[Finding] = []
    run: list[Finding] = []
    reach = 0
    for number, finding in enumerate(found):
        if run and finding.start >= reach:
            settled.extend(_settle(run, text))
            run = []
        run.append(finding)
        reach = max(reach, finding.end)
        if number % _SLICE == _SLICE - 1:
            yield
    settled.extend(_settle(run, text))
    return filled(settled, cautions, text) if cautions else settled


def _settle(run: list[Finding], text: str) -> list[Finding]:
    if len(run) == 1:
        return run
    if len(run) > _LONGEST_RUN:
        return _sweep(run)
    starts: list[int] = []
    kept: list[Finding] = []
    for finding in sorted(_labelled(run, text), key=_weight):
        for piece in _outside(finding, starts, kept, text):
            place = bisect_left(starts, piece.start)
            starts.insert(place, piece.start)
            kept.insert(place, piece)
    return kept


def _weight(finding: Finding) -> tuple[int, int, float, int, str, str, str]:
    length = finding.end - finding.start
    return (_rank(finding), -length, -finding.score, finding.start, finding.kind, finding.detail, finding.rule)


def _rank(finding: Finding) -> int:
    if finding.rule in _EVIDENCE:
        if finding.kind in _GRAVE or finding.score >= VALID:
            return 0
        return 1 if finding.score >= NEAR_INVALID else 3
    if finding.kind in _FACTS:
        return 2 if finding.score >= _STRONG else 6
    if finding.rule in _CUES or finding.rule == "document":
        return 4
    return 3 if finding.score >= _LIKELY else 5


def _labelled(run: list[Finding], text: str) -> list[Finding]:
    """Without what a learned finding covers that says more: a rule's of the same kind, whose rank it takes over; a fact
    that is part of a place's or a profession's name.
    """
    run = _called(run)
    learned = [
        finding for finding in run if finding.rule not in _EVIDENCE and finding.detail and finding.kind not in _FACTS
    ]
    if not learned:
        return run
    run = [_clear(finding, learned, text) if finding.kind in _FACTS else finding for finding in run]
    covering = {}
    dropped = set()
    for number, finding in enumerate(run):
        if finding.kind in _FACTS and any(_is_part(finding, other) for other in learned):
            dropped.add(number)
        other = next((other for other in learned if _says_more(other, finding)), None)
        if other is not None:
            covering[id(other)] = finding
            dropped.add(number)
    return [
        replace(finding, score=covering[id(finding)].score, rule=covering[id(finding)].rule)
        if id(finding) in covering
        else finding
        for number, finding in enumerate(run)
        if number not in dropped
    ]


def _clear(fact: Finding, learned: list[Finding], text: str) -> Finding:
    """The part of a fact that no learned finding shares, where there is one: the fact is told all the same, and what the
    other masks stays masked ("de" of "de raza", beside "raza caucásica").
    """
    start, end = fact.start, fact.end
    for other in learned:
        if other.start < end and start < other.end:
            start, end = (start, other.start) if start < other.start else (other.end, end)
    has_word = start < end and any(character.isalnum() for character in text[start:end])
    return _trimmed(fact, start, end, text) if has_word else fact


def _says_more(learned: Finding, finding: Finding) -> bool:
    """Whether a learned finding covers a rule's of its kind; a cue knows where a name ends, and lends a guess of its extent."""
    if learned.kind is not finding.kind or not (learned.start <= finding.start and finding.end <= learned.end):
        return False
    if finding.rule in _EVIDENCE:
        return finding.kind not in _GRAVE
    is_equal = (learned.start, learned.end) == (finding.start, finding.end)
    return finding.rule in _CUES and is_equal and learned.score < _LIKELY


def _called(run: list[Finding]) -> list[Finding]:
    """Without the place or body that a tagger took for one where somebody is called: "my sister Florence", "Sr. Toledo"."""
    starts = {finding.start for finding in run if finding.rule in _CALLS}
    if not starts:
        return run
    return [
        finding
        for finding in run
        if finding.kind not in (Kind.LOCATION, Kind.ORG) or finding.rule in _EVIDENCE or finding.start not in starts
    ]


def _is_part(fact: Finding, other: Finding) -> bool:
    is_inside = other.start <= fact.start and fact.end <= other.end
    is_name = other.kind in _PLACES or (
        fact.kind is Kind.SPECIAL and other.kind is Kind.PERSON and other.score >= _STRONG
    )
    return is_inside and is_name and other.end - other.start > fact.end - fact.start + 2


def _sweep(run: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    past = 0
    for finding in run:
        if finding.end > past:
            kept.append(replace(finding, start=max(finding.start, past)))
            past = finding.end
    return kept


def _outside(finding: Finding, starts: list[int], kept: list[Finding], text: str) -> list[Finding]:
    """The pieces of `finding` that no kept finding covers, as far as they hold anything."""
    start, pieces, is_same, only_facts = finding.start, [], False, True
    place = max(bisect_left(starts, start) - 1, 0)
    while place < len(kept) and kept[place].start < finding.end:
        other = kept[place]
        if other.end > start:
            is_same |= other.kind is finding.kind
            only_facts &= other.kind in _FACTS
            if other.start > start:
                pieces.append((start, other.start))
            start = other.end
        place += 1
    if start < finding.end:
        pieces.append((start, finding.end))
    if pieces == [(finding.start, finding.end)]:
        return [finding]
    if is_same and finding.rule in _CUES:
        # The rest of an address is its number ("Ctra. Nnal" and ". 332").
        pieces = [piece for piece in pieces if finding.kind is Kind.ADDRESS and _NUMBER.fullmatch(text, *piece)]
    if finding.rule == _STREET and pieces and pieces[0][0] > finding.start and _GOES_ON.match(text, pieces[0][0]):
        return []
    is_told = finding.kind in _FACTS or (only_facts and finding.score >= _LIKELY)
    return [
        _trimmed(finding, a, b, text)
        for a, b in pieces
        if _holds_something(text[a:b], finding.kind)
        or (is_told and a == finding.start and any(character.isalpha() for character in text[a:b]))
    ]


def _trimmed(finding: Finding, start: int, end: int, text: str) -> Finding:
    """What a cut left, without the space at its ends."""
    piece = text[start:end]
    return replace(finding, start=end - len(piece.lstrip()), end=start + len(piece.rstrip()))


def _holds_something(piece: str, kind: Kind) -> bool:
    if kind is Kind.SECRET:
        return not piece.isspace()
    if kind in _NUMBERS:
        return any(character.isdigit() for character in piece)
    return any(character.isdigit() or character.isupper() for character in piece)
