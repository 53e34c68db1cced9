"""What was taken away, access and permissions, noted in the key ring too: an older content that is put back learns it again.

Kept are handles and keyed hashes, with their time (store.md section 9.2). The ring learns first: what a crash leaves
between the two is done again at the next start, never undone. What is given back is forgotten here last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import BindParameter, Select, bindparam, delete, insert, inspect, select, update

from ambos.audit.entry import Value
from ambos.ports import Clock
from ambos.store import schema
from ambos.store.batch import Draft, Sequencer
from ambos.store.database import Statement
from ambos.store.foundation import Foundation
from ambos.store.ring_schema import revoked

_RANK: Final = 55
_REASON: Final = "recovered"


class Taken(StrEnum):
    """What was taken away."""

    KEY = "key"
    SESSION = "session"
    SESSIONS = "sessions"  # all of a user's that were opened until then
    USER = "user"
    OPENING = "opening"
    CONSENT = "consent"  # a permission to learn


@dataclass(frozen=True, slots=True)
class _Again:
    """One row of the content that is live though the ring knows better."""

    kind: Taken
    tenant: str
    fields: Mapping[str, Value]
    row: object
    since_ms: int | None = None  # when it was taken away, where something is counted from then; else now


class Revocations:
    """Notes what is taken away, and takes it away again from a content that has forgotten it."""

    def __init__(self, foundation: Foundation, sequencer: Sequencer, clock: Clock, *, session_ms: int) -> None:
        self._session_ms = session_ms
        self._ring, self._content = foundation.ring_database, foundation.content
        self._sequencer, self._clock = sequencer, clock
        compiled = self._content.compile
        keys, one, all_, users, openings, consents = (
            schema.api_keys, schema.sessions, schema.user_sessions, schema.users, schema.openings, schema.consents,
        )  # fmt: skip
        now: BindParameter[int] = bindparam("a")
        row: BindParameter[object] = bindparam("b")
        self._take: Mapping[Taken, Sequence[Statement]] = {
            Taken.KEY: [compiled(update(keys).values({keys.c.revoked_ms: now}).where(keys.c.id == row), _RANK)],
            Taken.SESSION: [
                compiled(update(table).values({table.c.revoked_ms: now}).where(table.c.hash == row), _RANK)
                for table in (one, all_)
            ],
            Taken.USER: [compiled(update(users).values({users.c.disabled_ms: now}).where(users.c.id == row), _RANK)],
            Taken.OPENING: [
                compiled(update(openings).values({openings.c.ended_ms: now}).where(openings.c.id == row), _RANK)
            ],
            Taken.CONSENT: [
                compiled(update(consents).values({consents.c.withdrawn_ms: now}).where(consents.c.id == row), _RANK)
            ],
        }

    # --- noting ----------------------------------------------------------------------------------------------------

    async def note(self, kind: Taken, name: str) -> None:
        """Remember that this is taken away, before the content does it.

        Raises:
            LogUnavailableError: the key ring cannot be written, so that nothing is to be changed.
        """
        await asyncio.to_thread(self._note, kind, name)

    async def forget(self, kind: Taken, name: str) -> None:
        """It was given back, and the content has it."""
        await asyncio.to_thread(self._forget, kind, name)

    def _note(self, kind: Taken, name: str) -> None:
        now_ms = self._clock.now_ms()
        is_over = (revoked.c.kind == Taken.SESSION.value) & (revoked.c.time_ms < now_ms - self._session_ms)
        is_this = (revoked.c.kind == kind.value) & (revoked.c.name == name)
        with self._ring.writing() as connection:
            revoked.create(connection, checkfirst=True)
            connection.execute(delete(revoked).where(is_over | is_this))
            connection.execute(insert(revoked).values(kind=kind.value, name=name, time_ms=now_ms))

    def _forget(self, kind: Taken, name: str) -> None:
        with self._ring.writing() as connection:
            revoked.create(connection, checkfirst=True)
            connection.execute(delete(revoked).where(revoked.c.kind == kind.value, revoked.c.name == name))

    # --- doing it again --------------------------------------------------------------------------------------------

    def settle(self) -> int:
        """How many were taken away again; 0 where the content knew of all.

        Raises:
            LogUnavailableError: it could not be written, so nothing may be served.
        """
        noted = self._noted()
        if not self._live(noted):
            return 0
        result = self._sequencer.commit([lambda draft: self._again(draft, noted)])[0]
        if isinstance(result, Exception):
            raise result
        assert isinstance(result, int)  # noqa: S101  what the job gives
        return result

    def _noted(self) -> Mapping[Taken, Mapping[str, int]]:
        found: dict[Taken, dict[str, int]] = {kind: {} for kind in Taken}
        with self._ring.reading() as connection:
            if inspect(connection).has_table(revoked.name):
                for kind, name, time_ms in connection.execute(select(revoked)):
                    found[Taken(kind)][name] = time_ms
        return found

    def _again(self, draft: Draft, noted: Mapping[Taken, Mapping[str, int]]) -> int:
        # Asked again under the lock: another worker may have been first.
        live = self._live(noted)
        for one in live:
            for statement in self._take[one.kind]:
                draft.write(statement, (draft.time_ms if one.since_ms is None else one.since_ms, one.row))
            draft.enter(_EVENTS[one.kind], one.tenant, one.fields)
        if live:
            draft.write(draft.batch.sql.bump, ("keys",))
        for tenant in sorted({one.tenant for one in live}):
            self._enter(draft, tenant, sum(one.tenant == tenant for one in live))
        return len(live)

    def _enter(self, draft: Draft, tenant: str, count: int) -> None:
        with self._content.reading() as connection:
            note = connection.execute(select(schema.log_state.c.checkpoint)).scalar_one()
        backup = f"sha256:{sha256(note.encode()).hexdigest()}"
        fields: dict[str, Value] = {"backup": backup, "size": draft.batch.head.frontier.size, "count": count}
        draft.enter("recovered", tenant, fields)

    def _live(self, noted: Mapping[Taken, Mapping[str, int]]) -> list[_Again]:
        """Rows that are open though the ring has noted their end."""
        keys, users, openings = schema.api_keys.c, schema.users.c, schema.openings.c
        key_rows = select(keys.tenant, keys.id).where(keys.revoked_ms.is_(None))
        user_rows = select(users.tenant, users.id).where(users.disabled_ms.is_(None))
        opening_rows = select(openings.tenant, openings.id, openings.mode).where(openings.ended_ms.is_(None))
        live = [
            _Again(Taken.KEY, row[0], {"action": "revoked", "key": row[1]}, row[1])
            for row in self._rows(key_rows, noted[Taken.KEY])
        ]
        live += [
            _Again(Taken.USER, row[0], {"action": "disabled", "owner": row[1]}, row[1])
            for row in self._rows(user_rows, noted[Taken.USER])
        ]
        live += [
            _Again(Taken.OPENING, row[0], {"incident": row[1], "stage": "ended", "control": row[2]}, row[1])
            for row in self._rows(opening_rows, noted[Taken.OPENING])
        ]
        live += self._live_consents(noted[Taken.CONSENT])
        live = [one for one in live if one.row in noted[one.kind]]
        return live + self._live_sessions(noted[Taken.SESSION], noted[Taken.SESSIONS])

    def _live_consents(self, noted: Mapping[str, int]) -> list[_Again]:
        table = schema.consents.c
        rows = select(table.tenant, table.id, table.scope, table.purpose, table.target)
        return [
            _Again(Taken.CONSENT, row[0], consent_fields("withdrawn", *row[2:]), row[1], noted.get(row[1]))
            for row in self._rows(rows.where(table.withdrawn_ms.is_(None)), noted)
        ]

    def _live_sessions(self, one: Mapping[str, int], every: Mapping[str, int]) -> list[_Again]:
        keys, users = schema.api_keys.c, schema.users.c
        of_key, of_user = schema.sessions.c, schema.user_sessions.c
        is_open = of_key.revoked_ms.is_(None) & (of_key.expires_ms > self._clock.now_ms())
        by_key = select(keys.tenant, of_key.hash, keys.principal)
        by_key = by_key.join_from(schema.sessions, schema.api_keys, of_key.key == keys.id).where(is_open)
        is_open = of_user.revoked_ms.is_(None) & (of_user.expires_ms > self._clock.now_ms())
        by_user = select(users.tenant, of_user.hash, users.id, of_user.opened_ms)
        by_user = by_user.join_from(schema.user_sessions, schema.users, of_user.user == users.id).where(is_open)
        found = [row for row in self._rows(by_key, one) if bytes(row[1]).hex() in one]
        found += [
            row
            for row in self._rows(by_user, {**one, **every})
            if bytes(row[1]).hex() in one or row[3] <= every.get(row[2], -1)
        ]
        return [
            _Again(Taken.SESSION, row[0], {"action": "ended", "principal": row[2], "reason": _REASON}, bytes(row[1]))
            for row in found
        ]

    def _rows(self, rows: Select[Any], noted: Mapping[str, int]) -> Sequence[Any]:  # Any: rows of several tables
        if not noted:
            return []
        with self._content.reading() as connection:
            return connection.execute(rows).all()


def consent_fields(action: str, scope: str, purpose: str, target: str) -> dict[str, Value]:
    """A key stands in the entry by its handle; a subject or a source does not: their names may say something."""
    fields: dict[str, Value] = {"action": action, "scope": scope, "purpose": purpose}
    return fields | ({"key": target} if scope == "key" else {})


_EVENTS: Final[Mapping[Taken, str]] = {
    Taken.KEY: "key",
    Taken.SESSION: "session",
    Taken.USER: "principal",
    Taken.OPENING: "incident",
    Taken.CONSENT: "consent",
}
