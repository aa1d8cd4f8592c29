"""Batch update over HTTP with the real client: every row of the fact sheet's table (§4)."""

from typing import Any

import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.sandbox.hubspot.world import World


def update(world: World, *inputs: dict[str, Any]) -> Any:
    body = {"inputs": list(inputs)}
    return world.batch_api.update_with_http_info(batch_input_simple_public_object_batch_input=body)


def score(contact: str, value: Any = "88", **more: Any) -> dict[str, Any]:
    return {"id": contact, "properties": {"leadline_score": value}, **more}


def refused(world: World, *inputs: dict[str, Any]) -> dict[str, Any]:
    with pytest.raises(ApiException) as caught:
        update(world, *inputs)
    assert caught.value.status == 400
    body: dict[str, Any] = world.call(
        "POST", "/crm/v3/objects/contacts/batch/update", {"inputs": inputs}
    ).json()
    return body


def test_written_properties_come_back_and_the_date_moves(world: World) -> None:
    """§4 real 200 answer: only the written properties, some calculated ones, lastmodifieddate in ms."""
    world.add_score()
    contact = world.contact(email="ada@acme.example", jobtitle="CEO")
    world.clock.advance(1.5)
    data, status, _ = update(world, score(contact))
    assert status == 200
    properties = data.results[0].properties
    assert properties["leadline_score"] == "88"
    assert properties["lastmodifieddate"] == "2026-11-21T12:00:01.750Z"
    assert "jobtitle" not in properties
    assert "createdate" not in properties
    assert world.portal.get("contacts", contact)["leadline_score"] == "88"
    assert not hasattr(data, "num_errors")


def test_unknown_id_is_a_207_and_the_rest_is_written(world: World) -> None:
    """§4 unknown id: errors[] with context.ids, and the trace id if sent."""
    world.add_score()
    contact, gone = world.contacts(2)
    world.portal.archive("contacts", gone)
    data, status, _ = update(
        world,
        score(contact, objectWriteTraceId="run-1"),
        score(gone, objectWriteTraceId="run-2"),
        score("99999999", objectWriteTraceId="run-3"),
    )
    assert status == 207
    assert [row.id for row in data.results] == [contact]
    assert data.num_errors == 1
    assert data.errors[0].category == "OBJECT_NOT_FOUND"
    assert data.errors[0].context == {"ids": [gone, "99999999"], "objectWriteTraceId": ["run-2", "run-3"]}
    assert world.portal.get("contacts", contact)["leadline_score"] == "88"


def test_merged_id_is_left_out_without_a_word(world: World) -> None:
    """§4 merged away: 200, missing from results, nothing written; the single PATCH does accept it."""
    world.add_score()
    winner, loser, other = world.contacts(3)
    world.portal.merge("contacts", winner, loser)
    data, status, _ = update(world, score(loser), score(other))
    assert status == 200
    assert [row.id for row in data.results] == [other]
    assert "leadline_score" not in world.portal.get("contacts", winner)
    patched = world.client.crm.contacts.basic_api.update(loser, {"properties": {"leadline_score": "77"}})
    assert patched.id == winner


def test_same_id_twice_refuses_all(world: World) -> None:
    """§4 same id twice."""
    world.add_score()
    contact, other = world.contacts(2)
    body = refused(world, score(contact), score(other), score(contact, "99"))
    assert body["message"] == f"Duplicate IDs found in batch input: [{contact}]. IDs must be unique"
    assert body["category"] == "VALIDATION_ERROR"
    assert body["context"] == {"ids": [contact]}
    assert "leadline_score" not in world.portal.get("contacts", other)


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"no_such": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"hs_lead_status": "new"}, "INVALID_OPTION"),
        ({"leadline_tags": "a;z"}, "INVALID_OPTION"),
        ({"hubspot_owner_id": "1"}, "INVALID_OPTION"),
        ({"leadline_score": "1,5"}, "INVALID_INTEGER"),
        ({"hubspot_owner_assigneddate": "2026-01-01"}, "READ_ONLY_VALUE"),
        ({"hs_email_domain": "acme.example"}, "READ_ONLY_VALUE"),
        ({"email": "no address"}, "INVALID_EMAIL"),
        ({"jobtitle": "x" * 65_537}, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_a_bad_value_refuses_the_whole_batch(world: World, properties: dict[str, str], code: str) -> None:
    """§4 validation without trace ids: 400 for all, the list is JSON inside the message."""
    world.add_score()
    world.add_tags()
    good, bad = world.contacts(2)
    body = refused(world, score(good), {"id": bad, "properties": properties})
    assert body["category"] == "VALIDATION_ERROR"
    assert body["message"].startswith('Property values were not valid: [{"isValid":false,')
    assert body["errors"][0]["code"] == code
    assert body["errors"][0]["context"] == {"propertyName": list(properties)}
    assert "leadline_score" not in world.portal.get("contacts", good)


def test_trace_ids_save_the_good_ones_unless_switched_off(world: World) -> None:
    """§4 validation with unique trace ids, §10 point 1: 207 or 400."""
    world.add_score()
    good, bad = world.contacts(2)
    inputs = (score(good, objectWriteTraceId="t1"), score(bad, "many", objectWriteTraceId="t2"))
    data, status, _ = update(world, *inputs)
    assert status == 207
    assert [row.id for row in data.results] == [good]
    assert data.errors[0].category == "VALIDATION_ERROR"
    assert data.errors[0].context == {"objectWriteTraceId": ["t2"]}
    world.switches.trace_ids_save_the_batch = False
    assert refused(world, *inputs)["category"] == "VALIDATION_ERROR"


def test_shared_trace_ids_save_nothing(world: World) -> None:
    """§4: the trace ids must be unique."""
    world.add_score()
    good, bad = world.contacts(2)
    refused(world, score(good, objectWriteTraceId="t"), score(bad, "many", objectWriteTraceId="t"))


def test_an_address_taken_by_another_is_a_conflict(world: World) -> None:
    """§4 contact email taken by another: 409 for the batch."""
    first, second = world.contact(email="ada@acme.example"), world.contact()
    with pytest.raises(ApiException) as caught:
        update(world, {"id": second, "properties": {"email": "ADA@acme.example"}})
    assert caught.value.status == 409
    assert f"Contact already exists. Existing ID: {first}" in caught.value.body
    world.portal.archive("contacts", first)
    assert update(world, {"id": second, "properties": {"email": "ada@acme.example"}})[1] == 200


def test_more_than_100_inputs_are_refused(world: World) -> None:
    """§4 > 100 inputs."""
    world.add_score()
    refused(world, *(score(str(number)) for number in range(101)))


def test_without_the_inputs_wrapper_nothing_happens(world: World) -> None:
    """§4 missing `inputs` wrapper: 200 with empty results."""
    world.add_score()
    contact = world.contact()
    response = world.call("POST", "/crm/v3/objects/contacts/batch/update", score(contact))
    assert response.status_code == 200
    assert response.json()["results"] == []
    assert "leadline_score" not in world.portal.get("contacts", contact)


def test_hs_object_id_is_no_id_property(world: World) -> None:
    """§4 idProperty."""
    contact = world.contact()
    body = refused(world, {"id": contact, "idProperty": "hs_object_id", "properties": {}})
    assert body["message"].startswith("Unable to perform update by non-unique 0-1 property")


def test_writing_an_equal_value_moves_the_date_unless_switched(world: World) -> None:
    """§2.2: our own write-back moves lastmodifieddate; for equal values that is a switch."""
    world.add_score()
    contact = world.contact(leadline_score=88)
    world.clock.advance(1)
    update(world, score(contact))
    moved = world.portal.get("contacts", contact)["lastmodifieddate"]
    assert moved == "2026-11-21T12:00:01.250Z"
    world.switches.equal_write_bumps = False
    world.clock.advance(1)
    update(world, score(contact))
    assert world.portal.get("contacts", contact)["lastmodifieddate"] == moved
