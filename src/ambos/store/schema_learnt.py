"""The tables of corpora and of models adapted from them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from ambos.store.schema_base import Sequence, metadata, text_of, time_of

corpora: Final = Table(
    "corpora",
    metadata,
    text_of("hash", primary_key=True),
    text_of("tenant"),
    text_of("name"),
    text_of("manifest"),
    text_of("built_by"),
    time_of("built_ms"),
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
    text_of("record", primary_key=True),
    Index(None, "record"),
)

adapted_models: Final = Table(
    "adapted_models",
    metadata,
    text_of("artefact", primary_key=True),
    text_of("tenant"),
    text_of("name"),
    text_of("family"),
    Column("corpus", Text, ForeignKey("corpora.hash"), nullable=False),
    text_of("recipe"),
    text_of("card"),
    text_of("state"),
    time_of("trained_ms"),
    time_of("promoted_ms", nullable=True),
    Column("judged", Text, nullable=True),  # what an experiment said: JSON
    Index(None, "tenant", "name"),
)

# Sealed content of corpora and models, in pieces: `whole` is the hash of a corpus or an artefact.
learnt_parts: Final = Table(
    "learnt_parts",
    metadata,
    Column("id", Sequence, Identity(), primary_key=True),
    text_of("whole"),
    Column("ordinal", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    UniqueConstraint("whole", "ordinal"),
)

model_signatures: Final = Table(
    "model_signatures",
    metadata,
    Column("artefact", Text, ForeignKey("adapted_models.artefact"), primary_key=True),
    text_of("role", primary_key=True),
    text_of("principal"),
    text_of("result"),
    time_of("signed_ms"),
    Column("sealed", LargeBinary, nullable=True),  # the reason, under the artefact's key
)
