"""Many leads of one user's minute are an import; finding that out costs little per page of leads."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import event, select

from sync.ingest.leads import IMPORT_SIZE
from sync.schema import leads
from tests.sync.office import Office

PAGE = 50
"""Rows a page of the office's CRM; see conftest."""


def create(office: Office, count: int, user: str = "U1", *, apart: timedelta = timedelta(0)) -> None:
    start = (office.crm.now - timedelta(days=30)).replace(second=5)
    for number in range(count):
        office.crm.put_lead(
            f"{user}-{number:05}",
            {"industry": "software"},
            created_by=user,
            created_at=start + apart * number,
        )


def imported(office: Office) -> set[str]:
    with office.store.read() as tx:
        rows = tx.execute(select(leads.c.lead_id, leads.c.facts)).all()
    return {row.lead_id for row in rows if json.loads(row.facts).get("imported")}


def test_fifty_leads_of_one_users_minute_are_an_import(office: Office) -> None:
    create(office, IMPORT_SIZE)
    create(office, IMPORT_SIZE - 1, user="U2")
    office.sync()
    assert imported(office) == {f"U1-{number:05}" for number in range(IMPORT_SIZE)}


def test_leads_of_many_minutes_are_none(office: Office) -> None:
    create(office, 2 * IMPORT_SIZE, apart=timedelta(minutes=1))
    office.sync()
    assert not imported(office)


def test_an_import_is_seen_across_pages_and_passes(office: Office) -> None:
    create(office, IMPORT_SIZE - 10)
    office.sync()
    assert not imported(office)
    start: datetime = (office.crm.now - timedelta(days=30, seconds=60)).replace(second=50)
    for number in range(10):
        office.crm.put_lead(f"LATE-{number}", {}, created_by="U1", created_at=start)
    office.sync()
    assert len(imported(office)) == IMPORT_SIZE


def test_the_statements_of_a_page_do_not_grow_with_its_minutes(make_office: Callable[..., Office]) -> None:
    """One query a minute made the first sync of 20,000 leads hold the store for half a minute at a time."""
    office = make_office()
    statements: list[str] = []
    event.listen(office.store.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    create(office, 4 * PAGE, apart=timedelta(minutes=3))
    office.sync()
    asking = [one for one in statements if one.startswith("SELECT") and "created_by = " in one]
    assert len(asking) == 4, "one for each page"
