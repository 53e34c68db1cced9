"""The key ring: random keys, each wrapped by the one above it, apart from the content they open.

root → tenant key → owner key; an owner's key wraps the random key of each of the owner's records
(docs/spec/store.md section 3). Destroying an owner's row here makes every record of the owner unreadable, in content
backups too. Owner keys are made durable here before anything is sealed with them.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from ambos.audit import Signer
from ambos.errors import IntegrityError, KeyServiceError
from ambos.ports import Clock, Random
from ambos.store.database import Database
from ambos.store.rootkey import Installation
from ambos.store.sealing import KEY_BYTES, Drawn, Sealer, place
from ambos.store.secrets import Secrets, derive

metadata: Final = MetaData()

ring: Final = Table(
    "ring",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("installation", Text, nullable=False),
    Column("root_check", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("sealed_master", LargeBinary, nullable=False),
    Column("sealed_log_seed", LargeBinary, nullable=False),
    Column("has_content", Boolean, nullable=False),
)
tenant_keys: Final = Table(
    "tenant_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)
owner_keys: Final = Table(
    "owner_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
)

_CACHED: Final = 4096  # owners whose opened keys are kept; the oldest goes first
_MASTER: Final = place("ring", "master")
_SEED: Final = place("ring", "log-seed")


class KeyRing:
    """The opened key ring of one installation."""

    def __init__(
        self, database: Database, root: bytes, installation: Installation, *, clock: Clock, rng: Random, nonces: Drawn
    ) -> None:
        self._database = database
        self._clock, self._rng, self._nonces = clock, rng, nonces
        self._name = installation.id
        self._over_tenants = Sealer(derive(root, installation.id, "tenant-wrap"), nonces)
        self._over_ring = Sealer(derive(root, installation.id, "root-wrap"), nonces)
        self._owners: dict[tuple[str, str], Sealer] = {}

    def __repr__(self) -> str:
        return "<KeyRing>"

    def found(self, installation: Installation, origin: str) -> None:
        """Make tables, master secret and log key where a start that was cut off has not made them."""
        with self._database.writing() as connection:
            metadata.create_all(connection)
            if connection.execute(select(ring.c.id)).first() is None:
                connection.execute(
                    insert(ring).values(
                        id=1,
                        installation=installation.id,
                        root_check=installation.check,
                        origin=f"{origin}/{installation.id}",
                        sealed_master=self._over_ring.seal(self._rng.token(KEY_BYTES), _MASTER),
                        sealed_log_seed=self._over_ring.seal(self._rng.token(KEY_BYTES), _SEED),
                        has_content=False,
                    )
                )

    def has_content(self) -> bool:
        """The content database was made once: if it is absent now, it was lost, and is never made anew."""
        with self._database.reading() as connection:
            is_made = inspect(connection).has_table(ring.name)
            return is_made and bool(connection.execute(select(ring.c.has_content)).scalar_one())

    def mark_content(self) -> None:
        """Remember that the content database is complete."""
        with self._database.writing() as connection:
            connection.execute(update(ring).values(has_content=True))

    def secrets(self) -> Secrets:
        """The derived keys."""
        return Secrets(self._sealed(ring.c.sealed_master, _MASTER), self._name)

    def signer(self) -> Signer:
        """The key that signs checkpoints; its name is the log's origin."""
        with self._database.reading() as connection:
            origin = connection.execute(select(ring.c.origin)).scalar_one()
        return Signer(origin, self._sealed(ring.c.sealed_log_seed, _SEED))

    def owner(self, tenant: str, owner: str) -> Sealer:
        """The key of one owner.

        Raises:
            KeyServiceError: there is none: never made, or destroyed.
        """
        known = self._owners.get((tenant, owner)) or self._read_owner(tenant, owner)
        if known is None:
            raise KeyServiceError("the owner of this record has no key: it was destroyed, or never made")
        return known

    def make_owner(self, tenant: str, owner: str) -> Sealer:
        """The key of one owner, made and durable if there was none."""
        known = self._owners.get((tenant, owner)) or self._read_owner(tenant, owner)
        return known or self._new_owner(tenant, owner)

    def _sealed(self, column: Column[bytes], where: bytes) -> bytes:
        with self._database.reading() as connection:
            sealed = connection.execute(select(column)).scalar_one()
        try:
            return self._over_ring.open(bytes(sealed), where)
        except IntegrityError:
            raise KeyServiceError(
                "the key ring does not open with this root key: restore the one or the other"
            ) from None

    def _read_owner(self, tenant: str, owner: str) -> Sealer | None:
        row = select(tenant_keys.c.wrapped, owner_keys.c.wrapped).join(
            owner_keys, owner_keys.c.tenant == tenant_keys.c.tenant
        )
        with self._database.reading() as connection:
            found = connection.execute(row.where(owner_keys.c.tenant == tenant, owner_keys.c.owner == owner)).first()
        if found is None:
            return None
        tenant_key = self._over_tenants.open(bytes(found[0]), place("tenant_keys", tenant))
        key = Sealer(tenant_key, self._nonces).open(bytes(found[1]), place("owner_keys", tenant, owner))
        return self._keep(tenant, owner, Sealer(key, self._nonces))

    def _new_owner(self, tenant: str, owner: str) -> Sealer:
        now_ms = self._clock.now_ms()
        with self._database.writing() as connection:
            # Read again inside the transaction: another worker may have been first.
            where = (owner_keys.c.tenant == tenant, owner_keys.c.owner == owner)
            if connection.execute(select(owner_keys.c.owner).where(*where)).first() is None:
                wrapped = connection.execute(
                    select(tenant_keys.c.wrapped).where(tenant_keys.c.tenant == tenant)
                ).scalar()
                if wrapped is None:
                    wrapped = self._over_tenants.seal(self._rng.token(KEY_BYTES), place("tenant_keys", tenant))
                    connection.execute(insert(tenant_keys).values(tenant=tenant, wrapped=wrapped, created_ms=now_ms))
                over = Sealer(self._over_tenants.open(bytes(wrapped), place("tenant_keys", tenant)), self._nonces)
                sealed = over.seal(self._rng.token(KEY_BYTES), place("owner_keys", tenant, owner))
                connection.execute(
                    insert(owner_keys).values(tenant=tenant, owner=owner, wrapped=sealed, created_ms=now_ms)
                )
        return self.owner(tenant, owner)

    def _keep(self, tenant: str, owner: str, key: Sealer) -> Sealer:
        if len(self._owners) >= _CACHED:
            self._owners.pop(next(iter(self._owners)), None)
        self._owners[tenant, owner] = key
        return key
