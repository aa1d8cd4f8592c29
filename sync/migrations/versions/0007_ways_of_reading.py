"""A mark says how its stream was read; which leads have text no longer matters."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; without it every stream is read once more, as nobody knows how it was read."""
    op.add_column("marks", sa.Column("read_by", sa.String(length=64)))
    op.drop_column("leads", "has_text")
    op.drop_column("connections", "needs")


def downgrade() -> None:
    """Every lead counts as one with text, whose patterns nobody knows."""
    op.add_column("connections", sa.Column("needs", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("leads", sa.Column("has_text", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.drop_column("marks", "read_by")
