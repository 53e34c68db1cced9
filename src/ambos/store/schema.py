"""The tables of the content database, one schema for SQLite and PostgreSQL (docs/spec/store.md section 4).

A change here needs a migration beside it in `migrations/versions`; a test compares both.
Sequence numbers of the log are the primary keys of what is written with it: rows that are made together lie together,
so that a batch touches few pages. Handles are random and have an index of their own.
"""

# ruff: noqa: PLC0414 - what other files make for the schema is named by it too

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from ambos.store.schema_base import Sequence, text_of, time_of
from ambos.store.schema_base import metadata as metadata
from ambos.store.schema_experiments import (
    experiment_departures as experiment_departures,
)
from ambos.store.schema_experiments import (
    experiment_items as experiment_items,
)
from ambos.store.schema_experiments import (
    experiment_looks as experiment_looks,
)
from ambos.store.schema_experiments import (
    experiment_outcomes as experiment_outcomes,
)
from ambos.store.schema_experiments import (
    experiment_units as experiment_units,
)
from ambos.store.schema_experiments import (
    experiments as experiments,
)
from ambos.store.schema_experiments import (
    lineages as lineages,
)
from ambos.store.schema_learnt import (
    adapted_models as adapted_models,
)
from ambos.store.schema_learnt import (
    corpora as corpora,
)
from ambos.store.schema_learnt import (
    corpus_permissions as corpus_permissions,
)
from ambos.store.schema_learnt import (
    corpus_records as corpus_records,
)
from ambos.store.schema_learnt import (
    learnt_parts as learnt_parts,
)
from ambos.store.schema_learnt import (
    model_signatures as model_signatures,
)

# --- who asks --------------------------------------------------------------------------------------------------------

principals: Final = Table(
    "principals",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    text_of("name"),
    Column("is_person", Boolean, nullable=False),
    text_of("language"),
    time_of("created_ms"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    Column("principal", Text, ForeignKey("principals.id"), nullable=False),
    text_of("name"),
    Column("hash", LargeBinary, nullable=False, unique=True),
    text_of("roles"),
    time_of("created_ms"),
    time_of("expires_ms", nullable=True),
    time_of("revoked_ms", nullable=True),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("key", Text, ForeignKey("api_keys.id"), nullable=False),
    time_of("expires_ms"),
    time_of("revoked_ms", nullable=True),
)

users: Final = Table(
    "users",
    metadata,
    Column("id", Text, ForeignKey("principals.id"), primary_key=True),
    text_of("tenant"),
    text_of("login"),
    text_of("person"),
    text_of("key"),
    text_of("roles"),
    text_of("groups"),
    text_of("password", nullable=True),
    Column("is_temporary", Boolean, nullable=False),
    text_of("issuer", nullable=True),
    text_of("subject", nullable=True),
    time_of("created_ms"),
    time_of("disabled_ms", nullable=True),
    UniqueConstraint("tenant", "login"),
    UniqueConstraint("tenant", "issuer", "subject"),
)

user_sessions: Final = Table(
    "user_sessions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("user", Text, ForeignKey("users.id"), nullable=False),
    text_of("mode"),
    time_of("opened_ms"),
    time_of("expires_ms"),
    time_of("revoked_ms", nullable=True),
    Column("at_provider", LargeBinary, nullable=True),
    Index(None, "user"),
    Index(None, "at_provider"),
)
provider_logouts: Final = Table(
    "provider_logouts",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    time_of("issued_s"),
    time_of("until_ms"),
)

login_failures: Final = Table(
    "login_failures",
    metadata,
    Column("blind", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    time_of("until_ms"),
    time_of("seen_ms"),
)

incidents: Final = Table(
    "incidents",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    text_of("control"),
    time_of("opened_ms"),
    time_of("closed_ms", nullable=True),
    text_of("closed_by", nullable=True),
    Column("why", LargeBinary, nullable=True),
    Index(None, "tenant", "control"),
)
openings: Final = Table(
    "openings",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    text_of("mode"),
    text_of("asked_by"),
    time_of("asked_ms"),
    Column("why", LargeBinary, nullable=False),
    time_of("lapses_ms"),
    time_of("begins_ms", nullable=True),
    time_of("until_ms", nullable=True),
    text_of("second", nullable=True),
    time_of("ended_ms", nullable=True),
    time_of("review_due_ms", nullable=True),
    text_of("reviewed_by", nullable=True),
    time_of("reviewed_ms", nullable=True),
    Column("review", LargeBinary, nullable=True),
)

opening_records: Final = Table(
    "opening_records",
    metadata,
    Column("opening", Text, ForeignKey("openings.id"), primary_key=True),
    text_of("record", primary_key=True),
    text_of("owner"),
    Index(None, "owner"),
)

# --- what was asked --------------------------------------------------------------------------------------------------

conversations: Final = Table(
    "conversations",
    metadata,
    text_of("tenant", primary_key=True),
    text_of("owner", primary_key=True),
    text_of("id", primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    time_of("expires_ms"),
    # Handles are random: three trees of pages would be three pages for each row. What is over is looked for by reading all.
    sqlite_with_rowid=False,
)

records: Final = Table(
    "records",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    text_of("tenant"),
    text_of("owner"),
    text_of("conversation"),
    time_of("time_ms"),
    time_of("expires_ms"),
    Column("level", SmallInteger, nullable=False),
    text_of("route"),
    text_of("model"),
    Column("redactions", Integer, nullable=False),
    text_of("state"),
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
    text_of("name"),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("record", "name"),
)

# --- the log ---------------------------------------------------------------------------------------------------------

log_entries: Final = Table(
    "log_entries",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
    text_of("event"),
    Column("record", Sequence, nullable=True),
    text_of("route", nullable=True),
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
    time_of("time_ms"),
    text_of("checkpoint"),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("size", Sequence, primary_key=True, autoincrement=False),
    time_of("time_ms"),
    text_of("checkpoint"),
)

# --- people found in content, permissions, changes --------------------------------------------------------------------

subjects: Final = Table(
    "subjects",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    time_of("created_ms"),
)

subject_records: Final = Table(
    "subject_records",
    metadata,
    text_of("tenant", primary_key=True),
    Column("blind", LargeBinary, primary_key=True),
    Column("record", Sequence, ForeignKey("records.seq"), primary_key=True, autoincrement=False),
    text_of("kind"),
    Column("subject", Text, ForeignKey("subjects.id"), nullable=True),
    Column("is_confirmed", Boolean, nullable=False),
    Index(None, "record"),
    Index(None, "subject"),
)

consents: Final = Table(
    "consents",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    text_of("scope"),
    text_of("target"),
    text_of("purpose"),
    text_of("basis"),
    text_of("granted_by"),
    time_of("granted_ms"),
    time_of("withdrawn_ms", nullable=True),
    Index(None, "tenant", "target"),
)

policy_versions: Final = Table(
    "policy_versions",
    metadata,
    text_of("hash", primary_key=True),
    text_of("tenant", primary_key=True),
    text_of("policy"),
    text_of("applied_by"),
    time_of("applied_ms"),
)

generations: Final = Table(
    "generations",
    metadata,
    text_of("name", primary_key=True),
    Column("value", BigInteger, nullable=False),
)

pending_changes: Final = Table(
    "pending_changes",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    text_of("kind"),
    text_of("change"),
    text_of("proposed_by"),
    time_of("proposed_ms"),
    text_of("decided_by", nullable=True),
    time_of("decided_ms", nullable=True),
    text_of("outcome", nullable=True),
)

erasures: Final = Table(
    "erasures",
    metadata,
    text_of("id", primary_key=True),
    text_of("tenant"),
    Column("subject", Text, ForeignKey("subjects.id"), nullable=False),
    text_of("basis"),
    text_of("requested_by"),
    time_of("blocked_ms"),
    time_of("due_ms"),
    time_of("destroyed_ms", nullable=True),
    time_of("irrecoverable_ms", nullable=True),
    Column("certificate", LargeBinary, nullable=True),
)

GENERATIONS: Final = ("keys", "policy")  # counters that workers poll: what changed in another process
HEAD: Final = "0037"  # the newest migration; a fresh database is stamped with it without importing alembic
