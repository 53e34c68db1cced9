"""Sealed experiments: plans, items, units, outcomes, looks, lineages."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0002"
branch_labels = None
depends_on = None

SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str) -> sa.Column[str]:
    """A text that is there."""
    return sa.Column(name, sa.Text(), nullable=False)


def of_experiment(table: str) -> sa.ForeignKeyConstraint:
    """The reference of a table to its experiment."""
    return sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name=op.f(f"fk_{table}_experiment"))


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "experiments",
        text("id"),
        text("tenant"),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        *(text(name) for name in ("plan", "plan_hash", "question", "recipe", "facts", "sealed_by")),
        sa.Column("sealed_ms", sa.BigInteger(), nullable=False),
        sa.Column("seeded_seq", sa.BigInteger(), nullable=True),
        sa.Column("beacon", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
        sa.UniqueConstraint("tenant", "plan_hash", name=op.f("uq_experiments_tenant_plan_hash")),
    )
    op.create_index(op.f("ix_experiments_tenant_question"), "experiments", ["tenant", "question"], unique=False)
    op.create_table(
        "experiment_items",
        *(text(name) for name in ("experiment", "unit", "item", "content", "digest", "cluster", "stratum")),
        of_experiment("experiment_items"),
        sa.PrimaryKeyConstraint("experiment", "unit", name=op.f("pk_experiment_items")),
    )
    op.create_index(op.f("ix_experiment_items_digest"), "experiment_items", ["digest"], unique=False)
    _rows("experiment_units", text("unit"), text("stratum"), sa.Column("ordinal", sa.Integer(), nullable=False),
          text("arm"), sa.UniqueConstraint("experiment", "unit", name=op.f("uq_experiment_units_experiment_unit")))  # fmt: skip
    _rows(
        "experiment_outcomes",
        text("unit"),
        text("arm"),
        sa.Column("trial", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("cost", sa.Double(), nullable=True),
        text("request"),
        text("provenance"),
        sa.UniqueConstraint(
            "experiment", "unit", "arm", "trial", name=op.f("uq_experiment_outcomes_experiment_unit_arm_trial")
        ),
    )
    _rows(
        "experiment_looks",
        text("verdict"),
        text("report"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("is_final", sa.Boolean(), nullable=False),
    )
    op.create_index(op.f("ix_experiment_looks_experiment"), "experiment_looks", ["experiment"], unique=False)
    op.create_table(
        "lineages",
        *(text(name) for name in ("tenant", "model", "use", "digest")),
        sa.PrimaryKeyConstraint("tenant", "model", "use", "digest", name=op.f("pk_lineages")),
    )
    op.create_index(op.f("ix_lineages_tenant_digest"), "lineages", ["tenant", "digest"], unique=False)


def _rows(name: str, *columns: sa.Column[Any] | sa.Constraint) -> None:
    """A table whose rows stand for entries of the log."""
    op.create_table(
        name,
        sa.Column("seq", SEQUENCE, autoincrement=False, nullable=False),
        text("experiment"),
        *columns,
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        of_experiment(name),
        sa.PrimaryKeyConstraint("seq", name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    """Take the tables away, with every experiment."""
    for name in ("lineages", "experiment_looks", "experiment_outcomes", "experiment_units", "experiment_items"):
        op.drop_table(name)
    op.drop_table("experiments")
