"""Single records and lists of them over HTTP with the real client."""

import pytest
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException

from tests.sandbox.hubspot.world import World


def test_create_read_update_archive(world: World) -> None:
    """§4: single CRUD; a missing record is OBJECT_NOT_FOUND with X-HubSpot-NotFound."""
    api = world.client.crm.contacts.basic_api
    body = {"properties": {"email": "Ada@Acme.example", "jobtitle": "CEO"}}
    made, status, _ = api.create_with_http_info(simple_public_object_input_for_create=body)
    assert status == 201
    assert made.properties["email"] == "ada@acme.example"
    assert made.properties["hs_email_domain"] == "acme.example"
    read = api.get_by_id(made.id, properties=["jobtitle", "phone"])
    assert read.properties["jobtitle"] == "CEO"
    assert read.properties["phone"] is None
    assert api.update(made.id, {"properties": {"jobtitle": "CTO"}}).properties["jobtitle"] == "CTO"
    _, status, _ = api.archive_with_http_info(made.id)
    assert status == 204
    with pytest.raises(NotFoundException) as caught:
        api.get_by_id(made.id)
    assert caught.value.headers["X-HubSpot-NotFound"] == "true"
    assert "OBJECT_NOT_FOUND" in caught.value.body
    assert api.get_by_id(made.id, archived=True).archived


def test_a_second_record_with_the_address_is_a_conflict(world: World) -> None:
    """§4: 409 CONFLICT names the record."""
    first = world.contact(email="ada@acme.example")
    body = {"properties": {"email": "ada@acme.example"}}
    with pytest.raises(ApiException) as caught:
        world.client.crm.contacts.basic_api.create(simple_public_object_input_for_create=body)
    assert caught.value.status == 409
    assert f"Existing ID: {first}" in caught.value.body


def test_merged_ids_lead_to_the_survivor(world: World) -> None:
    """§4, §3.1 merge traces: gaps are filled, associations move, single reads follow."""
    winner, loser = world.contact(jobtitle="CEO"), world.contact(jobtitle="CTO", phone="+49 1")
    company = world.portal.create("companies", {"name": "Acme"})
    world.portal.associate("contacts", loser, "companies", company)
    world.clock.advance(1)
    response = world.call(
        "POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": winner, "objectIdToMerge": loser}
    )
    assert response.json()["id"] == winner
    assert world.client.crm.contacts.basic_api.get_by_id(loser).id == winner
    merged = world.portal.get("contacts", winner)
    assert (merged["jobtitle"], merged["phone"]) == ("CEO", "+49 1")
    assert merged["hs_merged_object_ids"] == merged["hs_calculated_merged_vids"] == loser
    assert merged["associatedcompanyid"] == company
    assert merged["lastmodifieddate"] == "2026-11-21T12:00:01.250Z"


def test_list_walks_by_id(world: World) -> None:
    """§2.4 list: limit 100 at most, `after` is a record id."""
    made = world.contacts(230)
    assert [row.id for row in world.client.crm.contacts.get_all()] == made
    world.portal.archive("contacts", made[0])
    page = world.client.crm.contacts.basic_api.get_page(limit=100, archived=True)
    assert [row.id for row in page.results] == [made[0]]
    with pytest.raises(ApiException) as caught:
        world.client.crm.contacts.basic_api.get_page(limit=101)
    assert caught.value.status == 400


def test_lists_in_the_query_may_be_repeated_or_joined(world: World) -> None:
    """§1.2 query strings."""
    contact = world.contact(jobtitle="CEO", phone="1")
    for query in ("properties=jobtitle&properties=phone", "properties=jobtitle,phone"):
        response = world.call("GET", f"/crm/v3/objects/contacts/{contact}?{query}&archived=False")
        assert response.json()["properties"]["jobtitle"] == "CEO"
        assert response.json()["properties"]["phone"] == "1"


def test_associations_come_with_single_reads(world: World) -> None:
    """§2.4: `associations=companies` works on single GET and list."""
    contact, company = world.contact(), world.portal.create("companies", {"name": "Acme"})
    world.portal.associate("contacts", contact, "companies", company)
    read = world.client.crm.contacts.basic_api.get_by_id(contact, associations=["companies"])
    assert read.associations["companies"].results[0].id == company


def test_a_url_too_long_is_html(world: World) -> None:
    """§2.4, §9 story 10: 414 with an HTML body."""
    names = ",".join(["hs_analytics_num_page_views"] * 800)
    response = world.call("GET", f"/crm/v3/objects/contacts?properties={names}")
    assert response.status_code == 414
    assert response.text.startswith("<html>")


def test_unknown_paths_types_and_methods(world: World) -> None:
    """The issue: strict, an unknown path is a 404."""
    assert world.call("GET", "/crm/v3/nothing").status_code == 404
    assert world.call("GET", "/crm/v3/objects/unicorns").status_code == 400
    assert world.call("PUT", "/crm/v3/objects/contacts").status_code == 405


def test_batches_create_and_archive(world: World) -> None:
    """§2.4, §4: 201, and 204 for ids that are not there too."""
    inputs = [{"properties": {"email": f"p{number}@acme.example"}} for number in range(3)]
    made, status, _ = world.batch_api.create_with_http_info(
        batch_input_simple_public_object_batch_input_for_create={"inputs": inputs}
    )
    assert status == 201
    ids = [{"id": row.id} for row in made.results] + [{"id": "99999999"}]
    assert (
        world.batch_api.archive_with_http_info(batch_input_simple_public_object_id={"inputs": ids})[1] == 204
    )
    assert world.portal.count("contacts") == 0
