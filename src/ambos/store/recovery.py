"""Before anything is served: what a crash cut off is settled, and what an older content forgot is done again.

The key ring is the authority (store.md section 9): a record that it does not open any more was destroyed, whatever the
content says, and every order is written into the content again.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from ambos.errors import IntegrityError
from ambos.messages import Known, Level
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft, Sequencer
from ambos.store.conversations import sealed_state
from ambos.store.foundation import Foundation
from ambos.store.generation import Order
from ambos.store.orders import enter_order
from ambos.store.retention import enter_gone
from ambos.store.rewriting import NEVER_MS, Rewriter
from ambos.store.sealing import place
from ambos.store.subjects import SubjectIndex


class Recovery:
    """Brings content and key ring into step."""

    def __init__(
        self, foundation: Foundation, rewriter: Rewriter, index: SubjectIndex, sequencer: Sequencer, rng: Random
    ) -> None:
        self._foundation, self._rewriter, self._rng = foundation, rewriter, rng
        self._index, self._sequencer = index, sequencer

    def settle(self) -> int:
        """How many orders were done again; 0 when content and ring were in step.

        Raises:
            IntegrityError: the key ring is older than the content.
            LogUnavailableError: it could not be written, so nothing may be served.
        """
        ring = self._foundation.ring
        if ring.generation() == self._rewriter.counted() and not ring.is_open():
            return 0
        result = self._sequencer.commit([self._settle])[0]
        if isinstance(result, Exception):
            raise result
        self._foundation.content.compact()
        assert isinstance(result, int)  # noqa: S101  what the job gives
        return result

    def _settle(self, draft: Draft) -> int:
        # Asked again under the lock: another worker may have been first, or be in the middle of an order.
        ring, counted = self._foundation.ring, self._rewriter.counted()
        ring.settle(counted, draft.batch.head.frontier.size)
        newest = ring.generation()
        if counted > newest:
            raise IntegrityError(
                "the key ring is older than the content: restore the newest keyring.db", place="keyring.db"
            )
        if counted == newest:
            return 0
        lost = self._records(draft)
        self._conversations(draft)
        count = self._orders(draft, newest)
        self._explain(draft, lost)
        self._rewriter.count(draft, newest)
        return count

    def _records(self, draft: Draft) -> list[tuple[str, str]]:
        """Records take their kept keys; tenant and handle of those for which none is kept."""
        ring, table = self._foundation.ring, schema.records.c
        columns = (table.seq, table.tenant, table.owner, table.id, table.wrapped_key, table.expires_ms)
        with self._foundation.content.reading() as connection:
            rows = connection.execute(select(*columns).where(table.wrapped_key.is_not(None))).all()
        lost = list[tuple[str, str]]()
        for seq, tenant, owner, record, wrapped, expires_ms in rows:
            try:
                ring.record_key(tenant, owner, record, bytes(wrapped))
            except IntegrityError:
                kept = ring.kept(tenant, record)
                if kept is None:
                    self._rewriter.gone(draft, seq)
                    self._rewriter.rewrap(draft, seq, None, expires_ms)
                    lost.append((tenant, record))
                else:
                    self._rewriter.rewrap(draft, seq, *kept)
        return lost

    def _explain(self, draft: Draft, lost: list[tuple[str, str]]) -> None:
        """What no order destroyed was over by its own time, or put right, after this content was copied."""
        orders = self._foundation.ring.orders()
        told = {record for order in orders if order.destroyed_ms is not None for record in order.records}
        for tenant in sorted({one[0] for one in lost}):
            handles = sorted(record for of, record in lost if of == tenant and record not in told)
            enter_gone(draft, tenant, handles, f"e_{self._rng.token(12).hex()}")

    def _conversations(self, draft: Draft) -> None:
        ring, table = self._foundation.ring, schema.conversations.c
        with self._foundation.content.reading() as connection:
            rows = connection.execute(select(table.tenant, table.owner, table.id, table.sealed)).all()
        for tenant, owner, name, sealed in rows:
            where = (tenant, owner, name)
            try:
                ring.opened(tenant, owner, bytes(sealed), place("conversations", *where))
            except IntegrityError:
                # What it revealed cannot be known any more: it counts as the worst until it is forgotten.
                unknown = sealed_state(ring.owner(tenant, owner), Known(Level.RESTRICTED), where)
                self._rewriter.talk(draft, where, unknown)

    def _orders(self, draft: Draft, newest: int) -> int:
        table = schema.erasures.c
        with self._foundation.content.reading() as connection:
            known = {row[0]: row[1] for row in connection.execute(select(table.id, table.destroyed_ms))}
        latest = {order.id: order for order in self._foundation.ring.orders() if order.subject}
        again = [order for order in latest.values() if _is_news(order, known)]
        for order in again:
            self._rewriter.tell(draft, order, is_new=order.id not in known)
            if not order.is_over and order.destroyed_ms is None:
                blinds = [bytes.fromhex(one) for one in order.blinds]
                self._rewriter.mark(draft, order, self._index.of_records(order.tenant, order.records, blinds))
        for tenant in sorted({order.tenant for order in again}):
            self._enter(draft, tenant, [order for order in again if order.tenant == tenant], newest)
        return len(again)

    def _enter(self, draft: Draft, tenant: str, again: list[Order], newest: int) -> None:
        for order in again:
            if order.destroyed_ms is not None:
                enter_order(draft, "erased", order, {"scope": "subject", "stage": "destroyed", "generation": newest})
            elif order.is_over:
                enter_order(draft, "blocked", order, {"scope": "lifted"})
            else:
                due = {} if order.due_ms == NEVER_MS else {"due": order.due_ms}
                enter_order(draft, "blocked", order, {"scope": "subject", **due})
        state = schema.log_state.c
        with self._foundation.content.reading() as connection:
            note = connection.execute(select(state.checkpoint)).scalar_one()
        head = draft.batch.head.frontier
        draft.enter(
            "recovered",
            tenant,
            {
                "backup": f"sha256:{sha256(note.encode()).hexdigest()}",
                "size": head.size,
                "count": len(again),
                "generation": newest,
                "root": f"sha256:{head.root().hex()}",
            },
        )


def _is_news(order: Order, known: dict[str, int | None]) -> bool:
    if order.is_over:
        return order.id in known
    return order.id not in known or (order.destroyed_ms is not None and known[order.id] is None)
