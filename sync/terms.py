"""What a pass qualifies by: the playbook in force, the agreement and since when it binds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from qualifier.agreement import Agreement, resolve
from qualifier.playbook import Playbook
from sync.ingest.dirty import FACT, mark
from sync.schema import connections, leads


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pass qualifies by."""

    playbook: Playbook
    agreement: Agreement
    as_of: datetime
    columns: frozenset[str]
    """Verdict columns that the connection can write."""


def agreement_of(
    tx: Connection, connection: str, playbook: Playbook, as_of: datetime, zone: str
) -> Agreement:
    """The agreement in force. Before a pass has written, it binds from `as_of` on."""
    row = _row(tx, connection)
    since = row["effective_from"] if row else None
    return resolve(playbook.agreement, zone=zone, effective_from=since or as_of)


def adopt(tx: Connection, connection: str, playbook: Playbook, as_of: datetime) -> None:
    """A writing pass takes the playbook over, which marks every lead; the very first starts the agreement."""
    now = {"playbook": playbook.content_hash}
    row = _row(tx, connection)
    if row is None:
        tx.execute(insert(connections).values(connection=connection, effective_from=as_of, **now))
        return
    if row["playbook"] == playbook.content_hash:
        return
    tx.execute(update(connections).where(connections.c.connection == connection).values(**now))
    mark(tx, leads.c.connection == connection, FACT)
    if not playbook.agreement.by_owner:
        kept = leads.c.connection == connection, leads.c.owner.is_not(None)
        tx.execute(update(leads).where(*kept).values(owner=None))


def is_adopted(tx: Connection, connection: str, playbook: Playbook) -> bool:
    """Whether the stored verdicts are this playbook's."""
    row = _row(tx, connection)
    return row is not None and row["playbook"] == playbook.content_hash


def _row(tx: Connection, connection: str) -> Mapping[str, Any] | None:
    found = tx.execute(select(connections).where(connections.c.connection == connection)).mappings()
    row: Mapping[str, Any] | None = found.one_or_none()  # type: ignore[assignment]  # RowMapping is one
    return row
