"""Small database idioms that every table here needs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from sync.schema import leads

T = TypeVar("T")

CHUNK = 500
"""Ids per IN list: below every database's limit on parameters."""
COMPARED = ("person", "domain", "company_id", "facts", "in_scope", "gone")
"""What decides whether a lead read again is the lead that is stored."""


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def lead_rows(tx: Connection, name: str, lead_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """CRM id → row of `leads`, for those that the store knows."""
    columns = (
        leads.c.id,
        leads.c.lead_id,
        leads.c.modified_at,
        leads.c.dirty,
        leads.c.owner,
        *(leads.c[n] for n in COMPARED),
    )
    found: dict[str, Row[Any]] = {}
    for ids in chunks(list(lead_ids)):
        rows = tx.execute(select(*columns).where(leads.c.connection == name, leads.c.lead_id.in_(ids)))
        found.update((row.lead_id, row) for row in rows)
    return found


def lead_keys(tx: Connection, name: str, lead_ids: Iterable[str]) -> list[int]:
    """Row keys of the leads with these CRM ids, of those that the store knows."""
    query = select(leads.c.id).where(leads.c.connection == name)
    return [
        key for ids in chunks(list(lead_ids)) for key in tx.scalars(query.where(leads.c.lead_id.in_(ids)))
    ]


def replace(tx: Connection, table: Any, keys: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows whether or not their key is there: delete, then insert; the same on every database."""
    if not rows:
        return
    where = [table.c[key] == bindparam(f"b_{key}") for key in keys]
    tx.execute(delete(table).where(*where), [{f"b_{key}": row[key] for key in keys} for row in rows])
    tx.execute(insert(table), list({tuple(row[key] for key in keys): row for row in rows}.values()))
