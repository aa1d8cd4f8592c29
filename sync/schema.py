"""The store's tables. One schema for SQLite and PostgreSQL; `migrations/` carries it from version to version.

Never here: a person's name, e-mail address, phone number, or free text. `leads.person` is a keyed hash.
Instants are whole microseconds since 1970 UTC, so that both databases compare and index them alike.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> int | None:
        """Aware datetime → microseconds; a naive one is a bug and raises TypeError."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: Any, _dialect: Dialect) -> datetime | None:
        """Microseconds → aware datetime."""
        return None if value is None else EPOCH + int(value) * MICROSECOND


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

RowKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts up by itself only in INTEGER keys."""

meta = Table(
    "meta", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False)
)

connections = Table(
    "connections",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("effective_from", Instant, nullable=False),
    Column("playbook", String(64), nullable=False),
)
"""What a connection's verdicts rest on: since when the agreement binds, and a hash of the playbook that made
them."""

scopes = Table(
    "scopes",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("scope", Text, nullable=False),
)
"""The scope under which the connection's leads were read."""

mapped = Table(
    "mapped",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("record", String(10), primary_key=True),
    Column("facts", Text, nullable=False),
)
"""The facts that the connection's leads and companies bring, known or not, as words."""

marks = Table(
    "marks",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("stream", String(40), primary_key=True),
    Column("walk", String(10), primary_key=True),
    Column("covered_until", Instant),
    Column("since", Instant),
    Column("until", Instant),
    Column("after_at", Instant),
    Column("after_id", String(40)),
    Column("read_by", String(64)),
)
"""`walk`: poll, history, second or healing (sync.reading). While a walk is under way `since`/`until` name its
window and `after_*` the last row stored; when it ends `covered_until` becomes its `until`, and the window is
cleared. `read_by`, of polls: a hash of what decided how the stream's records were read."""

leads = Table(
    "leads",
    metadata,
    Column("id", RowKey, primary_key=True, autoincrement=True),
    Column("connection", String(80), nullable=False),
    Column("lead_id", String(40), nullable=False),
    Column("person", String(64)),
    Column("domain", String(255)),
    Column("company_id", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("created_by", String(40)),
    Column("owner", String(40)),
    Column("modified_at", Instant, nullable=False),
    Column("facts", Text, nullable=False),
    Column("in_scope", Boolean, nullable=False),
    Column("gone", String(10)),
    Column("dirty", String(10)),
    Column("news", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),
    UniqueConstraint("connection", "lead_id"),
    Index("ix_leads_work", "connection", "gone", "dirty"),
    Index("ix_leads_due", "connection", "due_at"),
    Index("ix_leads_created", "connection", "created_by", "created_at"),
    Index("ix_leads_domain", "domain"),
    Index("ix_leads_person", "person"),
)
"""`facts`: JSON as sync.documents writes it. `dirty`: fact, touch or weak (sync.ingest.dirty), NULL when the
verdict is up to date. `news` counts marks set from outside: a verdict never clears one that came while it was
made. `owner`: the CRM's id, kept only while the playbook asks for figures by owner."""

touches = Table(
    "touches",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(120), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("name", String(120)),
    Column("human", Boolean, nullable=False),
    Column("conversation", Boolean, nullable=False),
    Column("logged_at", Instant),
)

totals = Table(
    "totals",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

companies = Table(
    "companies",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("company_id", String(40), primary_key=True),
    Column("name", String(255)),
    Column("domain", String(255)),
    Column("facts", Text, nullable=False),
    Index("ix_companies_domain", "connection", "domain"),
)

deals = Table(
    "deals",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("deal_id", String(40), primary_key=True),
    Column("company_id", String(40)),
    Column("won", Boolean, nullable=False),
    Column("won_on", Date),
    Index("ix_deals_company", "connection", "company_id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("connection", String(80), nullable=False),
    Column("state", Text),
    Column("wanted", Text),
    Column("pending", String(10)),
    Column("rank", Integer),
    Column("respond_by", Instant),
    Column("delivered", Text),
    Column("delivered_at", Instant),
    Column("in_doubt", Text),
    Column("stamped_at", Instant),
    Index("ix_verdicts_pending", "connection", "pending", "rank"),
)
"""`state`: what the next verdict must know of this one. `wanted`: the values to be in the CRM; `delivered`:
those last accepted by it. `pending`: why they must travel (sync/worth.py), NULL when nothing must.
`stamped_at`: the modification time of our own write, where the CRM told it."""

clocks = Table(
    "clocks",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("start", Instant, primary_key=True),
    Column("due", Instant, nullable=False),
    Column("settled", Instant),
    Column("ended", Instant),
    Column("segment", String(10)),
    Column("cause", String(10)),
    Column("seen_at", Instant),
    Column("delivered_at", Instant),
    Index("ix_clocks_start", "start"),
)
"""Every response clock that a verdict ran by, for the agreement's report; kept 400 days. `settled`: the first
human touch; `ended`: when it ended without one (closed, excluded, gone). `segment`: whose promise it was.
`cause`: hand_raise, rise or creation. `seen_at`: time of the first verdict that held it; `delivered_at`: when
the CRM had its due time. Clocks from before this table know neither cause nor these two."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("connection", String(80), nullable=False),
    Column("code", String(80), nullable=False),
    Column("message", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("next_try_at", Instant),
    Index("ix_quarantine_connection", "connection", "next_try_at"),
)

fact_history = Table(
    "fact_history",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("facts", Text, nullable=False),
)
"""What changed when: JSON of the facts that took a new value at `at`. Kept 400 days."""

history = Table(
    "history",
    metadata,
    Column("lead", RowKey, ForeignKey("leads.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Instant, primary_key=True),
    Column("score", Integer),
    Column("segment", String(10), nullable=False),
    Column("playbook", String(40), nullable=False),
)

passes = Table(
    "passes",
    metadata,
    Column("id", RowKey, primary_key=True, autoincrement=True),
    Column("connection", String(80), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", String(12), nullable=False),
    Column("read", Integer, nullable=False),
    Column("qualified", Integer, nullable=False),
    Column("written", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("quota_used", Integer),
    Column("quota_limit", Integer),
    Column("error", Text),
    Index("ix_passes_connection", "connection", "id"),
)

leases = Table(
    "leases",
    metadata,
    Column("connection", String(80), primary_key=True),
    Column("owner", String(80), nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
