"""Lists over HTTP, by the client's api_request, as the fact sheet advises (§1.4, §6.2)."""

from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.world import World


def request(world: World, method: str, path: str, body: Any = None) -> requests.Response:
    options = {"method": method, "path": path, **({} if body is None else {"body": body})}
    response: requests.Response = world.client.api_request(options)
    return response


def hot(threshold: int = 70, name: str = "Leadline - hot") -> dict[str, Any]:
    """The fact sheet's body for "score >= 70"."""
    operation = {
        "operationType": "NUMBER",
        "operator": "IS_GREATER_THAN_OR_EQUAL_TO",
        "value": threshold,
        "includeObjectsWithNoValueSet": False,
    }
    score = {"filterType": "PROPERTY", "property": "leadline_score", "operation": operation}
    branch = {
        "filterBranchType": "AND",
        "filterBranchOperator": "AND",
        "filterBranches": [],
        "filters": [score],
    }
    root = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": [branch]}
    return {"name": name, "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": root}


def make(world: World, **changes: Any) -> str:
    response = request(world, "POST", "/crm/v3/lists", hot() | changes)
    assert response.status_code == 200
    made: str = response.json()["list"]["listId"]
    return made


def members(world: World, list_id: str) -> list[str]:
    rows = request(world, "GET", f"/crm/v3/lists/{list_id}/memberships").json()["results"]
    return [row["recordId"] for row in rows]


def test_members_follow_the_score(world: World) -> None:
    """§6.2 dynamic list: answer 200 with list, membership by filter."""
    world.add_score()
    high, low, _ = world.contact(leadline_score=70), world.contact(leadline_score=69), world.contact()
    response = request(world, "POST", "/crm/v3/lists", hot())
    found = response.json()["list"]
    assert response.status_code == 200
    assert (found["name"], found["objectTypeId"], found["processingType"]) == (
        "Leadline - hot",
        "0-1",
        "DYNAMIC",
    )
    assert found["filterBranch"] == hot()["filterBranch"]
    assert members(world, found["listId"]) == [high]
    world.portal.update("contacts", low, {"leadline_score": 99})
    assert members(world, found["listId"]) == [high, low]


def test_the_typed_client_reads_it_too(world: World) -> None:
    """§1.4: the typed client sends a trailing slash."""
    world.add_score()
    made, status, _ = world.client.crm.lists.lists_api.create_with_http_info(list_create_request=hot())
    assert status == 200
    assert made.list.name == "Leadline - hot"


def test_found_by_name_and_deleted(world: World) -> None:
    """§6.2: by name 404 if none; DELETE 204, restorable."""
    world.add_score()
    path = "/crm/v3/lists/object-type-id/0-1/name/Leadline%20-%20hot"
    assert request(world, "GET", path).status_code == 404
    made = make(world)
    assert request(world, "GET", path).json()["list"]["listId"] == made
    assert request(world, "DELETE", f"/crm/v3/lists/{made}").status_code == 204
    assert request(world, "GET", path).status_code == 404
    assert request(world, "PUT", f"/crm/v3/lists/{made}/restore").status_code == 204
    assert request(world, "GET", f"/crm/v3/lists/{made}").status_code == 200


def test_names_are_unique(world: World) -> None:
    """§6.2: unique per object type; the status is a switch."""
    world.add_score()
    make(world)
    assert request(world, "POST", "/crm/v3/lists", hot()).status_code == 400
    world.switches.list_name_conflict_status = 409
    assert request(world, "POST", "/crm/v3/lists", hot()).status_code == 409


def test_search_and_change(world: World) -> None:
    """§6.2 search, update-list-filters, update-list-name."""
    world.add_score()
    contact = world.contact(leadline_score=50)
    made = make(world)
    make(world, name="Leadline - all")
    found = request(world, "POST", "/crm/v3/lists/search", {"query": "hot"}).json()
    assert [one["listId"] for one in found["lists"]] == [made]
    assert (found["total"], found["hasMore"]) == (1, False)
    body = {"filterBranch": hot(50)["filterBranch"]}
    assert request(world, "PUT", f"/crm/v3/lists/{made}/update-list-filters", body).status_code == 200
    assert members(world, made) == [contact]
    renamed = request(world, "PUT", f"/crm/v3/lists/{made}/update-list-name?listName=Warm")
    assert renamed.json()["updatedList"]["name"] == "Warm"


def test_a_property_in_use_cannot_be_archived(world: World) -> None:
    """§6.1 uninstall: lists first (switch)."""
    world.add_score()
    made = make(world)
    path = "/crm/v3/properties/contacts/leadline_score"
    assert request(world, "DELETE", path).status_code == 400
    request(world, "DELETE", f"/crm/v3/lists/{made}")
    assert request(world, "DELETE", path).status_code == 204


@pytest.mark.parametrize(
    "broken",
    [
        {"processingType": "MAGIC"},
        {"name": ""},
        {"objectTypeId": "9-9"},
        {"filterBranch": hot()["filterBranch"]["filterBranches"][0]},
        {"filterBranch": None},
    ],
)
def test_broken_lists_are_refused(world: World, broken: dict[str, Any]) -> None:
    """§6.2 structure: root OR → AND → filters."""
    world.add_score()
    assert request(world, "POST", "/crm/v3/lists", hot() | broken).status_code == 400


def test_filters_must_name_a_property_of_the_right_type(world: World) -> None:
    """§6.2 operations: NUMBER for numbers, ENUMERATION with values, BOOL, MULTISTRING."""
    assert request(world, "POST", "/crm/v3/lists", hot()).status_code == 400
    world.add_tags()
    body = hot()
    one = body["filterBranch"]["filterBranches"][0]["filters"][0]
    one["property"] = "leadline_tags"
    assert request(world, "POST", "/crm/v3/lists", body).status_code == 400
    one["operation"] = {"operationType": "ENUMERATION", "operator": "IS_ANY_OF", "values": ["a", "c"]}
    contact, _ = world.contact(leadline_tags="a;b"), world.contact(leadline_tags="b")
    made = request(world, "POST", "/crm/v3/lists", body).json()["list"]["listId"]
    assert members(world, made) == [contact]


def test_lists_by_hand(world: World) -> None:
    """§6.2 processing type MANUAL: memberships are added and removed by id."""
    contact = world.contact()
    made = make(world, processingType="MANUAL", filterBranch=None)
    path = f"/crm/v3/lists/{made}/memberships"
    added = request(world, "PUT", f"{path}/add", [contact, "99999999"]).json()
    assert (added["recordIdsAdded"], added["recordIdsMissing"]) == ([contact], ["99999999"])
    assert members(world, made) == [contact]
    assert request(world, "PUT", f"{path}/remove", [contact]).json()["recordIdsRemoved"] == [contact]
    assert members(world, made) == []
