"""Receipts out of the store: the entries of one request, proved in one signed head, with the salts the owner may have.

The head is the newest that covers all of them; one that witnesses have cosigned goes before a newer one without.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ambos.audit import Checkpoint, Entry, Receipt
from ambos.audit.entry import SALT_BYTES
from ambos.audit.note import Note
from ambos.audit.quorum import Quorum
from ambos.errors import ProofError, StoreError
from ambos.store.records import SealedRecords
from ambos.store.tree import StoredTree

_SEARCHED = 256  # cosigned heads that are looked through


@dataclass(frozen=True, slots=True)
class Made:
    """A receipt file, and who beside the log signed its head."""

    data: bytes
    size: int
    witnesses: tuple[str, ...]


def head_for(tree: StoredTree, last: int, quorum: Quorum) -> tuple[bytes, tuple[str, ...]]:
    """The signed head to prove entries up to `last` in, and the witnesses of the policy that cosigned it."""
    newest = tree.checkpoint()
    for note in [*tree.cosigned(_SEARCHED), newest]:
        parsed = Note.parse(note)
        signed = [one.key for one in parsed.verified([one.key for one in quorum.witnesses])]
        if Checkpoint.parse(parsed.text).size > last and signed and quorum.is_met(signed):
            return note, tuple(sorted(key.name for key in signed))
    return newest, ()


def make_receipt(tree: StoredTree, places: Collection[int], quorum: Quorum, salts: SaltsOf | None = None) -> Made:
    """One proof for each place, all in the same head.

    Raises:
        ProofError: the log has no such entry.
        StoreError: a salt that was asked for is not kept.
    """
    if not places:
        raise ProofError("a receipt has at least one entry")
    note, witnesses = head_for(tree, max(places), quorum)
    size = Checkpoint.parse(Note.parse(note).text).size
    written = b""
    for index in sorted(places):
        leaf, path = tree.inclusion(index, size)
        opened = salts.of(Entry.decode(leaf)) if salts is not None else {}
        written += Receipt.make(leaf=leaf, index=index, path=path, note=note, salts=opened).write()
    return Made(written, size, witnesses)


@dataclass(frozen=True, slots=True)
class SaltsOf:
    """The salts of one record's commitments: what its owner may show, and nobody else is given."""

    parts: dict[str, bytes]
    labels: frozenset[str]

    @classmethod
    def record(
        cls, records: SealedRecords, request: str, *, tenant: str, owner: str, labels: Collection[str]
    ) -> SaltsOf:
        """Open the record of its owner.

        Raises:
            StoreError: no such record of this owner, or its time is over.
        """
        return cls(records.salted(request, tenant=tenant, owner=owner), frozenset(labels))

    def of(self, entry: Entry) -> dict[str, bytes]:
        """Label -> salt, for those labels that were asked for and that this entry commits to."""
        attempt = entry.fields.get("attempt")
        names = {"in": "request", "out": f"outbound-{attempt}", "answer": f"answer-{attempt}"}
        return {label: self._salt(names[label]) for label in sorted(self.labels) if label in entry.fields}

    def _salt(self, name: str) -> bytes:
        if name not in self.parts:
            raise StoreError(f"the part {name} of this record is not kept, so that its commitment cannot be opened")
        return self.parts[name][:SALT_BYTES]
