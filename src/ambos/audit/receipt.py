"""Receipts: what a holder keeps to show offline that entries are in the log, and what their commitments open to.

A receipt is one `tlog-proof` (C2SP) for each entry, one after another; the entry and the salts that its holder may see
are the proof's extra line (docs/spec/audit-log.md section 11). `ambos_verify` reads the same form without this package.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from ambos.audit.checkpoint import Checkpoint, Opened, parse_decimal
from ambos.audit.entry import LABELS, SALT_BYTES, Entry, commit
from ambos.audit.note import Verifier, from_base64
from ambos.audit.proof import verify_inclusion
from ambos.audit.tree import HASH_BYTES, leaf_hash
from ambos.errors import ProofError

MAGIC: Final = "c2sp.org/tlog-proof@v1"
VERSION: Final = 1
MAX_PROOF_HASHES: Final = 63  # a tree has fewer than 2^63 leaves
MAX_BYTES: Final = 1_048_576  # one entry of 64 kB in base64, a large note, and room; a receipt has a handful of proofs


@dataclass(frozen=True, slots=True)
class Proof:
    """A C2SP tlog-proof: position, path and signed checkpoint, with extra data that nothing authenticates."""

    index: int
    path: tuple[bytes, ...]
    note: bytes = field(repr=False)
    extra: bytes | None = field(default=None, repr=False)

    def write(self) -> bytes:
        """The proof as text."""
        lines = [MAGIC]
        if self.extra is not None:
            lines.append(f"extra {b64encode(self.extra).decode()}")
        lines.append(f"index {self.index}")
        lines += [b64encode(one).decode() for one in self.path]
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note

    @classmethod
    def parse(cls, data: bytes) -> Proof:
        """Read a proof without trusting it.

        Raises:
            ProofError: another form.
        """
        head, separator, note = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ProofError("a proof is text before its checkpoint") from None
        if not separator or lines.pop(0) != MAGIC:
            raise ProofError(f"a proof starts with {MAGIC} and has an empty line before its checkpoint")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0).removeprefix("extra "), "the extra line of a proof")
        if not lines or not lines[0].startswith("index "):
            raise ProofError("a proof has a line with its index")
        index = parse_decimal(lines.pop(0).removeprefix("index "), "the index of a proof")
        path = tuple(from_base64(line, "a hash of a proof") for line in lines)
        if len(path) > MAX_PROOF_HASHES or any(len(one) != HASH_BYTES for one in path):
            raise ProofError(f"a proof has at most {MAX_PROOF_HASHES} hashes of {HASH_BYTES} bytes")
        return cls(index, path, note, extra)

    def verify(
        self, leaf: bytes, log_keys: Sequence[Verifier], *, witnesses: Sequence[Verifier] = (), quorum: int = 0
    ) -> Opened:
        """Check signatures and inclusion of this leaf (C2SP tlog-proof, "Verifying a tlog proof").

        Raises:
            ProofError: anything is not as it says.
        """
        opened = Checkpoint.open(self.note, log_keys, witnesses=witnesses, quorum=quorum)
        head = opened.checkpoint
        verify_inclusion(leaf_hash(leaf), self.index, head.size, head.root, self.path)
        return opened


@dataclass(frozen=True, slots=True)
class Receipt:
    """One entry with its proof, and the salts of those commitments its holder may open.

    Attributes:
        leaf: the entry's bytes.
        salts: label ("in", "out", "answer", ...) -> 32 bytes. Whoever has content and salt can show the commitment.
    """

    leaf: bytes
    proof: Proof
    salts: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @classmethod
    def make(
        cls, *, leaf: bytes, index: int, path: Sequence[bytes], note: bytes, salts: Mapping[str, bytes] | None = None
    ) -> Receipt:
        """A receipt for the entry at `index`, with its inclusion path in the signed checkpoint `note`.

        Raises:
            ProofError: the salts do not belong to commitments of this entry.
        """
        salts = dict(salts or {})
        _check_salts(Entry.decode(leaf), salts)
        extra = {"v": VERSION, "entry": b64encode(leaf).decode(), "salts": {k: s.hex() for k, s in salts.items()}}
        return cls(leaf, Proof(index, tuple(path), note, orjson.dumps(extra, option=orjson.OPT_SORT_KEYS)), salts)

    def write(self) -> bytes:
        """The receipt as text; several, one after another, are a receipt too."""
        return self.proof.write()

    @classmethod
    def parse_all(cls, data: bytes) -> tuple[Receipt, ...]:
        """Read all proofs of a receipt file, without trusting any.

        Raises:
            ProofError: another form, or no proof at all.
        """
        if len(data) > MAX_BYTES:
            raise ProofError(f"a receipt has at most {MAX_BYTES} bytes")
        start = f"{MAGIC}\n".encode()
        if not data.startswith(start):
            raise ProofError(f"a receipt starts with the line {MAGIC}")
        # The line of the first proof starts the file; the next ones follow the newline of a signature.
        first, *others = data.split(b"\n" + start)
        parts = [first, *(start + other for other in others)]
        whole = [part + b"\n" for part in parts[:-1]] + parts[-1:]
        return tuple(cls._parse(part) for part in whole)

    @classmethod
    def _parse(cls, data: bytes) -> Receipt:
        proof = Proof.parse(data)
        leaf, salts = _read_extra(proof.extra)
        _check_salts(Entry.decode(leaf), salts)
        return cls(leaf, proof, salts)

    @property
    def entry(self) -> Entry:
        """What the entry says; trust it after `verify`."""
        return Entry.decode(self.leaf)

    def verify(self, log_keys: Sequence[Verifier], *, witnesses: Sequence[Verifier] = (), quorum: int = 0) -> Opened:
        """Check signatures and inclusion of the entry.

        Raises:
            ProofError: anything is not as it says.
        """
        return self.proof.verify(self.leaf, log_keys, witnesses=witnesses, quorum=quorum)

    def opens(self, label: str, content: bytes) -> None:
        """Check that the entry commits to this content under this label.

        Raises:
            ProofError: no salt for this label, or other content.
        """
        if label not in self.salts:
            raise ProofError(f"this receipt holds no salt for `{label}`")
        if not hmac.compare_digest(commit(label, self.salts[label], content).hex(), str(self.entry.fields[label])):
            raise ProofError(f"this content is not what the entry commits to as `{label}`")


def _read_extra(extra: bytes | None) -> tuple[bytes, dict[str, bytes]]:
    try:
        read = orjson.loads(extra or b"")
    except orjson.JSONDecodeError:
        raise ProofError("the extra line of a receipt is JSON") from None
    if type(read) is not dict or read.keys() != {"v", "entry", "salts"} or read["v"] != VERSION:
        raise ProofError(f"the extra line of a receipt has v {VERSION}, entry and salts")
    if orjson.dumps(read, option=orjson.OPT_SORT_KEYS) != extra:
        raise ProofError("the extra line of a receipt is canonical JSON")
    entry, salts = read["entry"], read["salts"]
    if type(entry) is not str or type(salts) is not dict or not all(type(salt) is str for salt in salts.values()):
        raise ProofError("the extra line of a receipt has an entry in base64 and salts in hexadecimal")
    return from_base64(entry, "the entry of a receipt"), {label: _from_hex(salt) for label, salt in salts.items()}


def _from_hex(text: str) -> bytes:
    try:
        salt = bytes.fromhex(text)
    except ValueError:
        raise ProofError("a salt is in hexadecimal") from None
    if salt.hex() != text:
        raise ProofError("a salt is in lower-case hexadecimal")
    return salt


def _check_salts(entry: Entry, salts: Mapping[str, bytes]) -> None:
    for label, salt in salts.items():
        if label not in LABELS or label not in entry.fields or len(salt) != SALT_BYTES:
            raise ProofError(f"a salt has {SALT_BYTES} bytes and belongs to a commitment of the entry")
