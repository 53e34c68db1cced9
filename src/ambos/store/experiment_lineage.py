"""What models have seen: digests of texts under a key, so that a copy of the database cannot be asked for a text that it held.

A digest of a text outlives the text's erasure, and has to: a model that learnt from it has still seen it. Whoever holds the key
can test a guess; whoever holds rows only, a backup for example, cannot (docs/spec/experiment-seal.md, section 3).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from hashlib import sha256
from typing import Final

from sqlalchemy import bindparam, select

from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.database import Database
from ambos.store.experiment_rows import ExperimentReader
from ambos.store.secrets import Secrets
from ambos.store.subjects import RANK
from ambos.store.writer import Writer

_KEYED: Final = "k1:"  # before a digest under the key; rows of older versions have none


class LineageRows(ExperimentReader):
    """Keeps lineages and asks them."""

    def __init__(self, database: Database, writer: Writer, secrets: Secrets, rng: Random) -> None:
        super().__init__(database)
        self._writer, self._secrets, self._rng = writer, secrets, rng
        table = schema.lineages
        self._add = database.compile(table.insert(), RANK)
        old = (table.c[name] == bindparam(key) for name, key in zip(_OF_ROW, "abcd", strict=True))
        self._drop = database.compile(table.delete().where(*old), RANK - 1)

    async def add_lineage(
        self, tenant: str, model: str, use: str, digests: Collection[str], *, is_entered: bool = False
    ) -> int:
        """Remember what a model has seen; how many were new.

        Args:
            digests: of items, as a seal has them.
            is_entered: with an `evaluated` entry of the log, whose `items` is the hash of the digests under the key.
        """
        held = self._held(tenant, model, use)
        keyed = sorted({self._keyed(tenant, one) for one in digests})
        new = [one for one in keyed if one not in held]
        items = f"sha256:{sha256(chr(10).join(keyed).encode()).hexdigest()}"

        def job(draft: Draft) -> None:
            if is_entered:
                draft.enter("evaluated", tenant, {"model": model, "items": items, "count": len(keyed)})
            for digest in new:
                draft.write(self._add, (tenant, model, use, digest))

        await self.key_old_lineages(tenant)
        await self._writer.submit(job, may_abandon=False)
        return len(new)

    def seen(self, tenant: str, model: str, digests: Collection[str]) -> frozenset[str] | None:
        """Those of these digests that a model has seen; None when nothing is known of the model."""
        held = self._held(tenant, model)
        return frozenset(one for one in digests if self._keyed(tenant, one) in held) if held else None

    def scored(self, tenant: str, model: str, digests: Collection[str]) -> int:
        """How many of these items a model has been scored on outside sealed experiments."""
        held = self._held(tenant, model, "scored")
        return sum(self._keyed(tenant, one) in held for one in set(digests))

    async def key_old_lineages(self, tenant: str) -> int:
        """Put the digests of older versions under the key; how many there were."""
        table = schema.lineages
        rows = select(*(table.c[name] for name in _OF_ROW)).where(
            table.c.tenant == tenant, table.c.digest.not_like(f"{_KEYED}%")
        )
        with self._database.reading() as connection:
            old = [tuple(row) for row in connection.execute(rows)]

        def job(draft: Draft) -> None:
            for row in old:
                draft.write(self._drop, row)
                draft.write(self._add, (*row[:3], self._keyed(tenant, row[3])))

        if old:
            await self._writer.submit(job, may_abandon=False)
        return len(old)

    def _held(self, tenant: str, model: str, use: str | None = None) -> set[str]:
        table = schema.lineages.c
        rows = select(table.digest).where(table.tenant == tenant, table.model == model)
        if use is not None:
            rows = rows.where(table.use == use)
        with self._database.reading() as connection:
            found = [str(row[0]) for row in connection.execute(rows)]
        return {one if one.startswith(_KEYED) else self._keyed(tenant, one) for one in found}

    def _keyed(self, tenant: str, digest: str) -> str:
        told = digest.removeprefix("sha256:").encode()
        return _KEYED + hmac.digest(self._secrets.lineage_key(tenant), told, "sha256").hex()


_OF_ROW: Final = ("tenant", "model", "use", "digest")
