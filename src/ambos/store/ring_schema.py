"""The tables of the key ring but for those of a generation, which `generation` has."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, MetaData, SmallInteger, Table, Text

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
revoked: Final = Table(
    "revoked",
    MetaData(),  # apart: made with the first of them, also in a ring of before
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("time_ms", BigInteger, nullable=False),
)
