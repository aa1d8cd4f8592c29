"""What the report on the agreement reads from the store: clocks, human touches, the leads that came in."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl
from sqlalchemy import ColumnElement, Connection, func, select

from qualifier.playbook import Playbook
from qualifier.scorecard import CLOCK_COLUMNS, HUMAN_COLUMNS, with_known
from sync.documents import decode
from sync.frames import load_slice
from sync.ingest.rows import chunks
from sync.schema import clocks, connections, leads, touches

SLICE = 5_000
"""Leads taken at once: columnar work needs thousands."""


def binding_since(tx: Connection, names: Sequence[str]) -> datetime | None:
    """Since when the agreement binds the first of these connections; None before a pass has written."""
    since: datetime | None = tx.scalar(
        select(func.min(connections.c.effective_from)).where(connections.c.connection.in_(names))
    )
    return since


def load_clocks(tx: Connection, names: Sequence[str], since: datetime, now: datetime) -> pl.DataFrame:
    """The clocks of these connections that started in the period, as `CLOCK_COLUMNS`."""
    columns = [clocks.c[name] for name in CLOCK_COLUMNS if name not in {"source", "owner"}]
    query = (
        select(*columns, leads.c.owner, leads.c.facts)
        .join(leads, leads.c.id == clocks.c.lead)
        .where(leads.c.connection.in_(names), _within(clocks.c.start, since, now))
        .order_by(clocks.c.lead, clocks.c.start)
    )
    schema = {column.name: CLOCK_COLUMNS[column.name] for column in (*columns, leads.c.owner)}
    schema |= {"facts": pl.String()}
    frame = pl.DataFrame([tuple(row) for row in tx.execute(query)], schema=schema, orient="row")
    source = decode(frame["facts"], {"source": pl.String()})
    return frame.drop("facts").hstack(source).select(list(CLOCK_COLUMNS))


def load_human(tx: Connection, names: Sequence[str], since: datetime, now: datetime) -> pl.DataFrame:
    """The human touches of these connections in the period, as `HUMAN_COLUMNS`."""
    query = (
        select(*(touches.c[name] for name in HUMAN_COLUMNS))
        .join(leads, leads.c.id == touches.c.lead)
        .where(leads.c.connection.in_(names), touches.c.human.is_(True), _within(touches.c.at, since, now))
    )
    rows = [tuple(row) for row in tx.execute(query)]
    return pl.DataFrame(rows, schema=dict(HUMAN_COLUMNS), orient="row")


def load_inflow(
    tx: Connection, names: Sequence[str], playbook: Playbook, since: datetime, now: datetime
) -> pl.DataFrame:
    """The leads created in the period, as `scorecard.rate` takes them; deleted and merged ones are not."""
    return pl.concat(piece for name in names for piece in _inflow(tx, name, playbook, since, now))


def _inflow(
    tx: Connection, name: str, playbook: Playbook, since: datetime, now: datetime
) -> Iterator[pl.DataFrame]:
    mine = (leads.c.connection == name, leads.c.in_scope.is_(True), _within(leads.c.created_at, since, now))
    query = select(leads.c.id, leads.c.gone).where(
        *mine, leads.c.gone.is_(None) | (leads.c.gone == "converted")
    )
    gone = {row.id: row.gone for row in tx.execute(query)}
    yield _rated(tx, name, [], set(), playbook, now)  # the columns, where nothing came in
    for keys in chunks(sorted(gone), SLICE):
        yield _rated(tx, name, keys, {key for key in keys if gone[key]}, playbook, now)


def _rated(
    tx: Connection, name: str, keys: Sequence[int], converted: set[int], playbook: Playbook, now: datetime
) -> pl.DataFrame:
    piece = load_slice(tx, name, keys, playbook.facts_all, now)
    return (
        with_known(piece.facts, playbook)
        .join(piece.previous.select("lead", "segment"), on="lead", how="left", maintain_order="left")
        .with_columns(converted=pl.col("lead").is_in(sorted(converted)))
    )


def _within(at: ColumnElement[datetime], since: datetime, now: datetime) -> ColumnElement[bool]:
    return (at >= since) & (at <= now)
