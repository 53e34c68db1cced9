"""States of conversations in one tree of pages instead of three: SQLite keeps them in their key, without the index of times."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Carry the rows over."""
    op.drop_index("ix_conversations_expires_ms", "conversations", if_exists=True)
    _again(with_rowid=False)


def downgrade() -> None:
    """Carry them back."""
    _again(with_rowid=True)
    op.create_index("ix_conversations_expires_ms", "conversations", ["expires_ms"], unique=False)


def _again(*, with_rowid: bool) -> None:
    if op.get_bind().dialect.name != "sqlite":  # PostgreSQL has no such tables
        return
    op.rename_table("conversations", "conversations_before")
    op.create_table(
        "conversations",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("tenant", "owner", "id")),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "owner", "id", name=op.f("pk_conversations")),
        sqlite_with_rowid=with_rowid,
    )
    op.execute(
        "INSERT INTO conversations (tenant, owner, id, sealed, expires_ms) "
        "SELECT tenant, owner, id, sealed, expires_ms FROM conversations_before"
    )
    op.drop_table("conversations_before")
