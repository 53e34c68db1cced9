"""The document pass over all texts of a request, told from what an earlier turn of the conversation found.

An earlier request whose texts with values were the first of this one's is the base: its values stand already where they
stand in its texts, so old texts are searched for new values only, and new texts for all. The result is the one that a
pass from nothing gives (property test): a base is used for the same texts only, and never across scopes, since names hold
the scope.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from ambos.messages import Finding
from ambos.privacy.cache import NAME_BYTES, Found, Joint, Local, Recent
from ambos.privacy.document import NO_VALUES, Values, beyond, union
from ambos.privacy.occurrences import Wanted, spread
from ambos.privacy.overlaps import merging
from ambos.privacy.thresholds import parted

_NOTHING = Joint(NO_VALUES)
# A base lacks the values of so many texts at most; with more it is hardly the same conversation.
_LOOK_BACK = 8
# A request of fewer texts costs less than keeping what it revealed.
_WORTH_KEEPING = 4
_JOIN_SLICE = 4_096
_SLICE = 65_536


@dataclass(frozen=True, slots=True)
class Text:
    """One leaf that holds text, with its name in the cache."""

    name: bytes
    text: str
    local: Local


def join_texts(texts: Sequence[Text], joints: Recent[Joint]) -> Generator[None, None, list[Found]]:
    """What is found in each of `texts`, with the occurrences of values that others of them hold."""
    valued = [text for text in texts if text.local.values]
    if not valued:
        return [text.local.found for text in texts]
    key = b"".join(dict.fromkeys(text.name for text in valued))
    base_key, base = _base(key, joints)
    if base_key == key and all(text.name in base.texts for text in texts):
        return [base.found.get(text.name, text.local.found) for text in texts]
    joint = yield from _joined(texts, _union(base, valued, len(base_key) // NAME_BYTES), base)
    if len(joint.texts) >= _WORTH_KEEPING:
        joints.put(key, joint)
    return [joint.found.get(text.name, text.local.found) for text in texts]


def _base(key: bytes, joints: Recent[Joint]) -> tuple[bytes, Joint]:
    """The longest known beginning of `key`, with what is known of it."""
    for end in range(len(key), max(len(key) - _LOOK_BACK * NAME_BYTES, 0), -NAME_BYTES):
        base = joints.get(key[:end])
        if base is not None:
            return key[:end], base
    return b"", _NOTHING


def _union(base: Joint, valued: Sequence[Text], known: int) -> Values:
    locals_ = list({text.name: text.local for text in valued}.values())[known:]
    return union([base.values, *(local.values for local in locals_)])


def _joined(texts: Sequence[Text], every: Values, base: Joint) -> Generator[None, None, Joint]:
    new = Wanted(beyond(every, base.values))
    found: dict[bytes, Found] = {}
    named = {text.name: text for text in texts}
    spent = 0
    for name, text in named.items():
        one = base.found.get(name)
        # An old text is searched for all others again only if one of the new values stands in it.
        if name not in base.texts or new.may_stand(text.local.folded, text.local.squeezed):
            one = yield from _found(text, beyond(every, text.local.values))
        if one is not None:
            found[name] = one
        spent += len(text.text)
        if spent > _SLICE:
            spent = 0
            yield
    return Joint(every, frozenset(named), found)


def _found(text: Text, others: Values) -> Generator[None, None, Found | None]:
    """What stands in `text` with the occurrences of `others`; None if that is what it holds by itself."""
    own, local = text.local.found.findings, text.local
    every = own
    if others:
        more = yield from spread(text.text, local.folded, local.squeezed, Wanted(others))
        every = (yield from with_more(own, more, text.text)) if more else own
    return None if every is own else Found.of(text.text, every)


def with_more(
    found: tuple[Finding, ...], more: Sequence[Finding], text: str
) -> Generator[None, None, tuple[Finding, ...]]:
    """`found` with what is new in `more`, without overlaps; `found` itself when nothing is."""
    usual, _ = parted(found)
    starts = [finding.start for finding in usual]
    new = []
    for number, finding in enumerate(more):
        if number % _JOIN_SLICE == _JOIN_SLICE - 1:
            yield
        # Most of it lies inside a finding.
        place = bisect_right(starts, finding.start) - 1
        if place < 0 or usual[place].end < finding.end:
            new.append(finding)
    return tuple((yield from merging([*found, *new], text))) if new else found
