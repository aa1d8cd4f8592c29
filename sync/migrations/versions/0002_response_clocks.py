"""Response clocks are written down, for the report on the agreement.

The clock that each stored verdict holds is carried over; when it was seen and delivered nobody knows.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 1_000


def upgrade() -> None:
    """Create the table and fill it with the clocks of today's verdicts."""
    clocks = op.create_table(
        "clocks",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("segment", sa.String(length=10), nullable=True),
        sa.Column("cause", sa.String(length=10), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_clocks_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", "start", name=op.f("pk_clocks")),
    )
    op.create_index("ix_clocks_start", "clocks", ["start"], unique=False)
    verdicts = sa.table("verdicts", sa.column("lead"), sa.column("state"))
    here = op.get_bind()
    found = here.execute(sa.select(verdicts).where(verdicts.c.state.is_not(None)))
    for rows in found.partitions(ROWS_AT_ONCE):
        states = ((row.lead, json.loads(row.state)) for row in rows)
        running = [
            {
                "lead": lead,
                "start": state["clock_start"],
                "due": state["clock_due"],
                "settled": state.get("clock_settled"),
                "segment": state.get("clock_segment"),
            }
            for lead, state in states
            if state.get("clock_start") is not None
        ]
        if running:
            here.execute(sa.insert(clocks), running)


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_clocks_start", table_name="clocks")
    op.drop_table("clocks")
