"""New keys while the house is served: for every tenant, or for the whole installation (docs/spec/store.md section 3.2).

Nobody waits: what workers have opened stays good, since owners' keys do not change; a worker that meets a key of the new
ones asks the key service again. The key ring is the authority on which root key is in force.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy import bindparam, delete

from ambos.audit.entry import Value
from ambos.ports import Random
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.foundation import Foundation, page_key, settle
from ambos.store.lock import FileLock
from ambos.store.rootkey import Installation, check_of, keep_following, read_installation, read_roots, replace_file
from ambos.store.sealing import KEY_BYTES, Sealer, place
from ambos.store.secrets import derive
from ambos.store.settings import StoreSettings
from ambos.store.writer import Writer

TENANT: Final = "tenant"
ROOT: Final = "root"


class Rotation:
    """Changes tenants' keys, and the root key."""

    def __init__(self, foundation: Foundation, writer: Writer, settings: StoreSettings, rng: Random) -> None:
        self._foundation, self._writer, self._settings, self._rng = foundation, writer, settings, rng
        table = schema.generations
        self._uncount = foundation.content.compile(delete(table).where(table.c.name == bindparam("a")))
        self._count = foundation.content.compile(table.insert(), 1)

    async def tenants(self, *, tenant: str, by: str) -> int:
        """New keys for all tenants; how many.

        Raises:
            LogUnavailableError: nothing was changed, or it was and the log does not say that it ended.
        """
        await self._enter("begun", TENANT, tenant, by)
        count = await asyncio.to_thread(self._foundation.ring.renew_tenants)
        await self._enter("rotated", TENANT, tenant, by)
        return count

    async def root(self, *, tenant: str, by: str) -> None:
        """A new root key, kept by the service of the settings.

        Raises:
            KeyServiceError: the service does not keep it, and the old one is in force; or the environment hands it over.
            LogUnavailableError: as `tenants`.
        """
        await self._enter("begun", ROOT, tenant, by)
        await asyncio.to_thread(self._root)
        await self._enter("rotated", ROOT, tenant, by)

    def _root(self) -> None:
        """1. the new key is durable; 2. `installation` accepts both; 3. the ring is sealed anew; 4. the old one goes."""
        settings, ring_database = self._settings, self._foundation.ring_database
        settle(settings, ring_database)
        with FileLock(settings.directory / "making.lock").held():
            installation = read_installation(settings.installation_path)
            assert installation is not None  # noqa: S101  the foundation stands on it
            old, fresh = read_roots(settings, installation)[0], self._rng.token(KEY_BYTES)
            keep_following(settings, installation, fresh)  # 1
            following = Installation(installation.id, check_of(fresh, installation.id), self._pages(old, fresh))
            both = Installation(installation.id, installation.check, installation.pages, following)
            replace_file(settings.installation_path, both.text().encode())  # 2
            self._foundation.ring.renew_root(fresh)  # 3
        settle(settings, ring_database)  # 4

    def _pages(self, old: bytes, fresh: bytes) -> str:
        """The key of the ring's pages, which stays the same, for who holds the new root key."""
        if self._settings.is_postgres:
            return ""
        foundation = self._foundation
        installation = read_installation(self._settings.installation_path)
        assert installation is not None  # noqa: S101
        key = page_key(old, installation, foundation.nonces)
        over = Sealer(derive(fresh, installation.id, "root-wrap"), foundation.nonces)
        return over.seal(key, place("installation", "ring-pages")).hex()

    async def _enter(self, action: str, purpose: str, tenant: str, by: str) -> None:
        def job(draft: Draft) -> None:
            row = draft.batch.one(draft.batch.sql.read_generation, (purpose,))
            value = (row[0] if row is not None else 0) + (action == "rotated")
            draft.write(self._uncount, (purpose,))
            draft.write(self._count, (purpose, value))
            fields: dict[str, Value] = {"action": action, "purpose": purpose, "generation": value}
            draft.enter("secret", tenant, fields | ({"principal": by} if by else {}))

        await self._writer.submit(job, may_abandon=False)
