"""What every table of the schema is made with."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Text,
)

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes only a column of type INTEGER the row's own number.
Sequence: Final = BigInteger().with_variant(Integer, "sqlite")


def time_of(name: str, *, nullable: bool = False) -> Column[int]:
    """A column of milliseconds since 1970."""
    return Column(name, BigInteger, nullable=nullable)


def text_of(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    """A column of text."""
    return Column(name, Text, nullable=nullable, primary_key=primary_key)
