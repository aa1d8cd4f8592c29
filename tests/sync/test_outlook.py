"""What `status` reads off the store: it counts as waiting what a pass would write, no more and no less."""

from dataclasses import replace

from config.playbook_file import load_playbook
from connectors.base import Outcome
from qualifier.playbook import Playbook
from sync import quarantine
from sync.cycle import Mode
from sync.outlook import Outlook, look
from tests.sync.office import Office, connection

DAY_SECONDS = 86_400


def seen(office: Office) -> Outlook:
    with office.store.read() as tx:
        return look(tx, "memory", office.crm.now)


def fill(office: Office, count: int) -> None:
    for number in range(count):
        office.crm.put_lead(f"L{number}", {"industry": "software"})


def edited() -> Playbook:
    """A playbook whose new pattern and version change no verdict but its label."""
    content = load_playbook().model_dump()
    content["version"] = "9.9"
    content["needs"]["reactive"]["pattern"] = "on fire"
    return Playbook.model_validate(content)


def test_details_that_travel_a_day_later_do_not_wait_until_then(office: Office) -> None:
    fill(office, 3)
    office.sync()
    report = office.sync(playbook=edited())
    assert (report.qualified, report.written, report.waiting) == (3, 0, 0)
    assert seen(office).pending == 0
    dry = Mode(dry_run=True, full=True)
    assert office.sync(dry, playbook=edited()).waiting == 0
    office.crm.advance(DAY_SECONDS)
    assert seen(office).pending == 3
    assert office.sync(dry, playbook=edited()).waiting == 3
    assert office.sync(playbook=edited()).written == 3
    assert seen(office).pending == 0


def test_a_lead_waits_once_whether_it_is_judged_or_not(office: Office) -> None:
    fill(office, 3)
    assert office.sync(Mode(limit=1)).waiting == 2
    assert (seen(office).pending, seen(office).unjudged) == (2, 0)
    (unwritten, _) = {"L0", "L1", "L2"} - set(office.crm.written)
    office.crm.edit(unwritten, industry="retail")
    office.settings = connection(write={"mode": "off"})
    office.sync()
    assert (seen(office).pending, seen(office).unjudged) == (1, 1)


def test_leads_out_of_scope_are_counted_apart(office: Office) -> None:
    fill(office, 5)
    office.sync()
    for number in range(2):
        office.crm.put_lead(f"L{number}", {"industry": "software"}, in_scope=False)
    office.sync()
    known = seen(office)
    assert (known.leads, known.out_of_scope, sum(known.segments.values())) == (5, 2, 3)


def test_what_the_crm_refused_waits_for_its_next_try_and_what_was_dropped_for_nothing(office: Office) -> None:
    fill(office, 2)
    office.crm.refuse(Outcome("L1", "rejected", "VALIDATION", "An admin's rule refuses this record."))
    report = office.sync()
    assert (report.outcome, report.waiting) == ("partial", 0)
    assert report.error == "1 record refused, see `leadline quarantine list memory`"
    known = seen(office)
    assert (known.pending, known.quarantined, known.dropped) == (0, 1, 0)
    with office.store.write() as tx:
        quarantine.retry(tx, ["memory"], [])
    assert seen(office).pending == 1
    with office.store.write() as tx:
        quarantine.drop(tx, ["memory"], [])
    known = seen(office)
    assert (known.pending, known.quarantined, known.dropped) == (0, 0, 1)


def test_what_is_left_over_is_told_in_the_right_number(office: Office) -> None:
    fill(office, 4)
    for outcome in (Outcome("L0", "rejected"), Outcome("L1", "rejected"), Outcome("L2", "retry")):
        office.crm.refuse(replace(outcome, code="CODE", message="A reason."))
    assert office.sync().error == (
        "2 records refused, see `leadline quarantine list memory`; 1 record left to the next pass"
    )
