"""What is found inside a longer word is found with all of it: a user's name, a file, a field of code.

The tagger reads letters, figures and underscores apart ("perez_ana84" is four tokens); a part of such a word that stays
readable tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ambos.messages import Finding

# A longer run is a key, a hash or encoded text, which rules judge.
_LONGEST: Final = 64


def whole_words(found: Iterable[Finding], text: str) -> list[Finding]:
    """`found`, in order and apart, each up to the ends of its words; of several in one word each goes on to the next.

    Every kind stays: a likelier one in the same word must not hide a name, an age or a number that a level hangs on.

    >>> from ambos.messages import Kind
    >>> parts = [Finding(5, 8, Kind.PERSON), Finding(9, 11, Kind.DATE)]
    >>> [(one.start, one.end, one.kind.value) for one in whole_words(parts, "soy: ana_84_x")]
    [(5, 9, 'PERSON'), (9, 13, 'DATE')]
    """
    whole: list[Finding] = []
    for finding in found:
        past = whole[-1].end if whole else 0
        if finding.start < past:
            start = finding.start
            whole[-1] = replace(whole[-1], end=start)
        else:
            start = _first(text, finding.start, past)
        whole.append(replace(finding, start=start, end=_last(text, finding.end)))
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
