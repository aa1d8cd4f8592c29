"""Fields, rights and list views as an admin's tool makes them (salesforce.md §6)."""

from __future__ import annotations

from typing import Any

import pytest

SCORE = {"label": "Score", "type": "Number", "precision": 3, "scale": 0}
SEGMENT = {
    "label": "Segment",
    "type": "Picklist",
    "valueSet": {
        "restricted": True,
        "valueSetDefinition": {
            "sorted": False,
            "value": [
                {"fullName": "hot", "label": "Hot", "default": False},
                {"fullName": "cold", "label": "Cold"},
            ],
        },
    },
}


def make_field(crm: Any, name: str, metadata: dict[str, Any]) -> Any:
    body = {"FullName": f"Lead.{name}", "Metadata": metadata}
    return crm.call("POST", "/tooling/sobjects/CustomField", json=body)


def grant(crm: Any, *names: str, edit: bool = True) -> str:
    """A permission set with rights on the fields, assigned to the integration user; its id."""
    made = crm.call("POST", "/sobjects/PermissionSet", json={"Name": "Leadline", "Label": "Leadline"})
    set_id: str = made.json()["id"]
    rights = {"ParentId": set_id, "SobjectType": "Lead", "PermissionsRead": True, "PermissionsEdit": True}
    assert crm.call("POST", "/sobjects/ObjectPermissions", json=rights).status_code == 201
    for name in names:
        body = rights | {"Field": f"Lead.{name}", "PermissionsEdit": edit}
        assert crm.call("POST", "/sobjects/FieldPermissions", json=body).status_code == 201
    given = {"PermissionSetId": set_id, "AssigneeId": crm.org.integration_user}
    assert crm.call("POST", "/sobjects/PermissionSetAssignment", json=given).status_code == 201
    return set_id


def described(crm: Any, name: str) -> dict[str, Any] | None:
    fields = crm.call("GET", "/sobjects/Lead/describe").json()["fields"]
    return next((one for one in fields if one["name"] == name), None)


def test_a_new_field_is_unseen_until_rights_are_granted(crm: Any) -> None:
    """§6 order: field, set, object rights, field rights, assignment; before that No such column."""
    lead = crm.add_lead()
    made = make_field(crm, "Score__c", SCORE)
    assert made.status_code == 201
    assert set(made.json()) == {"id", "success", "errors", "warnings", "infos"}
    assert described(crm, "Score__c") is None
    assert crm.refusal("SELECT Score__c FROM Lead")["errorCode"] == "INVALID_FIELD"
    assert crm.patch([{"id": lead, "Score__c": 1}]).status_code == 400
    grant(crm, "Score__c")
    field = described(crm, "Score__c")
    assert field is not None
    assert (field["type"], field["precision"], field["scale"], field["updateable"]) == ("double", 3, 0, True)
    assert crm.patch([{"id": lead, "Score__c": 87}]).json()[0]["success"] is True
    assert crm.query("SELECT Score__c FROM Lead")["records"][0]["Score__c"] == 87.0


def test_a_field_that_may_only_be_read(crm: Any) -> None:
    """§4.4: INVALID_FIELD_FOR_INSERT_UPDATE is a matter of rights."""
    lead = crm.add_lead()
    make_field(crm, "Score__c", SCORE)
    grant(crm, "Score__c", edit=False)
    field = described(crm, "Score__c")
    assert field is not None
    assert field["updateable"] is False
    [error] = crm.patch([{"id": lead, "Score__c": 1}]).json()[0]["errors"]
    assert (error["statusCode"], error["fields"]) == ("INVALID_FIELD_FOR_INSERT_UPDATE", ["Score__c"])
    assert error["message"].startswith("Unable to create/update fields: Score__c. Please check the security")


def test_rights_may_be_withdrawn_at_run_time(crm: Any) -> None:
    """§8 story 12: a field vanishes for the user and takes the whole query with it."""
    crm.org.access.withdraw_field("Lead", "HasOptedOutOfEmail")
    assert crm.refusal("SELECT Id, HasOptedOutOfEmail FROM Lead")["errorCode"] == "INVALID_FIELD"
    assert described(crm, "HasOptedOutOfEmail") is None
    crm.org.access.withdraw_field("Lead", "HasOptedOutOfEmail", read=False)
    field = described(crm, "HasOptedOutOfEmail")
    assert field is not None
    assert field["updateable"] is False
    crm.org.access.restore_field("Lead", "HasOptedOutOfEmail")
    field = described(crm, "HasOptedOutOfEmail")
    assert field is not None
    assert field["updateable"] is True


def test_picklists_and_what_the_tooling_api_refuses(crm: Any) -> None:
    """§6: values by valueSet, lengths bounded, one field of a name."""
    assert make_field(crm, "Segment__c", SEGMENT).status_code == 201
    grant(crm, "Segment__c")
    field = described(crm, "Segment__c")
    assert field is not None
    assert ([one["value"] for one in field["picklistValues"]], field["restrictedPicklist"]) == (
        ["hot", "cold"],
        True,
    )
    twice = make_field(crm, "Segment__c", SEGMENT)
    assert (twice.status_code, twice.json()[0]["errorCode"]) == (400, "DUPLICATE_DEVELOPER_NAME")


@pytest.mark.parametrize(
    "metadata",
    [
        {"type": "Text", "length": 10},
        {"label": "A", "type": "Text", "length": 256},
        {"label": "A", "type": "Number", "precision": 19, "scale": 0},
        {"label": "A", "type": "LongTextArea", "length": 8000},
        {"label": "A", "type": "Checkbox"},
        {"label": "A", "type": "Picklist"},
        {"label": "A", "type": "Magic"},
    ],
)
def test_bad_metadata_is_refused(crm: Any, metadata: dict[str, Any]) -> None:
    """§6 field types and their bounds."""
    refused = make_field(crm, "A__c", metadata)
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "FIELD_INTEGRITY_EXCEPTION")


def test_tooling_queries_find_fields(crm: Any) -> None:
    """§6 Exists?: DeveloperName without __c; Metadata only for a single row."""
    first = make_field(crm, "A__c", SCORE).json()["id"]
    make_field(crm, "B__c", SEGMENT)
    soql = "SELECT Id, DeveloperName, Metadata FROM CustomField WHERE TableEnumOrId = 'Lead'"
    one = crm.query(f"{soql} AND DeveloperName = 'A'", "/tooling/query/")
    assert (one["records"][0]["Id"], one["records"][0]["Metadata"]["precision"]) == (first, 3)
    many = crm.call("GET", "/tooling/query", params={"q": soql})
    assert (many.status_code, many.json()[0]["errorCode"]) == (400, "MALFORMED_QUERY")
    assert crm.refusal("SELECT Id FROM CustomField")["errorCode"] == "INVALID_TYPE"


def test_a_picklist_changes_as_a_whole_and_a_field_goes(crm: Any) -> None:
    """§6: PATCH takes the whole Metadata; DELETE takes values and rights with it."""
    field = make_field(crm, "Segment__c", SEGMENT).json()["id"]
    grant(crm, "Segment__c")
    lead = crm.add_lead(Segment__c="hot")
    less = {"value": [{"fullName": "cold", "label": "Cold"}]}
    metadata = SEGMENT | {"valueSet": {"restricted": True, "valueSetDefinition": less}}
    path = f"/tooling/sobjects/CustomField/{field}"
    assert crm.call("PATCH", path, json={"Metadata": metadata}).status_code == 204
    assert crm.patch([{"id": lead, "Segment__c": "hot"}]).json()[0]["success"] is False
    assert crm.query("SELECT Segment__c FROM Lead")["records"][0]["Segment__c"] == "hot"
    assert crm.call("DELETE", path).status_code == 204
    assert crm.refusal("SELECT Segment__c FROM Lead")["errorCode"] == "INVALID_FIELD"
    assert crm.query("SELECT Field FROM FieldPermissions WHERE Field = 'Lead.Segment__c'")["totalSize"] == 0


def test_a_set_in_use_stays_and_takes_its_rights_along(crm: Any) -> None:
    """§6 dry uninstall: assignment first, then the set; FieldPermissions go with it."""
    make_field(crm, "Score__c", SCORE)
    path = f"/sobjects/PermissionSet/{grant(crm, 'Score__c')}"
    assert crm.call("DELETE", path).json()[0]["errorCode"] == "DELETE_FAILED"
    soql = "SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name = 'Leadline'"
    given = crm.query(soql)["records"][0]["Id"]
    assert crm.call("DELETE", f"/sobjects/PermissionSetAssignment/{given}").status_code == 204
    assert described(crm, "Score__c") is None
    assert crm.call("DELETE", path).status_code == 204
    assert crm.query("SELECT Id FROM FieldPermissions WHERE Field = 'Lead.Score__c'")["totalSize"] == 0


def test_a_field_in_a_list_view_stays(crm: Any) -> None:
    """§6 Remove field: refused while referenced."""
    path = "/tooling/sobjects/CustomField/" + make_field(crm, "Score__c", SCORE).json()["id"]
    grant(crm, "Score__c")
    view = {"listViewApiName": "V", "label": "V", "displayColumns": ["Score__c"], "visibility": "Public"}
    assert crm.call("POST", "/ui-api/list-info/Lead", json=view).status_code == 201
    assert crm.call("DELETE", path).json()[0]["errorCode"] == "DEPENDENCY_EXISTS"
    assert crm.call("DELETE", "/ui-api/list-info/Lead/V").status_code == 204
    assert crm.call("DELETE", path).status_code == 204


def test_rights_that_make_no_sense(crm: Any) -> None:
    """§6 FLS: edit requires read, one row per set and field, the field must exist."""
    make_field(crm, "Score__c", SCORE)
    set_id = grant(crm, "Score__c")
    row = {"ParentId": set_id, "SobjectType": "Lead", "Field": "Lead.Score__c", "PermissionsRead": True}
    codes = [
        crm.call("POST", "/sobjects/FieldPermissions", json=row | change).json()[0]["errorCode"]
        for change in ({}, {"Field": "Lead.Nope__c"}, {"Field": "Lead.Company"})
    ]
    picklist = "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert codes == ["DUPLICATE_VALUE", picklist, picklist]
    again = crm.call("POST", "/sobjects/PermissionSet", json={"Name": "Leadline", "Label": "x"})
    assert again.json()[0]["errorCode"] == "DUPLICATE_DEVELOPER_NAME"


def test_without_the_right_nothing_is_made(crm: Any) -> None:
    """§6 rights: Customize Application."""
    crm.org.switches.customize = False
    assert make_field(crm, "Score__c", SCORE).status_code == 403
    refused = crm.call("POST", "/sobjects/PermissionSet", json={"Name": "A", "Label": "A"})
    assert refused.json()[0]["errorCode"] == "INSUFFICIENT_ACCESS_OR_READONLY"


def test_list_views(crm: Any) -> None:
    """§6 list view: POST, GET, PATCH, DELETE on ui-api/list-info from v61 on; a column must be seen."""
    hot = crm.add_lead(Rating="Hot", NumberOfEmployees=50)
    crm.add_lead(Rating="Cold", NumberOfEmployees=50)
    body = {
        "listViewApiName": "Hot_Leads",
        "label": "Hot leads",
        "displayColumns": ["Name", "Company", "Owner.Alias"],
        "filteredByInfo": [
            {"fieldApiName": "Rating", "operator": "Equals", "operandLabels": ["Hot", "Warm"]},
            {"fieldApiName": "NumberOfEmployees", "operator": "GreaterThan", "operandLabels": ["10"]},
        ],
        "filterLogicString": "1 AND 2",
        "visibility": "Public",
    }
    made = crm.call("POST", "/ui-api/list-info/Lead", json=body)
    assert made.status_code == 201
    assert made.json()["listReference"]["listViewApiName"] == "Hot_Leads"
    assert crm.org.list_views.rows("Lead", "Hot_Leads", user=crm.org.reps[0]) == [hot]
    assert crm.call("POST", "/ui-api/list-info/Lead", json=body).status_code == 400
    path = "/ui-api/list-info/Lead/Hot_Leads"
    assert crm.call("PATCH", path, json={"label": "Hot"}).json()["label"] == "Hot"
    assert crm.query("SELECT Name FROM ListView")["records"][0]["Name"] == "Hot"
    assert crm.call("GET", "/ui-api/list-info/Lead").json()["count"] == 1
    assert crm.call("DELETE", path).status_code == 204
    assert crm.call("GET", path).status_code == 404
    wrong = crm.call("POST", "/ui-api/list-info/Lead", json=body | {"displayColumns": ["Nope__c"]})
    assert "Could not resolve list view column" in wrong.json()[0]["message"]
    old = crm.http.get(f"{crm.url}/services/data/v60.0/ui-api/list-info/Lead", timeout=10)
    assert old.status_code == 404
