"""Deliveries: each contact settled by itself, whatever HubSpot does to a batch (fact sheet §4)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.base import Delivery, Gone, Parked, Refused, Transient, Value
from qualifier.verdict import OUTPUTS
from tests.connectors.hubspot.world import NOW, World, leads_of, window

UPDATE = "*/contacts/batch/update"


def scores(contacts: list[str], score: Value = 50.0) -> list[Delivery]:
    return [Delivery(contact, {"Score": score, "Segment": "warm"}) for contact in contacts]


def score_of(world: World, contact: str) -> str | None:
    return world.portal.get("contacts", contact).get("leadline_score")


def test_values_arrive_and_none_clears(world: World) -> None:
    connector = world.ready()
    contact = world.contacts(1, leadline_why="old")[0]
    values: dict[str, Value] = {
        "Score": 88.0,
        "Segment": "hot",
        "Tags": ("customer", "came_back"),
        "Respond_By": datetime(2026, 11, 20, 9, 15, tzinfo=UTC),
        "Stage_Since": date(2026, 11, 1),
        "Breakdown": "line one\nline two",
        "Why": None,
        "Track": "call",
    }
    world.clock.advance(5)
    (outcome,) = connector.deliver([Delivery(contact, values)])
    found = world.portal.get("contacts", contact)
    assert outcome.status == "written"
    assert found["leadline_score"] == "88"
    assert found["leadline_tags"] == "customer;came_back"
    assert found["leadline_respond_by"].startswith("2026-11-20T09:15")
    assert found["leadline_stage_since"] == "2026-11-01"
    assert found["leadline_breakdown"] == "line one\nline two"
    assert "leadline_why" not in found
    assert outcome.stamped_at is not None
    assert outcome.stamped_at > NOW


def test_the_stamp_of_a_write_is_known_again_by_the_next_poll(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(3)
    world.clock.advance(0.5)
    own = {one.lead_id: one.stamped_at for one in connector.deliver(scores(contacts)) if one.stamped_at}
    leads = leads_of(connector.changes("lead", window(), None, lambda _: own))
    assert [lead.from_index for lead in leads] == [True] * 3


def test_nothing_but_our_own_properties_is_written(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(2)
    connector.deliver(scores(contacts))
    (update,) = world.journal.exchanges("POST", "/batch/update")
    assert all(
        set(one["properties"]) <= {"leadline_score", "leadline_segment"} for one in update.body["inputs"]
    )
    assert len({one["objectWriteTraceId"] for one in update.body["inputs"]}) == 2


def test_full_batches_of_a_hundred(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(250)
    outcomes = connector.deliver(scores(contacts))
    assert [outcome.lead_id for outcome in outcomes] == contacts
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert world.requests("/batch/update") == 3


def test_a_lead_that_stands_twice_is_sent_once(world: World) -> None:
    connector = world.ready()
    contact = world.contacts(1)[0]
    outcomes = connector.deliver([*scores([contact], 10.0), *scores([contact], 20.0)])
    assert [outcome.status for outcome in outcomes] == ["written", "written"]
    assert score_of(world, contact) == "20"


@pytest.mark.parametrize("traced", [True, False])
def test_one_bad_value_costs_one_record(world: World, traced: bool) -> None:
    world.portal.switches.trace_ids_save_the_batch = traced
    connector = world.ready()
    contacts = world.contacts(100)
    batch = scores(contacts)
    batch[37] = Delivery(contacts[37], {"Score": 50.0, "Segment": "lukewarm"})
    outcomes = connector.deliver(batch)
    assert [outcome.lead_id for outcome in outcomes if outcome.status == "rejected"] == [contacts[37]]
    assert sum(outcome.status == "written" for outcome in outcomes) == 99
    assert outcomes[37].code == "INVALID_OPTION"
    assert "leadline_segment" in outcomes[37].message
    assert world.requests("/batch/update") <= (1 if traced else 15)  # 100 → 1 in seven halvings
    assert score_of(world, contacts[36]) == "50"


def test_the_crms_own_text_is_not_passed_on(world: World) -> None:
    connector = world.ready()
    contact = world.contacts(1)[0]
    (outcome,) = connector.deliver([Delivery(contact, {"Segment": "lukewarm"})])
    assert "lukewarm" not in outcome.message
    assert "allowed options" not in outcome.message


@pytest.mark.parametrize("traced", [True, False])
def test_a_property_that_vanished_is_left_out_and_the_rest_written(world: World, traced: bool) -> None:
    world.portal.switches.trace_ids_save_the_batch = traced
    connector = world.ready()
    contacts = world.contacts(10)
    assert "Segment" in connector.writable()
    world.portal.switches.property_in_list_stays = False
    world.portal.schemas["contacts"].archive("leadline_segment", 0)
    outcomes = connector.deliver(scores(contacts))
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert score_of(world, contacts[0]) == "50"
    assert "Segment" not in connector.writable()
    before = world.requests("/batch/update")
    connector.deliver(scores(contacts, 60.0))
    assert world.requests("/batch/update") == before + 1


def test_deleted_and_merged_contacts_are_gone_and_the_rest_written(world: World) -> None:
    connector = world.ready()
    kept, lost, deleted, other = world.contacts(4)
    world.portal.merge("contacts", kept, lost)
    world.portal.archive("contacts", deleted)
    outcomes = {one.lead_id: one for one in connector.deliver(scores([kept, lost, deleted, other]))}
    assert outcomes[lost].gone == Gone(lost, "merged", into=kept)
    assert outcomes[deleted].gone == Gone(deleted, "deleted")
    assert (outcomes[kept].status, outcomes[other].status) == ("written", "written")


def test_an_id_that_is_left_out_but_lives_is_tried_again(world: World) -> None:
    connector = world.ready()
    one, two = world.contacts(2)
    row = {"id": one, "properties": {}, "updatedAt": "2026-11-20T09:00:00Z"}
    world.fault(path=UPDATE, status=200, body={"status": "COMPLETE", "results": [row]})
    assert [outcome.status for outcome in connector.deliver(scores([one, two]))] == ["written", "retry"]


def test_an_empty_success_is_a_failure(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(2)
    world.fault(path=UPDATE, status=200, body={"status": "COMPLETE", "results": []}, times=None)
    with pytest.raises(Transient):
        connector.deliver(scores(contacts))


LOST: list[dict[str, Any]] = [
    {"drop": "after"},
    {"status": 502, "commit": True},
    {"status": 200, "commit": True, "body": "<html>"},
    {"cut": 40},
]


@pytest.mark.parametrize("lost", LOST, ids=str)
def test_a_write_that_took_place_without_an_answer_is_looked_up_and_not_repeated(
    world: World, lost: dict[str, Any]
) -> None:
    connector = world.ready()
    contacts = world.contacts(2)
    world.fault(path=UPDATE, **lost)
    values: dict[str, Value] = {
        "Score": 88.0,
        "Segment": "hot",
        "Tags": ("customer", "came_back"),
        "Respond_By": datetime(2026, 11, 20, 9, 15, tzinfo=UTC),
        "Why": None,
        "Scored_At": NOW,
    }
    outcomes = connector.deliver([Delivery(contact, values) for contact in contacts])
    assert [(one.status, one.stamped_at) for one in outcomes] == [("written", NOW)] * 2
    assert world.requests("/batch/update") == 1


@pytest.mark.parametrize("lost", [{"drop": "before"}, {"status": 502}], ids=str)
def test_a_write_that_did_not_take_place_is_repeated(world: World, lost: dict[str, Any]) -> None:
    connector = world.ready()
    contacts = world.contacts(2)
    world.fault(path=UPDATE, **lost)
    assert {outcome.status for outcome in connector.deliver(scores(contacts))} == {"written"}
    assert world.requests("/batch/update") == 2
    assert score_of(world, contacts[1]) == "50"


def test_a_limit_is_no_doubt(world: World) -> None:
    connector = world.ready()
    world.fault(path=UPDATE, status=429, body={"message": "You have reached your secondly limit."})
    connector.deliver(scores(world.contacts(2)))
    assert world.requests("/batch/read") == 0


def test_doubt_lasts_until_the_portal_can_be_asked(world: World) -> None:
    connector = world.ready()
    one, two = world.contacts(2)
    world.fault(path=UPDATE, drop="after")
    world.fault(path="*/batch/read", status=403, body={"category": "MISSING_SCOPES"})
    with pytest.raises(Refused):
        connector.deliver(scores([one, two]))
    world.clock.advance(60)
    later = [
        Delivery(one, {"Score": 50.0, "Segment": "warm", "Scored_At": NOW}),
        Delivery(two, {"Score": 51.0, "Segment": "warm", "Scored_At": NOW}),
    ]
    assert [outcome.status for outcome in connector.deliver(later)] == ["written", "written"]
    *_, last = world.journal.exchanges("POST", "/batch/update")
    assert [item["id"] for item in last.body["inputs"]] == [two]


def test_a_conflict_is_split_off(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(4)
    world.fault(
        path=UPDATE, status=409, body={"category": "CONFLICT"}, containing=f'"{contacts[2]}"', times=None
    )
    outcomes = connector.deliver(scores(contacts))
    assert [outcome.status for outcome in outcomes] == ["written", "written", "rejected", "written"]


def test_a_batch_that_is_too_large_is_split(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(4)
    world.fault(path=UPDATE, status=413, body="<html>too large</html>")
    assert {outcome.status for outcome in connector.deliver(scores(contacts))} == {"written"}


def test_what_was_written_before_a_lasting_fault_is_not_forgotten(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(150)
    world.fault(path=UPDATE, status=503, times=None, skip=1)
    outcomes = connector.deliver(scores(contacts))
    assert [outcome.status for outcome in outcomes] == ["written"] * 100 + ["retry"] * 50


def test_a_fault_before_anything_was_written_is_raised(world: World) -> None:
    connector = world.ready()
    contacts = world.contacts(2)
    daily = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
    world.fault(path=UPDATE, status=429, body=daily, times=None)
    with pytest.raises(Parked):
        connector.deliver(scores(contacts))


def test_writable_is_what_exists_in_the_profile_and_takes_values(world: World) -> None:
    assert world.connector().writable() == frozenset()
    world.ready()
    assert world.connector().writable() == {output.name for output in OUTPUTS}
    minimal = world.connector(write={"profile": "minimal"})
    assert minimal.writable() == {output.name for output in OUTPUTS if output.minimal}


def test_a_renamed_output_goes_to_its_property_only(world: World) -> None:
    world.ready()
    connector = world.connector(write={"rename": {"Why": "message"}})
    contact = world.contacts(1)[0]
    connector.deliver([Delivery(contact, {"Why": "demo request"})])
    found = world.portal.get("contacts", contact)
    assert found["message"] == "demo request"
    assert "leadline_why" not in found


def test_a_read_only_target_is_not_writable(world: World) -> None:
    world.ready()
    connector = world.connector(write={"rename": {"Score": "hubspotscore"}})
    assert "Score" not in connector.writable()


def test_a_portal_without_our_properties_says_so(world: World) -> None:
    contact = world.contacts(1)[0]
    (outcome,) = world.connector().deliver([Delivery(contact, {"Score": 1.0})])
    assert (outcome.status, outcome.code) == ("rejected", "NO_PROPERTY")
    assert world.requests("/batch/update") == 0


def test_a_missing_right_is_raised(world: World) -> None:
    connector = world.ready()
    world.fault(path=UPDATE, status=403, body={"category": "MISSING_SCOPES"}, times=None)
    with pytest.raises(Refused):
        connector.deliver(scores(world.contacts(1)))
