"""The pass over a CRM in memory: everything once, nothing twice, only what changed."""

from collections.abc import Callable
from datetime import date, timedelta
from threading import Event

import pytest
from sqlalchemy import select, update

from config.playbook_file import load_playbook
from connectors.base import CompanyRecord, ConnectorError, Gone, Outcome, Refused, TouchRecord, Transient
from connectors.memory import MemoryConnector
from sync.cycle import Mode, Pace, Pass, run_pass
from sync.deliver import QUARANTINE_WAITS
from sync.outlook import list_quarantine, look
from sync.report import Progress
from sync.schema import leads
from tests.sync.office import Office

LEADS = 120


def fill(crm: MemoryConnector, count: int = LEADS) -> None:
    for number in range(count):
        crm.put_lead(f"L{number:04}", {"industry": "software", "employees": (80.0, 80.0)})


def touch(lead_id: str, kind: str, crm: MemoryConnector, source: str = "T1", **parts: object) -> TouchRecord:
    return TouchRecord(source, lead_id, kind, crm.now, **parts)  # type: ignore[arg-type]


def test_first_pass_writes_every_lead_and_the_second_none(office: Office) -> None:
    fill(office.crm)
    first = office.sync()
    assert (first.outcome, first.written, first.qualified) == ("ok", LEADS, LEADS)
    second = office.sync()
    assert (second.outcome, second.written, second.waiting) == ("ok", 0, 0)
    third = office.sync()
    assert third.written == 0


def test_an_edit_rewrites_that_lead_alone(office: Office) -> None:
    fill(office.crm)
    office.sync()
    before = len(office.crm.deliveries)
    office.crm.edit("L0007", role="decider")
    assert office.sync().written == 1
    assert office.written_since(before) == {"L0007"}
    assert "why_changed" not in office.crm.deliveries[-1].values
    assert office.crm.deliveries[-1].values["Why_Changed"]


def test_an_edit_that_no_playbook_reads_writes_nothing(office: Office) -> None:
    fill(office.crm)
    office.sync()
    office.crm.edit("L0007", annual_revenue=5.0)
    report = office.sync()
    assert report.read["changed"] == 1
    assert report.written == 0


def test_a_hand_raise_travels_at_once_with_a_respond_by(office: Office) -> None:
    fill(office.crm)
    office.sync()
    office.crm.put_touch(touch("L0003", "demo_request", office.crm))
    assert office.sync().written == 1
    values = office.crm.written["L0003"]
    assert values["Segment"] == "hot"
    assert values["SLA"] == "due"
    assert values["Respond_By"] is not None


def test_a_touch_of_an_unknown_lead_brings_the_lead(office: Office) -> None:
    fill(office.crm, 3)
    office.sync()
    office.crm.put_lead("OLD", {"industry": "retail"}, modified_at=office.crm.now - timedelta(days=900))
    office.crm.advance(86_400)
    office.crm.put_touch(touch("OLD", "webinar", office.crm))
    office.sync()
    assert "OLD" in office.crm.written


def test_company_facts_reach_its_leads(office: Office) -> None:
    office.crm.put_lead("A", {"industry": None}, domains=("acme.example",))
    office.sync()
    office.crm.put_company(CompanyRecord("C1", "Acme", "acme.example", {"industry": "software"}))
    office.crm.put_deal("D1", "C1", won=True, won_on=date(2025, 1, 1))
    assert office.sync().written == 1
    assert office.crm.written["A"]["Capacity"] == "proven"
    assert "customer" in office.crm.written["A"]["Tags"]  # type: ignore[operator]


def test_dry_run_writes_nothing_and_the_next_pass_everything(office: Office) -> None:
    fill(office.crm)
    dry = office.sync(Mode(dry_run=True))
    assert (dry.waiting, dry.written, office.crm.deliveries) == (LEADS, 0, [])
    assert office.sync().written == LEADS


def test_mode_off_is_a_dry_run(make_office: Callable[..., Office]) -> None:
    office = make_office(write={"mode": "off"})
    fill(office.crm, 5)
    report = office.sync()
    assert (report.dry_run, report.waiting, office.crm.deliveries) == (True, 5, [])


def test_limit_leaves_the_rest_due(office: Office) -> None:
    fill(office.crm)
    assert office.sync(Mode(limit=30)).written == 30
    assert office.sync(Mode(limit=30)).written == 30
    assert office.sync().written == LEADS - 60


def test_most_urgent_first(office: Office) -> None:
    fill(office.crm)
    for number in (5, 50, 99):
        office.crm.put_touch(touch(f"L{number:04}", "demo_request", office.crm, source=f"T{number}"))
    office.sync(Mode(limit=3))
    assert set(office.crm.written) == {"L0005", "L0050", "L0099"}


def test_as_of_a_later_day_shows_decay_and_leaves_no_state(office: Office) -> None:
    fill(office.crm, 10)
    office.crm.put_touch(touch("L0001", "demo_request", office.crm))
    office.sync()
    engagement = office.crm.written["L0001"]["Engagement"]
    later = office.sync(Mode(as_of=office.crm.now + timedelta(days=90)))
    assert later.outcome == "ok"
    assert office.crm.written["L0001"]["Engagement"] < engagement  # type: ignore[operator]
    with office.store.read() as tx:
        covered = look(tx, "memory", office.crm.now).covered_until
        assert covered is not None
        assert covered < office.crm.now


def test_what_is_remembered_of_an_as_of_pass_is_not_written_again(office: Office) -> None:
    fill(office.crm, 10)
    moment = office.crm.now + timedelta(minutes=1)
    assert office.sync(Mode(as_of=moment)).written == 10
    assert office.sync(Mode(as_of=moment)).written == 0


def test_refused_records_wait_in_quarantine_and_come_back(office: Office) -> None:
    fill(office.crm, 10)
    office.crm.refuse(Outcome("L0004", "rejected", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "a rule refused it"))
    report = office.sync()
    assert (report.outcome, report.written, report.deliveries["rejected"]) == ("partial", 9, 1)
    with office.store.read() as tx:
        assert [row["lead_id"] for row in list_quarantine(tx, "memory")] == ["L0004"]
    assert office.sync().deliveries["rejected"] == 0
    office.crm.refusals.clear()
    office.crm.advance(QUARANTINE_WAITS[0].total_seconds())
    assert office.sync().written == 1
    with office.store.read() as tx:
        assert list_quarantine(tx, "memory") == []


def test_a_deleted_lead_is_never_written_again(office: Office) -> None:
    fill(office.crm, 5)
    office.sync()
    office.crm.lose(Gone("L0002", "deleted"))
    office.sync()
    office.crm.put_touch(touch("L0002", "demo_request", office.crm))
    assert office.sync().written == 0


def test_a_lead_deleted_between_read_and_write_costs_nothing(office: Office) -> None:
    fill(office.crm, 5)
    office.sync(Mode(dry_run=True))
    office.crm.lose(Gone("L0002", "merged", into="L0001"))
    report = office.sync()
    assert (report.outcome, report.written) == ("ok", 4)


@pytest.mark.parametrize("error", [Transient("down"), Refused("no rights")])
@pytest.mark.parametrize("method", ["server_time", "changes", "deliver"])
def test_a_failing_crm_is_an_outcome_and_the_next_pass_recovers(
    office: Office, method: str, error: ConnectorError
) -> None:
    fill(office.crm)
    office.crm.fail(method, error)
    report = office.sync()
    assert (report.outcome, report.error) == ("failed", str(error))
    office.sync()
    assert len(office.crm.written) == LEADS
    assert len(office.crm.deliveries) == LEADS


def test_a_fault_in_mid_history_resumes_where_it_was(office: Office) -> None:
    fill(office.crm)
    office.sync(Mode(dry_run=True))
    pages = office.crm.calls
    office.crm.fail("changes", *[])
    office.sync(Mode(full=True))
    assert len(office.crm.written) == LEADS
    assert office.crm.calls > pages


def test_stopping_keeps_what_was_read(office: Office) -> None:
    fill(office.crm)
    stop = Event()
    stop.set()
    report = office.sync(stop=stop)
    assert report.outcome == "stopped"
    office.sync()
    assert len(office.crm.written) == LEADS


def test_late_visibility_within_the_overlap_is_seen(office: Office) -> None:
    fill(office.crm, 5)
    office.sync()
    office.crm.lag = timedelta(minutes=9)
    office.crm.put_lead("LATE", {"industry": "software"})
    office.sync()
    assert "LATE" not in office.crm.written
    office.crm.advance(600)
    office.sync()
    assert "LATE" in office.crm.written


def test_our_echo_costs_no_read_and_a_human_edit_in_the_same_moment_is_seen(office: Office) -> None:
    fill(office.crm, 5)
    office.sync()
    calls = office.crm.calls
    report = office.sync()
    assert report.written == 0
    assert office.crm.calls - calls == 1 + len(office.crm.streams)


def test_a_changed_playbook_judges_every_lead_anew(office: Office) -> None:
    fill(office.crm)
    office.sync()
    other = load_playbook().model_copy(update={"version": "9.9", "name": "Another"})
    changed = type(other).model_validate(other.model_dump())
    report = run_pass(Pass(office.settings, office.crm, office.store, changed, "test"))
    assert report.qualified == LEADS
    again = run_pass(Pass(office.settings, office.crm, office.store, changed, "test"))
    assert again.qualified == 0


def test_in_rounds_a_new_lead_goes_before_the_backlog(office: Office) -> None:
    fill(office.crm)
    office.crm.advance(60)
    urgent: list[int] = []

    def raise_a_hand(_: int) -> None:
        if not urgent:
            office.crm.put_lead("NEW", {"industry": "software"})
            office.crm.put_touch(touch("NEW", "demo_request", office.crm))
            office.crm.advance(60)
            urgent.append(1)

    pace = Pace(pages=1, leads=20, writes=10, poll_seconds=0)
    report = office.sync(pace=pace, progress=Progress(written=raise_a_hand))
    assert report.outcome == "ok"
    assert len(office.crm.written) == LEADS + 1
    order = [delivery.lead_id for delivery in office.crm.deliveries]
    assert order.index("NEW") < 40


def test_healing_finds_what_an_echo_hid(office: Office) -> None:
    fill(office.crm, 3)
    office.sync()
    office.crm.advance(86_400)
    with office.store.write() as tx:  # as if a person's edit had come between our read and our write
        facts = tx.scalar(select(leads.c.facts).where(leads.c.lead_id == "L0001"))
        assert facts is not None
        tx.execute(
            update(leads).where(leads.c.lead_id == "L0001").values(facts=facts.replace("software", "retail"))
        )
    before = office.crm.calls
    office.sync()
    with office.store.read() as tx:
        healed = tx.scalar(select(leads.c.facts).where(leads.c.lead_id == "L0001"))
    assert healed == facts
    assert office.crm.calls > before


def test_a_late_index_entry_is_found_by_the_second_look(office: Office) -> None:
    fill(office.crm, 3)
    office.sync()
    office.crm.lag = timedelta(minutes=40)
    office.crm.put_lead("LATE", {"industry": "software"})
    for _ in range(80):
        office.crm.advance(60)
        office.sync()
        if "LATE" in office.crm.written:
            break
    assert "LATE" in office.crm.written
