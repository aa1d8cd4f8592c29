"""Batch read over HTTP with the real client."""

from typing import Any

import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.sandbox.hubspot.world import World


def read(
    world: World, ids: list[str], properties: list[str] | None = None, history: list[str] | None = None
) -> Any:
    body = {
        "properties": properties or [],
        "propertiesWithHistory": history or [],
        "inputs": [{"id": one} for one in ids],
    }
    return world.batch_api.read_with_http_info(batch_read_input_simple_public_object_id=body)


def test_all_found_is_200_without_errors(world: World) -> None:
    """§2.4: status COMPLETE; values are texts, unset ones null."""
    ids = world.contacts(100, hs_analytics_num_visits=3039)
    data, status, _ = read(world, ids, ["hs_analytics_num_visits", "jobtitle"])
    assert status == 200
    assert data.status == "COMPLETE"
    assert {row.id for row in data.results} == set(ids)
    assert data.results[0].properties["hs_analytics_num_visits"] == "3039"
    assert data.results[0].properties["jobtitle"] is None


def test_missing_ids_share_one_error_of_a_207(world: World) -> None:
    """§2.4: one error for all ids that are not there."""
    contact, gone = world.contacts(2)
    world.portal.archive("contacts", gone)
    data, status, _ = read(world, [contact, gone, "99999999"])
    assert status == 207
    assert [row.id for row in data.results] == [contact]
    assert data.num_errors == len(data.errors) == 1
    assert data.errors[0].category == "OBJECT_NOT_FOUND"
    assert data.errors[0].context == {"ids": [gone, "99999999"]}
    assert "CONTACT objects" in data.errors[0].message


def test_limits_are_100_and_50_with_history(world: World) -> None:
    """§2.4: more is a 400."""
    ids = [str(number) for number in range(1, 102)]
    for count, history in ((101, []), (51, ["jobtitle"])):
        with pytest.raises(ApiException) as caught:
            read(world, ids[:count], history=history)
        assert caught.value.status == 400
    assert read(world, ids[:50], history=["jobtitle"])[1] == 207


def test_history_is_newest_first_and_names_its_source(world: World) -> None:
    """§2.4 history item."""
    contact = world.contact(jobtitle="CEO")
    world.clock.advance(10)
    world.portal.update("contacts", contact, {"jobtitle": "CTO"})
    data, _, _ = read(world, [contact], history=["jobtitle"])
    history = data.results[0].properties_with_history["jobtitle"]
    assert [one.value for one in history] == ["CTO", "CEO"]
    assert history[0].source_type == "CRM_UI"
    assert (history[0].timestamp - history[1].timestamp).total_seconds() == 10


def test_merged_ids_are_not_found_unless_switched(world: World) -> None:
    """§4 speaks of updates only; reading by a merged id is a switch."""
    winner, loser = world.contacts(2)
    world.portal.merge("contacts", winner, loser)
    data, status, _ = read(world, [loser])
    assert (status, data.results) == (207, [])
    world.switches.batch_read_follows_merges = True
    assert read(world, [loser])[0].results[0].id == winner


def test_by_a_unique_property(world: World) -> None:
    """§2.4 idProperty; §4: hs_object_id is no unique property."""
    contact = world.contact(email="Ada@Acme.example")
    body = {"idProperty": "email", "inputs": [{"id": "ada@acme.example"}], "properties": ["email"]}
    response = world.call("POST", "/crm/v3/objects/contacts/batch/read", body)
    assert response.json()["results"][0]["id"] == contact
    body |= {"idProperty": "hs_object_id"}
    refused = world.call("POST", "/crm/v3/objects/contacts/batch/read", body)
    assert refused.status_code == 400
    assert "non-unique 0-1 property" in refused.json()["message"]
