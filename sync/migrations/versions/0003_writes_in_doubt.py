"""A verdict tells which columns are being written; who finds them so later knows not what became of them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what an earlier version wrote is taken for written."""
    op.add_column("verdicts", sa.Column("in_doubt", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("verdicts", "in_doubt")
