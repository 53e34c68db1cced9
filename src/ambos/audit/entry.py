"""One entry of the log, its canonical bytes, and the salted commitments it may hold.

Knows the form (docs/spec/audit-log.md sections 2 to 6). Leaves out where an entry stands (`tree`) and which entries
may follow which (`check`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, TypeAlias

import orjson

from ambos.audit.events import CHECKS, CHOICES, EVENTS, FIELDS, MAX_INTEGER, VERSION, is_integer
from ambos.errors import ProofError

Value: TypeAlias = "str | int | bool | list[str] | dict[str, str | int | bool]"

MAX_LEAF_BYTES: Final = 65_535  # C2SP tlog-tiles, log entries: the length before an entry is a uint16
SALT_BYTES: Final = 32
LABELS: Final = frozenset({"in", "out", "answer", "secret", "why"})
_PREFIXES: Final = {label: b"ambos/v1/%b\0" % label.encode() for label in LABELS}
_CHOICE_OF: Final = {event: [(f, c) for (e, f), c in CHOICES.items() if e == event] for event in EVENTS}
# What a verification of a million entries asks fifteen million times: the checks of an event's fields in one table.
_CHECKS_OF: Final = {event: {f: CHECKS[f] for f in known.required | known.optional} for event, known in EVENTS.items()}


def commit(label: str, salt: bytes, content: bytes) -> bytes:
    """The salted commitment to `content`: SHA-256("ambos/v1/" label 0x00 salt content), section 6 of the spec.

    Args:
        label: "in", "out", "answer", "secret" or "why", the field of the entry that holds the commitment.
        salt: 32 random bytes, used for this commitment only and destroyed with the content.
        content: the exact bytes.

    Raises:
        ProofError: unknown label, or a salt of another length.
    """
    prefix = _PREFIXES.get(label)
    if prefix is None:
        raise ProofError("a commitment label is one of in, out, answer, secret, why")
    if len(salt) != SALT_BYTES:
        raise ProofError(f"a salt has {SALT_BYTES} bytes, this one has {len(salt)}")
    # One prefix for each label, a fixed length of salt: no two (label, salt, content) give the same input.
    return sha256(b"".join((prefix, salt, content))).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact of the log: an event of the closed set with its fields (`time` and `tenant` among them).

    >>> Entry("stopped", {"time": 1, "tenant": "house", "reason": "signal"}).encode()
    b'{"event":"stopped","reason":"signal","tenant":"house","time":1,"v":1}'
    """

    event: str
    fields: Mapping[str, Value]

    @property
    def time_ms(self) -> int:
        """When it was written, milliseconds since 1970."""
        time_ms = self.fields["time"]
        assert isinstance(time_ms, int)  # noqa: S101  the form of `time` is an integer
        return time_ms

    def encode(self) -> bytes:
        """The leaf: canonical JSON (RFC 8785) of the fields, `event` and `v`.

        Raises:
            ProofError: an event, field or value that version 1 does not have. Nothing of the value is in the message.
        """
        whole: dict[str, Value] = {**self.fields, "event": self.event, "v": VERSION}
        _validate(whole)
        return _write(whole)

    @classmethod
    def decode(cls, leaf: bytes) -> Entry:
        """Read a leaf, strictly: only the bytes that `encode` would write.

        Raises:
            ProofError: not JSON, not canonical, an unknown version, event or field, a missing field, a wrong value.
        """
        if len(leaf) > MAX_LEAF_BYTES:
            raise ProofError(f"an entry has at most {MAX_LEAF_BYTES} bytes, this one has {len(leaf)}")
        try:
            whole = orjson.loads(leaf)
        except orjson.JSONDecodeError as error:
            raise ProofError(f"an entry is JSON, this one stops being so at byte {error.pos}") from None
        if type(whole) is not dict:
            raise ProofError("an entry is a JSON object")
        _validate(whole)
        # Writing it again finds every other spelling: spaces, order, escapes, a key given twice.
        if _write(whole) != leaf:
            raise ProofError("an entry is canonical JSON (RFC 8785): this one is spelt in another way")
        event = whole.pop("event")
        del whole["v"]
        return cls(event, whole)


def _write(whole: Mapping[str, Value]) -> bytes:
    # Every key and string was found to be ASCII without quotes, backslashes and controls, and every number a whole one
    # below 2^53: there RFC 8785 is sorting the keys and leaving out spaces. A property test compares it with `rfc8785`.
    # The forms of the fields keep every leaf below `MAX_LEAF_BYTES`; a test adds them up.
    return orjson.dumps(whole, option=orjson.OPT_SORT_KEYS)


def _validate(whole: Mapping[str, object]) -> None:
    if whole.get("v") != VERSION:
        raise ProofError(f"an entry has version {VERSION} here: a newer verifier may know this one")
    event = whole.get("event")
    known = EVENTS.get(event) if type(event) is str else None
    if known is None:
        raise ProofError("the event of this entry is not in the closed set of version 1")
    keys = whole.keys()
    if not known.required <= keys:
        raise ProofError(f"an entry `{event}` lacks {', '.join(sorted(known.required - keys))}")
    checks = _CHECKS_OF[str(event)]
    for field, value in whole.items():
        known_field = checks.get(field)
        if known_field is None:
            raise ProofError(f"an entry `{event}` has a field that it may not have")
        check, seen = known_field
        kind = type(value)
        if (kind is str and value in seen) or (kind is int and check is is_integer and 0 <= value <= MAX_INTEGER):  # type: ignore[operator]  # an int
            continue
        if not check(value):
            raise ProofError(f"`{field}` of an entry `{event}` is not a {FIELDS[field]}")
    for field, choices in _CHOICE_OF[str(event)]:
        if field in whole and whole[field] not in choices:
            raise ProofError(f"`{field}` of an entry `{event}` is one of {', '.join(sorted(choices))}")
