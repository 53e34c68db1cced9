"""What was already read: findings of single texts and of conversations, by keyed hashes, bounded in entries and bytes.

The key is random per process and every entry is scoped to tenant and principal, so that nobody learns from the time of
an answer whether somebody else sent the same text (design 3.14).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, Self, TypeVar

from ambos.messages import Finding
from ambos.privacy.document import NO_VALUES, Values
from ambos.privacy.identifiers import Identifier, identifiers_in
from ambos.privacy.marks import marks
from ambos.privacy.normalise import NOTHING, Folded

NAME_BYTES: Final = 20
_FINDING_BYTES = 160
_VALUE_BYTES = 200
# Conversations may hold this share of the memory; the rest is for texts.
_JOINT_SHARE = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one text.

    Attributes:
        findings: merged, in order.
        marks: what they add to the union (`marks.marks`).
        people: whom they name (`identifiers.identifiers_in`).
    """

    findings: tuple[Finding, ...] = ()
    marks: frozenset[str] = frozenset()
    people: frozenset[Identifier] = frozenset()

    @classmethod
    def of(cls, text: str, findings: tuple[Finding, ...]) -> Self:
        """`findings` in `text` with what they add."""
        return cls(findings, marks(text, findings), identifiers_in(text, findings))

    @property
    def size_bytes(self) -> int:
        """Rough memory it holds."""
        return 100 + _FINDING_BYTES * len(self.findings) + _VALUE_BYTES * len(self.people)


@dataclass(frozen=True, slots=True)
class Local:
    """What one text holds by itself.

    Attributes:
        found: in this text alone.
        language: code of a language that the recognisers were not made for, or "".
        folded, squeezed: the folded text (lower case only) with and without separators, for the document pass.
        values: what its findings hold, for the document pass.
        signals, signals_of: marks of the text as a whole, and the version of what said so.
    """

    found: Found
    language: str = ""
    folded: Folded = NOTHING
    squeezed: bytes = b""
    values: Values = NO_VALUES
    signals: frozenset[str] = frozenset()
    signals_of: str = ""

    @property
    def size_bytes(self) -> int:
        """Rough memory it holds."""
        places = 0 if self.folded.offsets is None else 4 * len(self.folded.lower)
        return (
            500
            + len(self.folded.lower)
            + len(self.squeezed)
            + places
            + self.found.size_bytes
            + _VALUE_BYTES * len(self.values)
        )


@dataclass(frozen=True, slots=True)
class Joint:
    """What texts of one conversation hold together, after the document pass.

    Attributes:
        values: of all of them.
        texts: the cache's names of these texts.
        found: in those texts to which the document pass added something, by name.
    """

    values: Values
    texts: frozenset[bytes] = frozenset()
    found: Mapping[bytes, Found] = field(default_factory=dict)

    @property
    def size_bytes(self) -> int:
        """Rough memory it holds."""
        found = sum(found.size_bytes for found in self.found.values())
        return 500 + 80 * len(self.texts) + _VALUE_BYTES * len(self.values) + found


class _Sized(Protocol):
    @property
    def size_bytes(self) -> int: ...


_Entry = TypeVar("_Entry", bound=_Sized)


class Recent(Generic[_Entry]):
    """A map that drops its least recently used entries beyond its bounds."""

    def __init__(self, *, entries: int, size_bytes: int) -> None:
        self._entries = entries
        self._bytes = size_bytes
        self._used = 0
        self._map: OrderedDict[bytes, tuple[_Entry, int]] = OrderedDict()

    def get(self, name: bytes) -> _Entry | None:
        """The entry, marked as used."""
        found = self._map.get(name)
        if found is None:
            return None
        self._map.move_to_end(name)
        return found[0]

    def put(self, name: bytes, entry: _Entry) -> None:
        """Keep `entry`, dropping the least recently used beyond the bounds."""
        old = self._map.pop(name, None)
        size = entry.size_bytes
        self._map[name] = entry, size
        self._used += size - (old[1] if old else 0)
        while self._map and (len(self._map) > self._entries or self._used > self._bytes):
            _, (_, dropped) = self._map.popitem(last=False)
            self._used -= dropped

    def __len__(self) -> int:
        return len(self._map)


class Cache:
    """What this process has read, by names that nobody else can make.

    Attributes:
        texts: findings of single texts.
        joints: findings of conversations.
    """

    def __init__(self, *, key: bytes, entries: int, size_bytes: int) -> None:
        """Take `key` (16 to 64 random bytes of this process) and the bounds."""
        if not 16 <= len(key) <= 64:
            raise ValueError("the cache key must have 16 to 64 bytes")
        self._key = key
        share = size_bytes // _JOINT_SHARE
        self.texts: Recent[Local] = Recent(entries=entries, size_bytes=size_bytes - share)
        self.joints: Recent[Joint] = Recent(entries=entries, size_bytes=share)

    def namer(self, scope: bytes) -> Namer:
        """Names of texts of one tenant and principal."""
        return Namer(self._key, scope)


class Namer:
    """Keyed hashes under which the texts of one scope are kept."""

    __slots__ = ("_begun",)

    def __init__(self, key: bytes, scope: bytes) -> None:
        self._begun = hashlib.blake2b(len(scope).to_bytes(4, "big") + scope, key=key, digest_size=NAME_BYTES)

    def name(self, field: str, text: str) -> bytes:
        """The name of `text` in a field of that name ("" for running text)."""
        digest = self._begun.copy()
        digest.update(f"{len(field)}:{field}{text}".encode("utf-8", "surrogatepass"))
        return digest.digest()
