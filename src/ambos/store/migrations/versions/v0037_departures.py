"""Departures from sealed plans: what a person did otherwise than planned, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "experiment_departures",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["experiment"], ["experiments.id"], name=op.f("fk_experiment_departures_experiment")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_experiment_departures")),
    )
    op.create_index(op.f("ix_experiment_departures_experiment"), "experiment_departures", ["experiment"], unique=False)


def downgrade() -> None:
    """Take it away with everything in it."""
    op.drop_table("experiment_departures")
