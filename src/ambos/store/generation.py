"""One generation of the key ring: owners' keys changed so that what was destroyed stays so (store.md section 9).

Made while the lock of the sequencer is held, in two steps: the ring first learns new keys beside the old ones, then the
content commits, then the old keys go. A crash between leaves both keys, and the next start goes on or takes it back.
What a content backup of before still may open is kept here, wrapped anew; what was destroyed is not, so it stays shut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    update,
)

from ambos.errors import IntegrityError
from ambos.store.sealing import Sealer, place

metadata: Final = MetaData()

generation: Final = Table(
    "generation",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    Column("log_size", BigInteger, nullable=False),  # of the log when it was begun
)
retired_keys: Final = Table(
    "retired_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
kept_keys: Final = Table(
    "kept_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    Column("owner", Text, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
)
orders: Final = Table(
    "orders",
    metadata,
    Column("id", Text, primary_key=True),
    Column("generation", BigInteger, primary_key=True, autoincrement=False),
    Column("told", LargeBinary, nullable=False),
)
legal_keys: Final = Table(
    "legal_keys",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Order:
    """What was ordered for one subject: handles, times and keyed hashes, nothing that names anybody.

    Attributes:
        id: handle of the erasure ("e_...").
        records: handles of the records it is about.
        blinds: values of the blind index in hexadecimal; empty once destroyed.
        due_ms: when it is destroyed; `NEVER_MS` for a block alone.
        is_over: a block that was lifted.
    """

    id: str
    tenant: str
    subject: str
    basis: str
    requested_by: str
    blocked_ms: int
    due_ms: int
    records: tuple[str, ...]
    blinds: tuple[str, ...] = ()
    destroyed_ms: int | None = None
    is_over: bool = False


def read_order(told: bytes) -> Order:
    """The order as it was written."""
    fields = orjson.loads(told)
    return Order(**{**fields, "records": tuple(fields["records"]), "blinds": tuple(fields["blinds"])})


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation in the making, inside one transaction of the ring."""

    connection: Connection
    value: int

    def retire(self, tenant: str, owner: str, wrapped_old: bytes) -> None:
        """Keep an owner's old key until the content has committed."""
        self.connection.execute(insert(retired_keys).values(tenant=tenant, owner=owner, wrapped=wrapped_old))

    def keep(self, tenant: str, owner: str, rows: Sequence[tuple[str, bytes, int]]) -> None:
        """Records (handle, wrapped key, end) of an owner that an older content backup may still open."""
        if rows:
            about = {"tenant": tenant, "owner": owner, "generation": self.value}
            self.connection.execute(
                insert(kept_keys),
                [about | {"record": record, "wrapped": key, "expires_ms": end} for record, key, end in rows],
            )

    def write_order(self, order: Order) -> None:
        """Remember an order, so that a restored content learns it again."""
        told = orjson.dumps(order)
        self.connection.execute(insert(orders).values(id=order.id, generation=self.value, told=told))


def begin(connection: Connection, log_size: int) -> Generation:
    """The next generation.

    Raises:
        IntegrityError: an earlier one was neither finished nor taken back.
    """
    metadata.create_all(connection)
    if connection.execute(select(func.count()).select_from(retired_keys)).scalar_one():
        raise IntegrityError("a change of the key ring was cut off: start the server again", place="keyring.db")
    row = connection.execute(select(generation.c.value)).first()
    if row is None:
        connection.execute(insert(generation).values(id=1, value=1, log_size=log_size))
        return Generation(connection, 1)
    connection.execute(update(generation).values(value=row[0] + 1, log_size=log_size))
    return Generation(connection, row[0] + 1)


def finish(connection: Connection) -> None:
    """The content has committed: old keys, and what an earlier generation kept of the same, go for good."""
    value = connection.execute(select(generation.c.value)).scalar_one()
    owners = connection.execute(select(retired_keys.c.tenant, retired_keys.c.owner)).all()
    for tenant, owner in owners:
        where = (kept_keys.c.tenant == tenant, kept_keys.c.owner == owner, kept_keys.c.generation < value)
        connection.execute(delete(kept_keys).where(*where))
    renewed = connection.execute(select(orders.c.id).where(orders.c.generation == value)).scalars().all()
    connection.execute(delete(orders).where(orders.c.id.in_(renewed), orders.c.generation < value))
    connection.execute(delete(retired_keys))


def take_back(connection: Connection, owner_keys: Table) -> None:
    """The content never committed: everything as it was before."""
    value = connection.execute(select(generation.c.value)).scalar_one()
    for tenant, owner, wrapped in connection.execute(select(retired_keys)).all():
        where = (owner_keys.c.tenant == tenant, owner_keys.c.owner == owner)
        connection.execute(update(owner_keys).where(*where).values(wrapped=wrapped))
    connection.execute(delete(kept_keys).where(kept_keys.c.generation == value))
    connection.execute(delete(orders).where(orders.c.generation == value))
    connection.execute(delete(retired_keys))
    connection.execute(update(generation).values(value=value - 1))


def legal_key(connection: Connection, tenant: str, over: Sealer, fresh: bytes) -> bytes:
    """The tenant's key for what is blocked; `fresh` is taken where there is none."""
    where = place("legal_keys", tenant)
    row = connection.execute(select(legal_keys.c.wrapped).where(legal_keys.c.tenant == tenant)).first()
    if row is not None:
        return over.open(bytes(row[0]), where)
    connection.execute(insert(legal_keys).values(tenant=tenant, wrapped=over.seal(fresh, where)))
    return fresh


def rewrap(connection: Connection, owner_keys: Table, tenant: str, old: Sealer, new: Sealer) -> None:
    """Everything that a tenant's key seals, sealed again under the new one."""
    tables = [owner_keys]
    if inspect(connection).has_table(generation.name):
        tables.append(retired_keys)
        where = place("legal_keys", tenant)
        for wrapped in connection.execute(select(legal_keys.c.wrapped).where(legal_keys.c.tenant == tenant)).scalars():
            again = new.seal(old.open(bytes(wrapped), where), where)
            connection.execute(update(legal_keys).where(legal_keys.c.tenant == tenant).values(wrapped=again))
    for table in tables:
        mine = select(table.c.owner, table.c.wrapped).where(table.c.tenant == tenant)
        for owner, wrapped in connection.execute(mine).all():
            where = place("owner_keys", tenant, owner)
            again = new.seal(old.open(bytes(wrapped), where), where)
            row = (table.c.tenant == tenant, table.c.owner == owner)
            connection.execute(update(table).where(*row).values(wrapped=again))
