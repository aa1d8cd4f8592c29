"""Which facts the records of a connection bring is written down, for the guardrails."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; the next pass that reads a record fills it."""
    op.create_table(
        "mapped",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("record", sa.String(length=10), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "record", name=op.f("pk_mapped")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("mapped")
