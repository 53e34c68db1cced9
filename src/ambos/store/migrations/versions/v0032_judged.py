"""What an experiment said of an adapted model, and why people signed."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("adapted_models", sa.Column("judged", sa.Text(), nullable=True))
    op.add_column("model_signatures", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Take them away with everything in them."""
    op.drop_column("model_signatures", "sealed")
    op.drop_column("adapted_models", "judged")
