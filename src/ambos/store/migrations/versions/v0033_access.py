"""What a provider of identities has ended, which of its sign-ins a session comes from; incidents that wait for a person."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "provider_logouts",
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blind", name=op.f("pk_provider_logouts")),
    )
    op.add_column("user_sessions", sa.Column("at_provider", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_user_sessions_at_provider"), "user_sessions", ["at_provider"], unique=False)
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("why", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(op.f("ix_incidents_tenant_control"), "incidents", ["tenant", "control"], unique=False)


def downgrade() -> None:
    """Take them away with everything in them."""
    op.drop_table("incidents")
    op.drop_index(op.f("ix_user_sessions_at_provider"), table_name="user_sessions")
    op.drop_column("user_sessions", "at_provider")
    op.drop_table("provider_logouts")
