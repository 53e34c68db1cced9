"""Openings of others' content: asked for, confirmed or delayed, at once and reviewed after (docs/guide/access.md).

Kept are handles, times and the sealed reason; a commitment to the reason stands in the log. Each step is one transaction
with its entry: an opening that is not in the log does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BindParameter, Column, ColumnElement, bindparam, select, update

from ambos.audit import commit
from ambos.audit.entry import SALT_BYTES, Value
from ambos.errors import ForbiddenError, RequestError
from ambos.identity.opening import (
    CONFIRM_MS,
    DUAL_MS,
    MAX_RECORDS,
    Mode,
    Opening,
    check_lives,
    check_reason,
    check_waits,
    term_of,
)
from ambos.ports import Clock, Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database, Statement
from ambos.store.revocations import Revocations, Taken
from ambos.store.sealing import Nonces, Sealer, place
from ambos.store.secrets import Secrets
from ambos.store.writer import Writer

_RANK: Final = 70
_COLUMNS: Final = (
    "id", "tenant", "mode", "asked_by", "asked_ms", "lapses_ms", "begins_ms", "until_ms", "second", "ended_ms",
    "review_due_ms", "reviewed_by", "reviewed_ms",
)  # fmt: skip
_TOLD_MS: Final = CONFIRM_MS * 4  # how long the list goes back
CONTROL: Final = "break_glass"


class Openings:
    """Asks, confirms, ends, reviews, and answers what is open to whom."""

    def __init__(
        self,
        database: Database,
        writer: Writer,
        secrets: Secrets,
        *,
        clock: Clock,
        rng: Random,
        nonces: Nonces,
        revocations: Revocations,
    ) -> None:
        self._revocations = revocations
        self._database, self._writer, self._secrets = database, writer, secrets
        self._clock, self._rng, self._nonces = clock, rng, nonces
        table, records = schema.openings, schema.opening_records
        self._insert = database.compile(table.insert(), _RANK)
        self._insert_record = database.compile(records.insert(), _RANK + 1)
        columns = [table.c[name] for name in _COLUMNS]
        self._one = database.compile(select(*columns).where(table.c.id == bindparam("a")))
        self._broken = database.compile(
            select(*columns).where(
                table.c.tenant == bindparam("a"),
                table.c.asked_by == bindparam("b"),
                table.c.mode == bindparam("m"),
                (table.c.until_ms > bindparam("c"))
                | (table.c.reviewed_ms.is_(None) & (table.c.review_due_ms <= bindparam("d"))),
            )
        )
        self._confirm = self._setting("begins_ms", "until_ms", "second")
        self._end = self._setting("ended_ms")
        self._review = self._setting("reviewed_by", "reviewed_ms", "review")

    # --- steps -----------------------------------------------------------------------------------------------------

    async def ask(
        self, mode: Mode, records: Sequence[tuple[str, str]], *, tenant: str, by: str, reason: str
    ) -> Opening:
        """Ask for these records (handle, owner), or open them at once.

        Raises:
            RequestError: no record, too many, or no reason.
            ForbiddenError: `by` has broken a glass that is still open, or that nobody has reviewed in time.
            LogUnavailableError: nothing was opened.
        """
        if not 0 < len(records) <= MAX_RECORDS:
            raise RequestError(f"an opening is about 1 to {MAX_RECORDS} records; {len(records)} were named")
        handle, why = f"i_{self._rng.token(12).hex()}", self._salted(check_reason(reason))

        def job(draft: Draft) -> Opening:
            now_ms = draft.time_ms
            if (
                mode is Mode.BREAK_GLASS
                and draft.batch.one(self._broken, (tenant, by, mode.value, now_ms, now_ms)) is not None
            ):
                raise ForbiddenError("a glass you broke is still open, or was not reviewed in time: that comes first")
            term = term_of(mode, now_ms)
            sealed = self._sealer(tenant).seal(why, place("openings", tenant, handle, "why"))
            times = (term.lapses_ms, term.begins_ms, term.until_ms)
            row = (handle, tenant, mode.value, by, now_ms, sealed, *times, None, None, term.review_due_ms)
            draft.write(self._insert, (*row, None, None, None))
            for record, owner in records:
                draft.write(self._insert_record, (handle, record, owner))
            stage = "opened" if mode is Mode.BREAK_GLASS else "requested"
            due = {Mode.DUAL: term.lapses_ms, Mode.DELAYED: term.begins_ms, Mode.BREAK_GLASS: term.review_due_ms}[mode]
            self._enter(draft, tenant, handle, mode, stage, by, _due(due) | {"why": _commitment(why)})
            if mode is Mode.BREAK_GLASS:
                fields: dict[str, Value] = {"control": CONTROL, "result": "fail", "count": len(records)}
                draft.enter("control", tenant, fields | _due(due))
            return Opening(
                handle, tenant, mode, by, now_ms, *times, None, None, term.review_due_ms, None, None, tuple(records)
            )

        made = await self._writer.submit(job, may_abandon=True)
        assert isinstance(made, Opening)  # noqa: S101  what the job gives
        return made

    async def confirm(self, opening: Opening, *, by: str) -> None:
        """A second person agrees; the caller has checked that it is one.

        Raises:
            RequestError: it was answered meanwhile, or has lapsed.
        """

        def job(draft: Draft) -> None:
            check_waits(self._now(draft, opening), draft.time_ms)
            draft.write(self._confirm, (draft.time_ms, draft.time_ms + DUAL_MS, by, opening.id))
            until = _due(draft.time_ms + DUAL_MS)
            self._enter(draft, opening.tenant, opening.id, opening.mode, "confirmed", by, until)

        await self._writer.submit(job, may_abandon=False)

    async def end(self, opening: Opening, *, by: str) -> None:
        """Decline, withdraw, or close before its time.

        Raises:
            RequestError: it is over.
        """
        check_lives(self.find(opening.id, tenant=opening.tenant), self._clock.now_ms())
        await self._revocations.note(Taken.OPENING, opening.id)

        def job(draft: Draft) -> None:
            check_lives(self._now(draft, opening), draft.time_ms)
            draft.write(self._end, (draft.time_ms, opening.id))
            self._enter(draft, opening.tenant, opening.id, opening.mode, "ended", by, {})

        await self._writer.submit(job, may_abandon=False)

    async def review(self, opening: Opening, *, by: str, reason: str) -> None:
        """Somebody else has looked at a glass that was broken: the open control is closed.

        Raises:
            RequestError: there is nothing to review, or no words about it.
        """
        words = self._salted(check_reason(reason))

        def job(draft: Draft) -> None:
            now = self._now(draft, opening)
            if not now.is_to_review():
                raise RequestError("there is nothing to review here, or it was done", param="id")
            sealed = self._sealer(opening.tenant).seal(words, place("openings", opening.tenant, opening.id, "review"))
            draft.write(self._review, (by, draft.time_ms, sealed, opening.id))
            about: dict[str, Value] = {"why": _commitment(words)}
            self._enter(draft, opening.tenant, opening.id, opening.mode, "reviewed", by, about)
            closed: dict[str, Value] = {"control": CONTROL, "result": "pass", "count": len(opening.records)}
            draft.enter("control", opening.tenant, closed)

        await self._writer.submit(job, may_abandon=False)

    async def look(self, opening: Opening, record: str) -> None:
        """Write down that a record is shown through an opening, before it is."""
        fields: dict[str, Value] = {
            "request": record,
            "principal": opening.asked_by,
            "mode": "break_glass" if opening.mode is Mode.BREAK_GLASS else "dual",
            "why": _commitment(self._salted_reason(opening)),
        }
        if opening.second is not None:
            fields["second"] = opening.second
        if opening.until_ms is not None:
            fields["until"] = opening.until_ms
        await self._writer.submit(lambda draft: draft.enter("opened", opening.tenant, fields), may_abandon=False)

    # --- answers ---------------------------------------------------------------------------------------------------

    def find(self, handle: str, *, tenant: str) -> Opening:
        """The opening of this handle.

        Raises:
            RequestError: there is none.
        """
        found = self._read((schema.openings.c.id == handle) & (schema.openings.c.tenant == tenant))
        if not found:
            raise RequestError("there is no such opening: see `ambos access list`", param="id")
        return found[0]

    def list(self, *, tenant: str, about: str | None = None) -> Sequence[Opening]:
        """The newest first, a month back and whatever waits for a review; only about this principal's, where named."""
        table, records = schema.openings.c, schema.opening_records.c
        recent = table.asked_ms > self._clock.now_ms() - _TOLD_MS
        to_review = table.review_due_ms.is_not(None) & table.reviewed_ms.is_(None)
        where = (table.tenant == tenant) & (recent | to_review)
        if about is not None:
            mine = select(records.opening).where(records.owner == about)
            where &= table.id.in_(mine) | (table.asked_by == about)
        return self._read(where)

    def through(self, record: str, *, tenant: str, by: str) -> Sequence[Opening]:
        """Openings of `by` that this record is in, the newest first; whether they are open is for `check_open` to say."""
        table, records = schema.openings.c, schema.opening_records.c
        holding = select(records.opening).where(records.record == record)
        return self._read((table.tenant == tenant) & (table.asked_by == by) & table.id.in_(holding))

    def reason(self, opening: Opening) -> str:
        """Why it was asked for, in the asker's words."""
        return self._salted_reason(opening)[SALT_BYTES:].decode()

    def _salted_reason(self, opening: Opening) -> bytes:
        table = schema.openings.c
        with self._database.reading() as connection:
            sealed = connection.execute(select(table.why).where(table.id == opening.id)).scalar_one()
        where = place("openings", opening.tenant, opening.id, "why")
        return self._sealer(opening.tenant).open(bytes(sealed), where)

    def _read(self, where: ColumnElement[bool]) -> Sequence[Opening]:
        table, records = schema.openings, schema.opening_records.c
        rows = select(*(table.c[name] for name in _COLUMNS)).where(where).order_by(table.c.asked_ms.desc(), table.c.id)
        with self._database.reading() as connection:
            found = connection.execute(rows.limit(500)).all()
            held: dict[str, list[tuple[str, str]]] = {}
            some = select(records.opening, records.record, records.owner)
            some = some.where(records.opening.in_([row[0] for row in found])).order_by(records.record)
            for handle, record, owner in connection.execute(some):
                held.setdefault(handle, []).append((record, owner))
        return [_opening(row, tuple(held.get(row[0], ()))) for row in found]

    def _now(self, draft: Draft, opening: Opening) -> Opening:
        """As it is inside the transaction: two people may answer at the same moment."""
        row = draft.batch.one(self._one, (opening.id,))
        if row is None:
            raise RequestError("there is no such opening", param="id")
        return _opening(row, opening.records)

    def _enter(
        self, draft: Draft, tenant: str, handle: str, mode: Mode, stage: str, by: str, more: dict[str, Value]
    ) -> None:
        about: dict[str, Value] = {"incident": handle, "stage": stage, "principal": by, "control": mode.value}
        draft.enter("incident", tenant, about | more)

    def _setting(self, *names: str) -> Statement:
        table = schema.openings
        values: list[tuple[Column[object], BindParameter[object]]] = [
            (table.c[name], bindparam(f"a{number}")) for number, name in enumerate(names)
        ]
        return self._database.compile(
            update(table).ordered_values(*values).where(table.c.id == bindparam("z")), _RANK + 2
        )

    def _sealer(self, tenant: str) -> Sealer:
        return Sealer(self._secrets.opening_key(tenant), self._nonces)

    def _salted(self, reason: str) -> bytes:
        return self._rng.token(SALT_BYTES) + reason.encode("utf-8", "replace")


def _opening(row: Sequence[object], records: tuple[tuple[str, str], ...]) -> Opening:
    about = dict(zip(_COLUMNS, row, strict=True))
    return Opening(**{**about, "mode": Mode(str(about["mode"])), "records": records})  # type: ignore[arg-type]  # the columns' types


def _commitment(salted: bytes) -> str:
    return commit("why", salted[:SALT_BYTES], salted[SALT_BYTES:]).hex()


def _due(time_ms: int | None) -> dict[str, Value]:
    return {} if time_ms is None else {"due": time_ms}
