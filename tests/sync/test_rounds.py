"""The first sync in rounds: nobody is judged before what is known of them is read, and news does not wait."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest

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


def first_write(office: Office, **parts: Any) -> tuple[int, list[str]]:
    """How many records a pass in rounds read before it wrote for the first time, and what it wrote then."""
    before, read, at_first = len(office.crm.deliveries), [0], list[int]()

    def count(size: int) -> None:
        read[0] += size
        if not at_first and len(office.crm.deliveries) > before:
            at_first.append(read[0] - size)

    assert office.sync(pace=SMALL, progress=Progress(read=count), **parts).outcome == "ok"
    return at_first[0], [delivery.lead_id for delivery in office.crm.deliveries[before:]]


def test_news_does_not_wait_for_the_echo_of_a_mass_write(office: Office) -> None:
    """After a first sync of an hour the overlap holds a hundred thousand leads that nobody but us touched."""
    office.crm.page_size = 5
    fill(office)
    office.crm.advance(3600)
    office.sync(pace=SMALL)
    office.crm.put_lead("NEW", {"industry": "software"})
    office.crm.put_touch(TouchRecord("T1", "NEW", "demo_request", office.crm.now))
    read, written = first_write(office)
    assert written == ["NEW"]
    assert read < LEADS


def test_what_is_left_of_a_long_poll_is_read_before_the_pass_ends(office: Office) -> None:
    office.crm.page_size = 5
    fill(office)
    office.crm.advance(3600)
    office.sync(pace=SMALL)
    changed = [f"L{number:04}" for number in range(0, LEADS, 2)]
    for lead_id in changed:
        office.crm.edit(lead_id, solution="competitor")
    before = len(office.crm.deliveries)
    office.sync(pace=SMALL)
    assert office.written_since(before) == set(changed)
    assert office.sync(pace=SMALL).written == 0


def about_to_heal(office: Office) -> None:
    """An hour ago every lead was edited, and scored; the daily healing read is due and has all of them."""
    office.crm.page_size = 5
    fill(office)
    office.crm.advance(3600)
    office.sync()
    office.crm.advance(23 * 3600)
    for number in range(LEADS):
        office.crm.edit(f"L{number:04}", solution="competitor")
    office.sync()
    office.crm.advance(3600)


def test_news_does_not_wait_for_the_daily_healing_read(office: Office) -> None:
    about_to_heal(office)
    office.crm.put_lead("NEW", {"industry": "software"})
    read, written = first_write(office)
    assert written[0] == "NEW"
    assert read < LEADS


def test_what_is_due_does_not_wait_for_the_daily_healing_read(office: Office) -> None:
    """It only mends what slipped through: nobody is known better by it."""
    about_to_heal(office)
    office.crm.put_touch(TouchRecord("T1", "L0001", "site_visit", office.crm.now))
    read, written = first_write(office)
    assert written[0] == "L0001"
    assert read < LEADS


def test_a_pass_after_one_cut_short_reads_up_to_now(office: Office) -> None:
    """The poll that was cut short ends where that pass began; what came since is not left to a third one."""
    office.crm.page_size = 5
    fill(office)
    office.crm.advance(3600)
    office.sync()
    stop, pages = Event(), [0]

    def stop_at_the_third(_: int) -> None:
        pages[0] += 1
        if pages[0] == 3:
            stop.set()

    assert office.sync(stop=stop, progress=Progress(read=stop_at_the_third)).outcome == "stopped"
    office.crm.advance(60)
    office.crm.put_lead("NEW", {"industry": "software"})
    before = len(office.crm.deliveries)
    office.sync()
    assert office.written_since(before) == {"NEW"}


def test_a_long_pass_looks_once_more_before_it_ends(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who came after its last look would wait for the rest of the pass, and then for the next one."""
    fill(office)
    office.crm.put_lead("LAST", {"industry": "software"}, created_at=office.crm.now - timedelta(days=300))
    office.crm.advance(3600)
    clock, written = [0.0], [0]
    monkeypatch.setattr("sync.cycle.time.monotonic", lambda: clock[0])

    def raise_a_hand(count: int) -> None:
        written[0] += count
        if written[0] == LEADS + 1:  # the last slice, and not a full one
            office.crm.put_lead("NEW", {"industry": "software"})
            office.crm.advance(60)
            clock[0] = 3_601

    seldom = Pace(pages=1, leads=20, writes=10, poll_seconds=3_600)
    assert office.sync(pace=seldom, progress=Progress(written=raise_a_hand)).outcome == "ok"
    assert office.crm.deliveries[-1].lead_id == "NEW"


def test_a_short_pass_does_not_look_twice(office: Office) -> None:
    """The next one comes in time; a second look at every stream would double what a usual pass costs."""
    fill(office)
    office.sync()
    for number in range(0, LEADS, 2):
        office.crm.edit(f"L{number:04}", solution="competitor")
    before = office.crm.calls
    office.sync()
    at_once = office.crm.calls - before
    for number in range(1, LEADS, 2):
        office.crm.edit(f"L{number:04}", solution="competitor")
    before = office.crm.calls
    office.sync(pace=Pace(pages=2, leads=60, writes=60, poll_seconds=3_600))
    assert office.crm.calls - before <= at_once + 1  # an empty slice asks for nothing; a batch more may


def test_an_import_in_rounds_writes_every_lead_once(office: Office) -> None:
    """A poll in slices has the leads before their touches; none is judged on half of what is known."""
    office.crm.page_size = 5
    office.sync()
    fill(office)
    assert office.sync(pace=SMALL).outcome == "ok"
    assert len(office.crm.written) == LEADS
    assert len(office.crm.deliveries) == LEADS


def test_all_that_came_since_a_pass_was_cut_short_is_read(office: Office) -> None:
    office.crm.page_size = 5
    fill(office)
    office.sync()
    stop = Event()
    assert office.sync(stop=stop, progress=Progress(read=lambda _: stop.set())).outcome == "stopped"
    new = {f"N{number}" for number in range(100)}
    for lead_id in new:
        office.crm.put_lead(lead_id, {"industry": "software"})
    before = len(office.crm.deliveries)
    office.sync()
    assert office.written_since(before) == new
