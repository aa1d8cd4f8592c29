"""Ingest: a page of CRM records becomes rows of the store, in one transaction with the page's mark.

Only a change that a playbook can see makes a lead dirty; our own echo comes back with equal facts.
"""

from sqlalchemy import Connection

from connectors.base import Page
from sync.ingest.companies import store_companies, store_deals
from sync.ingest.departures import depart, store_gone
from sync.ingest.intake import Intake
from sync.ingest.leads import store_leads
from sync.ingest.mapped import note_mapped
from sync.ingest.rows import lead_rows
from sync.ingest.touches import store_totals, store_touches, unsettled_touches, withdraw_touches

__all__ = ["Intake", "depart", "ingest"]


def ingest(page: Page, intake: Intake, tx: Connection) -> None:
    """Store a page. The caller's transaction also moves the mark."""
    note_mapped(page, intake, tx)
    store_companies(page.companies, intake, tx)
    store_deals(page.deals, intake, tx)
    known = lead_rows(tx, intake.connection, [lead.id for lead in page.leads if lead.from_index])
    store_leads(page.leads, intake, tx)
    # An index may be stale, but nothing is known better of a lead that only it has shown so far.
    indexed = [lead for lead in page.leads if lead.id in known]
    intake.unsure += unsettled_touches(indexed, intake, tx)
    certain = [lead for lead in page.leads if lead.id not in known]
    store_touches([*page.touches, *(touch for lead in certain for touch in lead.touches)], intake, tx)
    withdraw_touches(page.withdrawn, intake, tx)
    store_totals(certain, intake, tx)
    store_gone(page.gone, intake, tx)
