"""Puts surrogates in the place of findings, in a copy of the tree (`docs/spec/surrogate.md` section 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ambos.errors import DispatchError
from ambos.messages import Finding, Json, Kind, Leaf, Path
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.restore import is_capital
from ambos.privacy.restore_text import is_packed
from ambos.privacy.spans import Span, is_birth, replaced, spans_of
from ambos.privacy.stand_in import MARK, stand_in
from ambos.privacy.surrogate import Surrogates
from ambos.privacy.surrogate_map import SurrogateMap

Found: TypeAlias = Sequence[tuple[Leaf, tuple[Finding, ...]]]

_PEOPLE: Final = tuple(f"[{kind.value}-" for kind in (Kind.PERSON, Kind.ORG, Kind.LOCATION))
_BIRTHS: Final = f"[{Kind.DATE.value}-"
# Whose answers a program reads, which would take a stand-in that has lost its code for the true day.
_FOR_PROGRAMS: Final = frozenset({"tools", "functions", "response_format", "text"})

STRAY_CHARS: Final = 4  # shorter values occur by chance everywhere
GLUED_CHARS: Final = 8  # from here on an occurrence inside another word counts too
# Words of the dialects themselves; a value equal to one of them tells nothing where the format demands it.
_WORDS = """
user assistant system developer tool function model role content type text name messages input output tools
parameters properties required object string number integer boolean array stream temperature metadata auto none
image_url file data json_object json_schema tool_use tool_result message function_call input_text output_text
"""
WIRE_WORDS: Final = frozenset(_WORDS.split())
# Below these keys any JSON is content: a number may become a string there without breaking the dialect.
_FREE_FIELDS: Final = frozenset({"input", "arguments", "args", "content", "output", "result", "response"})


@dataclass(frozen=True, slots=True)
class Masked:
    """A tree without originals, and the way back.

    Attributes:
        tree: shares what did not change with the input.
        originals: surrogate to original.
        redactions: how many spans were replaced.
        stand_ins: dates that surrogates of dates of birth carry, with the same ages as the true ones (spec section 5.1).
        capitals: surrogates of names that are shown in capitals where all of a line is (spec section 6.1).
    """

    tree: Json = field(repr=False)
    originals: Mapping[str, str] = field(repr=False)
    redactions: int
    stand_ins: frozenset[str] = frozenset()
    capitals: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(slots=True)
class _Edit:
    """What changes at and below one node of the tree."""

    key: str | None = None
    value: str | None = None
    below: dict[str | int, _Edit] = field(default_factory=dict)


def mask(
    tree: Json,
    found: Found,
    *,
    surrogates: Surrogates,
    kinds: frozenset[Kind] = IDENTIFYING,
    is_thorough: bool = True,
) -> Masked:
    """Replace every finding of `kinds`, and every further occurrence of its value, by a surrogate.

    Args:
        tree: the request; it is not changed.
        found: every leaf with its findings, in the order of the request.
        surrogates: derivation for this conversation.
        kinds: what is masked; SECRET always is.
        is_thorough: look for further occurrences too; without, the caller finds out whether there are any.

    Raises:
        DispatchError: offsets outside a leaf, a path that is not in the tree, a number that must stay a number,
            or two keys that would become one.
    """
    naming = SurrogateMap(surrogates)
    masked_kinds = kinds | {Kind.SECRET}
    # Most leaves are names and constants of the dialect.
    spans = {
        number: spans_of(leaf, findings, naming, surrogates, masked_kinds)
        for number, (leaf, findings) in enumerate(found)
        if findings
    }
    if is_thorough and (strays := _strays(found, spans.values(), naming.originals)):
        spans = {
            number: _with_strays(leaf, spans.get(number, []), strays, surrogates)
            for number, (leaf, _) in enumerate(found)
        }
    feeds_people = isinstance(tree, dict) and _FOR_PROGRAMS.isdisjoint(tree)
    stand_ins = _stand_ins(found, masked_kinds, spans.values(), naming.originals, surrogates) if feeds_people else {}
    shown_births = {birth: f"{birth[:-1]}{MARK}{other}]" for birth, other in stand_ins.items()}
    root = _Edit()
    redactions = 0
    for number, every in spans.items():
        if every:
            redactions += len(every)
            leaf = found[number][0]
            shown = (
                [span._replace(text=shown_births.get(span.text, span.text)) for span in every] if stand_ins else every
            )
            _plan(root, leaf, replaced(leaf.text, shown))
    dates = frozenset(stand_ins.values())
    return Masked(_rebuilt(tree, root), naming.originals, redactions, dates, _capitals(found, spans))


def occurrences(text: str, value: str) -> Iterator[tuple[int, int]]:
    """Where `value` stands in `text`: anywhere if it is long, between word boundaries if it is short.

    >>> list(occurrences("Rosa y Rosario", "Rosa"))
    [(0, 4)]
    """
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        if len(value) >= GLUED_CHARS or not (_is_word(text[start - 1 : start]) or _is_word(text[end : end + 1])):
            yield start, end
            start = text.find(value, end)
        else:
            start = text.find(value, start + 1)


def _is_word(char: str) -> bool:
    return char.isalnum()


def _stand_ins(
    found: Found,
    kinds: frozenset[Kind],
    spans: Iterable[Iterable[Span]],
    originals: Mapping[str, str],
    surrogates: Surrogates,
) -> Mapping[str, str]:
    """The date that stands in for each birth, where the request names days on which somebody had an age."""
    births = {span.text for every in spans for span in every if span.text.startswith(_BIRTHS)}
    if not births or Kind.AGE in kinds or Kind.DATE in kinds:
        return {}
    days = [
        leaf.text[one.start : one.end]
        for leaf, findings in found
        for one in findings
        if one.kind is Kind.DATE and not is_birth(one)
    ]
    made = {birth: stand_in(originals[birth], days, surrogates.draw("stand-in", birth)) for birth in births}
    return {birth: other for birth, other in made.items() if other}


def _capitals(found: Found, spans: Mapping[int, Iterable[Span]]) -> frozenset[str]:
    """The people none of whom stands behind capitals already, where the name must come back as it was written."""
    people: set[str] = set()
    kept: set[str] = set()
    for number, every in spans.items():
        text = found[number][0].text
        for span in every:
            if span.text.startswith(_PEOPLE):
                people.add(span.text)
                if is_capital(text[: span.start].rpartition("\n")[2]):
                    kept.add(span.text)
    return frozenset(people - kept)


def _strays(found: Found, spans: Iterable[Iterable[Span]], originals: Mapping[str, str]) -> Mapping[str, str]:
    """Surrogates whose original stands in the request more often than it was found."""
    everything = "\n".join(leaf.text for leaf, _ in found)
    times = Counter(span.text for leaf_spans in spans for span in leaf_spans)
    return {
        surrogate: original
        for surrogate, original in originals.items()
        if len(original) >= STRAY_CHARS and everything.count(original) > times[surrogate]
    }


def _with_strays(leaf: Leaf, own: list[Span], strays: Mapping[str, str], surrogates: Surrogates) -> list[Span]:
    if leaf.is_key or not leaf.is_text or leaf.path == ("model",) or leaf.text in WIRE_WORDS:
        return own
    present = [(original, surrogate) for surrogate, original in strays.items() if original in leaf.text]
    if not present:
        return own
    # One mark for each character: a text of half a megabyte may hold thousands of spans.
    taken = bytearray(len(leaf.text))
    for start, end in (*((span.start, span.end) for span in own), *surrogates.own_spans(leaf.text)):
        taken[start:end] = b"\1" * (end - start)
    every = list(own)
    # The longest first: "Ana García" before "García".
    for original, surrogate in sorted(present, key=lambda pair: (-len(pair[0]), pair)):
        for start, end in occurrences(leaf.text, original):
            if is_packed(surrogate) and _is_word(leaf.text[start - 1 : start]):
                continue  # it could not be restored there: the request stays inside
            if taken.find(1, start, end) < 0:
                taken[start:end] = b"\1" * (end - start)
                every.append(Span(start, end, surrogate))
    return sorted(every, key=lambda span: span.start)


def _plan(root: _Edit, leaf: Leaf, text: str) -> None:
    if not leaf.is_key and not leaf.is_text and not _is_free(leaf.path):
        raise DispatchError("a number that must be masked cannot become text at this place of the request")
    node = root
    for step in leaf.path:
        node = node.below.setdefault(step, _Edit())
    if leaf.is_key:
        node.key = text
    else:
        node.value = text


def _is_free(path: Path) -> bool:
    return any(step in _FREE_FIELDS for step in path[:-1])


def _rebuilt(node: Json, edit: _Edit) -> Json:
    if edit.value is not None:
        return edit.value
    if not edit.below:
        return node
    if isinstance(node, dict):
        return _rebuilt_object(node, edit)
    if isinstance(node, list) and all(isinstance(step, int) and 0 <= step < len(node) for step in edit.below):
        return [_rebuilt(item, edit.below[index]) if index in edit.below else item for index, item in enumerate(node)]
    raise DispatchError("a finding names a place that is not in the request")


def _rebuilt_object(node: dict[str, Json], edit: _Edit) -> Json:
    if not all(step in node for step in edit.below):
        raise DispatchError("a finding names a place that is not in the request")
    made: dict[str, Json] = {}
    for key, value in node.items():
        below = edit.below.get(key)
        name = key if below is None or below.key is None else below.key
        if name in made:
            raise DispatchError("two keys of an object would have the same name after masking")
        made[name] = value if below is None else _rebuilt(value, below)
    return made
