"""Where known values stand in a text: every occurrence, whatever the number of values and the length of the text.

Names and phrases stand as whole words. Identifiers stand in their loose forms: up to three separators between their
characters. Which occurrences there are depends on the text and the values alone, not on how they are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ambos.messages import Finding, Kind
from ambos.privacy.document import PART, SEPARATORS, Values, squeeze
from ambos.privacy.normalise import Folded

# Names that are everyday words too: elsewhere they count only with a capital.
_EVERYDAY = frozenset(
    b"angel blanco bravo cruz delgado flores fuentes gallego guerra iglesias leal leon luz marin mar mercedes "
    b"merino milagros moreno nieves paz pilar prado ramos reyes rico rojo rosa rosario rubio salvador santos "
    b"serrano sol soto vidal vega vicente abril agosto campos castillo montes mora nieto pascua pastor paloma "
    b"perla rey rios robles sierra torres valle viva victoria esperanza dolores angustias remedios consuelo "
    b"amparo concepcion baker black brown carter clay cook cooper cross day dean frank gold grace grant gray "
    b"green hall hill hope hunt king lane law long mark may miller mills moon page park parker pearl price "
    b"rice rich rob rose sharp short smith stone summer taylor turner walker ward wells west white will wise "
    b"wood young art bill bob christian drew earl faith gene guy jack joy june melody miles pat penny ray "
    b"rusty sky".split()
)
# Between two parts of one name.
_BETWEEN = re.compile(rb" {1,2}(?:(?:de|del|la|las|los|da|do|dos|van|von|der|den|bin) ){0,2}")
_IS_SEPARATOR = np.zeros(256, dtype=np.bool_)
_IS_SEPARATOR[list(SEPARATORS)] = True
_MOST_BETWEEN = 3
_NO_WORD = bytes(code if chr(code).isascii() and chr(code).isalnum() else 32 for code in range(256))
# From so many values on, one look at all words (or at all runs of four characters) is cheaper than one for each value.
_MANY_NAMES = 12
_MANY = 64
_HEAD = 4
# A window, and what two windows share: more than the longest value with its separators.
_WINDOW = 4_096
_SHARED = 640


def spread(text: str, folded: Folded, squeezed: bytes, wanted: Wanted) -> Generator[None, None, list[Finding]]:
    """Every occurrence of what is wanted in `text`; yields after each window of a long text.

    Args:
        text: the original, for capitals.
        folded: its folded view.
        squeezed: `folded.lower` without separators.
        wanted: what to look for.
    """
    lower = folded.lower
    if len(lower) <= _WINDOW + _SHARED:
        return [
            _at(folded, span, like)
            for span, like in _joined(lower, wanted.within(text, folded, 0, len(lower), squeezed))
        ]
    found: list[Finding] = []
    for start in range(0, len(lower) - _SHARED, _WINDOW):
        end = min(start + _WINDOW + _SHARED, len(lower))
        # What begins in the shared part is the next window's.
        past = end if end == len(lower) else start + _WINDOW
        within = wanted.within(text, folded, start, end, squeeze(lower[start:end]))
        found += [_at(folded, span, like) for span, like in _joined(lower, within) if span[0] < past]
        yield
    return found


def elsewhere(values: Values, found: Sequence[Finding], folded: Folded, squeezed: bytes) -> Values:
    """Those of a text's own values that stand in it more often than `found`, its findings, account for."""
    lower = folded.lower
    if len(lower) > _WINDOW:
        return values
    covered = b"\0".join([folded.slice(finding.start, finding.end) for finding in found])
    covered_squeezed = squeeze(covered)
    return Values(
        {name: like for name, like in values.names.items() if lower.count(name) != covered.count(name)},
        {value: like for value, like in values.ids.items() if squeezed.count(value) != covered_squeezed.count(value)},
        {value: like for value, like in values.phrases.items() if lower.count(value) != covered.count(value)},
    )


class Wanted:
    """Values, ready to be looked for in many texts."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._ids, self._phrases = _Index(values.ids), _Index(values.phrases)

    def may_stand(self, folded: Folded, squeezed: bytes) -> bool:
        """Whether any value stands in the text at all, as a part of a word too; for a long text it is not looked up."""
        lower = folded.lower
        if not self._values or len(lower) > _WINDOW:
            return bool(self._values)
        return bool(self._names(lower) or self._ids.present(squeezed) or self._phrases.present(lower))

    def within(
        self, text: str, folded: Folded, start: int, end: int, squeezed: bytes
    ) -> Iterator[tuple[tuple[int, int], Finding]]:
        """Occurrences in `start:end` of the folded text, of which `squeezed` is what is no separator."""
        lower = folded.lower
        part = lower if end - start == len(lower) else lower[start:end]
        for name in self._names(part):
            like = self._values.names[name]
            for span in _whole(lower, name, start, end):
                if _is_name(text, folded, span, like):
                    yield span, like
        if ids := self._ids.present(squeezed):
            places = np.flatnonzero(~_IS_SEPARATOR[np.frombuffer(part, dtype=np.uint8)]) + start
            for value in ids:
                for span in _loose(lower, squeezed, places, value):
                    yield span, self._values.ids[value]
        for value in self._phrases.present(part):
            for span in _whole(lower, value, start, end):
                yield span, self._values.phrases[value]

    def _names(self, part: bytes) -> Collection[bytes]:
        names = self._values.names
        if len(names) < _MANY_NAMES:
            return [name for name in names if name in part]
        return names.keys() & set(part.translate(_NO_WORD).split())


class _Index:
    """Values by their first characters: a look-up costs the same for a hundred values and for thousands."""

    def __init__(self, values: Mapping[bytes, Finding]) -> None:
        self._values = values
        self._heads: dict[bytes, list[bytes]] = {}
        if len(values) > _MANY:
            for value in values:
                self._heads.setdefault(value[:_HEAD], []).append(value)

    def present(self, text: bytes) -> list[bytes]:
        """The values that stand in `text`, as parts of words too."""
        if not self._heads:
            return [value for value in self._values if value in text]
        heads = self._heads.keys() & {text[place : place + _HEAD] for place in range(len(text))}
        return [value for head in heads for value in self._heads[head] if value in text]


def _joined(
    lower: bytes, found: Iterable[tuple[tuple[int, int], Finding]]
) -> Iterator[tuple[tuple[int, int], Finding]]:
    """Names that stand side by side as one."""
    names = []
    for one in found:
        if one[1].kind is Kind.PERSON:
            names.append(one)
        else:
            yield one
    names.sort(key=lambda one: one[0])
    last = 0
    for number, ((_, end), _) in enumerate(names):
        is_last = number + 1 == len(names)
        if is_last or _BETWEEN.fullmatch(lower, end, max(end, names[number + 1][0][0])) is None:
            yield (names[last][0][0], end), names[last][1]
            last = number + 1


def _is_name(text: str, folded: Folded, span: tuple[int, int], like: Finding) -> bool:
    """An everyday word, and a part of a body's name, counts only with a capital."""
    is_sure = like.detail != PART and folded.lower[span[0] : span[1]] not in _EVERYDAY
    return is_sure or text[folded.span(*span)[0]].isupper()


def _at(folded: Folded, span: tuple[int, int], like: Finding) -> Finding:
    start, end = folded.span(*span)
    return Finding(start, end, like.kind, like.detail, like.score, like.rule)


def _whole(lower: bytes, value: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
    start = lower.find(value, low, high)
    while start >= 0:
        end = start + len(value)
        if _is_whole(lower, start, end):
            yield start, end
        start = lower.find(value, start + 1, high)


def _loose(lower: bytes, squeezed: bytes, places: npt.NDArray[np.intp], value: bytes) -> Iterator[tuple[int, int]]:
    """Spans in `lower` of `value`, which stands in `squeezed`; `places` says where each squeezed byte comes from."""
    first = squeezed.find(value)
    while first >= 0:
        start, end = int(places[first]), int(places[first + len(value) - 1]) + 1
        if _is_whole(lower, start, end) and _is_close(places[first : first + len(value)]):
            yield start, end
        first = squeezed.find(value, first + 1)


def _is_close(places: npt.NDArray[np.intp]) -> bool:
    return bool(np.diff(places).max(initial=0) <= _MOST_BETWEEN + 1)


def _is_whole(lower: bytes, start: int, end: int) -> bool:
    return not lower[max(0, start - 1) : start].isalnum() and not lower[end : end + 1].isalnum()
