"""Ingest: a page of CRM records becomes rows of the store, in one transaction with the page's mark.

Only a change that a playbook can see makes a lead dirty; our own echo comes back with equal facts.
"""

from sqlalchemy import Connection

from connectors.base import Page
from sync.ingest.companies import store_companies, store_deals
from sync.ingest.departures import depart, store_gone
from sync.ingest.intake import Intake
from sync.ingest.leads import store_leads
from sync.ingest.touches import store_totals, store_touches, unsettled_touches

__all__ = ["Intake", "depart", "ingest"]


def ingest(page: Page, intake: Intake, tx: Connection) -> None:
    """Store a page. The caller's transaction also moves the mark."""
    store_companies(page.companies, intake, tx)
    store_deals(page.deals, intake, tx)
    store_leads(page.leads, intake, tx)
    indexed = [lead for lead in page.leads if lead.from_index]
    intake.unsure += unsettled_touches(indexed, intake, tx)
    certain = [lead for lead in page.leads if not lead.from_index]
    store_touches([*page.touches, *(touch for lead in certain for touch in lead.touches)], intake, tx)
    store_totals(certain, intake, tx)
    store_gone(page.gone, intake, tx)
