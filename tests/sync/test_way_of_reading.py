"""What decides how records are read, mapping and patterns, is changed: what is stored is read anew."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from config.playbook_file import load_playbook
from connectors.base import LeadRecord, TouchRecord
from qualifier.playbook import Playbook
from sync.cycle import Mode, Pace
from tests.sync.office import Office, connection


def hearing(pattern: str) -> Playbook:
    """The built-in playbook with another pattern for the need for compliance."""
    data = load_playbook().model_dump()
    data["needs"]["compliance"]["pattern"] = pattern
    return Playbook.model_validate(data | {"version": "2.0"})


@pytest.fixture
def told(office: Office) -> Office:
    """One lead whose text the built-in playbook does not understand, and one that says nothing."""
    office.crm.put_lead("speaks", {"industry": "software"}, text="We had a walrus in the cellar.")
    office.crm.put_lead("silent", {"industry": "retail"})
    return office


def settle(office: Office, mode: Mode | None = None) -> None:
    """Passes until nothing that is stored is read again, not even within the overlap."""
    for _ in range(2):
        office.sync(mode)
        office.crm.advance(3600)


def need_of(office: Office, lead_id: str) -> Any:
    return office.crm.written[lead_id]["Need"]


@pytest.mark.parametrize("before", [Mode(), Mode(dry_run=True)], ids=["a pass", "a dry run"])
def test_a_text_is_understood_by_the_patterns_now_in_force(told: Office, before: Mode) -> None:
    settle(told, before)
    told.sync(playbook=hearing("walrus"))
    assert need_of(told, "speaks") == ("compliance",)
    assert need_of(told, "silent") == ("unknown",)


def test_a_dry_run_by_another_playbook_leaves_nothing_behind(told: Office) -> None:
    told.sync()
    before = need_of(told, "speaks")
    told.crm.edit("speaks", industry="retail")
    told.sync(Mode(dry_run=True), playbook=hearing("walrus"))
    told.sync()
    assert need_of(told, "speaks") == before


def test_a_touch_while_leads_are_read_anew_goes_first_and_by_the_new_patterns(told: Office) -> None:
    """Found by the machine in memory: judged by what was stored, and written again by the next pass."""
    told.crm.page_size = 5
    told.crm.put_lead("A", {"industry": "software"}, text="A walrus again.")  # the last one in history
    for number in range(40):
        told.crm.put_lead(f"L{number:02}", {"industry": "retail"})
    settle(told)
    told.crm.put_touch(TouchRecord("T1", "A", "demo_request", told.crm.now))
    before, pace = len(told.crm.deliveries), Pace(pages=1, leads=4, writes=3, poll_seconds=0)
    told.sync(playbook=hearing("walrus"), pace=pace)
    written = [delivery.lead_id for delivery in told.crm.deliveries[before:]]
    assert written[0] == "A"
    assert written.count("A") == 1
    assert need_of(told, "A") == ("compliance",)


def test_neither_does_a_look_at_another_time(told: Office) -> None:
    settle(told)
    as_of = Mode(dry_run=True, full=True, as_of=told.crm.now - timedelta(days=1))
    before = need_of(told, "speaks")
    told.sync(as_of, playbook=hearing("walrus"))
    told.sync()
    assert need_of(told, "speaks") == before


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"industry": "Branch__c"}},
        {"values": {"industry": {"Software house": "software"}}},
        {"statuses": {"working": ["Called"]}},
        {"touches": {"pricing_page": ["Prices"]}},
        {"history": "700d"},
        {"automation_users": ["005000000000001"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_mapping_reads_what_is_stored_once_more(told: Office, change: dict[str, Any]) -> None:
    settle(told)
    told.settings = connection(**change)
    assert told.sync().read["leads"] == 2
    told.crm.advance(3600)
    assert told.sync().read["leads"] == 0


def stop_naming(office: Office, lead_id: str, fact: str) -> None:
    """The CRM's records do not name a fact any more, unchanged as they are."""
    versions = office.crm._streams["lead"][lead_id]
    record = versions[-1].record
    assert isinstance(record, LeadRecord)
    facts = {name: value for name, value in record.facts.items() if name != fact}
    versions[-1] = replace(versions[-1], record=replace(record, facts=facts))


@pytest.mark.parametrize("is_mapped", [True, False], ids=["may not be read", "taken out of the mapping"])
def test_a_fact_is_forgotten_where_the_mapping_no_longer_has_it(told: Office, *, is_mapped: bool) -> None:
    settle(told)
    stop_naming(told, "speaks", "industry")
    told.settings = connection(fields={"role": "Role__c"})
    told.crm.mapped -= set() if is_mapped else {"industry"}
    told.sync()
    with told.store.read() as tx:
        facts = tx.exec_driver_sql("SELECT facts FROM leads WHERE lead_id = 'speaks'").scalar_one()
    assert ("industry" in facts) is is_mapped


def test_other_settings_read_nothing_anew(told: Office) -> None:
    words = ["Called", "Written to"]
    told.settings = connection(statuses={"working": words})
    settle(told)
    told.settings = connection(
        statuses={"working": words[::-1]}, every="10m", write={"mode": "off"}, overlap="20m"
    )
    assert told.sync().read["leads"] == 0


def test_patterns_for_needs_concern_leads_alone(told: Office) -> None:
    settle(told)
    since: dict[str, int] = {}
    changes = told.crm.changes

    def counted(stream: str, window: Any, *rest: Any) -> Any:
        days = (window.until - window.since).days
        since[stream] = max(days, since.get(stream, 0))
        return changes(stream, window, *rest)

    told.crm.changes = counted  # type: ignore[assignment]  # only looks on
    told.sync(playbook=hearing("walrus"))
    assert {stream for stream, days in since.items() if days > 1} == {"lead"}
