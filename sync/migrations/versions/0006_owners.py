"""Who owns a lead may be kept, for figures by owner."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; it fills as leads are read, where the playbook asks for it."""
    op.add_column("leads", sa.Column("owner", sa.String(length=40)))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("leads", "owner")
