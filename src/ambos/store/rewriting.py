"""One transaction over records: new owners' keys, and for each record what becomes of it (store.md section 9).

Blocking seals the record's key once more, with the legal key. Destroying takes key and parts; a record of others too is
sealed again without the subject. Either way the owners' keys change, so that no content backup of before undoes it.
Runs alone under the lock of the sequencer: everybody else waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from sqlalchemy import bindparam, delete, insert, select, update

from ambos.audit.entry import SALT_BYTES
from ambos.audit.events import MAX_INTEGER
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.bundle import Part, open_rows, seal_parts
from ambos.store.database import Statement
from ambos.store.foundation import Foundation
from ambos.store.generation import Generation, Order
from ambos.store.keyring import LEGAL, is_blocked
from ambos.store.records import RESEALED, is_unsalted
from ambos.store.sealing import KEY_BYTES, Sealer, place
from ambos.store.settings import DAY_MS
from ambos.store.subjects import GENERATION, RANK, Join

_AT_ONCE: Final = 500  # values in one list of a query
NEVER_MS: Final = MAX_INTEGER  # a block without an order to destroy
IsTheirs: TypeAlias = Callable[[tuple[str, str]], bool]
Without: TypeAlias = Callable[[bytes, IsTheirs], bytes]
"""Takes one person out of a content; `app` joins the detector to it."""


class Fate(StrEnum):
    """What becomes of one record."""

    BLOCK = "block"
    LIFT = "lift"
    DESTROY = "destroy"
    RESEAL = "reseal"


@dataclass(frozen=True, slots=True)
class _Row:
    seq: int
    id: str
    owner: str
    time_ms: int
    expires_ms: int
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Task:
    """One transaction: the order as it will stand, what becomes of each record (by number), how parts are rewritten."""

    order: Order
    fates: Mapping[int, Fate]
    rewrite: Callable[[bytes], bytes]
    enter: Callable[[Draft, Generation], None]
    expires_ms: int = 0  # of what is blocked
    held: frozenset[int] = frozenset()  # what another order still blocks


class Rewriter:
    """Carries out a task inside the job of a sequencer."""

    def __init__(self, foundation: Foundation, rng: Random, content_ms: int) -> None:
        self._ring, self._nonces = foundation.ring, foundation.nonces
        self._content, self._rng, self._content_ms = foundation.content, rng, content_ms
        records, parts, talks = schema.records, schema.record_parts, schema.conversations
        found, count, made = schema.subject_records, schema.generations, schema.erasures
        self._wrap = self._said(
            update(records)
            .ordered_values((records.c.wrapped_key, bindparam("a")), (records.c.expires_ms, bindparam("b")))
            .where(records.c.seq == bindparam("c")),
        )
        self._delete_parts = self._said(delete(parts).where(parts.c.record == bindparam("a")), -1)
        self._put_part = self._said(
            insert(parts).values(record=bindparam("a"), name=bindparam("b"), sealed=bindparam("c"))
        )
        self._forget_record = self._said(delete(found).where(found.c.record == bindparam("a")))
        self._forget = self._said(
            delete(found).where(found.c.record == bindparam("a"), found.c.blind == bindparam("b")),
        )
        self._mark = self._said(
            update(found)
            .ordered_values((found.c.subject, bindparam("a")), (found.c.is_confirmed, bindparam("b")))
            .where(found.c.record == bindparam("c"), found.c.blind == bindparam("d")),
            1,
        )
        self._talk = self._said(
            update(talks)
            .values(sealed=bindparam("s"))
            .where(talks.c.tenant == bindparam("a"), talks.c.owner == bindparam("b"), talks.c.id == bindparam("c")),
        )
        self._uncount = self._said(delete(count).where(count.c.name == bindparam("a")))
        self._count = self._said(count.insert(), 1)
        self._subject = self._said(schema.subjects.insert())
        self._drop_order = self._said(delete(made).where(made.c.id == bindparam("a")), 1)
        self._order = self._said(made.insert(), 2)

    def _said(self, clause: object, after: int = 0) -> Statement:
        return self._content.compile(clause, RANK + after if after >= 0 else -1)  # type: ignore[arg-type]  # a clause

    def carry_out(self, draft: Draft, task: Task) -> int:
        """Draft everything of the task, and begin the generation; its number."""
        tenant = task.order.tenant
        rows = self._rows(tenant, task.fates)
        with self._ring.renewing(draft.batch.head.frontier.size) as made:
            legal = self._ring.legal(made, tenant)
            for owner in sorted({row.owner for row in rows if row.seq in task.fates}):
                self._owner(draft, made, task, owner, [row for row in rows if row.owner == owner], legal)
            made.write_order(task.order)
            task.enter(draft, made)
        self.count(draft, made.value)
        return made.value

    def counted(self) -> int:
        """The generation that the content has committed."""
        table = schema.generations.c
        with self._content.reading() as connection:
            return int(connection.execute(select(table.value).where(table.name == GENERATION)).scalar() or 0)

    def count(self, draft: Draft, generation: int) -> None:
        """The content follows the ring: written with what the generation changed."""
        draft.write(self._uncount, (GENERATION,))
        draft.write(self._count, (GENERATION, generation))

    def tell(self, draft: Draft, order: Order, *, is_new: bool, note: str = "", gone_ms: int | None = None) -> None:
        """The rows of an order: its subject, and the order as it stands now."""
        if is_new:
            draft.write(self._subject, (order.subject, order.tenant, order.blocked_ms))
        draft.write(self._drop_order, (order.id,))
        if not order.is_over:
            times = (order.blocked_ms, order.due_ms, order.destroyed_ms, gone_ms)
            about = (order.id, order.tenant, order.subject, order.basis, order.requested_by)
            draft.write(self._order, (*about, *times, note.encode() if note else None))

    def mark(self, draft: Draft, order: Order, joins: Sequence[Join]) -> None:
        """These records are known to be the subject's."""
        for join in joins:
            for blind in join.blinds:
                draft.write(self._mark, (order.subject, True, join.seq, blind))

    def gone(self, draft: Draft, seq: int) -> None:
        """A record without key, parts and joins."""
        draft.write(self._delete_parts, (seq,))
        draft.write(self._forget_record, (seq,))

    def rewrap(self, draft: Draft, seq: int, wrapped: bytes | None, expires_ms: int) -> None:
        """Another wrapped key for a record."""
        draft.write(self._wrap, (wrapped, expires_ms, seq))

    def talk(self, draft: Draft, where: tuple[str, str, str], sealed: bytes) -> None:
        """Another sealed state for a conversation."""
        draft.write(self._talk, (sealed, *where))

    def _rows(self, tenant: str, fates: Mapping[int, Fate]) -> list[_Row]:
        """All live records of every owner that one of these belongs to."""
        table, seqs = schema.records.c, list(fates)
        columns = (table.seq, table.id, table.owner, table.time_ms, table.expires_ms, table.wrapped_key)
        live = (table.tenant == tenant, table.wrapped_key.is_not(None))
        with self._content.reading() as connection:
            owners: set[str] = set()
            for start in range(0, len(seqs), _AT_ONCE):
                some = table.seq.in_(seqs[start : start + _AT_ONCE])
                owners |= set(connection.execute(select(table.owner).where(*live, some)).scalars())
            return [
                _Row(*row[:5], bytes(row[5]))
                for owner in sorted(owners)
                for row in connection.execute(select(*columns).where(*live, table.owner == owner))
            ]

    def _owner(
        self, draft: Draft, made: Generation, task: Task, owner: str, rows: Sequence[_Row], legal: Sealer
    ) -> None:
        tenant, kept = task.order.tenant, []
        old, new = self._ring.renew(made, tenant, owner)
        for row in rows:
            fate, where = task.fates.get(row.seq), place("records", tenant, row.id)
            if fate is Fate.DESTROY:
                self.rewrap(draft, row.seq, None, row.expires_ms)
                self.gone(draft, row.seq)
                continue
            held = is_blocked(row.wrapped)
            inner = legal.open(row.wrapped[1:], place("legal", tenant, row.id)) if held else row.wrapped
            key, expires_ms = old.open(inner, where), row.expires_ms
            if fate is Fate.RESEAL:
                key = self._reseal(draft, task, row, key)
                held = row.seq in task.held
                if not held:
                    expires_ms = min(row.expires_ms, max(row.time_ms + self._content_ms, draft.time_ms))
            elif fate is Fate.BLOCK:
                expires_ms = max(task.expires_ms, row.expires_ms) if row.seq in task.held else task.expires_ms
                held = True
            elif fate is Fate.LIFT:
                held, expires_ms = False, max(row.time_ms + self._content_ms, draft.time_ms + DAY_MS)
            wrapped = new.seal(key, where)
            if held:
                wrapped = LEGAL + legal.seal(wrapped, place("legal", tenant, row.id))
            self.rewrap(draft, row.seq, wrapped, expires_ms)
            if fate is not Fate.RESEAL:  # its old parts must not open from a backup either
                kept.append((row.id, wrapped, expires_ms))
        made.keep(tenant, owner, kept)
        self._conversations(draft, tenant, owner, old, new)

    def _reseal(self, draft: Draft, task: Task, row: _Row, key: bytes) -> bytes:
        """Every part under a new key, rewritten; no commitment of the log opens to it any more."""
        table, tenant = schema.record_parts.c, task.order.tenant
        with self._content.reading() as connection:
            parts = connection.execute(select(table.name, table.sealed).where(table.record == row.seq)).all()
        sealer, fresh = Sealer(key, self._nonces), self._rng.token(KEY_BYTES)
        opened, again = open_rows(sealer, tenant, row.id, parts), list[Part]()
        draft.write(self._delete_parts, (row.seq,))
        for was, whole in opened.items():
            first = was.removeprefix(RESEALED)
            content = whole if is_unsalted(was) else whole[SALT_BYTES:]
            is_text = first != "findings"
            again.append((RESEALED + first, task.rewrite(content)) if is_text else (was, content))
        if again:
            draft.write(self._put_part, (row.seq, *seal_parts(Sealer(fresh, self._nonces), tenant, row.id, again)))
        for blind in task.order.blinds:
            draft.write(self._forget, (row.seq, bytes.fromhex(blind)))
        return fresh

    def _conversations(self, draft: Draft, tenant: str, owner: str, old: Sealer, new: Sealer) -> None:
        table = schema.conversations.c
        rows = select(table.id, table.sealed).where(table.tenant == tenant, table.owner == owner)
        with self._content.reading() as connection:
            states = connection.execute(rows).all()
        for name, sealed in states:
            where = (tenant, owner, name)
            label = place("conversations", *where)
            self.talk(draft, where, new.seal(old.open(bytes(sealed), label), label))
