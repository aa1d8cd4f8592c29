"""The first sync in rounds: nobody is judged before what is known of them is read, and news does not wait."""

from datetime import timedelta

from connectors.base import TouchRecord
from sync.cycle import Pace
from sync.report import Progress
from tests.sync.office import Office

LEADS = 120
SMALL = Pace(pages=1, leads=20, writes=10, poll_seconds=0)


def fill(office: Office) -> None:
    """Leads of the last months; every third one asked for a demo once and was called the same day."""
    crm = office.crm
    for number in range(LEADS):
        lead_id = f"L{number:04}"
        created = crm.now - timedelta(days=100 + number)
        crm.put_lead(lead_id, {"industry": "software"}, created_at=created)
        if number % 3 == 0:
            asked = crm.now - timedelta(days=9)
            crm.put_touch(TouchRecord(f"A{number}", lead_id, "demo_request", asked))
            crm.put_touch(
                TouchRecord(f"C{number}", lead_id, "call_made", asked + timedelta(minutes=5), human=True)
            )
    crm.advance(60)


def test_the_first_sync_in_rounds_writes_every_lead_once(office: Office) -> None:
    """Leads written before their touches were read were wrong, and written again a moment later."""
    fill(office)
    assert office.sync(pace=SMALL).outcome == "ok"
    assert len(office.crm.written) == LEADS
    assert len(office.crm.deliveries) == LEADS


def test_in_rounds_and_at_once_come_to_the_same(office: Office) -> None:
    fill(office)
    office.sync(pace=SMALL)
    in_rounds = {lead: dict(values) for lead, values in office.crm.written.items()}
    again = office.sync()
    assert again.written == 0
    assert office.crm.written == in_rounds


def test_news_does_not_wait_for_history(office: Office) -> None:
    fill(office)
    unread: list[int] = []

    def raise_a_hand(_: int) -> None:
        if not unread:
            office.crm.put_lead("NEW", {"industry": "software"})
            office.crm.put_touch(TouchRecord("T1", "NEW", "demo_request", office.crm.now))
            office.crm.advance(60)
        unread.append(1)

    report = office.sync(pace=SMALL, progress=Progress(read=raise_a_hand))
    assert report.outcome == "ok"
    assert office.crm.deliveries[0].lead_id == "NEW"
    assert len(office.crm.deliveries) == LEADS + 1
