"""Retention: a record whose time is over loses its key and its parts, and the log says which.

Without an entry nobody could tell the end of a term from an insider who deletes what was asked. Key, parts, joins and
entry go in one transaction; `secure_delete` clears the pages, the write-ahead log is emptied after.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, literal_column, select, update

from ambos.audit.events import MAX_REQUESTS
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft, Sequencer
from ambos.store.database import Database
from ambos.store.keyring import KeyRing
from ambos.store.subjects import RANK

SCOPE: Final = "retention"
BASIS: Final = "GDPR-5.1.e"


class Retention:
    """Ends what is over by its own time."""

    def __init__(self, database: Database, ring: KeyRing, sequencer: Sequencer, rng: Random) -> None:
        self._database, self._ring, self._sequencer, self._rng = database, ring, sequencer, rng
        records, parts, joins = schema.records.c, schema.record_parts, schema.subject_records
        over = (records.expires_ms <= bindparam("a"), records.wrapped_key.is_not(None))
        some = select(records.seq, records.id, records.tenant).where(*over).order_by(records.tenant, records.seq)
        self._over = f"{database.compile(some).text} LIMIT {MAX_REQUESTS}"
        self._parts = database.compile(delete(parts).where(parts.c.record == bindparam("a")), -1)
        self._joins = database.compile(delete(joins).where(joins.c.record == bindparam("a")), -1)
        forget = update(schema.records).values(wrapped_key=literal_column("NULL"))
        self._forget = database.compile(forget.where(records.seq == bindparam("a")), RANK)

    def expire(self, now_ms: int) -> int:
        """Destroy the keys and parts of records, and the states of conversations, whose time is over; how many."""
        ended = 0
        while count := self._some(now_ms):
            ended += count
        if self._conversations(now_ms) or ended:
            self._database.compact()
        self._ring.forget_kept(now_ms)
        return ended

    def _conversations(self, now_ms: int) -> int:
        """No index tells which are over: all are read, and only those that are wait for the turn to write."""
        table = schema.conversations.c
        with self._database.reading() as connection:
            over = connection.execute(
                select(table.tenant, table.owner, table.id).where(table.expires_ms <= now_ms)
            ).all()
        if over:
            which = (table.tenant == bindparam("a"), table.owner == bindparam("b"), table.id == bindparam("c"))
            # Asked for its time again: it may have gone on meanwhile.
            gone = delete(schema.conversations).where(*which, table.expires_ms <= now_ms)
            with self._database.writing() as connection:
                connection.execute(gone, [dict(zip("abc", row, strict=True)) for row in over])
        return len(over)

    def _some(self, now_ms: int) -> int:
        result = self._sequencer.commit([lambda draft: self._end(draft, now_ms)])[0]
        if isinstance(result, Exception):
            raise result
        return int(str(result))

    def _end(self, draft: Draft, now_ms: int) -> int:
        draft.batch.cursor.execute(self._over, (now_ms,))
        rows = draft.batch.cursor.fetchall()
        for seq, _, _ in rows:
            for statement in (self._parts, self._joins, self._forget):
                draft.write(statement, (seq,))
        for tenant in sorted({row[2] for row in rows}):
            handles = sorted(row[1] for row in rows if row[2] == tenant)
            enter_gone(draft, tenant, handles, f"e_{self._rng.token(12).hex()}")
        return len(rows)


def enter_gone(draft: Draft, tenant: str, handles: Sequence[str], erasure: str) -> None:
    """Entries for records that are gone without an order: their time was over."""
    for start in range(0, len(handles), MAX_REQUESTS):
        some = list(handles[start : start + MAX_REQUESTS])
        about = {"erasure": erasure, "scope": SCOPE, "basis": BASIS, "stage": "destroyed"}
        draft.enter("erased", tenant, {**about, "count": len(some), "requests": some})
