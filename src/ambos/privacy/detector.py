"""Findings of one text: runs every recogniser, checks what it returns, settles overlaps. Fails closed."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Generator, Iterable, Sequence

from ambos.errors import DetectorError
from ambos.messages import Finding, Kind
from ambos.privacy.language import foreign_language
from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons import LISTS
from ambos.privacy.normalise import fold
from ambos.privacy.recogniser import Recogniser
from ambos.privacy.recognisers import PACKS
from ambos.privacy.rule import VALID, Rule
from ambos.privacy.rules import Rules
from ambos.privacy.settings import Settings

HOUSE_SECRET = "house_secret"
HOUSE_INTERNAL = "house_internal"
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
                every.extend(found)
                _check(found, len(text))
            except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, the text is restricted
                # Neither the message nor the cause: they may hold the text.
                raise DetectorError(f"recogniser {recogniser.name} failed ({type(error).__name__})") from None
        return merge(finding for finding in every if self._counts(finding, text))

    def language(self, text: str, lower: bytes) -> str:
        """The code of a language that the recognisers were not made for, or ""."""
        return foreign_language(text, lower, self.settings.languages)

    def _counts(self, finding: Finding, text: str) -> bool:
        if finding.score < self.settings.thresholds.get(finding.kind, self.settings.threshold):
            return False
        return not self._public or compact(text[finding.start : finding.end]) not in self._public


def compact(text: str) -> bytes:
    """Letters and digits of `text`, folded: what two loose forms of one value share."""
    return fold(text).lower.translate(None, _SEPARATORS)


def _check(found: Iterable[Finding], length: int) -> None:
    for finding in found:
        if not (0 <= finding.start < finding.end <= length and 0 <= finding.score <= 1):
            raise ValueError("offsets or score out of range")


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
    ordered = sorted(found, key=_weight)
    starts: list[int] = []
    kept: list[Finding] = []
    for finding in ordered:
        for piece in _outside(finding, starts, kept):
            place = bisect_left(starts, piece.start)
            starts.insert(place, piece.start)
            kept.insert(place, piece)
    return tuple(kept)


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
