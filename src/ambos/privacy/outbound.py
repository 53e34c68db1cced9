"""What may be handed to a model: the only type a dispatch carries, made by this room alone.

`prepare` is the only maker; the rules that no policy can lift are here (design 3.3, 3.7; `docs/spec/surrogate.md` 5).
`tests/test_house.py` fails if anything but `ambos.privacy` makes an `Outbound`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from ambos.errors import DispatchError
from ambos.messages import Assessment, Json, Kind, Level, Treatment, Zone
from ambos.privacy.facts import IDENTIFYING
from ambos.privacy.mask import STRAY_CHARS, WIRE_WORDS, Found, mask, occurrences
from ambos.privacy.mask_note import Note, with_note
from ambos.privacy.surrogate import Surrogates, without_surrogates

_NUMBER_DIGITS: Final = 6  # shorter numbers are limits and counts of the dialect
_ESCAPE_LEVELS: Final = 4  # JSON in JSON in JSON: what a tool call in a history can nest
_OTHER_SPELLINGS: Final = (b"\\\\", b"\\u", b"\\/")  # JSON in JSON, and characters that need no escape
_NO_DIGITS: Final = bytes(code for code in range(256) if code not in b"0123456789")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outbound:
    """The exact bytes for one model, after masking and rendering.

    Attributes:
        body: what goes on the wire, in the dialect of the provider.
        treatment: RAW or MASKED; what was done to it.
        zone: for which side of the trust boundary it was made. INSIDE bytes never go outside.
        level: level of the conversation it belongs to.
        originals: surrogate -> original, to restore the answer with. Never leaves the process; not in `repr`.
        redactions: how many spans were replaced.
        capitals: surrogates of people whose names are raised in a heading in capitals.
        stand_ins: dates that went out beside surrogates of dates of birth; one that comes back alone is not the true one.
    """

    body: bytes = field(repr=False)
    treatment: Treatment
    zone: Zone
    level: Level
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)
    redactions: int = 0
    capitals: frozenset[str] = field(default=frozenset(), repr=False)
    stand_ins: frozenset[str] = field(default=frozenset(), repr=False)


def prepare(
    tree: Json,
    findings: Found,
    *,
    treatment: Treatment,
    zone: Zone,
    assessment: Assessment,
    surrogates: Surrogates,
    render: Callable[[Json], bytes],
    kinds: frozenset[Kind] = IDENTIFYING,
    note: Note | bool = False,
) -> Outbound:
    """Make the bytes for one model.

    Args:
        tree: the parsed request; never changed.
        findings: every leaf of `tree` with its findings, in the order of the request.
        treatment: what the decision gives this model.
        zone: where the model runs.
        assessment: of the whole conversation.
        surrogates: derivation for this tenant and conversation.
        render: writes a tree in the provider's dialect.
        kinds: what is masked.
        note: add one instruction to keep the codes, when something was masked; True is `Note()`.

    Raises:
        DispatchError: against a hard rule, or an original would be left in the bytes. Nothing may be sent.
    """
    _check_boundary(findings, treatment=treatment, zone=zone, level=assessment.level)
    if treatment is Treatment.RAW:
        return Outbound(body=render(tree), treatment=treatment, zone=zone, level=assessment.level)
    # What was found is nearly always all there is of a value: other places are looked for when one is left in the bytes.
    for is_thorough in (False, True):
        masked = mask(tree, findings, surrogates=surrogates, kinds=kinds, is_thorough=is_thorough)
        final = masked.tree
        if note and masked.originals:
            final = with_note(final, Note() if note is True else note, has_stand_ins=bool(masked.stand_ins))
        body = render(final)
        if not _is_left(body, masked.originals):
            return Outbound(
                body=body,
                treatment=treatment,
                zone=zone,
                level=assessment.level,
                originals=masked.originals,
                redactions=masked.redactions,
                capitals=masked.capitals,
                stand_ins=masked.stand_ins,
            )
    raise DispatchError("a masked value is still in the rendered request: nothing is sent")


def _check_boundary(findings: Found, *, treatment: Treatment, zone: Zone, level: Level) -> None:
    """Promise 1 of the design, above any policy."""
    if zone is Zone.INSIDE:
        return
    if level >= Level.RESTRICTED:
        raise DispatchError("restricted content never leaves")
    if treatment is Treatment.RAW and level >= Level.CONFIDENTIAL:
        raise DispatchError("confidential content leaves masked or not at all")
    if any(not leaf.is_readable for leaf, _ in findings):
        raise DispatchError("a part that no reader understands never leaves")


def _is_left(body: bytes, originals: Mapping[str, str]) -> bool:
    """Whether a masked value stands in the rendered request."""
    values = {original for original in originals.values() if len(original) >= STRAY_CHARS}
    if not values or _is_plainly_gone(body, values):
        return False
    sent = "\n".join(_texts(body, originals))
    return any(any(occurrences(sent, value)) for value in values)


def _is_plainly_gone(body: bytes, values: Iterable[str]) -> bool:
    """No value stands in the bytes as they are, and the bytes spell every character in one way only."""
    if b"\\" in body and any(escape in body for escape in _OTHER_SPELLINGS):
        return False
    digits = body.translate(None, _NO_DIGITS)
    try:
        return not any(_stands(orjson.dumps(value)[1:-1], body, digits) for value in values)
    except orjson.JSONEncodeError:  # halves of surrogates
        return False


def _stands(value: bytes, body: bytes, digits: bytes) -> bool:
    """Whether `value` is in `body`, of which `digits` are the digits: what has none of its own is told from them."""
    own = value.translate(None, _NO_DIGITS)
    return own in digits and value in body


def _texts(body: bytes, originals: Mapping[str, str]) -> Iterator[str]:
    """Every text of the body without our surrogates, and again with each further level of escaping taken off."""
    for raw in _scalars(body):
        if raw in WIRE_WORDS:
            continue
        text = without_surrogates(raw, originals)
        yield text
        for _ in range(_ESCAPE_LEVELS):
            if "\\" not in text:
                break
            text = _ESCAPE.sub(_unescaped, text)
            yield text


def _scalars(body: bytes) -> Iterable[str]:
    try:
        tree: Json = _loaded(body)
    except (ValueError, RecursionError):
        return (body.decode("utf-8", "replace"),)
    if isinstance(tree, dict):
        tree.pop("model", None)  # the catalogue's own name, set by the renderer
    return _walk(tree)


def _loaded(body: bytes) -> Json:
    try:
        tree: Json = orjson.loads(body)
    except orjson.JSONDecodeError:  # stricter than the standard library: halves of surrogates, deep nesting
        tree = json.loads(body)
    return tree


def _walk(root: Json) -> Iterator[str]:
    nodes: list[Json] = [root]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node
            nodes.extend(node.values())
        elif isinstance(node, list):
            nodes.extend(node)
        elif node is not None and len(str(node)) >= _NUMBER_DIGITS:
            yield str(node)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(found[2], found[2])
