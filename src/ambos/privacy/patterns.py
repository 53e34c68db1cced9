"""Runs the rules of all packs over a folded window: one prefilter pass, then only the patterns that occur.

Checksums and keywords are evidence that sets the score. Decoys (GUIDs, hashes, order numbers) drop what has neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import re2

from ambos.messages import Finding, Kind
from ambos.privacy.normalise import Folded
from ambos.privacy.prefilter import Prefilter
from ambos.privacy.rule import CERTAIN, NEAR, NEAR_INVALID, Rule

_BEFORE = 48
_AFTER = 24
_SEPARATORS = b" \t\r\n.-_/\\:()'\"*|,"
# Bytes that continue an identifier of code, a longer number, a path or a version: the value would be a piece of it.
_GLUE = b"_-/.=#@&%+"
_WORD = b"abcdefghijklmnopqrstuvwxyz0123456789"

_ROW_BEFORE = re.compile(rb"(?:^|[^0-9a-z])[0-9]{1,4} $")
_ROW_AFTER = re.compile(rb" [0-9]{1,4}(?![0-9a-z])")

# Shapes that look like identifiers and are none. Group 1 is the decoy.
_DECOYS = (
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    r"\b[0-9a-f]{32,128}\b",
    r"\b(?:isbn|issn|ean|gtin|doi|arxiv|pmid|sku|upc)(?:-1[03])?:?[ #]{0,3}((?:[0-9x][ .\-/]{0,2}){7,20})\b",
    r"\b97[89][ -]?(?:[0-9][ -]?){9}[0-9]\b",
    r"\bv?[0-9]{1,4}(?:\.[0-9]{1,5}){1,3}(?:-[a-z0-9.]+)?\b",
    r"\b(?:pedido|order|orden de compra|issue|ticket|incidencia|build|commit|version|modelo|model|ref|referencia|"
    r"reference|invoice|factura|albaran|tracking|seguimiento|serie|serial|part|articulo|item|producto|product|expte|presupuesto)"
    r"(?: (?:no|number|num|id|de seguimiento|n))?\.?[ :#]{0,4}([a-z]{0,5}[-/ ]?[0-9][0-9a-z\-/.]{2,30})",
    # A bare number of a field that counts or points: {"id": 612345678}, offset=612345678.
    r"\b(?:id|parent|size|count|total|timestamp|ts|time|offset|index|line|port|pid|seq|etag|max|min|value|width|height|bytes|length)"
    r"[\"']?[ ]?[:=][ ]?[\"']?([0-9]{7,15})\b",
    r"(?:[$]|\beur|\busd) ?([0-9][0-9.,]{3,20})",
    r"\b([0-9][0-9.,]{3,20}) ?(?:[$]|(?:euros?|eur|usd|dolares|dollars|pesos|km|kg|mg|ml)\b)",
)


@dataclass(frozen=True, slots=True)
class _Compiled:
    rule: Rule
    regex: Any  # re2 publishes no types
    keyword: Any
    groups: range
    loose: bytes


def _compiled(rule: Rule) -> _Compiled:
    regex = re2.compile(rule.pattern.encode())
    # What a value may end with that is none of it.
    loose = b" \t\r\n.,;:" if rule.kind is Kind.SECRET else b" \t\r\n.,;:-"
    return _Compiled(rule, regex, _keyword(rule), range(1, regex.groups + 1), loose)


def _keyword(rule: Rule) -> Any:  # re2 publishes no types
    return re2.compile(rf"\b(?:{rule.keyword})\b".encode()) if rule.keyword else None


class Patterns:
    """All rules of the enabled packs, compiled once."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Compile patterns and prefilters; DetectorError when a prefilter does not find its canary."""
        every = [_compiled(rule) for rule in rules]
        self._sets = tuple(
            (is_cased, part, Prefilter([item.rule.pattern.encode() for item in part]))
            for is_cased in (False, True)
            for part in ([item for item in every if item.rule.cased is is_cased],)
        )
        self._decoys = [re2.compile(pattern.encode()) for pattern in _DECOYS]
        self._decoy_set = Prefilter([pattern.encode() for pattern in _DECOYS])

    def scan(self, folded: Folded, base: int) -> Iterator[Finding]:
        """Findings of one window that begins at code point `base`."""
        decoys: list[tuple[int, int]] | None = None
        lower = folded.lower
        for is_cased, part, prefilter in self._sets:
            view = folded.cased if is_cased else lower
            for index in prefilter.hits(view):
                item = part[index]
                rule = item.rule
                for start, end in _spans(item, view, lower):
                    score, is_sure = _weigh(item, view, lower, start, end)
                    if score <= 0:
                        continue
                    if rule.decoys and not is_sure:
                        # Looked for only where something rests on it.
                        decoys = self._find_decoys(lower) if decoys is None else decoys
                        if any(first <= start and end <= last for first, last in decoys):
                            continue
                    first, last = folded.span(start, end)
                    yield Finding(base + first, base + last, rule.kind, rule.detail, score, rule.name)

    def _find_decoys(self, lower: bytes) -> list[tuple[int, int]]:
        spans = []
        for index in self._decoy_set.hits(lower):
            regex = self._decoys[index]
            for match in regex.finditer(lower):
                group = next((number for number in range(1, regex.groups + 1) if match.start(number) >= 0), 0)
                spans.append(match.span(group))
        return spans


def _spans(item: _Compiled, view: bytes, lower: bytes) -> Iterator[tuple[int, int]]:
    groups, loose = item.groups, item.loose
    for match in item.regex.finditer(view):
        start, end = match.span()
        for group in groups:
            if match.start(group) >= 0:
                start, end = match.span(group)
                break
        if item.rule.cut is not None:
            end = item.rule.cut(lower, start, end)
        while end > start and view[end - 1] in loose:
            end -= 1
        if end > start:
            yield start, end


def _weigh(item: _Compiled, view: bytes, lower: bytes, start: int, end: int) -> tuple[float, bool]:
    """The score of one match by the evidence beside it, 0 to drop it; and whether a keyword makes it sure."""
    rule = item.rule
    if rule.accept is not None and not rule.accept(lower, start, end):
        return 0.0, False
    if item.keyword is not None and _has_keyword(item.keyword, lower, start, end):
        if rule.check is None:
            return NEAR, True
        return (CERTAIN if _is_valid(rule, view, start, end) else NEAR_INVALID), True
    if rule.decoys and (_is_glued(lower, start, end) or _is_piece(lower, start, end)):
        return 0.0, False
    return (rule.valid if _is_valid(rule, view, start, end) else rule.bare), False


def _is_valid(rule: Rule, view: bytes, start: int, end: int) -> bool:
    return rule.check is not None and rule.check(view[start:end].translate(None, _SEPARATORS).decode())


def _has_keyword(keyword: Any, lower: bytes, start: int, end: int) -> bool:  # re2 publishes no types
    before = lower[max(0, start - _BEFORE) : start]
    return bool(keyword.search(before) or keyword.search(lower[end : end + _AFTER].split(b"\n")[0]))


def _is_glued(lower: bytes, start: int, end: int) -> bool:
    if start >= 2 and lower[start - 1] in _GLUE and lower[start - 2] in _WORD:
        return True
    return end + 1 < len(lower) and lower[end] in _GLUE and lower[end + 1] in _WORD


def _is_piece(lower: bytes, start: int, end: int) -> bool:
    """Whether a number in groups is a piece of a row of numbers: a group of one to four digits stands a space away."""
    if b" " not in lower[start:end]:
        return False
    return _ROW_BEFORE.search(lower[max(0, start - 6) : start]) is not None or _ROW_AFTER.match(lower, end) is not None
