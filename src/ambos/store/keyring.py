"""The key ring: random keys, each wrapped by the one above it, apart from the content they open.

root → tenant key → owner key; an owner's key wraps the random key of each of the owner's records
(docs/spec/store.md section 3). Destroying an owner's row here makes every record of the owner unreadable, in content
backups too. Owner keys are made durable here before anything is sealed with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Column, Connection, delete, insert, inspect, select, update

from ambos.audit import Signer
from ambos.errors import IntegrityError, KeyServiceError
from ambos.ports import Clock, Random
from ambos.store import generation
from ambos.store.database import Database
from ambos.store.generation import Generation, Order
from ambos.store.ring_schema import metadata, owner_keys, ring, tenant_keys
from ambos.store.rootkey import Installation, check_of
from ambos.store.sealing import KEY_BYTES, Nonces, Sealer, place
from ambos.store.secrets import Secrets, derive

_CACHED: Final = 4096  # owners whose opened keys are kept; the oldest goes first
LEGAL: Final = b"\x02"  # before a record key that opens with the legal key alone; a sealed value begins with 1
_MASTER: Final = place("ring", "master")
_SEED: Final = place("ring", "log-seed")


@dataclass(frozen=True, slots=True)
class _OwnerKeys:
    """An owner's key, the one that generation `generation` is retiring, if it is under way."""

    current: Sealer
    retired: Sealer | None
    generation: int


class KeyRing:
    """The opened key ring of one installation."""

    def __init__(
        self,
        database: Database,
        root: bytes,
        installation: Installation,
        *,
        clock: Clock,
        rng: Random,
        nonces: Nonces,
        reread: Callable[[], Sequence[bytes]],
    ) -> None:
        self._database = database
        self._clock, self._rng, self._nonces = clock, rng, nonces
        self._name = installation.id
        self._reread = reread
        self.take(root)
        self._owners: dict[tuple[str, str], Sealer] = {}
        self._generation = 0

    def take(self, root: bytes) -> None:
        """Open with this root key from now on."""
        self._over_tenants = Sealer(derive(root, self._name, "tenant-wrap"), self._nonces)
        self._over_ring = Sealer(derive(root, self._name, "root-wrap"), self._nonces)

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

    def opened(self, tenant: str, owner: str, sealed: bytes, where: bytes) -> bytes:
        """What the owner's key sealed; a key that changed in another process is read anew."""
        try:
            return self.owner(tenant, owner).open(sealed, where)
        except IntegrityError:
            self._owners.pop((tenant, owner), None)
            found = self._owner_keys(tenant, owner)
            if found is None:
                raise
            try:
                return found.current.open(sealed, where)
            except IntegrityError:
                # Between the two steps of a generation the content is still sealed with what is being retired.
                if found.retired is None:
                    raise
                return found.retired.open(sealed, where)

    def record_key(self, tenant: str, owner: str, record: str, wrapped: bytes) -> bytes:
        """The key of one record, also of a blocked one: whoever calls this has asked `is_blocked`."""
        if is_blocked(wrapped):
            wrapped = self._legal(tenant).open(wrapped[1:], place("legal", tenant, record))
        return self.opened(tenant, owner, wrapped, place("records", tenant, record))

    # --- new keys above the owners' --------------------------------------------------------------------------------

    def renew_tenants(self) -> int:
        """A new key for each tenant, with every owner's key sealed again under it; how many tenants."""
        with self._database.writing() as connection:
            tenants = connection.execute(select(tenant_keys.c.tenant, tenant_keys.c.wrapped)).all()
            self._in_force(connection)
            for tenant, wrapped in tenants:
                fresh = self._rng.token(KEY_BYTES)
                old = self._tenant(connection, tenant, bytes(wrapped))
                generation.rewrap(connection, owner_keys, tenant, old, Sealer(fresh, self._nonces))
                sealed = self._over_tenants.seal(fresh, place("tenant_keys", tenant))
                values = {"wrapped": sealed, "created_ms": self._clock.now_ms()}
                connection.execute(update(tenant_keys).where(tenant_keys.c.tenant == tenant).values(values))
        self._database.compact()
        return len(tenants)

    def renew_root(self, root: bytes) -> None:
        """Seal with this root key what the one before sealed; it is in force when the transaction is durable."""
        over_tenants = Sealer(derive(root, self._name, "tenant-wrap"), self._nonces)
        over_ring = Sealer(derive(root, self._name, "root-wrap"), self._nonces)
        with self._database.writing() as connection:
            self._in_force(connection)
            master, seed = connection.execute(select(ring.c.sealed_master, ring.c.sealed_log_seed)).one()
            values = {
                "root_check": check_of(root, self._name),
                "sealed_master": over_ring.seal(self._over_ring.open(bytes(master), _MASTER), _MASTER),
                "sealed_log_seed": over_ring.seal(self._over_ring.open(bytes(seed), _SEED), _SEED),
            }
            connection.execute(update(ring).values(values))
            for tenant, wrapped in connection.execute(select(tenant_keys.c.tenant, tenant_keys.c.wrapped)).all():
                where = place("tenant_keys", tenant)
                again = over_tenants.seal(self._over_tenants.open(bytes(wrapped), where), where)
                connection.execute(update(tenant_keys).where(tenant_keys.c.tenant == tenant).values(wrapped=again))
        self.take(root)
        self._database.compact()

    # --- generations ---------------------------------------------------------------------------------------------

    def follow(self, value: int) -> bool:
        """Forget opened keys when another process has made a new generation; True then."""
        has_changed = value != self._generation
        if has_changed:
            self._owners.clear()
            self._generation = value
        return has_changed

    def generation(self) -> int:
        """The newest generation; 0 before the first."""
        with self._database.reading() as connection:
            if not inspect(connection).has_table(generation.generation.name):
                return 0
            return connection.execute(select(generation.generation.c.value)).scalar() or 0

    @contextmanager
    def renewing(self, log_size: int) -> Iterator[Generation]:
        """The next generation, in one transaction of the ring. The lock of the sequencer is held around it."""
        try:
            with self._database.writing() as connection:
                yield generation.begin(connection, log_size)
        finally:
            self._owners.clear()

    def renew(self, made: Generation, tenant: str, owner: str) -> tuple[Sealer, Sealer]:
        """The owner's old and new key; the old one is retired."""
        where = (owner_keys.c.tenant == tenant, owner_keys.c.owner == owner)
        over = self._over_owners(made.connection, tenant)
        old = bytes(made.connection.execute(select(owner_keys.c.wrapped).where(*where)).scalar_one())
        fresh, name = self._rng.token(KEY_BYTES), place("owner_keys", tenant, owner)
        made.retire(tenant, owner, old)
        made.connection.execute(update(owner_keys).where(*where).values(wrapped=over.seal(fresh, name)))
        return Sealer(over.open(old, name), self._nonces), Sealer(fresh, self._nonces)

    def legal(self, made: Generation, tenant: str) -> Sealer:
        """The key for what is blocked, made where there was none."""
        over = self._over_owners(made.connection, tenant)
        return Sealer(generation.legal_key(made.connection, tenant, over, self._rng.token(KEY_BYTES)), self._nonces)

    def finish(self) -> None:
        """The content has committed: destroy the retired keys, and clear their pages."""
        with self._database.writing() as connection:
            generation.finish(connection)
        self._database.compact()

    def settle(self, content_generation: int, log_size: int) -> None:
        """Finish, or take back, a generation that a crash cut off.

        Args:
            content_generation: the one that the content has committed.
            log_size: of the content's log; a shorter one than when the generation began is an older backup.
        """
        if not self.generation():
            return
        with self._database.writing() as connection:
            value, began = connection.execute(
                select(generation.generation.c.value, generation.generation.c.log_size)
            ).one()
            is_open = connection.execute(select(generation.retired_keys.c.owner)).first() is not None
            if is_open and content_generation == value - 1 and log_size >= began:
                generation.take_back(connection, owner_keys)
            else:
                generation.finish(connection)
        self._owners.clear()
        self._database.compact()

    def orders(self) -> Sequence[Order]:
        """Every order that was ever given, in the order of their generations."""
        if not self.generation():
            return []
        rows = select(generation.orders.c.told).order_by(generation.orders.c.generation, generation.orders.c.id)
        with self._database.reading() as connection:
            return [generation.read_order(bytes(told)) for told in connection.execute(rows).scalars()]

    def is_open(self) -> bool:
        """A generation was begun and not finished: by a crash, or because it is under way in another process."""
        if not self.generation():
            return False
        with self._database.reading() as connection:
            return connection.execute(select(generation.retired_keys.c.owner)).first() is not None

    def kept(self, tenant: str, record: str) -> tuple[bytes, int] | None:
        """The newest wrapped key of a record with the record's end, where a generation kept it."""
        table = generation.kept_keys.c
        rows = select(table.wrapped, table.expires_ms).where(table.tenant == tenant, table.record == record)
        with self._database.reading() as connection:
            row = connection.execute(rows.order_by(table.generation.desc()).limit(1)).first()
        return None if row is None else (bytes(row[0]), row[1])

    def forget_kept(self, now_ms: int) -> None:
        """What is over by its own time need not be kept for older backups."""
        if self.generation():
            table = generation.kept_keys
            with self._database.writing() as connection:
                connection.execute(delete(table).where(table.c.expires_ms <= now_ms))

    def _over_owners(self, connection: Connection, tenant: str) -> Sealer:
        wrapped = connection.execute(select(tenant_keys.c.wrapped).where(tenant_keys.c.tenant == tenant)).scalar_one()
        return self._tenant(connection, tenant, bytes(wrapped))

    def _tenant(self, connection: Connection, tenant: str, wrapped: bytes) -> Sealer:
        where = place("tenant_keys", tenant)
        try:
            return Sealer(self._over_tenants.open(wrapped, where), self._nonces)
        except IntegrityError:
            self._follow_root(connection)
            return Sealer(self._over_tenants.open(wrapped, where), self._nonces)

    def _in_force(self, connection: Connection) -> None:
        """Before anything is sealed with the root key: it is the one of the ring."""
        sealed = connection.execute(select(ring.c.sealed_master)).scalar_one()
        try:
            self._over_ring.open(bytes(sealed), _MASTER)
        except IntegrityError:
            self._follow_root(connection)

    def _follow_root(self, connection: Connection) -> None:
        """Another process has changed the root key: take the one that the ring is sealed with now.

        Raises:
            KeyServiceError: the key service does not hand it over.
        """
        check = connection.execute(select(ring.c.root_check)).scalar_one()
        for root in self._reread():
            if check_of(root, self._name) == check:
                return self.take(root)
        raise KeyServiceError("the key ring does not open with this root key: restore the one or the other")

    def _legal(self, tenant: str) -> Sealer:
        table = generation.legal_keys.c
        with self._database.reading() as connection:
            row = connection.execute(select(table.wrapped).where(table.tenant == tenant)).first()
            if row is None:
                raise KeyServiceError("the legal key is not in the key ring: restore the newest keyring.db")
            over = self._over_owners(connection, tenant)
        return Sealer(over.open(bytes(row[0]), place("legal_keys", tenant)), self._nonces)

    def _sealed(self, column: Column[bytes], where: bytes) -> bytes:
        with self._database.reading() as connection:
            sealed = bytes(connection.execute(select(column)).scalar_one())
            try:
                return self._over_ring.open(sealed, where)
            except IntegrityError:
                self._follow_root(connection)
        try:
            return self._over_ring.open(sealed, where)
        except IntegrityError:
            raise KeyServiceError(
                "the key ring does not open with this root key: restore the one or the other"
            ) from None

    def _read_owner(self, tenant: str, owner: str) -> Sealer | None:
        found = self._owner_keys(tenant, owner)
        if found is None:
            return None
        if found.retired is None:
            return self._keep(tenant, owner, found.current)
        # A generation is being made, or a crash cut it off, and it may yet be taken back: what is sealed now must open
        # with the key that the content has committed to, and none of the two may be remembered.
        return found.current if self._generation >= found.generation else found.retired

    def _owner_keys(self, tenant: str, owner: str) -> _OwnerKeys | None:
        retired, table = generation.retired_keys.c, owner_keys.c
        row = select(table.wrapped).where(table.tenant == tenant, table.owner == owner)
        old = select(retired.wrapped).where(retired.tenant == tenant, retired.owner == owner)
        with self._database.reading() as connection:
            wrapped = connection.execute(row).scalar()
            if wrapped is None:
                return None
            over = self._over_owners(connection, tenant)
            has_any = inspect(connection).has_table(generation.generation.name)
            before = connection.execute(old).scalar() if has_any else None
            value = connection.execute(select(generation.generation.c.value)).scalar() if has_any else 0
        name = place("owner_keys", tenant, owner)
        keys = [None if one is None else Sealer(over.open(bytes(one), name), self._nonces) for one in (wrapped, before)]
        assert keys[0] is not None  # noqa: S101  looked at above
        return _OwnerKeys(keys[0], keys[1], value or 0)

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
                    self._in_force(connection)
                    wrapped = self._over_tenants.seal(self._rng.token(KEY_BYTES), place("tenant_keys", tenant))
                    connection.execute(insert(tenant_keys).values(tenant=tenant, wrapped=wrapped, created_ms=now_ms))
                over = self._tenant(connection, tenant, bytes(wrapped))
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


def is_blocked(wrapped: bytes) -> bool:
    """The record opens with the legal key alone (LOPDGDD 32)."""
    return wrapped[:1] == LEGAL
