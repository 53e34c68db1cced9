"""Reads all leaves of a request: message-local findings (cached), then the document pass over the union."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

from ambos.messages import Finding, Leaf
from ambos.privacy.cache import Cache, Found, Local
from ambos.privacy.detector import Detector
from ambos.privacy.document import squeeze, values_of
from ambos.privacy.identifiers import Identifier, identifiers_in
from ambos.privacy.joint import Text, join_texts, with_more
from ambos.privacy.leaves import DIALECT
from ambos.privacy.marks import marks
from ambos.privacy.normalise import Folded, folding
from ambos.privacy.occurrences import Wanted, elsewhere, spread
from ambos.privacy.thresholds import parted

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-.]+")
_MOST_FIELD = 64
_LIMIT_DIGITS = 6  # shorter than anything that names somebody by itself
_LONGEST_WORD = max(map(len, DIALECT))
# Yield after about this many characters of fresh text and overhead: a few µs each.
_SLICE = 4_096
_LEAF_COST = 24


@dataclass(frozen=True, slots=True)
class Reading:
    """Leaves with the findings of each, after overlaps and the document pass.

    Attributes:
        findings: one tuple for each leaf, in order, without overlaps.
        languages: languages of running text that the recognisers were not made for.
        known_marks, known_people: the marks of all findings and whom they name, where they are known already.
    """

    leaves: tuple[Leaf, ...]
    findings: tuple[tuple[Finding, ...], ...]
    languages: frozenset[str] = frozenset()
    known_marks: frozenset[str] | None = None
    known_people: frozenset[Identifier] | None = None

    def pairs(self) -> list[tuple[Leaf, tuple[Finding, ...]]]:
        """Every leaf with its findings."""
        return list(zip(self.leaves, self.findings, strict=True))

    @property
    def marks(self) -> frozenset[str]:
        """What the findings add to the union of the conversation (`marks.marks`)."""
        if self.known_marks is not None:
            return self.known_marks
        return frozenset().union(*(marks(leaf.text, found) for leaf, found in self.pairs()))

    @property
    def identifiers(self) -> frozenset[Identifier]:
        """The people found in the request, as far as something tells them apart."""
        if self.known_people is not None:
            return self.known_people
        return frozenset().union(*(identifiers_in(leaf.text, found) for leaf, found in self.pairs()))


class Reader:
    """Finds everything in a request; keeps what is local to a text for the next turn."""

    def __init__(self, detector: Detector, cache: Cache) -> None:
        """Take the detector and a cache of this process."""
        self.detector = detector
        self._cache = cache

    def read(self, leaves: Sequence[Leaf], *, scope: bytes) -> Generator[None, None, Reading]:
        """Findings of every leaf, in slices of about a millisecond.

        Args:
            leaves: of one request.
            scope: tenant and principal; nothing cached is shared beyond it.

        Raises:
            DetectorError: a recogniser failed: the request counts as restricted.
        """
        places, texts = [], []
        namer, kept, spent = self._cache.namer(scope), self._cache.texts, 0
        for place, leaf in enumerate(leaves):
            text = leaf.text
            # The length first: the hash of a long text is dear.
            if not text or not leaf.is_readable or (len(text) <= _LONGEST_WORD and text in DIALECT):
                continue
            # `"max_tokens": 1024` is a limit of the dialect; below the top the same words are fields of content.
            if len(leaf.path) == 1 and not leaf.is_text and len(text) <= _LIMIT_DIGITS and leaf.path[0] in DIALECT:
                continue
            field = _field(leaf)
            name = namer.name(field, text)
            local = kept.get(name)
            spent += _LEAF_COST
            if local is None or local.signals_of != self._signals_of:
                local = yield from self._fresh(field, text)
                kept.put(name, local)
                spent += min(len(text), _SLICE)
            places.append(place)
            texts.append(Text(name, text, local))
            if spent >= _SLICE:
                spent = 0
                yield
        found = yield from join_texts(texts, self._cache.joints)
        findings: list[tuple[Finding, ...]] = [()] * len(leaves)
        for place, each in zip(places, found, strict=True):
            findings[place] = each.findings
        languages = frozenset(text.local.language for text in texts if text.local.language)
        all_marks, people = (each.marks for each in found), (each.people for each in found)
        signals = (text.local.signals for text in texts)
        return Reading(
            tuple(leaves),
            tuple(findings),
            languages,
            frozenset().union(*all_marks, *signals),
            frozenset().union(*people),
        )

    @property
    def _signals_of(self) -> str:
        return self.detector.signals.version if self.detector.signals is not None else ""

    def _fresh(self, field: str, text: str) -> Generator[None, None, Local]:
        folded = yield from folding(text)
        if field:
            found = _without_field((yield from self.detector.steps(field + text)), len(field))
        else:
            found = yield from self.detector.steps(text, folded)
        squeezed = squeeze(folded.lower)
        values = yield from values_of(found, folded)
        if values and (own := elsewhere(values, parted(found)[0], folded, squeezed)):
            found = yield from with_more(found, (yield from spread(text, folded, squeezed, Wanted(own))), text)
        language = self.detector.language(text, folded.lower)
        # The document pass compares lower case only.
        view = Folded(folded.lower, folded.lower, folded.offsets)
        local = Local(Found.of(text, found), language, view, squeezed, values)
        if (signals := self.detector.signals) is None:
            return local
        marks_of_whole = yield from signals.steps(text)
        return replace(local, signals=marks_of_whole, signals_of=signals.version)


def _field(leaf: Leaf) -> str:
    """The name of the field as words before its value: `{"dni": "..."}` is a keyword beside a number."""
    if leaf.is_key:
        return ""
    field = leaf.path[-1] if leaf.path else ""
    if not isinstance(field, str):
        field = next((part for part in reversed(leaf.path) if isinstance(part, str)), "")
    if not field or field in DIALECT:
        return ""
    return _CAMEL.sub(" ", field[:_MOST_FIELD]).strip() + ": "


def _without_field(found: Sequence[Finding], shift: int) -> tuple[Finding, ...]:
    return tuple(_shifted(finding, shift) for finding in found if finding.end > shift)


def _shifted(finding: Finding, shift: int) -> Finding:
    start = max(finding.start - shift, 0)
    return Finding(start, finding.end - shift, finding.kind, finding.detail, finding.score, finding.rule)
