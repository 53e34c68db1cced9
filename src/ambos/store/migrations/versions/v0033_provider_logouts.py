"""What a provider of identities has ended, and which of its sign-ins a session comes from."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "provider_logouts",
        sa.Column("blind", sa.LargeBinary(), nullable=False),
        sa.Column("issued_s", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blind", name=op.f("pk_provider_logouts")),
    )
    op.add_column("user_sessions", sa.Column("at_provider", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_user_sessions_at_provider"), "user_sessions", ["at_provider"], unique=False)


def downgrade() -> None:
    """Take them away with everything in them."""
    op.drop_index(op.f("ix_user_sessions_at_provider"), table_name="user_sessions")
    op.drop_column("user_sessions", "at_provider")
    op.drop_table("provider_logouts")
