"""Leads that can no longer be written: deleted, merged, converted."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, update

from connectors.base import Gone
from sync.ingest.dirty import mark_colleagues
from sync.ingest.intake import Intake
from sync.ingest.rows import lead_rows
from sync.schema import clocks, leads, quarantine, verdicts


def store_gone(records: Sequence[Gone], intake: Intake, tx: Connection) -> None:
    """Leads that left; those that the store does not know are nobody's loss."""
    known = lead_rows(tx, intake.connection, [record.lead_id for record in records])
    for record in records:
        row = known.get(record.lead_id)
        if row is not None and row.gone != record.why:
            intake.counts["gone"] += 1
            depart(tx, row.id, record.why, intake.seen_at)


def depart(tx: Connection, lead: int, why: str, at: datetime) -> None:
    """Nothing more is scored or written for this lead, until the CRM shows it again; its clock ends."""
    if why != "converted":  # a converted lead is still a person of the company
        mark_colleagues(tx, [lead])
    tx.execute(update(leads).where(leads.c.id == lead).values(gone=why, dirty=None, due_at=None))
    tx.execute(update(verdicts).where(verdicts.c.lead == lead).values(pending=None))
    tx.execute(delete(quarantine).where(quarantine.c.lead == lead))
    running = (clocks.c.lead == lead, clocks.c.settled.is_(None), clocks.c.ended.is_(None))
    tx.execute(update(clocks).where(*running).values(ended=at))
