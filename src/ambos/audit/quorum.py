"""Which witnesses there are and how many must have signed: a C2SP tlog-policy, read and written.

Groups may be nested; a name is a member of one group at most, so that each witness counts once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ambos.audit.note import Verifier
from ambos.errors import ProofError

NONE: Final = "none"  # the predefined quorum that needs nobody
MAX_BYTES: Final = 65_536  # 32 logs, 32 witnesses and 32 groups take a quarter of it
_ALLOWED: Final = re.compile(rb"[\x09\x0a\x20-\x7e\x80-\xff]*").fullmatch
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,2}").fullmatch


@dataclass(frozen=True, slots=True)
class Party:
    """A log or a witness: its key, its name in the policy (a witness's) and where it is reached."""

    key: Verifier
    name: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Of these members at least `needed` must have witnessed."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quorum:
    """A policy: logs, witnesses, groups of them, and the name of which one must have witnessed."""

    logs: tuple[Party, ...] = ()
    witnesses: tuple[Party, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    def is_met(self, signers: Collection[Verifier]) -> bool:
        """Whether these keys, whose cosignatures were verified, are enough.

        >>> Quorum().is_met([])
        True
        """
        return self.quorum == NONE or self._holds(self.quorum, {key.public_key for key in signers})

    def _holds(self, name: str, keys: set[bytes]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return any(one.name == name and one.key.public_key in keys for one in self.witnesses)
        return sum(self._holds(member, keys) for member in group.members) >= group.needed

    def with_witness(self, witness: Party) -> Quorum:
        """The policy with one more witness; it is asked, and the quorum stays as it was.

        Raises:
            ProofError: the name or the key is there already.
        """
        return Quorum.parse(Quorum(self.logs, (*self.witnesses, witness), self.groups, self.quorum).write())

    def write(self) -> bytes:
        """The policy as text."""
        lines = [f"log {one.key.vkey} {one.url}".rstrip() for one in self.logs]
        lines += [f"witness {one.name} {one.key.vkey} {one.url}".rstrip() for one in self.witnesses]
        lines += [f"group {name} {one.needed} {' '.join(one.members)}" for name, one in self.groups.items()]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"]).encode()

    @classmethod
    def parse(cls, data: bytes) -> Quorum:
        """Read a policy.

        Raises:
            ProofError: another form; the message names the line.
        """
        if len(data) > MAX_BYTES or not _ALLOWED(data) or (data and not data.endswith(b"\n")):
            raise ProofError("a policy is lines of text, each ended by a newline, 64 kB at most")
        reading = _Reading()
        for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), 1):
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                try:
                    reading.take(words)
                except ProofError as error:
                    raise ProofError(f"line {number} of the policy: {error}") from None
        if reading.quorum is None:
            raise ProofError("a policy has exactly one line `quorum`")
        return cls(tuple(reading.logs), tuple(reading.witnesses), reading.groups, reading.quorum)


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    logs: list[Party] = field(default_factory=list)
    witnesses: list[Party] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    quorum: str | None = None

    def take(self, words: list[str]) -> None:
        what, *rest = words
        if what == "log" and len(rest) in (1, 2):
            self.logs.append(self._party(False, "", rest, self.logs))
        elif what == "witness" and len(rest) in (2, 3):
            self._is_new(rest[0])
            self.witnesses.append(self._party(True, rest[0], rest[1:], self.witnesses))
        elif what == "group" and len(rest) >= 3:
            self._group(*rest)
        elif what == "quorum" and len(rest) == 1:
            if self.quorum is not None or (rest[0] != NONE and not self._is_known(rest[0])):
                raise ProofError("one `quorum`, of a name that stands above")
            self.quorum = rest[0]
        else:
            raise ProofError("`log`, `witness`, `group` or `quorum`, with their words")

    def _party(self, is_witness: bool, name: str, words: list[str], others: list[Party]) -> Party:
        key = Verifier.parse(words[0])
        if key.is_witness is not is_witness:
            raise ProofError("a log has a key of type 0x01, a witness one of type 0x04 or 0x06")
        if any(one.key.public_key == key.public_key for one in others):
            raise ProofError("the same key stands there twice")
        return Party(key, name, "".join(words[1:]))

    def _group(self, name: str, needed: str, *members: str) -> None:
        self._is_new(name)
        count = {"all": len(members), "any": 1}.get(needed) or (int(needed) if _NUMBER(needed) else 0)
        if not 1 <= count <= len(members):
            raise ProofError("a group needs `all`, `any` or 1 to as many as it has members")
        for member in members:
            if member in self.members or not self._is_known(member):
                raise ProofError("a member stands above and is in one group only")
            self.members.add(member)
        self.groups[name] = Group(count, members)

    def _is_known(self, name: str) -> bool:
        return name in self.groups or any(one.name == name for one in self.witnesses)

    def _is_new(self, name: str) -> None:
        if name == NONE or self._is_known(name):
            raise ProofError("this name is taken")
