"""What the org makes of writes (salesforce.md §4.1, §4.2, §4.4, §7.1 item 7)."""

from __future__ import annotations

from typing import Any

import pytest


def element(crm: Any, lead: str, **fields: Any) -> dict[str, Any]:
    """The one element of a collection of one."""
    answer = crm.patch([{"id": lead} | fields])
    assert answer.status_code == 200, answer.text
    [only] = answer.json()
    made: dict[str, Any] = only
    return made


def code(crm: Any, lead: str, **fields: Any) -> str:
    """The status code of the one element, which must have failed."""
    failed = element(crm, lead, **fields)
    assert failed["success"] is False
    status: str = failed["errors"][0]["statusCode"]
    return status


def add_score_fields(crm: Any) -> None:
    crm.org.add_custom_field("Lead", "Score__c", "double", precision=2)
    crm.org.add_custom_field("Lead", "Why__c", "string", length=255)
    crm.org.add_custom_field(
        "Lead", "Segment__c", "picklist", length=255, values=("hot", "warm"), restricted=True
    )
    crm.org.add_custom_field(
        "Lead", "Tags__c", "multipicklist", length=4099, values=("b", "a", "c"), restricted=True
    )
    crm.org.add_custom_field("Lead", "At__c", "datetime")


def test_a_collection_answers_each_record_in_its_place(crm: Any) -> None:
    """§4.1: 200 whatever happened, results by position, a failed one without id, statusCode in its errors."""
    first, second, third = (crm.add_lead() for _ in range(3))
    crm.org.convert_lead(second)
    crm.org.delete("Lead", third)
    answer = crm.patch([{"id": one, "Title": "CTO"} for one in (first[:15], second, third)])
    good, converted, deleted = answer.json()
    assert good == {"id": first, "success": True, "errors": []}
    assert converted == {
        "success": False,
        "errors": [
            {
                "statusCode": "CANNOT_UPDATE_CONVERTED_LEAD",
                "message": "cannot reference converted lead",
                "fields": [],
            }
        ],
    }
    assert deleted["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert crm.org.get("Lead", first)["Title"] == "CTO"
    crm.org.switches.id_on_failure = True
    assert crm.patch([{"id": second, "Title": "x"}]).json()[0]["id"] == second


def test_all_or_none_rolls_the_innocent_back(crm: Any) -> None:
    """§4.1: ALL_OR_NONE_OPERATION_ROLLED_BACK."""
    good, bad = crm.add_lead(), crm.add_lead()
    crm.org.convert_lead(bad)
    answer = crm.patch([{"id": good, "Title": "CTO"}, {"id": bad, "Title": "CTO"}], all_or_none=True)
    codes = [one["errors"][0]["statusCode"] for one in answer.json()]
    assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "CANNOT_UPDATE_CONVERTED_LEAD"]
    assert crm.org.get("Lead", good)["Title"] is None


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"Score__c": 100}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"Why__c": "x" * 256}, "STRING_TOO_LONG"),
        ({"Segment__c": "cold"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Tags__c": "a;nope"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Email": "nobody"}, "INVALID_EMAIL_ADDRESS"),
        ({"LastName": None}, "REQUIRED_FIELD_MISSING"),
        ({"OwnerId": "0055k0000000999"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"OwnerId": "nope"}, "MALFORMED_ID"),
        ({"SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"IsConverted": True}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
    ],
)
def test_a_bad_value_costs_its_record(crm: Any, fields: dict[str, Any], expected: str) -> None:
    """§4.4: the codes of single records."""
    add_score_fields(crm)
    lead = crm.add_lead()
    assert code(crm, lead, **fields) == expected


def test_values_are_stored_as_the_field_wants_them(crm: Any) -> None:
    """§3.1, §4.4: numbers rounded to their scale, times to whole seconds, null and blank clear."""
    add_score_fields(crm)
    lead = crm.add_lead(Title="CTO")
    fields = {"Score__c": 86.6, "At__c": "2026-11-21T13:00:00.900+01:00", "Tags__c": "c;a;a", "Title": ""}
    assert element(crm, lead, **fields)["success"] is True
    row = crm.query("SELECT Score__c, At__c, Tags__c, Title FROM Lead")["records"][0]
    assert (row["Score__c"], row["At__c"]) == (87.0, "2026-11-21T12:00:00.000+0000")
    assert (row["Tags__c"], row["Title"]) == ("a;c", None)
    element(crm, lead, Score__c=None, Tags__c=None)
    row = crm.query("SELECT Score__c, Tags__c FROM Lead")["records"][0]
    assert (row["Score__c"], row["Tags__c"]) == (None, None)


def test_the_wrong_json_type_spoils_the_request_or_the_record(crm: Any) -> None:
    """§4.4: JSON_PARSER_ERROR for the whole request; the rival is a switch."""
    add_score_fields(crm)
    lead = crm.add_lead()
    answer = crm.patch([{"id": lead, "Score__c": "87"}])
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    crm.org.switches.type_mismatch = "record"
    assert code(crm, lead, Score__c="87") == "INVALID_TYPE_ON_FIELD_IN_RECORD"
    nan = crm.call("PATCH", f"/sobjects/Lead/{lead}", data='{"Score__c": NaN}')
    assert (nan.status_code, nan.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


@pytest.mark.parametrize("text", [b'"a\\ud83d@x.example"', b'"a\xed\xa0\xbd@x.example"'])
def test_half_a_surrogate_pair_is_no_json(crm: Any, text: bytes) -> None:
    body = b'{"LastName": "Curie", "Company": "Acme", "Email": ' + text + b"}"
    refused = crm.call("POST", "/sobjects/Lead", data=body)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")
    made = crm.call("POST", "/sobjects/Lead", data=body.replace(text, b'"a@x.example"'))
    assert made.status_code == 201
    whole = crm.call("PATCH", f"/sobjects/Lead/{made.json()['id']}", data=b'{"Title": "\\ud83d\\ude00"}')
    assert whole.status_code == 204
    assert crm.query("SELECT Title FROM Lead")["records"][0]["Title"] == "\U0001f600"


def test_an_unknown_field_spoils_the_request_or_the_record(crm: Any) -> None:
    """§4.1: UNCONFIRMED, so both are offered."""
    lead = crm.add_lead()
    answer = crm.patch([{"id": lead, "Nope__c": 1}])
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    crm.org.switches.unknown_field = "record"
    assert code(crm, lead, Nope__c=1) == "INVALID_FIELD"


def test_the_same_id_twice(crm: Any) -> None:
    """§4.1: UNCONFIRMED, a switch."""
    lead = crm.add_lead()
    twice = [{"id": lead, "Title": "a"}, {"id": lead[:15], "Title": "b"}]
    first, second = crm.patch(twice).json()
    assert (first["success"], second["errors"][0]["statusCode"]) == (True, "DUPLICATE_VALUE")
    crm.org.switches.duplicate_id = "request"
    assert crm.patch(twice).status_code == 400


def test_the_assignment_rule_moves_the_owner_unless_told_not_to(crm: Any) -> None:
    """§4.2, §8 story 8: the default is TRUE, on updates too."""
    lead = crm.add_lead()
    crm.org.assignment_rule = lambda _row: crm.org.queue
    crm.patch([{"id": lead, "Title": "a"}], **{"Sforce-Auto-Assign": "FALSE"})
    assert crm.org.get("Lead", lead)["OwnerId"] == crm.org.reps[0]
    crm.patch([{"id": lead, "Title": "b"}])
    assert crm.org.get("Lead", lead)["OwnerId"] == crm.org.queue


def test_a_write_moves_the_stamps_and_names_its_author(crm: Any) -> None:
    """§0.5: our own write moves SystemModstamp, also where nothing changes; whole seconds."""
    lead = crm.add_lead()
    crm.clock.advance(90.7)
    crm.patch([{"id": lead, "Title": None}])
    row = crm.org.get("Lead", lead)
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-21T12:01:30.000+0000"
    assert row["LastModifiedById"] == crm.org.integration_user
    assert row["CreatedById"] == crm.org.reps[0]


def test_locked_rows_fail_until_they_are_free(crm: Any) -> None:
    """§8 story 9: UNABLE_TO_LOCK_ROW without a fields key, for as many attempts as told."""
    lead = crm.add_lead()
    crm.org.locked[lead] = 2
    for _ in range(2):
        error = element(crm, lead, Title="x")["errors"][0]
        assert error["statusCode"] == "UNABLE_TO_LOCK_ROW"
        assert "fields" not in error
    assert element(crm, lead, Title="x")["success"] is True
    crm.org.in_approval.add(lead)
    assert code(crm, lead, Title="y") == "ENTITY_IS_LOCKED"


def test_validation_rules_and_sharing(crm: Any) -> None:
    """§4.4: the admin's own text; §7.1 item 11: a lead that nobody shared."""
    lead, hidden = crm.add_lead(), crm.add_lead()
    crm.org.validation_rules["Lead"].append(
        lambda _before, after: ("Title is needed", "Title") if not after.get("Title") else None
    )
    failed = element(crm, lead, Company="New")
    assert failed["errors"] == [
        {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Title is needed", "fields": ["Title"]}
    ]
    crm.org.access.hidden_rows.add(hidden)
    assert code(crm, hidden, Title="x") == "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"
    assert crm.query("SELECT Id FROM Lead")["totalSize"] == 1


def test_a_partial_failure_runs_triggers_again(crm: Any) -> None:
    """§4.1: up to three attempts; a third round with fresh errors fails everything."""
    good, bad = crm.add_lead(), crm.add_lead()
    crm.org.in_approval.add(bad)
    runs: list[int] = []
    crm.org.triggers["Lead"].append(lambda pairs: runs.append(len(pairs)))
    crm.patch([{"id": good, "Title": "a"}, {"id": bad, "Title": "a"}])
    assert runs == [1, 1]
    leads = [crm.add_lead(Title=str(place)) for place in range(5)]
    crm.org.triggers["Lead"].append(lambda _pairs: {0: "never the first"})
    answer = crm.patch([{"id": one, "Rating": "Hot"} for one in leads])
    messages = {one["errors"][0]["message"] for one in answer.json()}
    assert messages == {"Too many batch retries in the presence of Apex triggers and partial failures."}


def test_a_trigger_that_breaks_fails_its_chunk(crm: Any) -> None:
    """§4.1: CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY for all records of the chunk."""

    def broken(_pairs: Any) -> None:
        raise RuntimeError("UNABLE_TO_LOCK_ROW, unable to obtain exclusive access")

    crm.org.triggers["Lead"].append(broken)
    answer = crm.patch([{"id": crm.add_lead(), "Title": "a"} for _ in range(2)])
    errors = [one["errors"][0] for one in answer.json()]
    assert {one["statusCode"] for one in errors} == {"CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}
    assert "UNABLE_TO_LOCK_ROW" in errors[0]["message"]


def test_sizes_and_shapes_of_a_collection(crm: Any) -> None:
    """§4.1: at most 200 records, attributes.type, an id; a malformed request is 400 as a whole."""
    lead = crm.add_lead()
    assert crm.patch([{"id": lead}] * 201).json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"
    assert crm.patch([{"Title": "x"}]).json()[0]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert crm.patch([{"id": "003", "Title": "x"}]).json()[0]["errors"][0]["statusCode"] == "MALFORMED_ID"
    unknown = crm.patch([{"attributes": {"type": "Leads"}, "id": lead}])
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "INVALID_TYPE")
    assert crm.call("PATCH", "/composite/sobjects", data="{").json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_single_records(crm: Any) -> None:
    """§4.1: 201, 204, 404 NOT_FOUND, 404 ENTITY_IS_DELETED, 400 with errorCode; both slash forms (§1.3)."""
    made = crm.call("POST", "/sobjects/Lead/", json={"LastName": "Ørsted", "Company": "Ø"})
    assert made.status_code == 201
    lead = made.json()["id"]
    assert crm.call("PATCH", f"/sobjects/Lead/{lead}", json={"Title": "CTO"}).status_code == 204
    assert crm.call("GET", f"/sobjects/Lead/{lead}?fields=Name,Title").json()["Name"] == "Ørsted"
    bad = crm.call("PATCH", f"/sobjects/Lead/{lead}", json={"Email": "x"})
    assert (bad.status_code, bad.json()[0]["errorCode"]) == (400, "INVALID_EMAIL_ADDRESS")
    missing = crm.call("POST", "/sobjects/Lead", json={"LastName": "X"})
    assert missing.json()[0]["message"] == "Required fields are missing: [Company]"
    assert crm.call("DELETE", f"/sobjects/Lead/{lead}").status_code == 204
    gone = crm.call("PATCH", f"/sobjects/Lead/{lead}", json={"Title": "x"})
    assert gone.status_code == 404
    assert gone.json() == [{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]
    unknown = crm.call("PATCH", "/sobjects/Lead/00Q5k0000000999", json={})
    assert unknown.status_code == 404
    assert unknown.json() == [{"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}]
    assert crm.call("GET", "/nowhere").status_code == 404
    assert crm.call("PUT", "/limits").status_code == 405


def test_read_only_mode_refuses_writes_only(crm: Any) -> None:
    """§5.2: GET goes on, writes are refused."""
    lead = crm.add_lead()
    crm.org.switches.read_only = True
    assert code(crm, lead, Title="x") == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert crm.query("SELECT Id FROM Lead")["totalSize"] == 1
