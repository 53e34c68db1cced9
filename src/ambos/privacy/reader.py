"""Reads all leaves of a request: message-local findings (cached), then the document pass over the union."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ambos.messages import Finding, Leaf
from ambos.privacy.cache import Cache, Local
from ambos.privacy.detector import Detector
from ambos.privacy.document import beyond, spread, squeeze, union, values_of
from ambos.privacy.normalise import folding
from ambos.privacy.overlaps import merging

# Words of the dialects: as values they hold nothing, as fields they say nothing of their value.
_DIALECT_WORDS = """
role content type text model messages system user assistant tool developer function name id index arguments parameters
properties required description object string number integer boolean array items enum additionalProperties anyOf default
stream true false null temperature top_p max_tokens max_completion_tokens n stop seed tools tool_choice tool_calls
tool_call_id tool_use tool_result tool_use_id input output input_text output_text response_format json_object json_schema
schema strict auto none stream_options include_usage metadata presence_penalty frequency_penalty logprobs top_logprobs
logit_bias parallel_tool_calls reasoning_effort service_tier store prompt instructions is_error cache_control ephemeral
message low medium high value values data result results body 0 1 2 0.0 0.2 0.5 0.7 1.0
"""
_DIALECT = frozenset(_DIALECT_WORDS.split())
_EMPTY = Local(())
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|[_\-.]+")
_MOST_FIELD = 64
# Yield after about this many characters of fresh text and overhead: a few µs each.
_SLICE = 4_096
_LEAF_COST = 24
_JOIN_SLICE = 4_096


@dataclass(frozen=True, slots=True)
class Reading:
    """Leaves with the findings of each, after overlaps and the document pass.

    Attributes:
        findings: one tuple for each leaf, in order, without overlaps.
        languages: languages of running text that the recognisers were not made for.
    """

    leaves: tuple[Leaf, ...]
    findings: tuple[tuple[Finding, ...], ...]
    languages: frozenset[str] = frozenset()


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
        locals_: list[Local] = []
        spent = 0
        for leaf in leaves:
            text = leaf.text
            if text in _DIALECT or not text or not leaf.is_readable:
                locals_.append(_EMPTY)
                continue
            field = _field(leaf)
            name = self._cache.name(scope + b"\0" + field.encode("utf-8", "surrogatepass"), text)
            local = self._cache.get(name)
            spent += _LEAF_COST
            if local is None:
                local = yield from self._fresh(field, text)
                self._cache.put(name, local)
                spent += min(len(text), _SLICE)
            locals_.append(local)
            if spent >= _SLICE:
                spent = 0
                yield
        findings = yield from _document_pass(leaves, locals_)
        return Reading(tuple(leaves), findings, frozenset(local.language for local in locals_ if local.language))

    def _fresh(self, field: str, text: str) -> Generator[None, None, Local]:
        shift = len(field)
        found = yield from self.detector.steps(field + text if field else text)
        if shift:
            found = tuple(_shifted(finding, shift) for finding in found if finding.end > shift)
        folded = yield from folding(text)
        squeezed = squeeze(folded.lower)
        values = (yield from values_of(found, folded)) if found else _EMPTY.values
        if values.names or values.ids or values.phrases:
            found = yield from _joined(found, (yield from spread(text, folded, squeezed, values)), text)
        language = self.detector.language(text, folded.lower)
        return Local(found, language, folded, squeezed, values)


def _field(leaf: Leaf) -> str:
    """The name of the field as words before its value: `{"dni": "..."}` is a keyword beside a number."""
    if leaf.is_key:
        return ""
    field = next((part for part in reversed(leaf.path) if isinstance(part, str)), "")
    if not field or field in _DIALECT:
        return ""
    return _CAMEL.sub(" ", field[:_MOST_FIELD]).strip() + ": "


def _shifted(finding: Finding, shift: int) -> Finding:
    start = max(finding.start - shift, 0)
    return Finding(start, finding.end - shift, finding.kind, finding.detail, finding.score, finding.rule)


def _document_pass(
    leaves: Sequence[Leaf], locals_: Sequence[Local]
) -> Generator[None, None, tuple[tuple[Finding, ...], ...]]:
    every = union(local.values for local in locals_ if local.findings)
    if not (every.names or every.ids or every.phrases):
        return tuple(local.findings for local in locals_)
    findings: list[tuple[Finding, ...]] = []
    spent = 0
    for leaf, local in zip(leaves, locals_, strict=True):
        others = beyond(every, local.values) if local.folded.lower else None
        if others is None:
            findings.append(local.findings)
            continue
        more = yield from spread(leaf.text, local.folded, local.squeezed, others)
        findings.append((yield from _joined(local.findings, more, leaf.text)))
        spent += len(leaf.text)
        if spent > 16 * _SLICE:
            spent = 0
            yield
    return tuple(findings)


def _joined(
    found: tuple[Finding, ...], more: Sequence[Finding], text: str
) -> Generator[None, None, tuple[Finding, ...]]:
    """`found` with what is new in `more`; most of it already lies inside a finding."""
    starts = [finding.start for finding in found]
    new = []
    for number, finding in enumerate(more):
        if number % _JOIN_SLICE == _JOIN_SLICE - 1:
            yield
        place = bisect_right(starts, finding.start) - 1
        if place < 0 or found[place].end < finding.end:
            new.append(finding)
    return tuple((yield from merging([*found, *new], text))) if new else found
