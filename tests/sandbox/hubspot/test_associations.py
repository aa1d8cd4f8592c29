"""Associations over HTTP with the real client (§3.4), and what they compute."""

from typing import Any

import pytest
from hubspot.crm.associations.v4.exceptions import ApiException

from tests.sandbox.hubspot.world import World


def read(world: World, *inputs: dict[str, Any], to: str = "companies") -> Any:
    api = world.client.crm.associations.v4.batch_api
    return api.get_page_with_http_info("contacts", to, {"inputs": list(inputs)})


def company(world: World, **properties: Any) -> str:
    return world.portal.create("companies", {"name": "Acme", **properties})


def test_targets_are_numbers_with_their_types(world: World) -> None:
    """§3.4: toObjectId is a number; the primary type comes with the plain one."""
    contact, made = world.contact(), company(world)
    world.portal.associate("contacts", contact, "companies", made)
    data, status, _ = read(world, {"id": contact})
    assert status == 200
    assert [(one.type_id, one.label) for one in data.results[0].to[0].association_types] == [
        (1, "Primary"),
        (279, None),
    ]
    body = {"inputs": [{"id": contact}]}
    raw = world.call("POST", "/crm/v4/associations/contacts/companies/batch/read", body).json()
    assert raw["results"][0]["to"][0]["toObjectId"] == int(made)


@pytest.mark.parametrize("status", [207, 200])
def test_records_without_any_give_an_error_entry(world: World, status: int) -> None:
    """§3.4: OBJECT_NOT_FOUND with subCategory; the status is a switch."""
    world.switches.no_associations_status = status  # type: ignore[assignment]  # parametrised number
    with_one, without = world.contact(), world.contact()
    world.portal.associate("contacts", with_one, "companies", company(world))
    data, answered, _ = read(world, {"id": with_one}, {"id": without})
    assert answered == status
    assert [row._from.id for row in data.results] == [with_one]
    if status == 207:
        assert data.errors[0].category == "OBJECT_NOT_FOUND"
        assert data.errors[0].sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
        assert data.errors[0].context["fromObjectId"] == [without]


def test_a_thousand_inputs_and_no_more(world: World) -> None:
    """§3.4: 1,000 inputs."""
    assert read(world, *({"id": str(number)} for number in range(1_000)))[1] == 207
    with pytest.raises(ApiException) as caught:
        read(world, *({"id": str(number)} for number in range(1_001)))
    assert caught.value.status == 400


def test_more_than_500_targets_are_paged(world: World) -> None:
    """§3.4: up to 500 targets per record, then paging."""
    contact = world.contact()
    made = [company(world) for _ in range(501)]
    for one in made:
        world.portal.associate("contacts", contact, "companies", one, 279)
    first, _, _ = read(world, {"id": contact})
    assert len(first.results[0].to) == 500
    after = first.results[0].paging.next.after
    second, _, _ = read(world, {"id": contact, "after": after})
    assert [one.to_object_id for one in second.results[0].to] == made[500:]
    assert second.results[0].paging is None


def test_the_primary_company_is_one_and_shows_on_the_contact(world: World) -> None:
    """§3.1 associatedcompanyid, §3.4 types 1 and 279."""
    contact, first, second = world.contact(), company(world), company(world)
    world.portal.associate("contacts", contact, "companies", first)
    assert world.portal.get("contacts", contact)["associatedcompanyid"] == first
    assert world.portal.get("companies", first)["num_associated_contacts"] == "1"
    world.clock.advance(1)
    world.portal.associate("contacts", contact, "companies", second)
    row = world.portal.get("contacts", contact)
    assert row["associatedcompanyid"] == second
    assert row["lastmodifieddate"] == "2026-11-21T12:00:01.250Z"
    assert world.portal.associated("contacts", contact, "companies") == [first, second]
    world.portal.dissociate("contacts", contact, "companies", second)
    assert "associatedcompanyid" not in world.portal.get("contacts", contact)


def test_writing_the_company_id_associates(world: World) -> None:
    """§3.1: associatedcompanyid is writable."""
    contact, made = world.contact(), company(world)
    body = {"properties": {"associatedcompanyid": made}}
    assert world.call("PATCH", f"/crm/v3/objects/contacts/{contact}", body).status_code == 200
    assert world.portal.associated("companies", made, "contacts") == [contact]
    assert world.portal.get("companies", made)["num_associated_contacts"] == "1"


def test_an_association_may_leave_the_date_alone(world: World) -> None:
    """§10 point 5: whether it bumps is a switch."""
    world.switches.association_bumps = False
    contact, deal = world.contact(), world.portal.create("calls", {})
    before = world.portal.get("contacts", contact)
    world.clock.advance(1)
    world.portal.associate("calls", deal, "contacts", contact)
    assert world.portal.get("contacts", contact) == before


def deal(world: World, stage: str, amount: int, day: str, *others: tuple[str, str]) -> str:
    values: dict[str, Any] = {
        "dealname": "D",
        "dealstage": stage,
        "pipeline": "default",
        "amount": amount,
        "closedate": f"{day}T00:00:00Z",
    }
    made = world.portal.create("deals", values)
    for other_type, other_id in others:
        world.portal.associate("deals", made, other_type, other_id)
    return made


def test_roll_ups_follow_the_deals(world: World) -> None:
    """§3.1 closed-won history at contact level, §3.2 roll-ups and hs_is_closed_won."""
    contact, made = world.contact(), company(world)
    ends = (("companies", made), ("contacts", contact))
    deal(world, "closedwon", 100, "2026-01-10", *ends)
    still_open = deal(world, "contractsent", 40, "2026-12-10", *ends)
    deal(world, "closedlost", 7, "2026-03-10", *ends)
    for object_type, one in ends:
        row = world.portal.get(object_type, one)
        assert (row["num_associated_deals"], row["total_revenue"]) == ("3", "100")
        assert row["recent_deal_close_date"] == "2026-01-10T00:00:00.000Z"
    assert world.portal.get("companies", made)["hs_num_open_deals"] == "1"
    world.clock.advance(5)
    world.portal.update("deals", still_open, {"dealstage": "closedwon"})
    row = world.portal.get("companies", made)
    assert (row["total_revenue"], row["recent_deal_amount"]) == ("140", "40")
    assert row["recent_deal_close_date"] == "2026-12-10T00:00:00.000Z"
    assert row["hs_lastmodifieddate"] == "2026-11-21T12:00:05.250Z"
    assert "hs_num_open_deals" not in row
    won = world.portal.get("deals", still_open)
    assert (won["hs_is_closed_won"], won["hs_is_closed"], won["hs_is_closed_lost"]) == (
        "true",
        "true",
        "false",
    )
    world.portal.archive("deals", still_open)
    assert world.portal.get("companies", made)["total_revenue"] == "100"


def test_won_deals_of_a_company_by_search(world: World) -> None:
    """§3.2: associations.company EQ id AND hs_is_closed_won EQ true."""
    made = company(world)
    won = deal(world, "closedwon", 100, "2026-01-10", ("companies", made))
    deal(world, "contractsent", 40, "2026-12-10", ("companies", made))
    deal(world, "closedwon", 1, "2026-01-10")
    filters = [
        {"propertyName": "associations.company", "operator": "EQ", "value": made},
        {"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"},
    ]
    found = world.client.crm.deals.search_api.do_search({"filterGroups": [{"filters": filters}]})
    assert [row.id for row in found.results] == [won]


def test_the_default_association_over_http(world: World) -> None:
    """§3.4: PUT …/associations/default/…, and reading one record's."""
    contact, made = world.contact(), company(world)
    api = world.client.crm.associations.v4.basic_api
    api.create_default("contacts", contact, "companies", made)
    assert [one.to_object_id for one in api.get_page("contacts", contact, "companies").results] == [made]
