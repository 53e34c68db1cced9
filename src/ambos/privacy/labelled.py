"""Labelled documents and conversations: reads them strictly, and says what a detector left in clear (spec 2 and 3).

`docs/spec/calibration.md` has the format. No error quotes a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final  # a line of JSON may hold anything; it is checked here

from ambos.errors import CalibrationError
from ambos.messages import Finding, Kind
from ambos.privacy.facts import FACTS
from ambos.privacy.tagging import KIND_OF

KINDS: Final[Mapping[str, Kind]] = {**{kind.value: kind for kind in Kind}, **KIND_OF}
# Facts that the level judges: finding them masks nothing, so they are no false alarm of the mask.
_JUDGED: Final = frozenset({Kind.HEALTH, Kind.SPECIAL, Kind.FINANCE})
_LABEL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_ID: Final = 200


@dataclass(frozen=True, slots=True)
class Gold:
    """A labelled span: code points, end exclusive."""

    start: int
    end: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or a conversation of several texts.

    Attributes:
        id: as in the file.
        group: author or template; its id where none is given.
        texts: at least one.
        spans: of each text, ascending.
    """

    id: str
    group: str
    texts: tuple[str, ...]
    spans: tuple[tuple[Gold, ...], ...]

    @property
    def is_sensitive(self) -> bool:
        """Whether anything in it is labelled."""
        return any(self.spans)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one document adds up to, in letters and digits.

    Attributes:
        sensitive, leaked: labelled, and of these not covered.
        harmless, masked: not labelled, and of these found (facts that the level judges apart).
        is_direct_left: a character of a direct identifier is not covered.
    """

    sensitive: int
    leaked: int
    harmless: int
    masked: int
    is_direct_left: bool

    @property
    def leak(self) -> float:
        """Share of the labelled characters left in clear."""
        return self.leaked / self.sensitive if self.sensitive else 0.0


def read_labelled(lines: Iterable[bytes], *, need_spans: bool = True) -> list[Document]:
    """Every document of a file of JSON lines.

    Args:
        lines: of the file.
        need_spans: False lets a line without `spans` pass as one that nobody has labelled.

    Raises:
        CalibrationError: with the number of the line and what is wrong.
    """
    found: list[Document] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        document = _document(line, number, need_spans=need_spans)
        if document.id in seen:
            raise CalibrationError(
                f"line {number}: its id stands twice in the file", word="labelled_twice", line=number
            )
        seen.add(document.id)
        found.append(document)
    if not found:
        raise CalibrationError("the file holds no labelled document", word="labelled_empty")
    return found


def _document(line: bytes, number: int, *, need_spans: bool) -> Document:
    try:
        record: Any = json.loads(line.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _wrong(number, "object")
    name, group = record.get("id"), record.get("group")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        raise _wrong(number, "id")
    if group is not None and not isinstance(group, str | int):
        raise _wrong(number, "group")
    parts = record.get("texts", [record])
    if not isinstance(parts, list) or not parts:
        raise _wrong(number, "texts")
    texts, spans = zip(*(_part(one, number, need_spans=need_spans) for one in parts), strict=True)
    return Document(name, name if group is None else f"group {group}", texts, spans)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _part(part: Any, number: int, *, need_spans: bool) -> tuple[str, tuple[Gold, ...]]:
    if not isinstance(part, dict) or not isinstance(part.get("text"), str):
        raise _wrong(number, "text")
    spans = part.get("spans", None if need_spans else [])
    if not isinstance(spans, list):
        raise _wrong(number, "spans")
    gold = sorted((_gold(one, len(part["text"]), number) for one in spans), key=lambda one: one.start)
    if any(after.start < before.end for before, after in pairwise(gold)):
        raise _wrong(number, "overlap")
    return part["text"], tuple(gold)


def _gold(span: Any, length: int, number: int) -> Gold:
    if not isinstance(span, dict):
        raise _wrong(number, "spans")
    start, end, label = span.get("start"), span.get("end"), span.get("label")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= length:
        raise _wrong(number, "offsets")
    if not isinstance(label, str) or label not in KINDS:
        shown = label if isinstance(label, str) and _LABEL.fullmatch(label) else "?"
        raise CalibrationError(
            f"line {number}: label {shown!r} has no kind; use one of ours",
            word="labelled_label",
            line=number,
            label=shown,
        )
    return Gold(start, end, KINDS[label])


_WRONG: Final[Mapping[str, str]] = {
    "object": "it is no JSON object with each key once",
    "id": "it needs an id: a text of its own of at most 200 characters",
    "group": "its group must be a text",
    "texts": "texts must be a list of objects with text and spans",
    "text": "it needs a text",
    "spans": "spans must be a list of objects with start, end and label",
    "overlap": "two of its spans overlap",
    "offsets": "a span lies outside its text, or its offsets are no whole numbers with start before end",
}


def _wrong(number: int, what: str) -> CalibrationError:
    return CalibrationError(f"line {number}: {_WRONG[what]}", word=f"labelled_{what}", line=number)


def count(document: Document, found: Sequence[Sequence[Finding]]) -> Counts:
    """What `found`, one list for each text, leaves in clear and masks in vain."""
    sensitive = leaked = harmless = masked = 0
    is_direct_left = False
    for text, gold, findings in zip(document.texts, document.spans, found, strict=True):
        cover = _cover(len(text), findings)
        wanted = bytearray(len(text))
        for one in gold:
            wanted[one.start : one.end] = b"\1" * (one.end - one.start)
            places = [*_telling(text, one)]
            left = sum(cover[at] < (1 if one.kind in FACTS else 2) for at in places)
            sensitive, leaked = sensitive + len(places), leaked + left
            is_direct_left |= left > 0 and one.kind not in FACTS
        alarms = _cover(len(text), [one for one in findings if one.kind not in _JUDGED])
        outside = [at for at, character in enumerate(text) if character.isalnum() and not wanted[at]]
        harmless, masked = harmless + len(outside), masked + sum(alarms[at] > 0 for at in outside)
    return Counts(sensitive, leaked, harmless, masked, is_direct_left)


def _cover(length: int, findings: Iterable[Finding]) -> bytearray:
    """For each character 0 nothing, 1 found, 2 masked."""
    cover = bytearray(length)
    for one in sorted(findings, key=lambda one: one.kind not in FACTS):
        cover[one.start : one.end] = (b"\1" if one.kind in FACTS else b"\2") * (one.end - one.start)
    return cover


def _telling(text: str, gold: Gold) -> Iterator[int]:
    places = range(gold.start, gold.end)
    letters = [at for at in places if text[at].isalnum()]
    return iter(letters or [at for at in places if not text[at].isspace()])


def doubt(document: Document, found: Sequence[Sequence[Finding]]) -> float:
    """The statistic that the watch compares: share of letters and digits found with a score below one half."""
    letters = sum(character.isalnum() for text in document.texts for character in text)
    doubtful = sum(
        sum(text[at].isalnum() for at in range(one.start, one.end))
        for text, findings in zip(document.texts, found, strict=True)
        for one in findings
        if one.score < 0.5
    )
    return doubtful / letters if letters else 0.0


@dataclass(frozen=True, slots=True)
class Unit:
    """What the bound counts: one document, or all of one author or template."""

    leak: float
    direct: float
    is_single: bool


def units(documents: Sequence[Document], counts: Sequence[Counts]) -> list[Unit]:
    """Units that hold anything sensitive, in the order of the file."""
    groups: dict[str, list[Counts]] = {}
    for document, counted in zip(documents, counts, strict=True):
        if document.is_sensitive and counted.sensitive:
            groups.setdefault(document.group, []).append(counted)
    return [_unit(members) for members in groups.values()]


def _unit(members: Sequence[Counts]) -> Unit:
    n = len(members)
    return Unit(
        leak=sum(counted.leak for counted in members) / n,
        direct=sum(counted.is_direct_left for counted in members) / n,
        is_single=n == 1,
    )


def firsts(documents: Sequence[Document]) -> list[int]:
    """Places of the first document of each group, harmless ones too: the watch compares one text with one text."""
    places: dict[str, int] = {}
    for place, document in enumerate(documents):
        places.setdefault(document.group, place)
    return list(places.values())
