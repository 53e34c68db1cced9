"""Incidents that keep something closed until a person has found out why: opened by the house, closed with a reason.

Each step is one transaction with its entries. The reason is kept sealed; a commitment to it stands in the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select, update

from ambos.audit import commit
from ambos.audit.entry import SALT_BYTES, Value
from ambos.errors import RequestError
from ambos.identity.opening import MAX_REASON
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.sealing import Nonces, Sealer, place
from ambos.store.secrets import Secrets
from ambos.store.writer import Writer

_RANK: Final = 70
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Incident:
    """One of them; `closed_ms` is None while it is open, and `closed_by` and `reason` are "" then."""

    id: str
    opened_ms: int
    closed_ms: int | None
    closed_by: str
    reason: str


class Incidents:
    """Opens, closes and lists the incidents of a control."""

    def __init__(self, database: Database, writer: Writer, secrets: Secrets, *, rng: Random, nonces: Nonces) -> None:
        self._database, self._writer, self._secrets = database, writer, secrets
        self._rng, self._nonces = rng, nonces
        table = schema.incidents
        self._insert = database.compile(table.insert(), _RANK)
        is_open = (table.c.tenant == bindparam("a"), table.c.control == bindparam("b"), table.c.closed_ms.is_(None))
        self._open = database.compile(select(table.c.id).where(*is_open))
        self._close = database.compile(
            update(table)
            .ordered_values(
                (table.c.closed_ms, bindparam("c")), (table.c.closed_by, bindparam("d")), (table.c.why, bindparam("e"))
            )
            .where(table.c.id == bindparam("f")),
            _RANK + 1,
        )

    def is_open(self, control: str, *, tenant: str) -> bool:
        """Something of this control waits for a person."""
        return self._database.first(self._open, (tenant, control)) is not None

    async def open(self, control: str, event: str, fields: Mapping[str, Value], *, tenant: str) -> None:
        """Open one, unless one is open, with the entry of what was found.

        Raises:
            LogUnavailableError: it was not written down.
        """
        handle = f"i_{self._rng.token(12).hex()}"

        def job(draft: Draft) -> None:
            draft.enter(event, tenant, fields)
            if draft.batch.one(self._open, (tenant, control)) is None:
                draft.write(self._insert, (handle, tenant, control, draft.time_ms, None, None, None))
                draft.enter("incident", tenant, {"incident": handle, "stage": "opened", "control": control})

        await self._writer.submit(job, may_abandon=False)

    async def close(
        self, control: str, event: str, fields: Mapping[str, Value], *, tenant: str, by: str, reason: str
    ) -> None:
        """Close what is open, with the entry of what is so again.

        Raises:
            RequestError: nothing is open, or no reason.
            LogUnavailableError: it was not written down, and stays open.
        """
        if not reason.strip():
            raise RequestError("say why, in your own words", param="reason")
        words = self._rng.token(SALT_BYTES) + reason.strip()[:MAX_REASON].encode("utf-8", "replace")
        why = commit("why", words[:SALT_BYTES], words[SALT_BYTES:]).hex()

        def job(draft: Draft) -> None:
            row = draft.batch.one(self._open, (tenant, control))
            if row is None:
                raise RequestError("nothing is to be cleared: none was seen, or somebody has cleared it")
            sealed = self._sealer(tenant).seal(words, place("incidents", tenant, row[0], "why"))
            draft.write(self._close, (draft.time_ms, by, sealed, row[0]))
            draft.enter(event, tenant, fields)
            about: dict[str, Value] = {"incident": row[0], "stage": "closed", "control": control, "principal": by}
            draft.enter("incident", tenant, about | {"why": why})

        await self._writer.submit(job, may_abandon=False)

    def list(self, control: str, *, tenant: str) -> list[Incident]:
        """The newest of a control, with the reasons they were closed for."""
        table = schema.incidents.c
        rows = select(table.id, table.opened_ms, table.closed_ms, table.closed_by, table.why)
        rows = rows.where(table.tenant == tenant, table.control == control).order_by(table.opened_ms.desc())
        with self._database.reading() as connection:
            found = connection.execute(rows.limit(_SHOWN)).all()
        return [Incident(row[0], row[1], row[2], row[3] or "", self._reason(tenant, row[0], row[4])) for row in found]

    def _reason(self, tenant: str, handle: str, sealed: bytes | None) -> str:
        if sealed is None:
            return ""
        opened = self._sealer(tenant).open(bytes(sealed), place("incidents", tenant, handle, "why"))
        return opened[SALT_BYTES:].decode()

    def _sealer(self, tenant: str) -> Sealer:
        return Sealer(self._secrets.opening_key(tenant), self._nonces)
