"""The door `Records`: what was sealed opens for its owner until its time is over.

A record ends by losing its key and its parts (`retention`, `erasure`). The entries of the log stay: without key and salt
their commitments tell nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from ambos.audit.entry import SALT_BYTES
from ambos.errors import StoreError
from ambos.messages import Level, Route
from ambos.ports import RecordSummary
from ambos.store import schema
from ambos.store.bundle import open_rows
from ambos.store.database import Database
from ambos.store.keyring import KeyRing, is_blocked
from ambos.store.retention import Retention
from ambos.store.sealing import Nonces, Sealer

_COLUMNS = ("id", "time_ms", "owner", "route", "level", "model", "redactions", "state")
_UNSALTED = frozenset({"findings"})
RESEALED = "resealed-"  # before the name of a part from which a person was taken out


class SealedRecords:
    """Sealed requests and answers."""

    def __init__(self, database: Database, ring: KeyRing, nonces: Nonces, retention: Retention) -> None:
        self._database = database
        self._retention = retention
        self._ring = ring
        self._nonces = nonces

    async def recent(self, *, tenant: str, owner: str | None, limit: int) -> Sequence[RecordSummary]:
        """The newest first; of every owner when `owner` is None (no content either way)."""
        table = schema.records
        rows = select(*(table.c[name] for name in _COLUMNS)).where(table.c.tenant == tenant)
        if owner is not None:
            rows = rows.where(table.c.owner == owner)
        with self._database.reading() as connection:
            found = connection.execute(rows.order_by(table.c.seq.desc()).limit(limit)).all()
        return [
            RecordSummary(id_, time_ms, of, Route(route), Level(level), model, redactions, state)
            for id_, time_ms, of, route, level, model, redactions, state in found
        ]

    async def open(self, record_id: str, *, tenant: str, owner: str) -> Mapping[str, bytes]:
        """Parts by name: "request", "outbound-N", "answer-N", "findings".

        Raises:
            StoreError: no such record of this owner, its key was destroyed, or it is blocked.
        """
        return unsalted(self._salted(record_id, tenant, owner, is_legal=False))

    def owner_of(self, record_id: str, *, tenant: str) -> str | None:
        """Who sent a record whose content is still kept; None for no such record."""
        table = schema.records.c
        where = (table.id == record_id, table.tenant == tenant, table.wrapped_key.is_not(None))
        with self._database.reading() as connection:
            owner: str | None = connection.execute(select(table.owner).where(*where)).scalar()
        return owner

    def salted(self, record_id: str, *, tenant: str, owner: str) -> dict[str, bytes]:
        """Like `open`, each part with the salt of its commitment before it.

        Raises:
            StoreError: as `open`.
        """
        return self._salted(record_id, tenant, owner, is_legal=False)

    def open_blocked(self, record_id: str, *, tenant: str, owner: str) -> Mapping[str, bytes]:
        """The parts of a blocked record, with the legal key; the caller has written `opened`, mode `legal`, before.

        Raises:
            StoreError: as `open`, or the record is not blocked.
        """
        return unsalted(self._salted(record_id, tenant, owner, is_legal=True))

    def _salted(self, record_id: str, tenant: str, owner: str, *, is_legal: bool) -> dict[str, bytes]:
        table = schema.records
        where = (table.c.id == record_id, table.c.tenant == tenant, table.c.owner == owner)
        with self._database.reading() as connection:
            row = connection.execute(select(table.c.seq, table.c.wrapped_key).where(*where)).first()
            if row is None or row[1] is None:
                raise StoreError("there is no such record of this owner, or its time is over")
            if is_blocked(bytes(row[1])) is not is_legal:
                if is_legal:
                    raise StoreError("this record is not blocked: its owner opens it")
                raise StoreError("this record is blocked: only who answers for a legal claim may have it opened")
            parts = connection.execute(
                select(schema.record_parts.c.name, schema.record_parts.c.sealed)
                .where(schema.record_parts.c.record == row[0])
                .order_by(schema.record_parts.c.name)
            ).all()
        return open_parts(self._ring, self._nonces, record_id, tenant, owner, bytes(row[1]), parts)

    def expire(self, now_ms: int) -> int:
        """See `Retention.expire`."""
        return self._retention.expire(now_ms)


def unsalted(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """The contents by their first names: a part that was sealed again stands for the one it came from."""
    return {
        name.removeprefix(RESEALED): content if is_unsalted(name) else content[SALT_BYTES:]
        for name, content in parts.items()
    }


def is_unsalted(name: str) -> bool:
    """No salt stands before the content of this part: nothing in the log commits to it, or not any more."""
    return name in _UNSALTED or name.startswith(RESEALED)


def open_parts(
    ring: KeyRing,
    nonces: Nonces,
    record_id: str,
    tenant: str,
    owner: str,
    wrapped: bytes,
    parts: Sequence[Sequence[object]],
) -> dict[str, bytes]:
    """The parts of one record as they were sealed: a salt of 32 bytes before the content, but for "findings".

    Raises:
        StoreError: the owner's key was destroyed, or a part is not as it was sealed.
    """
    key = Sealer(ring.record_key(tenant, owner, record_id, wrapped), nonces)
    return open_rows(key, tenant, record_id, parts)
