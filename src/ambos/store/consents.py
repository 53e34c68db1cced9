"""Permissions to learn: none by default, each with scope, purpose and basis, withdrawn at any time (design 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select, update

from ambos.errors import RequestError
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.revocations import Revocations, Taken, consent_fields
from ambos.store.subjects import RANK
from ambos.store.writer import Writer

SCOPES: Final = ("key", "subject", "source")
PURPOSES: Final = ("train", "evaluate")


@dataclass(frozen=True, slots=True)
class Consent:
    """One permission. `target` is a handle of a key or subject, or the name of a source."""

    id: str
    scope: str
    target: str
    purpose: str
    basis: str
    granted_by: str
    granted_ms: int
    withdrawn_ms: int | None


class Consents:
    """Grants, withdraws and answers."""

    def __init__(self, database: Database, writer: Writer, rng: Random, revocations: Revocations) -> None:
        self._database, self._writer, self._rng, self._revocations = database, writer, rng, revocations
        table = schema.consents
        self._insert = database.compile(table.insert(), RANK)
        self._withdraw = database.compile(
            update(table)
            .values(withdrawn_ms=bindparam("a"))
            .where(table.c.id == bindparam("b"), table.c.withdrawn_ms.is_(None)),
            RANK,
        )

    async def grant(self, *, tenant: str, scope: str, target: str, purpose: str, basis: str, by: str) -> str:
        """Permit; the handle of the permission.

        Raises:
            RequestError: an unknown scope or purpose, no target, or no basis.
            ProofError: the basis is a sentence, not a code.
            LogUnavailableError: the `consent` entry was not made durable, so nothing is permitted.
        """
        _one_of("scope", scope, SCOPES)
        _one_of("purpose", purpose, PURPOSES)
        if not target or not basis:
            raise RequestError("a permission names whom or what it is about, and its basis", param="basis")
        handle = f"a_{self._rng.token(12).hex()}"

        def job(draft: Draft) -> None:
            about = (handle, tenant, scope, target, purpose, basis, by, draft.time_ms, None)
            draft.write(self._insert, about)
            draft.enter(
                "consent", tenant, consent_fields("granted", scope, purpose, target) | {"principal": by, "basis": basis}
            )

        await self._writer.submit(job, may_abandon=True)
        return handle

    async def withdraw(self, *, tenant: str, scope: str, target: str, purpose: str, by: str) -> int:
        """End every permission of this scope, target and purpose; how many.

        Raises:
            RequestError: there is none.
            LogUnavailableError: neither key ring nor log took it; try again.
        """
        held = [one for one in self.list(tenant=tenant) if one.withdrawn_ms is None]
        ended = [one.id for one in held if (one.scope, one.target, one.purpose) == (scope, target, purpose)]
        if not ended:
            raise RequestError("there is no such permission: see `ambos consent list`", param="target")
        for handle in ended:
            await self._revocations.note(Taken.CONSENT, handle)

        def job(draft: Draft) -> None:
            for handle in ended:
                draft.write(self._withdraw, (draft.time_ms, handle))
            draft.enter(
                "consent",
                tenant,
                consent_fields("withdrawn", scope, purpose, target) | {"principal": by, "count": len(ended)},
            )

        await self._writer.submit(job, may_abandon=False)
        return len(ended)

    def list(self, *, tenant: str) -> Sequence[Consent]:
        """Every permission that was ever given, the oldest first."""
        table = schema.consents.c
        columns = (table.id, table.scope, table.target, table.purpose, table.basis, table.granted_by)
        rows = select(*columns, table.granted_ms, table.withdrawn_ms).where(table.tenant == tenant)
        with self._database.reading() as connection:
            return [Consent(*row) for row in connection.execute(rows.order_by(table.granted_ms, table.id))]

    def permits(self, *, tenant: str, scope: str, target: str, purpose: str) -> bool:
        """Somebody permitted it and nobody has withdrawn it: everything else is denied."""
        table = schema.consents.c
        where = (table.tenant == tenant, table.scope == scope, table.target == target, table.purpose == purpose)
        with self._database.reading() as connection:
            row = select(table.id).where(*where, table.withdrawn_ms.is_(None)).limit(1)
            return connection.execute(row).first() is not None


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise RequestError(f"{name} must be one of {', '.join(known)}", param=name)
