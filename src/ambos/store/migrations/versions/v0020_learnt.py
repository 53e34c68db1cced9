"""Corpora, adapted models and their signatures."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _corpora()
    _models()


def _corpora() -> None:
    op.create_table(
        "corpora",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("built_by", sa.Text(), nullable=False),
        sa.Column("built_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_corpora")),
    )
    op.create_index(op.f("ix_corpora_tenant_name"), "corpora", ["tenant", "name"], unique=False)
    op.create_table(
        "corpus_permissions",
        sa.Column("corpus", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["corpus"], ["corpora.hash"], name=op.f("fk_corpus_permissions_corpus")),
        sa.ForeignKeyConstraint(["permission"], ["consents.id"], name=op.f("fk_corpus_permissions_permission")),
        sa.PrimaryKeyConstraint("corpus", "permission", name=op.f("pk_corpus_permissions")),
    )
    op.create_table(
        "corpus_records",
        sa.Column("corpus", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["corpus"], ["corpora.hash"], name=op.f("fk_corpus_records_corpus")),
        sa.PrimaryKeyConstraint("corpus", "record", name=op.f("pk_corpus_records")),
    )
    op.create_index(op.f("ix_corpus_records_record"), "corpus_records", ["record"], unique=False)


def _models() -> None:
    op.create_table(
        "adapted_models",
        sa.Column("artefact", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("corpus", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("trained_ms", sa.BigInteger(), nullable=False),
        sa.Column("promoted_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["corpus"], ["corpora.hash"], name=op.f("fk_adapted_models_corpus")),
        sa.PrimaryKeyConstraint("artefact", name=op.f("pk_adapted_models")),
    )
    op.create_index(op.f("ix_adapted_models_tenant_name"), "adapted_models", ["tenant", "name"], unique=False)
    op.create_table(
        "learnt_parts",
        sa.Column("id", SEQUENCE, sa.Identity(always=False), nullable=False),
        sa.Column("whole", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learnt_parts")),
        sa.UniqueConstraint("whole", "ordinal", name=op.f("uq_learnt_parts_whole_ordinal")),
    )
    op.create_table(
        "model_signatures",
        sa.Column("artefact", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("signed_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["artefact"], ["adapted_models.artefact"], name=op.f("fk_model_signatures_artefact")),
        sa.PrimaryKeyConstraint("artefact", "role", name=op.f("pk_model_signatures")),
    )


def downgrade() -> None:
    """Take them away with everything in them."""
    for name in (
        "model_signatures", "learnt_parts", "adapted_models", "corpus_records", "corpus_permissions", "corpora",
    ):  # fmt: skip
        op.drop_table(name)
