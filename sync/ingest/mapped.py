"""Which facts a connection's records bring at all, known or not: a fact without a field is never known."""

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.base import CompanyRecord, LeadRecord, Page
from sync.ingest.intake import Intake
from sync.ingest.rows import replace
from sync.schema import mapped


def note_mapped(page: Page, intake: Intake, tx: Connection) -> None:
    """Write down the facts that a page's leads and companies name, once a pass and when they change."""
    found = {"lead": _named(page.leads), "company": _named(page.companies)}
    news = {record: facts for record, facts in found.items() if facts and intake.mapped.get(record) != facts}
    rows = [
        {"connection": intake.connection, "record": record, "facts": facts} for record, facts in news.items()
    ]
    replace(tx, mapped, ("connection", "record"), rows)
    intake.mapped.update(news)


def _named(records: Sequence[LeadRecord] | Sequence[CompanyRecord]) -> str:
    return " ".join(sorted(frozenset[str]().union(*(record.facts for record in records))))
