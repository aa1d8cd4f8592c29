"""The first store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "companies",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("company_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("domain", sa.String(length=255), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "company_id", name=op.f("pk_companies")),
    )
    op.create_index("ix_companies_domain", "companies", ["connection", "domain"], unique=False)
    op.create_table(
        "connections",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("effective_from", sa.BigInteger(), nullable=False),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("needs", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_connections")),
    )
    op.create_table(
        "deals",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("deal_id", sa.String(length=40), nullable=False),
        sa.Column("company_id", sa.String(length=40), nullable=True),
        sa.Column("won", sa.Boolean(), nullable=False),
        sa.Column("won_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("connection", "deal_id", name=op.f("pk_deals")),
    )
    op.create_index("ix_deals_company", "deals", ["connection", "company_id"], unique=False)
    op.create_table(
        "leads",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=True),
        sa.Column("domain", sa.String(length=255), nullable=True),
        sa.Column("company_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=True),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("in_scope", sa.Boolean(), nullable=False),
        sa.Column("has_text", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.String(length=10), nullable=True),
        sa.Column("dirty", sa.String(length=10), nullable=True),
        sa.Column("news", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leads")),
        sa.UniqueConstraint("connection", "lead_id", name=op.f("uq_leads_connection_lead_id")),
    )
    op.create_index("ix_leads_created", "leads", ["connection", "created_by", "created_at"], unique=False)
    op.create_index("ix_leads_domain", "leads", ["domain"], unique=False)
    op.create_index("ix_leads_due", "leads", ["connection", "due_at"], unique=False)
    op.create_index("ix_leads_person", "leads", ["person"], unique=False)
    op.create_index("ix_leads_work", "leads", ["connection", "gone", "dirty"], unique=False)
    op.create_table(
        "leases",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_leases")),
    )
    op.create_table(
        "marks",
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("stream", sa.String(length=40), nullable=False),
        sa.Column("walk", sa.String(length=10), nullable=False),
        sa.Column("covered_until", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("after_at", sa.BigInteger(), nullable=True),
        sa.Column("after_id", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("connection", "stream", "walk", name=op.f("pk_marks")),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "passes",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("qualified", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("quota_used", sa.Integer(), nullable=True),
        sa.Column("quota_limit", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
    )
    op.create_index("ix_passes_connection", "passes", ["connection", "id"], unique=False)
    op.create_table(
        "fact_history",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lead"], ["leads.id"], name=op.f("fk_fact_history_lead"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lead", "at", name=op.f("pk_fact_history")),
    )
    op.create_table(
        "history",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("segment", sa.String(length=10), nullable=False),
        sa.Column("playbook", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_history_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", "at", name=op.f("pk_history")),
    )
    op.create_table(
        "quarantine",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("next_try_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_quarantine_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", name=op.f("pk_quarantine")),
    )
    op.create_index("ix_quarantine_connection", "quarantine", ["connection", "next_try_at"], unique=False)
    op.create_table(
        "totals",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_totals_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", "name", name=op.f("pk_totals")),
    )
    op.create_table(
        "touches",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("human", sa.Boolean(), nullable=False),
        sa.Column("conversation", sa.Boolean(), nullable=False),
        sa.Column("logged_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_touches_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", "source", name=op.f("pk_touches")),
    )
    op.create_table(
        "verdicts",
        sa.Column("lead", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection", sa.String(length=80), nullable=False),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("wanted", sa.Text(), nullable=True),
        sa.Column("pending", sa.String(length=10), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("respond_by", sa.BigInteger(), nullable=True),
        sa.Column("delivered", sa.Text(), nullable=True),
        sa.Column("delivered_at", sa.BigInteger(), nullable=True),
        sa.Column("stamped_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lead"], ["leads.id"], name=op.f("fk_verdicts_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead", name=op.f("pk_verdicts")),
    )
    op.create_index("ix_verdicts_pending", "verdicts", ["connection", "pending", "rank"], unique=False)


def downgrade() -> None:

    op.drop_index("ix_verdicts_pending", table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_table("touches")
    op.drop_table("totals")
    op.drop_index("ix_quarantine_connection", table_name="quarantine")
    op.drop_table("quarantine")
    op.drop_table("history")
    op.drop_table("fact_history")
    op.drop_index("ix_passes_connection", table_name="passes")
    op.drop_table("passes")
    op.drop_table("meta")
    op.drop_table("marks")
    op.drop_table("leases")
    op.drop_index("ix_leads_work", table_name="leads")
    op.drop_index("ix_leads_person", table_name="leads")
    op.drop_index("ix_leads_due", table_name="leads")
    op.drop_index("ix_leads_domain", table_name="leads")
    op.drop_index("ix_leads_created", table_name="leads")
    op.drop_table("leads")
    op.drop_index("ix_deals_company", table_name="deals")
    op.drop_table("deals")
    op.drop_table("connections")
    op.drop_index("ix_companies_domain", table_name="companies")
    op.drop_table("companies")
