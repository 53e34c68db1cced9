"""The tables of sealed experiments (docs/spec/experiment-seal.md)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from ambos.store.schema_base import Sequence, metadata, text_of, time_of

experiments: Final = Table(
    "experiments",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    Column("seq", BigInteger, nullable=False),
    text_of("plan"),
    text_of("plan_hash"),
    text_of("question"),
    text_of("recipe"),
    text_of("facts"),
    text_of("sealed_by"),
    time_of("sealed_ms"),
    Column("seeded_seq", BigInteger, nullable=True),
    Column("beacon", LargeBinary, nullable=True),
    UniqueConstraint("tenant", "plan_hash"),
    Index(None, "tenant", "question"),
)

experiment_items: Final = Table(
    "experiment_items",
    metadata,
    Column("experiment", Text, ForeignKey("experiments.id"), primary_key=True),
    text_of("unit", primary_key=True),
    text_of("item"),
    text_of("content"),
    text_of("digest"),
    text_of("cluster"),
    text_of("stratum"),
    Index(None, "digest"),
)

experiment_units: Final = Table(
    "experiment_units",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    text_of("unit"),
    text_of("stratum"),
    Column("ordinal", Integer, nullable=False),
    text_of("arm"),
    time_of("time_ms"),
    UniqueConstraint("experiment", "unit"),
)

experiment_outcomes: Final = Table(
    "experiment_outcomes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    text_of("unit"),
    text_of("arm"),
    Column("trial", Integer, nullable=False),
    Column("score", Double, nullable=True),
    Column("cost", Double, nullable=True),
    text_of("request"),
    text_of("provenance"),
    time_of("time_ms"),
    UniqueConstraint("experiment", "unit", "arm", "trial"),
)

experiment_looks: Final = Table(
    "experiment_looks",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    text_of("verdict"),
    text_of("report"),
    Column("count", Integer, nullable=False),
    Column("is_final", Boolean, nullable=False),
    time_of("time_ms"),
    Index(None, "experiment"),
)

experiment_departures: Final = Table(
    "experiment_departures",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    text_of("incident"),
    text_of("principal"),
    Column("salt", LargeBinary, nullable=False),
    text_of("reason"),
    time_of("time_ms"),
    Index(None, "experiment"),
)

lineages: Final = Table(
    "lineages",
    metadata,
    text_of("tenant", primary_key=True),
    text_of("model", primary_key=True),
    text_of("use", primary_key=True),
    text_of("digest", primary_key=True),
    Index(None, "tenant", "digest"),
)
