"""What tells one person from another in a text, as (class, value) pairs, and taking one person out of a text.

Knows which kinds identify strongly and when two spellings are one value. Leaves out the blind index, which is the
store's: nothing here is kept (design 3.12; docs/spec/store.md section 8).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from ambos.messages import Finding, Json, Kind
from ambos.privacy.detector import Detector
from ambos.privacy.mask import occurrences
from ambos.privacy.surrogate_values import name_tokens, normalise

Identifier: TypeAlias = tuple[str, str]
"""Class and normalised value. The class "name" is a candidate; every other one joins."""

NAME: Final = "name"
ERASED: Final = "[erased]"
# A number may be found as one kind and given as another (a NIF is a DNI): one class for what is one series of numbers.
_CLASSES: Final[Mapping[Kind, str]] = {
    Kind.GOV_ID: "id",
    Kind.TAX_ID: "id",
    Kind.HEALTH_ID: "id",
    Kind.EMAIL: "email",
    Kind.PHONE: "phone",
    Kind.BANK_ACCOUNT: "account",
    Kind.CARD: "card",
    Kind.VEHICLE: "vehicle",
    Kind.PERSON: NAME,
}
_SHORTEST: Final = 5  # characters of a value; what is shorter is shared by many people
_NUMBER: Final = re.compile(r"\+?[\d\s.\-()/]+").fullmatch


def identifiers_in(text: str, findings: Iterable[Finding]) -> frozenset[Identifier]:
    """The people named by the findings of one text, as far as something tells them apart."""
    found = [_of(one.kind, text[one.start : one.end]) for one in findings if one.kind in _CLASSES]
    return frozenset(one for one in found if one is not None)


def declared(text: str) -> frozenset[Identifier]:
    """Everything that words of a person's request may name; empty when they name nobody.

    >>> sorted(declared("612 34 56 78"))
    [('id', '612345678'), ('phone', '612345678')]
    >>> declared("Ana García Ruiz")
    frozenset({('name', 'ana garcia ruiz')})
    """
    if "@" in text:
        kinds: tuple[Kind, ...] = (Kind.EMAIL,)
    elif not any(char.isdigit() for char in text):
        kinds = (Kind.PERSON,)
    elif _NUMBER(text.strip()):
        kinds = (Kind.GOV_ID, Kind.PHONE, Kind.BANK_ACCOUNT, Kind.CARD)
    else:
        kinds = (Kind.GOV_ID, Kind.BANK_ACCOUNT, Kind.VEHICLE)
    fitting = {_of(kind, text) for kind in kinds}
    return frozenset(one for one in fitting if one is not None and _fits(*one))


def without(body: bytes, detector: Detector, is_theirs: Callable[[Identifier], bool]) -> bytes:
    """`body` (JSON, or plain text) with `[erased]` wherever one person's identifiers stand, in any spelling.

    Args:
        is_theirs: whether an identifier is the person's; a blind index can tell without knowing the value.

    Raises:
        DetectorError: a recogniser failed: nothing is known of where the person stands.
    """
    text = body.decode("utf-8", "replace")
    try:
        tree: Json = json.loads(text)
    except ValueError:
        tree = text
    spelt = {spelling: kind for scalar in _scalars(tree) for spelling, kind in _spelt(scalar, detector)}
    doomed = {one for one, kind in spelt.items() if (found := _of(kind, one)) is not None and is_theirs(found)}
    names = [name_tokens(one) for one in doomed if spelt[one] is Kind.PERSON]
    # "García" beside "Ana García Ruiz": a part of the name is taken for the same person.
    doomed |= {
        one
        for one, kind in spelt.items()
        if kind is Kind.PERSON and (tokens := name_tokens(one)) and any(tokens <= name for name in names)
    }
    cut = _walked(tree, sorted(doomed, key=len, reverse=True))
    return cut.encode() if isinstance(cut, str) else json.dumps(cut, ensure_ascii=False).encode("utf-8", "replace")


def replaced(body: bytes, old: str, new: str) -> bytes:
    """`body` (JSON, or plain text) with `new` wherever `old` stands."""
    text = body.decode("utf-8", "replace")
    try:
        tree: Json = json.loads(text)
    except ValueError:
        return text.replace(old, new).encode()
    return json.dumps(_walked(tree, [old], new), ensure_ascii=False).encode("utf-8", "replace")


def _of(kind: Kind, text: str) -> Identifier | None:
    value = normalise(kind, text)
    if kind is Kind.PERSON:
        # One word alone names too many: it tells nobody apart.
        return (NAME, value) if len(name_tokens(text)) > 1 else None
    if kind is Kind.BANK_ACCOUNT and len(value) == 24 and value.startswith("ES"):
        value = value[4:]  # the national form of the same account
    if _CLASSES[kind] == "id":
        value = value.lstrip("0")
    return (_CLASSES[kind], value) if len(value) >= _SHORTEST else None


def _fits(kind: str, value: str) -> bool:
    least, most = {"phone": (9, 9), "account": (8, 34), "card": (12, 19), "vehicle": (5, 8)}.get(kind, (0, 320))
    return least <= len(value) <= most


def _spelt(text: str, detector: Detector) -> Iterable[tuple[str, Kind]]:
    steps = detector.steps(text)
    try:
        while True:
            next(steps)
    except StopIteration as done:
        findings: Iterable[Finding] = done.value
    return [(text[one.start : one.end], one.kind) for one in findings if one.kind in _CLASSES]


def _scalars(root: Json) -> Iterable[str]:
    nodes: list[Json] = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, list):
            nodes.extend(node)
        elif isinstance(node, dict):
            yield from node
            nodes.extend(node.values())
        elif node is not None and not isinstance(node, bool):
            yield str(node)


def _walked(node: Json, spellings: list[str], new: str = ERASED) -> Json:
    if isinstance(node, list):
        return [_walked(item, spellings, new) for item in node]
    if isinstance(node, dict):
        return {_cut(key, spellings, new): _walked(value, spellings, new) for key, value in node.items()}
    if isinstance(node, str):
        return _cut(node, spellings, new)
    if isinstance(node, int | float) and not isinstance(node, bool):
        cut = _cut(str(node), spellings, new)
        return node if cut == str(node) else cut
    return node


def _cut(text: str, spellings: list[str], new: str) -> str:
    for spelling in spellings:
        for start, end in reversed(list(occurrences(text, spelling)) if spelling in text else ()):
            text = text[:start] + new + text[end:]
    return text
