"""The tables of the content database, one schema for SQLite and PostgreSQL (docs/spec/store.md section 4).

A change here needs a migration beside it in `migrations/versions`; a test compares both.
Sequence numbers of the log are the primary keys of what is written with it: rows that are made together lie together,
so that a batch touches few pages. Handles are random and have an index of their own.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
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


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _text(name: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable, primary_key=primary_key)


# --- who asks --------------------------------------------------------------------------------------------------------

principals: Final = Table(
    "principals",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    _text("name"),
    Column("is_person", Boolean, nullable=False),
    _text("language"),
    _time("created_ms"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    Column("principal", Text, ForeignKey("principals.id"), nullable=False),
    _text("name"),
    Column("hash", LargeBinary, nullable=False, unique=True),
    _text("roles"),
    _time("created_ms"),
    _time("expires_ms", nullable=True),
    _time("revoked_ms", nullable=True),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("key", Text, ForeignKey("api_keys.id"), nullable=False),
    _time("expires_ms"),
    _time("revoked_ms", nullable=True),
)

users: Final = Table(
    "users",
    metadata,
    Column("id", Text, ForeignKey("principals.id"), primary_key=True),
    _text("tenant"),
    _text("login"),
    _text("person"),
    _text("key"),
    _text("roles"),
    _text("groups"),
    _text("password", nullable=True),
    Column("is_temporary", Boolean, nullable=False),
    _text("issuer", nullable=True),
    _text("subject", nullable=True),
    _time("created_ms"),
    _time("disabled_ms", nullable=True),
    UniqueConstraint("tenant", "login"),
    UniqueConstraint("tenant", "issuer", "subject"),
)

user_sessions: Final = Table(
    "user_sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user", Text, ForeignKey("users.id"), nullable=False),
    _text("mode"),
    _time("opened_ms"),
    _time("expires_ms"),
    _time("revoked_ms", nullable=True),
    Index(None, "user"),
)

login_failures: Final = Table(
    "login_failures",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    _time("until_ms"),
    _time("seen_ms"),
)

openings: Final = Table(
    "openings",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    _text("mode"),
    _text("asked_by"),
    _time("asked_ms"),
    Column("why", LargeBinary, nullable=False),
    _time("lapses_ms"),
    _time("begins_ms", nullable=True),
    _time("until_ms", nullable=True),
    _text("second", nullable=True),
    _time("ended_ms", nullable=True),
    _time("review_due_ms", nullable=True),
    _text("reviewed_by", nullable=True),
    _time("reviewed_ms", nullable=True),
    Column("review", LargeBinary, nullable=True),
)

opening_records: Final = Table(
    "opening_records",
    metadata,
    Column("opening", Text, ForeignKey("openings.id"), primary_key=True),
    _text("record", primary_key=True),
    _text("owner"),
    Index(None, "owner"),
)

# --- what was asked --------------------------------------------------------------------------------------------------

conversations: Final = Table(
    "conversations",
    metadata,
    _text("tenant", primary_key=True),
    _text("owner", primary_key=True),
    _text("id", primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    _time("expires_ms"),
    Index(None, "expires_ms"),
)

records: Final = Table(
    "records",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    _text("tenant"),
    _text("owner"),
    _text("conversation"),
    _time("time_ms"),
    _time("expires_ms"),
    Column("level", SmallInteger, nullable=False),
    _text("route"),
    _text("model"),
    Column("redactions", Integer, nullable=False),
    _text("state"),
    Column("wrapped_key", LargeBinary, nullable=True),
    Index(None, "tenant", "owner", "seq"),
    Index(
        "ix_records_expires_ms",
        "expires_ms",
        sqlite_where=text("wrapped_key IS NOT NULL"),
        postgresql_where=text("wrapped_key IS NOT NULL"),
    ),
)

record_parts: Final = Table(
    "record_parts",
    metadata,
    # A number of its own: keyed by (record, name), SQLite would give each row of a kilobyte a page of its own.
    Column("id", Sequence, Identity(), primary_key=True),
    Column("record", Sequence, ForeignKey("records.seq"), nullable=False),
    _text("name"),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("record", "name"),
)

# --- the log ---------------------------------------------------------------------------------------------------------

log_entries: Final = Table(
    "log_entries",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    _text("event"),
    Column("record", Sequence, nullable=True),
    _text("route", nullable=True),
    Column("leaf", LargeBinary, nullable=False),
    Index(
        "ix_log_entries_record",
        "record",
        sqlite_where=text("record IS NOT NULL"),
        postgresql_where=text("record IS NOT NULL"),
    ),
)

log_tiles: Final = Table(
    "log_tiles",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("position", Sequence, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

log_state: Final = Table(
    "log_state",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    _time("time_ms"),
    _text("checkpoint"),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("size", Sequence, primary_key=True, autoincrement=False),
    _time("time_ms"),
    _text("checkpoint"),
)

# --- people found in content, permissions, changes --------------------------------------------------------------------

subjects: Final = Table(
    "subjects",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    _time("created_ms"),
)

subject_records: Final = Table(
    "subject_records",
    metadata,
    _text("tenant", primary_key=True),
    Column("blind", LargeBinary, primary_key=True),
    Column("record", Sequence, ForeignKey("records.seq"), primary_key=True, autoincrement=False),
    _text("kind"),
    Column("subject", Text, ForeignKey("subjects.id"), nullable=True),
    Column("is_confirmed", Boolean, nullable=False),
    Index(None, "record"),
    Index(None, "subject"),
)

consents: Final = Table(
    "consents",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    _text("scope"),
    _text("target"),
    _text("purpose"),
    _text("basis"),
    _text("granted_by"),
    _time("granted_ms"),
    _time("withdrawn_ms", nullable=True),
    Index(None, "tenant", "target"),
)

policy_versions: Final = Table(
    "policy_versions",
    metadata,
    _text("hash", primary_key=True),
    _text("tenant", primary_key=True),
    _text("policy"),
    _text("applied_by"),
    _time("applied_ms"),
)

generations: Final = Table(
    "generations",
    metadata,
    _text("name", primary_key=True),
    Column("value", BigInteger, nullable=False),
)

pending_changes: Final = Table(
    "pending_changes",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    _text("kind"),
    _text("change"),
    _text("proposed_by"),
    _time("proposed_ms"),
    _text("decided_by", nullable=True),
    _time("decided_ms", nullable=True),
    _text("outcome", nullable=True),
)

erasures: Final = Table(
    "erasures",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    Column("subject", Text, ForeignKey("subjects.id"), nullable=False),
    _text("basis"),
    _text("requested_by"),
    _time("blocked_ms"),
    _time("due_ms"),
    _time("destroyed_ms", nullable=True),
    _time("irrecoverable_ms", nullable=True),
    Column("certificate", LargeBinary, nullable=True),
)

# --- experiments (docs/spec/experiment-seal.md) -------------------------------------------------------------------------

experiments: Final = Table(
    "experiments",
    metadata,
    _text("id", primary_key=True),
    _text("tenant"),
    Column("seq", BigInteger, nullable=False),
    _text("plan"),
    _text("plan_hash"),
    _text("question"),
    _text("recipe"),
    _text("facts"),
    _text("sealed_by"),
    _time("sealed_ms"),
    Column("seeded_seq", BigInteger, nullable=True),
    Column("beacon", LargeBinary, nullable=True),
    UniqueConstraint("tenant", "plan_hash"),
    Index(None, "tenant", "question"),
)

experiment_items: Final = Table(
    "experiment_items",
    metadata,
    Column("experiment", Text, ForeignKey("experiments.id"), primary_key=True),
    _text("unit", primary_key=True),
    _text("item"),
    _text("content"),
    _text("digest"),
    _text("cluster"),
    _text("stratum"),
    Index(None, "digest"),
)

experiment_units: Final = Table(
    "experiment_units",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    _text("unit"),
    _text("stratum"),
    Column("ordinal", Integer, nullable=False),
    _text("arm"),
    _time("time_ms"),
    UniqueConstraint("experiment", "unit"),
)

experiment_outcomes: Final = Table(
    "experiment_outcomes",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    _text("unit"),
    _text("arm"),
    Column("trial", Integer, nullable=False),
    Column("score", Double, nullable=True),
    Column("cost", Double, nullable=True),
    _text("request"),
    _text("provenance"),
    _time("time_ms"),
    UniqueConstraint("experiment", "unit", "arm", "trial"),
)

experiment_looks: Final = Table(
    "experiment_looks",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("experiment", Text, ForeignKey("experiments.id"), nullable=False),
    _text("verdict"),
    _text("report"),
    Column("count", Integer, nullable=False),
    Column("is_final", Boolean, nullable=False),
    _time("time_ms"),
    Index(None, "experiment"),
)

lineages: Final = Table(
    "lineages",
    metadata,
    _text("tenant", primary_key=True),
    _text("model", primary_key=True),
    _text("use", primary_key=True),
    _text("digest", primary_key=True),
    Index(None, "tenant", "digest"),
)


# --- what was learnt -------------------------------------------------------------------------------------------------

corpora: Final = Table(
    "corpora",
    metadata,
    _text("hash", primary_key=True),
    _text("tenant"),
    _text("name"),
    _text("manifest"),
    _text("built_by"),
    _time("built_ms"),
    Index(None, "tenant", "name"),
)

# Why a corpus may be learnt from, and which sealed records are in it: what a withdrawal or an erasure is compared with.
corpus_permissions: Final = Table(
    "corpus_permissions",
    metadata,
    Column("corpus", Text, ForeignKey("corpora.hash"), primary_key=True),
    Column("permission", Text, ForeignKey("consents.id"), primary_key=True),
)

corpus_records: Final = Table(
    "corpus_records",
    metadata,
    Column("corpus", Text, ForeignKey("corpora.hash"), primary_key=True),
    _text("record", primary_key=True),
    Index(None, "record"),
)

adapted_models: Final = Table(
    "adapted_models",
    metadata,
    _text("artefact", primary_key=True),
    _text("tenant"),
    _text("name"),
    _text("family"),
    Column("corpus", Text, ForeignKey("corpora.hash"), nullable=False),
    _text("recipe"),
    _text("card"),
    _text("state"),
    _time("trained_ms"),
    _time("promoted_ms", nullable=True),
    Index(None, "tenant", "name"),
)

# Sealed content of corpora and models, in pieces: `whole` is the hash of a corpus or an artefact.
learnt_parts: Final = Table(
    "learnt_parts",
    metadata,
    Column("id", Sequence, Identity(), primary_key=True),
    _text("whole"),
    Column("ordinal", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("whole", "ordinal"),
)

model_signatures: Final = Table(
    "model_signatures",
    metadata,
    Column("artefact", Text, ForeignKey("adapted_models.artefact"), primary_key=True),
    _text("role", primary_key=True),
    _text("principal"),
    _text("result"),
    _time("signed_ms"),
)

GENERATIONS: Final = ("keys", "policy")  # counters that workers poll: what changed in another process
HEAD: Final = "0020"  # the newest migration; a fresh database is stamped with it without importing alembic
