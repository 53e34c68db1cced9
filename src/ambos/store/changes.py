"""What was approved to be in force, kept with the entries of the log that say so (design 3.6; ADR 0006).

Knows rows, the counter that workers poll, and the commitment to a reason. What a state means is known to `policy`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Insert, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from ambos.audit import commit
from ambos.audit.entry import SALT_BYTES, Value
from ambos.errors import IntegrityError, StoreError
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.statements import Statements
from ambos.store.writer import Writer

_COUNTER: Final = "policy"


@dataclass(frozen=True, slots=True)
class Approval:
    """A change that somebody has approved.

    Attributes:
        proposed_by, approved_by: principals; the same in a house of one person.
        reason: in the approver's words; the log holds a commitment to it.
        relaxes: what the change relaxes, line by line.
    """

    proposed_by: str
    approved_by: str
    reason: str
    relaxes: tuple[str, ...]


class Changes:
    """The states that were in force, the newest of which binds."""

    def __init__(self, database: Database, writer: Writer, rng: Random) -> None:
        self._database = database
        self._writer = writer
        self._rng = rng
        self._read_generation = Statements.of(database).read_generation
        self._put = database.compile(_put_version(database), rank=0)
        self._insert = database.compile(insert(schema.pending_changes), rank=1)

    def generation(self) -> int:
        """A number that moves with every change, in whichever process it was made.

        Raises:
            StoreError: it cannot be read.
        """
        row = self._database.first(self._read_generation, (_COUNTER,))
        if row is None:
            raise StoreError("the generation of the policy is missing: run `ambos audit verify`")
        return int(row[0])

    def approved(self, tenant: str) -> str | None:
        """The text of the state that was approved last; None where there never was one.

        Raises:
            IntegrityError: there was one, and it is gone or is not what was approved.
        """
        table = schema.policy_versions.c
        rows = select(table.hash, table.policy).where(table.tenant == tenant).order_by(table.applied_ms.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(rows).first()
        if row is None:
            if self.generation():
                raise IntegrityError("the approved policy is missing: restore ambos.db", place="policy_versions")
            return None
        if row[0] != _hash(row[1]):
            raise IntegrityError("the approved policy is not the one that was approved", place="policy_versions")
        return str(row[1])

    async def moved(self) -> int:
        """As `generation`, in a thread of its own where the database is another machine's."""
        return self.generation() if self._database.is_sqlite else await asyncio.to_thread(self.generation)

    async def keep(
        self, tenant: str, text: str, *, policy: str, reason: str, by: str, approval: Approval | None = None
    ) -> None:
        """Make `text` the approved state, durable together with its entries of the log.

        Args:
            text: canonical form of the state.
            policy: hash of its policy, as decisions name it.
            reason: a code: "first", "tightened", "restarted" or "approved".
            by: the principal who is answerable.
            approval: who approved, and why; None where nobody had to.

        Raises:
            LogUnavailableError: nothing was made durable, so that nothing has changed.
        """
        state = _hash(text)
        salt, handle = self._rng.token(SALT_BYTES), f"g_{self._rng.token(12).hex()}"

        def job(draft: Draft) -> None:
            draft.write(self._put, (state, tenant, text, approval.approved_by if approval else by, draft.time_ms))
            draft.write(draft.batch.sql.bump, (_COUNTER,))
            about: dict[str, Value] = {
                "action": "approved" if approval else "applied",
                "principal": by,
                "relaxes": reason in ("approved", "restarted"),
            }
            if approval is not None:
                about["why"] = commit("why", salt, approval.reason.encode()).hex()
                if approval.approved_by != by:
                    about["second"] = approval.approved_by
                draft.write(self._insert, _decided(handle, tenant, state, approval, salt, draft.time_ms))
            draft.enter("policy", tenant, {**about, "policy": policy, "reason": reason})
            draft.enter("settings", tenant, {**about, "settings": state})

        await self._writer.submit(job, may_abandon=False)


def _decided(
    handle: str, tenant: str, state: str, approval: Approval, salt: bytes, now_ms: int
) -> tuple[str | int, ...]:
    change: Mapping[str, object] = {
        "settings": state,
        "relaxes": approval.relaxes,
        "reason": approval.reason,
        "salt": salt.hex(),
    }
    told = json.dumps(change, ensure_ascii=False)
    return (handle, tenant, "stance", told, approval.proposed_by, now_ms, approval.approved_by, now_ms, "approved")


def _hash(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _put_version(database: Database) -> Insert:
    """A state that comes back takes its row again, with the new time."""
    table = schema.policy_versions
    if database.is_sqlite:
        lite = sqlite.insert(table)
        changed = {name: lite.excluded[name] for name in ("policy", "applied_by", "applied_ms")}
        return lite.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
    post = postgresql.insert(table)
    changed = {name: post.excluded[name] for name in ("policy", "applied_by", "applied_ms")}
    return post.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
