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
    """`found`, in order and apart, each up to the ends of its words; what stands in one word becomes one, as the likeliest.

    >>> from ambos.messages import Kind
    >>> whole_words([Finding(5, 8, Kind.PERSON, score=0.9), Finding(8, 10, Kind.DATE, score=0.2)], "soy: ana84_x")
    [Finding(start=5, end=12, kind=<Kind.PERSON: 'PERSON'>, detail='', score=0.9, rule='')]
    """
    whole: list[Finding] = []
    for finding in found:
        past = whole[-1].end if whole else 0
        end = _last(text, max(finding.end, past))
        if finding.start < past:
            likelier = max(whole[-1], finding, key=lambda one: one.score)
            whole[-1] = replace(likelier, start=whole[-1].start, end=end)
        else:
            whole.append(replace(finding, start=_first(text, finding.start, past), end=end))
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
