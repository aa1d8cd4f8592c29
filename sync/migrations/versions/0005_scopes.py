"""Under which scope leads were read is written down: a scope that changes is asked of every lead again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a connection with a scope reads its leads once more."""
    op.create_table(
        "scopes",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_scopes")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("scopes")
