"""What a person does about refused records: have them tried again now, or let them rest.

A record that was dropped (`next_try_at` NULL) is left alone until its verdict says something else.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, delete, select, update

from sync.ingest.rows import chunks
from sync.schema import EPOCH, leads, quarantine, verdicts
from sync.worth import AT_ONCE

SAID = ("score", *AT_ONCE)
"""Columns in which a verdict says something else; riders alone wake nobody."""


def retry(tx: Connection, connections: Sequence[str], lead_ids: Sequence[str]) -> int:
    """The next pass tries these records again (all of the connections for none named); returns how many."""
    return tx.execute(
        update(quarantine).where(_chosen(connections, lead_ids)).values(next_try_at=EPOCH)
    ).rowcount


def drop(tx: Connection, connections: Sequence[str], lead_ids: Sequence[str]) -> int:
    """These records are not tried again until their verdicts change; returns how many."""
    return tx.execute(
        update(quarantine).where(_chosen(connections, lead_ids)).values(next_try_at=None)
    ).rowcount


def find(tx: Connection, connections: Sequence[str], lead_ids: Sequence[str]) -> set[str]:
    """Those of `lead_ids` that are in quarantine there."""
    query = select(leads.c.lead_id).join(quarantine, quarantine.c.lead == leads.c.id)
    return set(tx.scalars(query.where(_chosen(connections, lead_ids))))


def revive(tx: Connection, wanted: Mapping[int, str]) -> None:
    """Dropped records whose verdict changes are tried again. `wanted`: lead → its document to be stored."""
    for keys in chunks(list(wanted)):
        rows = tx.execute(
            select(verdicts.c.lead, verdicts.c.wanted)
            .join(quarantine, quarantine.c.lead == verdicts.c.lead)
            .where(verdicts.c.lead.in_(keys), quarantine.c.next_try_at.is_(None))
        )
        changed = [row.lead for row in rows if _said(row.wanted) != _said(wanted[row.lead])]
        if changed:
            tx.execute(update(quarantine).where(quarantine.c.lead.in_(changed)).values(next_try_at=EPOCH))


def release(tx: Connection, connection: str, settled: Collection[int]) -> None:
    """Records whose verdict turned back to what the CRM holds need nobody any more."""
    held = tx.scalars(select(quarantine.c.lead).where(quarantine.c.connection == connection))
    for keys in chunks([lead for lead in held if lead in settled]):
        tx.execute(delete(quarantine).where(quarantine.c.lead.in_(keys)))


def _said(document: str) -> list[object]:
    values = json.loads(document)
    return [values.get(name) for name in SAID]


def _chosen(connections: Sequence[str], lead_ids: Sequence[str]) -> ColumnElement[bool]:
    chosen = quarantine.c.connection.in_(connections)
    if not lead_ids:
        return chosen
    named = select(leads.c.id).where(leads.c.connection.in_(connections), leads.c.lead_id.in_(lead_ids))
    return chosen & quarantine.c.lead.in_(named)
