"""Orders for one subject: block, lift, erase, rectify; and what is due. The work itself is in `rewriting`.

An order is a row of `erasures`, an entry of the log, and a note in the key ring, so that an older content that is put
back learns it again. Only handles, times and keyed hashes are kept of it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

import orjson
from sqlalchemy import bindparam, select, update

from ambos.audit.entry import Value
from ambos.errors import AmbosError, RequestError, StoreError
from ambos.ports import Clock, Random
from ambos.store import schema
from ambos.store.batch import Draft, Sequencer
from ambos.store.certificate import Facts, certificate
from ambos.store.foundation import Foundation
from ambos.store.generation import Generation, Order
from ambos.store.orders import enter_order
from ambos.store.recovery import Recovery
from ambos.store.rewriting import NEVER_MS, Fate, Rewriter, Task, Without
from ambos.store.settings import DAY_MS, StoreSettings
from ambos.store.subjects import Join, SubjectIndex

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Done:
    """What an order did."""

    order: Order
    destroyed: int = 0
    resealed: int = 0
    certificate: str = ""
    recipients: Mapping[str, int] = field(default_factory=dict)


def _same(content: bytes) -> bytes:
    return content


class Erasures:
    """Carries out what subjects may ask for."""

    def __init__(
        self, foundation: Foundation, index: SubjectIndex, settings: StoreSettings, *, clock: Clock, rng: Random
    ) -> None:
        self._foundation, self._index, self._settings = foundation, index, settings
        self._clock, self._rng = clock, rng
        self._rewriter = Rewriter(foundation, rng, settings.content_days * DAY_MS)
        # One of its own: an order is alone in its transaction, so that no row of the same batch has an older key.
        self._sequencer = Sequencer(foundation.content, foundation.signer, clock)
        self.recovery = Recovery(foundation, self._rewriter, index, self._sequencer, rng)
        made = schema.erasures
        gone = update(made).values(irrecoverable_ms=bindparam("a")).where(made.c.id == bindparam("b"))
        self._gone = foundation.content.compile(gone)

    async def block(self, joins: Sequence[Join], *, tenant: str, basis: str, by: str, due_ms: int = NEVER_MS) -> Order:
        """Only the legal key opens these records from now on (LOPDGDD 32, GDPR 18).

        Args:
            due_ms: when they are destroyed; `NEVER_MS` for a block alone.

        Raises:
            RequestError: there is nothing to block.
            LogUnavailableError: nothing was done.
        """
        if not joins:
            raise RequestError("no record is joined to this subject: see `ambos records search`", param="subject")
        blinds = sorted({blind.hex() for join in joins for blind in join.blinds})
        handles = tuple(sorted(join.record for join in joins))
        now_ms = self._clock.now_ms()
        order = Order(self._handle("e"), tenant, self._handle("s"), basis, by, now_ms, due_ms, handles, tuple(blinds))

        def enter(draft: Draft, _: Generation) -> None:
            self._rewriter.tell(draft, order, is_new=True)
            self._rewriter.mark(draft, order, joins)
            due: dict[str, Value] = {} if due_ms == NEVER_MS else {"due": due_ms}
            enter_order(draft, "blocked", order, {"scope": "subject", "principal": by, **due})

        fates = {join.seq: Fate.BLOCK for join in joins}
        held = frozenset(join.seq for join in joins if join.record in self._held(order))
        await self._carry_out(Task(order, fates, _same, enter, expires_ms=due_ms, held=held))
        return order

    async def set_due(self, order: Order, due_ms: int, *, by: str) -> Order:
        """Let a block end in an erasure, or move its day."""
        later = replace(order, due_ms=due_ms)
        seqs = self._seqs(order)
        held = frozenset(seq for record, seq in seqs.items() if record in self._held(order))

        def enter(draft: Draft, _: Generation) -> None:
            self._rewriter.tell(draft, later, is_new=False)
            enter_order(draft, "blocked", later, {"scope": "subject", "principal": by, "due": due_ms})

        fates = dict.fromkeys(seqs.values(), Fate.BLOCK)
        await self._carry_out(Task(later, fates, _same, enter, expires_ms=due_ms, held=held))
        return later

    async def lift(self, order: Order, *, by: str) -> Order:
        """The end of a block that nothing is to be destroyed after (GDPR 18(3))."""
        over = replace(order, is_over=True, requested_by=by, blinds=())
        others = self._held(order)
        fates = {seq: Fate.LIFT for record, seq in self._seqs(order).items() if record not in others}

        def enter(draft: Draft, _: Generation) -> None:
            self._rewriter.tell(draft, over, is_new=False)
            enter_order(draft, "blocked", over, {"scope": "lifted", "principal": by})

        await self._carry_out(Task(over, fates, _same, enter))
        return over

    async def destroy(
        self, order: Order, without: Without, *, by: str, basis: str = "", is_whole: bool = False, second: str = ""
    ) -> Done:
        """Destroy what was blocked, at its time or at once.

        Args:
            without: takes the subject out of a content that others are in too.
            basis: why before its time.
            is_whole: destroy shared records too.
            second: the person that agreed.
        """
        joins = self._index.of_records(order.tenant, order.records, [bytes.fromhex(one) for one in order.blinds])
        others = self._held(order)
        held = frozenset(join.seq for join in joins if others.get(join.record, 0) > order.due_ms)
        # What another order blocks for longer is destroyed by that one: a legal hold goes before.
        fates = {
            join.seq: Fate.RESEAL if join.is_shared and not is_whole else Fate.DESTROY
            for join in joins
            if join.seq not in held or (join.is_shared and not is_whole)
        }
        now_ms = max(self._clock.now_ms(), order.blocked_ms)
        done = replace(order, destroyed_ms=now_ms, basis=basis or order.basis)
        theirs = {bytes.fromhex(one) for one in order.blinds}
        counted = Counter(fates.values())
        recipients = self._recipients(list(fates))
        gone_ms = now_ms + self._settings.ring_backup_days * DAY_MS
        told: list[str] = []

        def rewrite(content: bytes) -> bytes:
            return without(content, lambda one: self._index.blind(order.tenant, one) in theirs)

        def enter(draft: Draft, made: Generation) -> None:
            head = draft.batch.head.frontier
            facts = Facts(
                order.id, order.subject, order.tenant, done.basis, order.blocked_ms, now_ms, gone_ms,
                counted[Fate.DESTROY], counted[Fate.RESEAL], made.value, recipients, head.size, head.root().hex(),
            )  # fmt: skip
            told.append(certificate(facts, self._foundation.signer))
            self._rewriter.tell(draft, done, is_new=False, note=told[0])
            people: dict[str, Value] = {"principal": by} if by else {}
            people |= {"second": second} if second else {}
            hashed = f"sha256:{sha256(told[0].encode()).hexdigest()}"
            facts_told: dict[str, Value] = {"stage": "destroyed", "generation": made.value, "certificate": hashed}
            enter_order(draft, "erased", done, {"scope": "subject", "due": gone_ms, **facts_told, **people})

        await self._carry_out(Task(done, fates, rewrite, enter, held=held))
        return Done(done, counted[Fate.DESTROY], counted[Fate.RESEAL], told[0], recipients)

    async def rectify(self, join: Join, *, tenant: str, by: str, rewrite: Callable[[bytes], bytes]) -> None:
        """Put one record right (GDPR 16): every part is sealed again, and the log says so."""
        order = Order(
            self._handle("e"), tenant, "", "GDPR-16", by, self._clock.now_ms(), NEVER_MS, (join.record,), is_over=True
        )

        def enter(draft: Draft, _: Generation) -> None:
            draft.enter("rectified", tenant, {"request": join.record, "principal": by})

        await self._carry_out(Task(order, {join.seq: Fate.RESEAL}, rewrite, enter))

    async def due(self, without: Without) -> int:
        """Destroy what is due, and say of what was destroyed long enough ago that no backup holds its keys."""
        now_ms, count = self._clock.now_ms(), 0
        for order in self.open_orders():
            if order.due_ms <= now_ms:
                await self.destroy(order, without, by="")
                count += 1
        await asyncio.to_thread(self._irrecoverable, now_ms)
        return count

    def generation(self) -> int:
        """Of the key ring, as the content has committed it."""
        return self._rewriter.counted()

    def open_orders(self, tenant: str = "") -> Sequence[Order]:
        """Orders that block something now."""
        latest = {order.id: order for order in self._foundation.ring.orders()}
        return [
            order
            for order in latest.values()
            if order.subject and order.destroyed_ms is None and not order.is_over and tenant in ("", order.tenant)
        ]

    def certificate_of(self, erasure: str, *, tenant: str) -> str:
        """The certificate of an erasure that was carried out.

        Raises:
            StoreError: there is none.
        """
        table = schema.erasures.c
        row = select(table.certificate).where(table.id == erasure, table.tenant == tenant)
        with self._foundation.content.reading() as connection:
            found = connection.execute(row).scalar()
        if found is None:
            raise StoreError("there is no certificate of this erasure: it is not due, or has another handle")
        return bytes(found).decode()

    async def _carry_out(self, task: Task) -> None:
        def run() -> None:
            try:
                result = self._sequencer.commit([lambda draft: self._rewriter.carry_out(draft, task)])[0]
                if isinstance(result, Exception):
                    raise result
            except Exception:
                # The ring may have begun a generation that the content did not take.
                self.recovery.settle()
                raise
            self._foundation.ring.finish()
            self._foundation.content.compact()

        await asyncio.to_thread(run)

    def _irrecoverable(self, now_ms: int) -> None:
        table = schema.erasures
        latest = {order.id: order for order in self._foundation.ring.orders()}
        until = now_ms - self._settings.ring_backup_days * DAY_MS
        rows = select(table.c.id).where(table.c.destroyed_ms <= until, table.c.irrecoverable_ms.is_(None))
        with self._foundation.content.reading() as connection:
            over = [latest[name] for name in connection.execute(rows).scalars() if name in latest]
        for order in over:

            def job(draft: Draft, order: Order = order) -> None:
                enter_order(draft, "erased", order, {"scope": "subject", "stage": "irrecoverable"})
                draft.write(self._gone, (now_ms, order.id))

            result = self._sequencer.commit([job])[0]
            if isinstance(result, AmbosError):
                raise result

    def _recipients(self, seqs: Sequence[int]) -> dict[str, int]:
        """Providers outside that received these requests, from the log."""
        table, told = schema.log_entries.c, Counter[str]()
        with self._foundation.content.reading() as connection:
            for start in range(0, len(seqs), _AT_ONCE):
                some = table.record.in_(seqs[start : start + _AT_ONCE])
                for leaf in connection.execute(select(table.leaf).where(table.event == "egress", some)).scalars():
                    told[str(orjson.loads(bytes(leaf))["provider"])] += 1
        return dict(told)

    def _seqs(self, order: Order) -> dict[str, int]:
        table, found = schema.records.c, dict[str, int]()
        with self._foundation.content.reading() as connection:
            for start in range(0, len(order.records), _AT_ONCE):
                some = table.id.in_(order.records[start : start + _AT_ONCE])
                rows = select(table.id, table.seq).where(some, table.wrapped_key.is_not(None))
                found |= {row[0]: row[1] for row in connection.execute(rows)}
        return found

    def _held(self, order: Order) -> dict[str, int]:
        """Records that other orders block, with the latest day of those."""
        held: dict[str, int] = {}
        for one in self.open_orders(order.tenant):
            if one.id != order.id:
                held |= {record: max(one.due_ms, held.get(record, 0)) for record in one.records}
        return held

    def _handle(self, prefix: str) -> str:
        return f"{prefix}_{self._rng.token(12).hex()}"
