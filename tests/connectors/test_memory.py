"""The in-memory CRM keeps the port's promises."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.base import (
    CompanyRecord,
    Connector,
    Delivery,
    Gone,
    LeadRecord,
    Misconfigured,
    Outcome,
    Stamps,
    Stopped,
    TouchRecord,
    Transient,
    Window,
)
from connectors.memory import MemoryConnector

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
ALL = Window(NOW - timedelta(days=1), NOW + timedelta(days=1))


@pytest.fixture
def crm() -> MemoryConnector:
    return MemoryConnector(now=NOW, page_size=2)


def leads(crm: Connector, window: Window = ALL, own: Stamps | None = None) -> list[LeadRecord]:
    return [lead for page in crm.changes("lead", window, own=own) for lead in page.leads]


def test_it_is_a_connector(crm: MemoryConnector) -> None:
    port: Connector = crm
    assert port.streams == ("company", "deal", "lead", "touch")


def test_a_lead_comes_with_every_mapped_fact_and_null_where_unknown(crm: MemoryConnector) -> None:
    crm.put_lead("1", {"industry": "software"}, email="a@example.com", domains=("example.com",))
    (lead,) = leads(crm)
    assert lead.facts["industry"] == "software"
    assert lead.facts["country"] is None
    assert lead.facts["created_at"] == NOW
    assert "colleague_active" not in lead.facts
    assert (lead.email, lead.domains) == ("a@example.com", ("example.com",))
    with pytest.raises(ValueError, match="colleague_active"):
        crm.put_lead("2", {"colleague_active": True})


def test_pages_walk_by_time_and_id_and_resume(crm: MemoryConnector) -> None:
    for lead_id in "53142":
        crm.put_lead(lead_id)
    pages = list(crm.changes("lead", ALL))
    assert [[lead.id for lead in page.leads] for page in pages] == [["1", "2"], ["3", "4"], ["5"]]
    rest = crm.changes("lead", ALL, pages[0].after)
    assert [lead.id for page in rest for lead in page.leads] == ["3", "4", "5"]
    newest = crm.changes("lead", Window(ALL.since, ALL.until, newest_first=True))
    assert [lead.id for page in newest for lead in page.leads] == ["5", "4", "3", "2", "1"]


def test_a_window_is_half_open(crm: MemoryConnector) -> None:
    crm.put_lead("1")
    assert leads(crm, Window(NOW, NOW + timedelta(seconds=1)))
    assert not leads(crm, Window(NOW - timedelta(seconds=1), NOW))


def test_a_late_change_shows_after_the_lag_but_reads_at_once(crm: MemoryConnector) -> None:
    crm.lag = timedelta(seconds=20)
    crm.put_lead("1", {"title": "old"})
    assert not leads(crm)
    assert crm.read(["1"]).leads[0].facts["title"] == "old"
    crm.advance(20)
    crm.edit("1", title="new")
    (lead,) = leads(crm)
    assert lead.facts["title"] == "new"  # found by the index, read from the primary store


def test_our_own_stamp_comes_from_the_index(crm: MemoryConnector) -> None:
    crm.put_lead("1", {"title": "old"})
    crm.advance(1)
    (outcome,) = crm.deliver([Delivery("1", {"Score": 50.0})])
    assert outcome.stamped_at == crm.now
    own = {"1": outcome.stamped_at}
    assert leads(crm, own=lambda _: own)[0].from_index
    crm.advance(1)
    crm.edit("1", title="new")
    assert not leads(crm, own=lambda _: own)[0].from_index


def test_deliveries_are_recorded_and_settled_one_by_one(crm: MemoryConnector) -> None:
    for lead_id in "123":
        crm.put_lead(lead_id)
    crm.lose(Gone("2", "merged", into="1"))
    crm.refuse(Outcome("3", "rejected", "VALIDATION"))
    outcomes = crm.deliver([Delivery(lead_id, {"Segment": "hot"}) for lead_id in "1234"])
    assert [outcome.status for outcome in outcomes] == ["written", "gone", "rejected", "gone"]
    assert outcomes[1].gone == Gone("2", "merged", into="1")
    assert crm.written == {"1": {"Segment": "hot"}}
    assert [delivery.lead_id for delivery in crm.deliveries] == ["1"]


def test_gone_leads_come_in_the_lead_stream(crm: MemoryConnector) -> None:
    crm.put_lead("1")
    crm.lose(Gone("1", "deleted"))
    (page,) = crm.changes("lead", ALL)
    assert (page.leads, page.gone) == ((), (Gone("1", "deleted"),))


def test_other_streams(crm: MemoryConnector) -> None:
    crm.put_company(CompanyRecord("c", "Acme", "acme.com"))
    crm.put_deal("d", "c")
    crm.put_deal("e", "c", won=False)
    crm.put_touch(TouchRecord("t", "1", "webinar", NOW))
    (companies,) = crm.changes("company", ALL)
    (deals,) = crm.changes("deal", ALL)
    (touches,) = crm.changes("touch", ALL)
    assert companies.companies[0].name == "Acme"
    assert [(deal.won, deal.won_on) for deal in deals.deals] == [(True, date(2026, 11, 20)), (False, None)]
    assert touches.touches[0].kind == "webinar"
    with pytest.raises(Misconfigured, match="visit"):
        list(crm.changes("visit", ALL))


def test_faults_strike_once_and_calls_are_counted(crm: MemoryConnector) -> None:
    crm.fail("read", Transient("busy"))
    with pytest.raises(Transient):
        crm.read(["1"])
    assert crm.read(["1"]).gone == (Gone("1", "deleted"),)
    assert crm.calls == 2


def test_missing_fields_are_named_and_set_up_makes_them() -> None:
    crm = MemoryConnector(now=NOW, set_up=False)
    crm.put_lead("1")
    with pytest.raises(Misconfigured, match="Score"):
        crm.deliver([Delivery("1", {"Score": 1.0})])
    assert [finding.level for finding in crm.check()] == ["fail"]
    assert {step.action for step in crm.apply({})} == {"create"}
    assert "Score" in crm.writable()
    assert {step.action for step in crm.plan({})} == {"keep"}
    assert {step.action for step in crm.remove()} == {"remove"}
    assert not crm.writable()


def test_it_stops_between_pages() -> None:
    stop = threading.Event()
    crm = MemoryConnector(now=NOW, page_size=1, stop=stop)
    crm.put_lead("1")
    crm.put_lead("2")
    pages = crm.changes("lead", ALL)
    next(pages)
    stop.set()
    with pytest.raises(Stopped):
        next(pages)
