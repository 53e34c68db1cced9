"""Findings of one text: runs every recogniser, checks what it returns, settles overlaps. Fails closed."""

from __future__ import annotations

import difflib
import hashlib
import sys
from bisect import bisect_right
from collections.abc import Generator, Iterable, Sequence
from itertools import accumulate

from ambos.errors import ConfigError, DetectorError
from ambos.messages import Finding, Kind
from ambos.privacy.language import foreign_language
from ambos.privacy.lexicon import WordList
from ambos.privacy.lexicons import LISTS
from ambos.privacy.noise import without_noise
from ambos.privacy.normalise import Folded, fold
from ambos.privacy.overlaps import merging
from ambos.privacy.recogniser import Recogniser
from ambos.privacy.recognisers import PACKS
from ambos.privacy.rule import Rule
from ambos.privacy.rules import Rules
from ambos.privacy.settings import Settings
from ambos.privacy.signal import Signals
from ambos.privacy.thresholds import CAUTION

# Raised when noise, overlaps or the document pass change what is found.
_REVISION = 8
HOUSE_SECRET = "house_secret"
HOUSE_INTERNAL = "house_internal"
_COUNT_SLICE = 2048
_SEPARATORS = b" \t\r\n.-_/\\:()'\"*|,;?!"


class Detector:
    """Rules and word lists of the house, and whatever taggers and plug-ins it adds.

    Attributes:
        versions: of each recogniser, by name.
        version: hash over packs, lists, settings and recognisers; goes into the log.
    """

    def __init__(
        self, settings: Settings, recognisers: Sequence[Recogniser] = (), signals: Signals | None = None
    ) -> None:
        """Compile everything; DetectorError when anything does not; ConfigError for an unknown name in `off`."""
        self.settings = settings
        # Not of `version`: they mask nothing, so no bound on what a mask lets through rests on them.
        self.signals = signals
        self._rules = Rules(_enabled(settings.off), (*LISTS, *_house_words(settings)))
        self._recognisers: tuple[Recogniser, ...] = (self._rules, *recognisers)
        self._public = frozenset(compact(value) for value in settings.public)
        self._least = settings.least()
        weights = (_REVISION, sorted(self._least.items()), settings.threshold, sorted(settings.public))
        digest = hashlib.sha256(repr(weights).encode())
        for recogniser in self._recognisers:
            digest.update(f"{recogniser.name}={recogniser.version}\n".encode())
        self.version = digest.hexdigest()[:16]
        self.versions = {recogniser.name: recogniser.version for recogniser in self._recognisers}

    def steps(self, text: str, folded: Folded | None = None) -> Generator[None, None, tuple[Finding, ...]]:
        """The findings of `text` in order, without overlaps.

        Args:
            text: any text.
            folded: its folded view, where the caller has one.

        Raises:
            DetectorError: a recogniser failed or returned what cannot be: the text counts as restricted.
        """
        every: list[Finding] = []
        for recogniser in self._recognisers:
            try:
                if recogniser is self._rules:
                    every += yield from self._counting((yield from self._rules.steps(text, folded)), text)
                else:
                    learned = yield from self._counting((yield from recogniser.steps(text)), text)
                    every += yield from without_noise(learned, text)
            except Exception as error:  # noqa: BLE001 - whatever a plug-in raises, the text is restricted
                # Neither the message nor the cause: they may hold the text.
                raise DetectorError(f"recogniser {recogniser.name} failed ({type(error).__name__})") from None
        return tuple((yield from merging(every, text)))

    def language(self, text: str, lower: bytes) -> str:
        """The code of a language that the recognisers were not made for, or ""."""
        return foreign_language(text, lower, self.settings.languages)

    def _counting(self, found: Sequence[Finding], text: str) -> Generator[None, None, list[Finding]]:
        """Those that pass their threshold and are not public data of the house; ValueError for what cannot be."""
        least, usual, length = self._least, self.settings.threshold, len(text)
        kept, publics = [], []
        for number, finding in enumerate(found):
            if number % _COUNT_SLICE == _COUNT_SLICE - 1:
                yield
            if not (0 <= finding.start < finding.end <= length and 0 <= finding.score <= 1):
                raise ValueError("offsets or score out of range")
            if self._public and compact(text[finding.start : finding.end]) in self._public:
                publics.append(finding)
            elif (finding.score > least[finding.kind]) if finding.rule == CAUTION else (finding.score >= usual):
                kept.append(finding)
        # A piece of what is public ("911 234 567" of "+34 911 234 567") is public there.
        return _outside(kept, publics) if publics else kept


def _outside(found: Sequence[Finding], publics: Sequence[Finding]) -> list[Finding]:
    """Those that no public finding covers, in their order."""
    wholes = sorted((whole.start, whole.end) for whole in publics)
    reach = list(accumulate((end for _, end in wholes), max))
    return [one for one in found if _reach(wholes, reach, one.start) < one.end]


def _reach(wholes: list[tuple[int, int]], reach: list[int], start: int) -> int:
    place = bisect_right(wholes, (start, sys.maxsize)) - 1
    return reach[place] if place >= 0 else -1


def compact(text: str) -> bytes:
    """Letters and digits of `text`, folded: what two loose forms of one value share."""
    return fold(text).lower.translate(None, _SEPARATORS)


def _enabled(off: frozenset[str]) -> list[Rule]:
    known = {"tagger", *PACKS, *(rule.name for rules in PACKS.values() for rule in rules)}
    for name in off - known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"privacy.off: no pack or recogniser is called {name}{hint}")
    return [rule for pack, rules in PACKS.items() if pack not in off for rule in rules if rule.name not in off]


def _house_words(settings: Settings) -> Iterable[WordList]:
    for detail, words in ((HOUSE_SECRET, settings.secrets), (HOUSE_INTERNAL, settings.internal)):
        yield WordList(f"house.{detail}", Kind.ORG, detail, "\n".join(word.replace(",", " ") for word in words))
