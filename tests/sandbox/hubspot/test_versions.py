"""The same portal under v3, v4 and the date-based paths, and its small tables (§0.2, §2.1, §8.1 point 1)."""

import pytest

from sandbox.faults import Fault
from sandbox.hubspot.rest import canonical
from tests.sandbox.hubspot.world import World


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        ("/crm/objects/2026-03/contacts/search", "/crm/v3/objects/contacts/search"),
        ("/crm/objects/2026-03/0-1/batch/update/", "/crm/v3/objects/0-1/batch/update"),
        ("/crm/properties/2026-03/contacts", "/crm/v3/properties/contacts"),
        (
            "/crm/associations/2026-03/contacts/companies/batch/read",
            "/crm/v4/associations/contacts/companies/batch/read",
        ),
        (
            "/crm/objects/2026-03/contacts/1/associations/companies",
            "/crm/v4/objects/contacts/1/associations/companies",
        ),
        ("/crm/lists/2026-03/", "/crm/v3/lists"),
        ("/crm/owners/2026-03", "/crm/v3/owners"),
        ("/crm/pipelines/2026-03/deals", "/crm/v3/pipelines/deals"),
        ("/crm/limits/2026-03/custom-properties", "/crm/v3/limits/custom-properties"),
        ("/account-info/2026-03/details", "/account-info/v3/details"),
        ("/oauth/2026-03/token", "/oauth/v3/token"),
        ("/objects/2026-03/contacts", "/objects/2026-03/contacts"),
        ("/crm/objects/2027-03/contacts", "/crm/objects/2027-03/contacts"),
    ],
)
def test_dated_paths(asked: str, served: str) -> None:
    assert canonical(asked) == served


@pytest.mark.parametrize("name", ["contacts", "contact", "CONTACT", "0-1"])
@pytest.mark.parametrize("path", ["/crm/v3/objects/{}/search", "/crm/objects/2026-03/{}/search/"])
def test_object_types_and_versions_over_http(world: World, name: str, path: str) -> None:
    """§8.1 point 1."""
    world.contact()
    assert world.call("POST", path.format(name), {}).json()["total"] == 1


def test_owners(world: World) -> None:
    """§3.1 hubspot_owner_id is the owner's id, not its userId; §1.4: the client sends a trailing slash."""
    owners = world.client.crm.owners.owners_api.get_page().results
    assert len(owners) == 3
    first = owners[0]
    assert first.id != str(first.user_id)
    assert world.client.crm.owners.owners_api.get_by_id(first.user_id, id_property="userId").id == first.id
    contact = world.contact(hubspot_owner_id=first.id)
    assert world.ids({"propertyName": "hubspot_owner_id", "operator": "EQ", "value": first.id}) == [contact]


def test_pipelines(world: World) -> None:
    """§3.3: stages of leads and deals."""
    api = world.client.crm.pipelines.pipelines_api
    deals = api.get_all("deals").results[0]
    won = next(stage for stage in deals.stages if stage.id == "closedwon")
    assert won.metadata == {"isClosed": "true", "probability": "1.0"}
    stages = [stage.id for stage in api.get_all("leads").results[0].stages]
    assert stages[0] == "new-stage-id"
    assert "qualified-stage-id" in stages


def test_faults_and_journal_are_in_the_way(world: World) -> None:
    """§8.1 points 8 and 10: 423 as HubSpot sends it, and everything is written down."""
    world.faults.add(Fault(path="/crm/v3/objects/contacts/batch/*", status=423, body={"status": "error"}))
    path = "/crm/v3/objects/contacts/batch/read"
    assert world.call("POST", path, {"inputs": []}).status_code == 423
    assert world.call("POST", path, {"inputs": []}).status_code == 200
    assert [exchange.status for exchange in world.journal.exchanges("POST", path)] == [423, 200]
    assert world.journal.calls("hubspot") == 2


def test_other_object_types_have_their_own_date(world: World) -> None:
    """§2.2: hs_lastmodifieddate on everything but contacts."""
    for object_type in ("companies", "deals", "calls", "meetings", "emails", "leads"):
        world.portal.create(object_type, {})
        found = world.client.crm.objects.search_api.do_search(
            object_type,
            {"sorts": ["hs_lastmodifieddate"], "filterGroups": []},
        )
        assert found.results[0].properties["hs_lastmodifieddate"] == "2026-11-21T12:00:00.250Z"
