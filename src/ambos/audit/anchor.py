"""Anchors: what somebody keeps of a log elsewhere, so that a restored or rewritten one is recognised.

A signed checkpoint is enough for that. An anchor that this house wrote also holds where its verification stood, under a
MAC, so that the next one can go on from there (docs/spec/witness.md section 4). Nothing in it is of a person.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import orjson

from ambos.audit.check import Standing
from ambos.audit.checkpoint import Checkpoint
from ambos.audit.note import MAX_NOTE_BYTES, Note
from ambos.audit.order import OrderState, Unfinished
from ambos.audit.tree import Frontier
from ambos.errors import ProofError

MAGIC: Final = b"ambos/anchor/v1\n"
MAX_BYTES: Final = 64 * 1024 * 1024  # a hundred thousand unfinished requests take a fifth of it


@dataclass(frozen=True, slots=True)
class Anchor:
    """A signed checkpoint, and where the verification that wrote it stood; None when it is a bare checkpoint."""

    note: bytes = field(repr=False)
    standing: Standing | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """How many entries the checkpoint says there are; not verified."""
        return Checkpoint.parse(Note.parse(self.note).text).size

    def write(self, key: bytes) -> bytes:
        """The file, under a MAC with this key.

        Raises:
            ProofError: the standing is not that of the checkpoint.
        """
        if self.standing is None:
            return self.note
        _check_same(self.standing, self.note)
        line = orjson.dumps(_told(self.standing), option=orjson.OPT_SORT_KEYS) + b"\n"
        return MAGIC + line + f"mac {_mac(key, line, self.note)}\n\n".encode() + self.note

    @classmethod
    def parse(cls, data: bytes, key: bytes) -> Anchor:
        """Read a file that was written with this key, or a bare checkpoint. No signature is verified.

        Raises:
            ProofError: another form, or another key or content than it was written with.
        """
        if len(data) > MAX_BYTES:
            raise ProofError("an anchor has at most 64 MB")
        if not data.startswith(MAGIC):
            Checkpoint.parse(Note.parse(data).text)
            return cls(data)
        line, _, rest = data[len(MAGIC) :].partition(b"\n")
        mac, separator, note = rest.partition(b"\n\n")
        line += b"\n"
        if not separator or len(note) > MAX_NOTE_BYTES:
            raise ProofError("an anchor has a line of its state, a line `mac`, an empty line and a checkpoint")
        if not hmac.compare_digest(mac, f"mac {_mac(key, line, note)}".encode()):
            raise ProofError("the anchor was changed, or another house wrote it")
        standing = _read(line)
        _check_same(standing, note)
        return cls(note, standing)


def _mac(key: bytes, line: bytes, note: bytes) -> str:
    # The line ends at its newline and holds no other, so that state and note have one reading.
    return hmac.new(key, MAGIC + line + note, sha256).hexdigest()


def _check_same(standing: Standing, note: bytes) -> None:
    head = Checkpoint.parse(Note.parse(note).text)
    if (head.size, head.root) != (standing.frontier.size, standing.frontier.root()):
        raise ProofError("the state of an anchor is not that of its checkpoint")


def _told(standing: Standing) -> Mapping[str, object]:
    order = standing.order
    return {
        "forgotten": order.has_forgotten,
        "forgotten_open": order.forgotten_open,
        "frontier": standing.frontier.to_bytes().hex(),
        "time": standing.time_ms,
        "unfinished": order.unfinished,
    }


def _read(line: bytes) -> Standing:
    """The state under a true MAC: whatever it holds, this house wrote it."""
    try:
        told = orjson.loads(line)
        unfinished = tuple(_unfinished(one) for one in told["unfinished"])
        order = OrderState(unfinished, int(told["forgotten_open"]), bool(told["forgotten"]))
        return Standing(Frontier.from_bytes(bytes.fromhex(told["frontier"])), int(told["time"]), order)
    except (ValueError, KeyError, TypeError):
        raise ProofError("the state of an anchor is of another version") from None


def _unfinished(one: list[object]) -> Unfinished:
    request, is_restricted, is_completed, left, ended = one
    if not isinstance(left, list) or not isinstance(ended, list):
        raise TypeError
    return str(request), bool(is_restricted), bool(is_completed), tuple(map(int, left)), tuple(map(int, ended))
