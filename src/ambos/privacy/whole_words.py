"""What is found inside a longer word is found with all of it: a user's name, a file, a field of code.

The tagger reads letters, figures and underscores apart ("perez_ana84" is four tokens); a part of such a word that stays
readable tells the rest.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ambos.messages import Finding
from ambos.privacy.thresholds import CAUTION

# A longer run is a key, a hash or encoded text, which rules judge.
_LONGEST: Final = 64


def whole_words(found: Iterable[Finding], text: str) -> list[Finding]:
    """`found` in order, each up to the ends of its words; of several in one word each goes on to the next.

    Every kind stays: a likelier one in the same word must not hide a name, an age or a number that a level hangs on. A
    caution changes nothing of what is found without it, so that a lower threshold never covers less.

    >>> from ambos.messages import Kind
    >>> parts = [Finding(5, 8, Kind.PERSON), Finding(9, 11, Kind.DATE)]
    >>> [(one.start, one.end, one.kind.value) for one in whole_words(parts, "soy: ana_84_x")]
    [(5, 9, 'PERSON'), (9, 13, 'DATE')]
    """
    ordered = sorted(found, key=lambda one: (one.start, one.end))
    sure = _to_ends([one for one in ordered if one.rule != CAUTION], text)
    starts = [one.start for one in sure]
    covered: list[Finding] = []
    open_: list[Finding] = []
    for one in ordered:
        if one.rule == CAUTION:
            before = bisect_right(starts, one.start) - 1
            (covered if before >= 0 and one.start < sure[before].end else open_).append(one)
    return sorted([*sure, *covered, *_to_ends(open_, text)], key=lambda one: one.start)


def _to_ends(found: Iterable[Finding], text: str) -> list[Finding]:
    whole: list[Finding] = []
    past = ended = 0  # of what was found before: with the rest of its words, and without
    for finding in found:
        start = finding.start
        if start >= past:
            start = _first(text, start, past)
        elif ended <= start:
            whole[-1] = replace(whole[-1], end=start)
        whole.append(replace(finding, start=start, end=_last(text, finding.end)))
        past, ended = max(past, whole[-1].end), max(ended, finding.end)
    return whole


def _is_inside(character: str) -> bool:
    return character.isalnum() or character == "_"


def _first(text: str, start: int, past: int) -> int:
    """Where the word begins that `start` lies in, not before `past`."""
    if not _is_inside(text[start]):
        return start
    least = max(past, start - _LONGEST)
    first = start
    while first > least and _is_inside(text[first - 1]):
        first -= 1
    return start if first == start - _LONGEST else first


def _last(text: str, end: int) -> int:
    """Where the word ends that the character before `end` lies in."""
    if not _is_inside(text[end - 1]):
        return end
    most = min(len(text), end + _LONGEST)
    last = end
    while last < most and _is_inside(text[last]):
        last += 1
    return end if last == end + _LONGEST else last
