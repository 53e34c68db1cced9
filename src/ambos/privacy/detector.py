"""Findings of one text: runs every recogniser, checks what it returns, settles overlaps. Fails closed."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace

from ambos.errors import DetectorError
from ambos.messages import Finding, Kind
from ambos.privacy.language import foreign_language
from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons import LISTS
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import Recogniser, finish
from ambos.privacy.recognisers import PACKS
from ambos.privacy.rule import VALID, Rule
from ambos.privacy.rules import Rules
from ambos.privacy.settings import Settings

HOUSE_SECRET = "house_secret"
HOUSE_INTERNAL = "house_internal"
_MERGE_SLICE = 256
_COUNT_SLICE = 2048
# More findings that all touch than any text has by chance: settled from left to right, in linear time.
_LONGEST_RUN = 512
_SEPARATORS = b" \t\r\n.-_/\\:()'\"*|,;?!"


class Detector:
    """Rules and word lists of the house, and whatever taggers and plug-ins it adds.

    Attributes:
        version: hash over packs, lists, settings and recognisers; goes into the log.
    """

    def __init__(self, settings: Settings, recognisers: Sequence[Recogniser] = ()) -> None:
        """Compile everything; DetectorError when anything does not."""
        self.settings = settings
        rules = Rules(_enabled(settings.off), (*LISTS, *_house_words(settings)))
        self._recognisers: tuple[Recogniser, ...] = (rules, *recognisers)
        self._public = frozenset(compact(value) for value in settings.public)
        digest = hashlib.sha256(repr((sorted(settings.thresholds.items()), settings.threshold)).encode())
        for recogniser in self._recognisers:
            digest.update(f"{recogniser.name}={recogniser.version}\n".encode())
        self.version = digest.hexdigest()[:16]

    def steps(self, text: str) -> Generator[None, None, tuple[Finding, ...]]:
        """The findings of `text` in order, without overlaps.

        Raises:
            DetectorError: a recogniser failed or returned what cannot be: the text counts as restricted.
        """
        every: list[Finding] = []
        for recogniser in self._recognisers:
            try:
                found = yield from recogniser.steps(text)
                every.extend((yield from self._counting(found, text)))
            except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, the text is restricted
                # Neither the message nor the cause: they may hold the text.
                raise DetectorError(f"recogniser {recogniser.name} failed ({type(error).__name__})") from None
        return tuple((yield from merging(every)))

    def language(self, text: str, lower: bytes) -> str:
        """The code of a language that the recognisers were not made for, or ""."""
        return foreign_language(text, lower, self.settings.languages)

    def _counting(self, found: Sequence[Finding], text: str) -> Generator[None, None, list[Finding]]:
        """Those that pass their threshold and are not public data of the house; ValueError for what cannot be."""
        least, default, length = self.settings.thresholds, self.settings.threshold, len(text)
        kept = []
        for number, finding in enumerate(found):
            if number % _COUNT_SLICE == _COUNT_SLICE - 1:
                yield
            if not (0 <= finding.start < finding.end <= length and 0 <= finding.score <= 1):
                raise ValueError("offsets or score out of range")
            is_public = bool(self._public) and compact(text[finding.start : finding.end]) in self._public
            if finding.score >= least.get(finding.kind, default) and not is_public:
                kept.append(finding)
        return kept


def compact(text: str) -> bytes:
    """Letters and digits of `text`, folded: what two loose forms of one value share."""
    return fold(text).lower.translate(None, _SEPARATORS)


def _enabled(off: frozenset[str]) -> Iterable[Rule]:
    return (rule for pack, rules in PACKS.items() if pack not in off for rule in rules if rule.name not in off)


def _house_words(settings: Settings) -> Iterable[WordList]:
    for detail, words in ((HOUSE_SECRET, settings.secrets), (HOUSE_INTERNAL, settings.internal)):
        yield WordList(f"house.{detail}", Kind.ORG, detail, "\n".join(word.replace(",", " ") for word in words))


def _weight(finding: Finding) -> tuple[bool, int, float, int, str, str]:
    length = finding.end - finding.start
    return (finding.score < VALID, -length, -finding.score, finding.start, finding.kind, finding.rule)


def merge(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Settle overlaps: valid checksum, then length, then score; a loser keeps what stands outside the winners.

    >>> a, b = Finding(0, 9, Kind.PHONE, score=0.6), Finding(4, 13, Kind.GOV_ID, score=0.99)
    >>> [(f.start, f.end, f.kind.value) for f in merge([a, b])]
    [(0, 4, 'PHONE'), (4, 13, 'GOV_ID')]
    """
    return tuple(finish(merging(list(found))))


def merging(found: list[Finding]) -> Generator[None, None, list[Finding]]:
    """`merge`, in slices: overlaps are local, so each run of touching findings is settled by itself."""
    found.sort(key=lambda finding: finding.start)
    settled: list[Finding] = []
    run: list[Finding] = []
    reach = 0
    for number, finding in enumerate(found):
        if run and finding.start >= reach:
            settled.extend(run if len(run) == 1 else _settle(run))
            run = []
        run.append(finding)
        reach = max(reach, finding.end)
        if number % _MERGE_SLICE == _MERGE_SLICE - 1:
            yield
    settled.extend(_settle(run))
    return settled


def _settle(run: list[Finding]) -> list[Finding]:
    starts: list[int] = []
    kept: list[Finding] = []
    if len(run) > _LONGEST_RUN:
        return _sweep(run)
    for finding in sorted(run, key=_weight):
        for piece in _outside(finding, starts, kept):
            place = bisect_left(starts, piece.start)
            starts.insert(place, piece.start)
            kept.insert(place, piece)
    return kept


def _sweep(run: list[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    past = 0
    for finding in run:
        if finding.end > past:
            kept.append(replace(finding, start=max(finding.start, past)))
            past = finding.end
    return kept


def _outside(finding: Finding, starts: list[int], kept: list[Finding]) -> list[Finding]:
    """The pieces of `finding` that no kept finding covers."""
    start, pieces = finding.start, []
    place = max(bisect_left(starts, start) - 1, 0)
    while place < len(kept) and kept[place].start < finding.end:
        other = kept[place]
        if other.end > start:
            if other.start > start:
                pieces.append((start, other.start))
            start = other.end
        place += 1
    if start < finding.end:
        pieces.append((start, finding.end))
    if pieces == [(finding.start, finding.end)]:
        return [finding]
    return [Finding(a, b, finding.kind, finding.detail, finding.score, finding.rule) for a, b in pieces if b - a > 1]
