"""Writing: item by item, own fields only, and the owner never moves."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connectors.base import ConnectorError, Delivery, Misconfigured, Parked, Refused, Transient, Value
from sandbox.faults import MAINTENANCE_PAGE, Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

WRITES = "*/composite*"


def scores(ids: list[str], score: float = 50) -> list[Delivery]:
    return [Delivery(lead_id, {"Score": score, "Segment": "warm"}) for lead_id in ids]


def written(acme: "Acme", ids: list[str]) -> list[Any]:
    return [acme.org.get("Lead", lead_id).get("Leadline_Score__c") for lead_id in ids]


def test_every_kind_of_value_arrives_and_none_clears(ready: "Acme") -> None:
    lead, connector = ready.lead(), ready.connector()
    values: dict[str, Value] = {
        "Score": 88.0,
        "Segment": "hot",
        "Tags": ("customer", "came_back"),
        "Respond_By": datetime(2026, 11, 23, 9, 55, tzinfo=UTC),
        "Next_Touch": date(2026, 12, 1),
        "Why": "+ demo request 21 Nov; Zoë’s “site”",
        "Breakdown": "demo +20\nprofile +20",
        "Change_7d": -5.0,
    }
    [outcome] = connector.deliver([Delivery(lead, values)])
    row = ready.org.get("Lead", lead)
    assert outcome.status == "written"
    assert row["Leadline_Score__c"] == 88
    assert row["Leadline_Change_7d__c"] == -5
    assert row["Leadline_Tags__c"] == "customer;came_back"
    assert row["Leadline_Respond_By__c"] == "2026-11-23T09:55:00.000+0000"
    assert row["Leadline_Next_Touch__c"] == "2026-12-01"
    assert row["Leadline_Why__c"] == values["Why"]
    assert row["Leadline_Breakdown__c"] == values["Breakdown"]
    connector.deliver([Delivery(lead, {"Score": None, "Tags": (), "Respond_By": None})])
    row = ready.org.get("Lead", lead)
    assert (row["Leadline_Score__c"], row["Leadline_Tags__c"], row["Leadline_Respond_By__c"]) == (None,) * 3
    assert row["Leadline_Segment__c"] == "hot"


@pytest.mark.parametrize("count", [3, 450])
def test_the_owner_never_moves_and_nothing_but_own_fields_does(ready: "Acme", count: int) -> None:
    ids = ready.leads(count)
    ready.org.assignment_rule = lambda _: ready.org.queue
    before = [ready.org.get("Lead", lead_id) for lead_id in ids]
    outcomes = ready.connector().deliver(scores(ids))
    assert {outcome.status for outcome in outcomes} == {"written"}
    stamps = {"LastModifiedDate", "LastModifiedById", "SystemModstamp"}
    for old, lead_id in zip(before, ids, strict=True):
        new = ready.org.get("Lead", lead_id)
        changed = {name for name in new if new[name] != old.get(name)} - stamps
        assert changed == {"Leadline_Score__c", "Leadline_Segment__c"}


def test_the_owner_stays_also_when_the_token_dies_in_between(ready: "Acme") -> None:
    ids, connector = ready.leads(250), ready.connector()
    ready.org.assignment_rule = lambda _: ready.org.queue
    owners = [ready.org.get("Lead", lead_id)["OwnerId"] for lead_id in ids]
    connector.writable()
    ready.org.sessions.revoke_all()
    assert {outcome.status for outcome in connector.deliver(scores(ids))} == {"written"}
    assert [ready.org.get("Lead", lead_id)["OwnerId"] for lead_id in ids] == owners


def test_a_thousand_leads_travel_in_one_call(ready: "Acme") -> None:
    ids, connector = ready.leads(1_000), ready.connector()
    connector.writable()
    ready.journal.clear()
    outcomes = connector.deliver(scores(ids))
    assert [outcome.lead_id for outcome in outcomes] == ids
    assert ready.journal.calls() == 1
    assert set(written(ready, ids)) == {50}


def test_one_bad_record_costs_one_record(ready: "Acme") -> None:
    ids = ready.leads(10)
    ready.org.delete("Lead", ids[1])
    ready.org.convert_lead(ids[2])
    ready.org.in_approval.add(ids[3])
    ready.org.validation_rules["Lead"].append(
        lambda _, after: "Call Marie Curie first" if after["Id"] == ids[4] else None
    )
    outcomes = ready.connector().deliver(scores(ids))
    assert [outcome.status for outcome in outcomes[:6]] == [
        "written",
        "gone",
        "gone",
        "retry",
        "rejected",
        "written",
    ]
    assert outcomes[1].gone is not None
    assert outcomes[1].gone.why == "deleted"
    assert outcomes[2].gone is not None
    assert outcomes[2].gone.why == "converted"
    assert outcomes[4].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert "Marie" not in repr(outcomes)
    assert {outcome.status for outcome in outcomes[5:]} == {"written"}


def test_only_locked_records_are_tried_again(ready: "Acme") -> None:
    ids = ready.leads(200)
    ready.org.locked.update(dict.fromkeys(ids[:7], 2))
    connector = ready.connector()
    connector.writable()
    ready.journal.clear()
    outcomes = connector.deliver(scores(ids))
    assert {outcome.status for outcome in outcomes} == {"written"}
    sent = [len(exchange.body["records"]) for exchange in ready.journal.exchanges("PATCH")]
    assert sent == [200, 7, 7]
    assert ready.waits
    ready.org.locked[ids[0]] = None
    [outcome] = connector.deliver(scores(ids[:1]))
    assert (outcome.status, outcome.code) == ("retry", "UNABLE_TO_LOCK_ROW")


def test_a_trigger_that_fails_on_two_records_costs_two_records(ready: "Acme") -> None:
    ids = ready.leads(200)
    bad = {ids[17], ids[151]}

    def explode(pairs: list[tuple[Any, Any]]) -> None:
        if any(after["Id"] in bad for _, after in pairs):
            raise RuntimeError("NullPointerException on Marie Curie")

    ready.org.triggers["Lead"].append(explode)
    connector = ready.connector()
    outcomes = connector.deliver(scores(ids))
    assert {outcome.lead_id for outcome in outcomes if outcome.status == "rejected"} == bad
    assert {outcome.status for outcome in outcomes} == {"rejected", "written"}
    assert connector.calls < 45


def test_a_trigger_that_fails_on_everything_is_not_hunted(ready: "Acme") -> None:
    ids = ready.leads(200)

    def explode(_: list[tuple[Any, Any]]) -> None:
        raise RuntimeError("always")

    ready.org.triggers["Lead"].append(explode)
    connector = ready.connector()
    connector.writable()
    ready.journal.clear()
    assert {outcome.status for outcome in connector.deliver(scores(ids))} == {"rejected"}
    assert ready.journal.calls() <= 8


def test_values_are_cut_to_what_the_field_holds(ready: "Acme") -> None:
    lead = ready.lead()
    values: dict[str, Value] = {"Why": "x" * 300, "Score": 12345.0, "Change_7d": -12345.0}
    [outcome] = ready.connector().deliver([Delivery(lead, values)])
    row = ready.org.get("Lead", lead)
    assert outcome.status == "written"
    assert row["Leadline_Why__c"] == "x" * 255
    assert (row["Leadline_Score__c"], row["Leadline_Change_7d__c"]) == (99, -99)
    [outcome] = ready.connector().deliver([Delivery(lead, {"Score": float("nan")})])
    assert (outcome.status, written(ready, [lead])) == ("written", [None])


def test_a_value_that_the_picklist_lacks_is_refused_without_a_call(ready: "Acme") -> None:
    lead, connector = ready.lead(), ready.connector()
    connector.writable()
    ready.journal.clear()
    [outcome] = connector.deliver([Delivery(lead, {"Track": "brand-new"})])
    assert outcome.status == "rejected"
    assert "Leadline_Track__c" in outcome.message
    assert "setup --apply" in outcome.message
    assert ready.journal.calls() == 0


def test_a_lead_that_stands_twice_is_written_once(ready: "Acme") -> None:
    lead = ready.lead()
    outcomes = ready.connector().deliver([*scores([lead], 40), *scores([lead], 41)])
    assert [outcome.status for outcome in outcomes] == ["written", "written"]
    assert written(ready, [lead]) == [41]


@pytest.mark.parametrize("unknown_field", ["request", "record"])
@pytest.mark.parametrize("count", [3, 250])
def test_a_field_taken_away_meanwhile_is_left_out(ready: "Acme", unknown_field: Any, count: int) -> None:
    ids, connector = ready.leads(count), ready.connector()
    connector.writable()
    ready.org.switches.unknown_field = unknown_field
    ready.org.access.withdraw_field("Lead", "Leadline_Segment__c")
    outcomes = connector.deliver(scores(ids))
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert set(written(ready, ids)) == {50}
    assert "Segment" not in connector.writable()


def test_without_any_own_field_nothing_is_sent(acme: "Acme") -> None:
    lead = acme.lead()
    connector = acme.connector()
    assert connector.writable() == frozenset()
    with pytest.raises(Misconfigured, match="setup --apply"):
        connector.deliver(scores([lead]))


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("STORAGE_LIMIT_EXCEEDED", Refused),
        ("INVALID_FIELD_FOR_INSERT_UPDATE", Misconfigured),
        ("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", Parked),
    ],
)
def test_what_ails_every_record_ails_the_connection(
    ready: "Acme", code: str, error: type[ConnectorError]
) -> None:
    ids = ready.leads(3)
    failed = {"success": False, "errors": [{"statusCode": code, "message": "m", "fields": []}]}
    ready.faults.add(Fault("PATCH", WRITES, status=200, body=[failed] * 3, times=None))
    with pytest.raises(error) as caught:
        ready.connector().deliver(scores(ids))
    assert type(caught.value) is error
    ready.faults.clear()
    done = [{"id": lead_id, "success": True, "errors": []} for lead_id in ids[1:]]
    ready.faults.add(Fault("PATCH", WRITES, status=200, body=[failed, *done], times=None))
    outcomes = ready.connector().deliver(scores(ids))
    assert [outcome.status for outcome in outcomes][1:] == ["written", "written"]
    assert outcomes[0].code == code


def test_a_renamed_output_goes_to_the_customers_field(ready: "Acme") -> None:
    lead = ready.lead()
    rename = {"write": {"rename": {"Why": "Description"}}}
    connector = ready.connector(**rename)
    [outcome] = connector.deliver([Delivery(lead, {"Why": "+ demo"})])
    row = ready.org.get("Lead", lead)
    assert outcome.status == "written"
    assert (row["Description"], row["Leadline_Why__c"]) == ("+ demo", None)


def test_the_minimal_profile_writes_fewer_fields(ready: "Acme") -> None:
    lead = ready.lead()
    connector = ready.connector(write={"profile": "minimal"})
    connector.deliver([Delivery(lead, {"Score": 50, "Grade": "A1"})])
    row = ready.org.get("Lead", lead)
    assert (row["Leadline_Score__c"], row["Leadline_Grade__c"]) == (50, None)
    assert "Grade" not in connector.writable()


def test_a_committed_write_whose_answer_was_lost_is_written_once_more(ready: "Acme") -> None:
    ids = ready.leads(2)
    ready.faults.add(Fault("PATCH", WRITES, drop="after"))
    outcomes = ready.connector().deliver(scores(ids))
    assert {outcome.status for outcome in outcomes} == {"written"}
    assert len(ready.journal.exchanges("PATCH")) == 2


def test_an_answer_that_is_too_short_proves_nothing(ready: "Acme") -> None:
    ids = ready.leads(2)
    one = [{"id": ids[0], "success": True, "errors": []}]
    ready.faults.add(Fault("PATCH", WRITES, status=200, body=one, times=None))
    assert {outcome.status for outcome in ready.connector().deliver(scores(ids))} == {"retry"}


def test_a_success_for_another_record_is_none(ready: "Acme") -> None:
    ids = ready.leads(2)
    swapped = [{"id": lead_id, "success": True, "errors": []} for lead_id in reversed(ids)]
    ready.faults.add(Fault("PATCH", WRITES, status=200, body=swapped, times=None))
    outcomes = ready.connector().deliver(scores(ids))
    assert {(outcome.status, outcome.code) for outcome in outcomes} == {("retry", "wrong_id")}


def test_what_was_written_before_a_fault_is_known(ready: "Acme") -> None:
    ids = ready.leads(1_200)
    ready.faults.add(Fault("PATCH", WRITES, status=503, body=MAINTENANCE_PAGE, times=None))
    connector = ready.connector()
    outcomes = connector.deliver(scores(ids))
    assert [outcome.status for outcome in outcomes].count("written") == 1_000
    assert {outcome.status for outcome in outcomes[1_000:]} == {"retry"}


def test_a_fault_of_the_first_call_is_raised(ready: "Acme") -> None:
    ids = ready.leads(3)
    ready.faults.add(Fault("PATCH", WRITES, status=503, body=MAINTENANCE_PAGE, times=None))
    with pytest.raises(Transient):
        ready.connector().deliver(scores(ids))


def test_a_spent_quota_parks_without_another_call(ready: "Acme") -> None:
    ids, connector = ready.leads(3), ready.connector()
    connector.writable()
    limit = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    ready.faults.add(Fault("PATCH", WRITES, status=403, body=limit, times=None))
    ready.journal.clear()
    with pytest.raises(Parked) as caught:
        connector.deliver(scores(ids))
    assert ready.journal.calls() == 1
    assert caught.value.until is not None
    assert caught.value.until > datetime.now(UTC) + timedelta(minutes=14)
