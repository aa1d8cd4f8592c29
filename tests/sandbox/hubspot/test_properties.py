"""Properties and groups over HTTP with the real client (§6.1)."""

from typing import Any

import pytest
from hubspot.crm.properties.exceptions import ApiException

from tests.sandbox.hubspot.world import World

SCORE = {
    "name": "leadline_score",
    "label": "Score",
    "type": "number",
    "fieldType": "number",
    "groupName": "leadline",
    "formField": False,
}
OPTIONS = [
    {"label": "Hot", "value": "hot", "hidden": False},
    {"label": "Warm", "value": "warm", "hidden": False},
]


@pytest.fixture
def api(world: World) -> Any:
    """The client's properties, with a group to put them in."""
    group = {"name": "leadline", "label": "Leadline", "displayOrder": -1}
    _, status, _ = world.client.crm.properties.groups_api.create_with_http_info("contacts", group)
    assert status == 201
    return world.client.crm.properties


def refused(call: Any, *args: Any) -> tuple[int, str]:
    with pytest.raises(ApiException) as caught:
        call(*args)
    return caught.value.status, caught.value.body


def test_create_read_change_archive(api: Any, world: World) -> None:
    """§6.1: 201 with the whole property; PATCH; 204; the bin is read with archived=true."""
    made, status, _ = api.core_api.create_with_http_info("contacts", SCORE)
    assert status == 201
    assert (made.name, made.type, made.field_type, made.group_name) == (
        "leadline_score",
        "number",
        "number",
        "leadline",
    )
    assert made.modification_metadata.archivable
    assert not made.modification_metadata.read_only_value
    assert not made.form_field
    changed = api.core_api.update("contacts", "leadline_score", {"label": "Priority"})
    assert changed.label == "Priority"
    assert refused(api.core_api.create, "contacts", SCORE)[0] == 409
    assert api.core_api.archive_with_http_info("contacts", "leadline_score")[1] == 204
    assert refused(api.core_api.get_by_name, "contacts", "leadline_score")[0] == 404
    binned = api.core_api.get_by_name("contacts", "leadline_score", archived=True)
    assert binned.archived
    assert [one.name for one in api.core_api.get_all("contacts", archived=True).results] == ["leadline_score"]


def test_an_archived_name_is_taken_or_free_by_switch(api: Any, world: World) -> None:
    """§6.1: creating a name that is archived is unconfirmed."""
    api.core_api.create("contacts", SCORE)
    api.core_api.archive("contacts", "leadline_score")
    assert refused(api.core_api.create, "contacts", SCORE)[0] == 409
    world.switches.archived_property_name = "recreate"
    assert api.core_api.create_with_http_info("contacts", SCORE)[1] == 201


def test_object_types_by_all_their_names(api: Any, world: World) -> None:
    """§8.1 point 1: plural, singular, upper case and type id."""
    counts = {len(api.core_api.get_all(name).results) for name in ("contacts", "contact", "CONTACT", "0-1")}
    assert len(counts) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Leadline Score"},
        {"name": "hs_score"},
        {"type": "datetime"},
        {"type": "enumeration", "fieldType": "select"},
        {"fieldType": "text"},
        {"groupName": "nowhere"},
        {"label": ""},
        {"type": "enumeration", "fieldType": "select", "options": [{"label": "Hot", "value": "hot"}]},
        {"type": "enumeration", "fieldType": "select", "options": OPTIONS + OPTIONS},
    ],
)
def test_what_cannot_be_created(api: Any, change: dict[str, Any]) -> None:
    """§6.1: required keys, type with fieldType, options with hidden, an existing group."""
    assert refused(api.core_api.create, "contacts", SCORE | change)[0] == 400


@pytest.mark.parametrize(
    ("kind", "field_type"),
    [("datetime", "date"), ("date", "date"), ("string", "textarea"), ("bool", "booleancheckbox")],
)
def test_what_can(api: Any, kind: str, field_type: str) -> None:
    """§6.1 type → fieldType; datetime goes with date."""
    made = api.core_api.create("contacts", SCORE | {"type": kind, "fieldType": field_type})
    assert made.type == kind


def test_batch_create_is_201_or_207(api: Any) -> None:
    """§6.1 batch create: one existing name does not stop the others."""
    segment = SCORE | {
        "name": "leadline_segment",
        "type": "enumeration",
        "fieldType": "select",
        "options": OPTIONS,
    }
    _, status, _ = api.batch_api.create_with_http_info("contacts", {"inputs": [SCORE, segment]})
    assert status == 201
    third = SCORE | {"name": "leadline_fit"}
    data, status, _ = api.batch_api.create_with_http_info("contacts", {"inputs": [SCORE, third]})
    assert status == 207
    assert [one.name for one in data.results] == ["leadline_fit"]
    assert data.errors[0].category == "CONFLICT"
    assert data.errors[0].context == {"name": ["leadline_score"]}


def test_batch_read_and_archive(api: Any) -> None:
    """§6.1 batch read 200/207, batch archive 204."""
    api.core_api.create("contacts", SCORE)
    wanted = {"archived": False, "inputs": [{"name": "leadline_score"}, {"name": "no_such"}]}
    data, status, _ = api.batch_api.read_with_http_info("contacts", wanted)
    assert status == 207
    assert [one.name for one in data.results] == ["leadline_score"]
    wanted["inputs"] = [{"name": "leadline_score"}]
    assert api.batch_api.read_with_http_info("contacts", wanted)[1] == 200
    assert api.batch_api.archive_with_http_info("contacts", {"inputs": wanted["inputs"]})[1] == 204
    assert api.batch_api.read_with_http_info("contacts", wanted)[1] == 207


def test_hubspots_own_properties_stay(api: Any) -> None:
    """§6.1 modificationMetadata: not archivable, read-only definition."""
    email = api.core_api.get_by_name("contacts", "email")
    assert email.hubspot_defined
    assert not email.modification_metadata.archivable
    assert refused(api.core_api.archive, "contacts", "email")[0] == 400
    assert refused(api.core_api.update, "contacts", "email", {"label": "Mail"})[0] == 400


def test_options_can_grow_and_are_checked(api: Any, world: World) -> None:
    """§6.1 PATCH options; §4 values must match an option."""
    segment = SCORE | {
        "name": "leadline_segment",
        "type": "enumeration",
        "fieldType": "select",
        "options": OPTIONS,
    }
    api.core_api.create("contacts", segment)
    cold = {"label": "Cold", "value": "cold", "hidden": False}
    api.core_api.update("contacts", "leadline_segment", {"options": [*OPTIONS, cold]})
    contact = world.contact(leadline_segment="cold")
    assert world.portal.get("contacts", contact)["leadline_segment"] == "cold"


def test_groups(api: Any, world: World) -> None:
    """§6.1 groups: 201, 409, 204 only when empty (switch)."""
    groups = api.groups_api
    body = {"name": "leadline", "label": "Leadline", "displayOrder": -1}
    assert refused(groups.create, "contacts", body)[0] == 409
    assert "leadline" in [one.name for one in groups.get_all("contacts").results]
    assert groups.update("contacts", "leadline", {"label": "Lead line"}).label == "Lead line"
    api.core_api.create("contacts", SCORE)
    assert refused(groups.archive, "contacts", "leadline")[0] == 400
    api.core_api.archive("contacts", "leadline_score")
    assert groups.archive_with_http_info("contacts", "leadline")[1] == 204
    assert refused(groups.get_by_name, "contacts", "leadline")[0] == 404


def test_room_for_properties(api: Any, world: World) -> None:
    """§5: GET /crm/v3/limits/custom-properties."""
    api.core_api.create("contacts", SCORE)
    rows = world.call("GET", "/crm/v3/limits/custom-properties").json()["byObjectType"]
    contacts = next(row for row in rows if row["objectTypeId"] == "0-1")
    assert (contacts["limit"], contacts["usage"]) == (1_000, 1)


def test_the_facts_that_a_qualifier_reads_are_there(world: World) -> None:
    """§3.1, §3.2: types of the standard properties."""
    schema = world.portal.schemas
    expected = {
        "jobtitle": ("string", True),
        "hs_buying_role": ("enumeration", True),
        "hs_lead_status": ("enumeration", True),
        "hs_analytics_num_visits": ("number", False),
        "hs_analytics_last_url": ("string", False),
        "hs_analytics_first_url": ("string", False),
        "hs_email_hard_bounce_reason_enum": ("enumeration", False),
        "hs_email_optout": ("bool", False),
        "recent_conversion_date": ("datetime", False),
        "associatedcompanyid": ("number", True),
        "hubspot_owner_id": ("enumeration", True),
    }
    contacts = schema["contacts"]
    assert {name: (contacts[name].type, not contacts[name].read_only) for name in expected} == expected
    assert list(contacts["numemployees"].allowed) == [
        "1-5",
        "5-25",
        "25-50",
        "50-100",
        "100-500",
        "500-1000",
        "1000+",
    ]
    assert schema["companies"]["industry"].type == "enumeration"
    assert len(schema["companies"]["industry"].allowed) > 140
    assert schema["deals"]["hs_is_closed_won"].calculated
