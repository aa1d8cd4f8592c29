"""Set-up: a plan changes nothing, apply makes what is missing, remove takes it all away."""

from typing import TYPE_CHECKING

import pytest

from connectors.base import Delivery
from connectors.salesforce.metadata import VIEWS, field_metadata, view_outputs
from qualifier.verdict import OUTPUTS, REP_FIELDS
from sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

VOCABULARY = {"Track": ("call", "compare", "educate"), "Tags": ("customer", "came_back")}
WRITES = ("POST", "PATCH", "DELETE", "PUT")


def actions(steps: object) -> set[str]:
    return {step.action for step in steps}  # type: ignore[attr-defined]  # Steps of any connector


def test_a_plan_changes_nothing(acme: "Acme") -> None:
    steps = acme.connector().plan(VOCABULARY)
    made = {step.name for step in steps if step.kind == "field" and step.action == "create"}
    assert made == {f"Leadline_{one.name}__c" for one in (*OUTPUTS, *REP_FIELDS)}
    sent = [exchange for exchange in acme.journal if exchange.method in WRITES]
    assert {exchange.path.rpartition("/")[2] for exchange in sent} <= {"token", "composite"}
    assert "Leadline_Score__c" not in acme.org.objects["Lead"].fields


def test_apply_makes_everything_and_a_second_run_nothing(acme: "Acme") -> None:
    connector = acme.connector()
    steps = list(connector.apply(VOCABULARY))
    assert "refuse" not in actions(steps)
    assert connector.writable() == {output.name for output in OUTPUTS}
    acme.journal.clear()
    assert actions(connector.plan(VOCABULARY)) == {"keep"}
    assert actions(connector.apply(VOCABULARY)) == {"keep"}
    posts = [e for e in acme.journal if e.method in WRITES and not e.path.endswith(("token", "composite"))]
    assert posts == []


def test_the_fields_are_what_the_contract_says(ready: "Acme") -> None:
    fields = ready.org.objects["Lead"].fields
    assert (fields["Leadline_Score__c"].precision, fields["Leadline_Score__c"].scale) == (2, 0)
    assert fields["Leadline_Respond_Rank__c"].precision == 4
    assert fields["Leadline_Why__c"].length == 255
    assert fields["Leadline_Breakdown__c"].length == 8_000
    assert fields["Leadline_Segment__c"].values == ("hot", "warm", "cold", "excluded")
    assert fields["Leadline_Segment__c"].restricted
    assert fields["Leadline_Tags__c"].type == "multipicklist"
    assert fields["Leadline_Track__c"].values == ("call", "compare", "educate")
    assert fields["Leadline_Respond_By__c"].type == "datetime"
    assert fields["Leadline_Next_Touch__c"].type == "date"
    assert "asked_not_known" in fields["Leadline_Answer_Goal__c"].values


def test_the_worker_writes_outputs_and_reps_write_answers(ready: "Acme") -> None:
    org = ready.org
    sets = {row["Name"]: row["Id"] for row in org.rows("PermissionSet")}
    for name, edits in (("Leadline_Worker", OUTPUTS), ("Leadline_Reps", REP_FIELDS)):
        rows = [row for row in org.rows("FieldPermissions") if row["ParentId"] == sets[name]]
        assert len(rows) == len(OUTPUTS) + len(REP_FIELDS)
        edited = {row["Field"] for row in rows if row.get("PermissionsEdit")}
        assert edited == {f"Lead.Leadline_{one.name}__c" for one in edits}
    lead = org.objects["Lead"]
    field = lead.fields["Leadline_Answer_Need__c"]
    assert org.access.can_read(org.integration_user, lead, field)
    assert not org.access.can_edit(org.integration_user, lead, field)


def test_a_new_track_of_the_playbook_is_added_to_its_picklist(ready: "Acme") -> None:
    connector, lead = ready.connector(), ready.lead()
    wider = VOCABULARY | {"Track": ("call", "preventive")}
    [change] = [step for step in connector.plan(wider) if step.action != "keep"]
    assert (change.name, change.action) == ("Leadline_Track__c", "change")
    assert "preventive" in change.detail
    assert "refuse" not in actions(connector.apply(wider))
    values = ready.org.objects["Lead"].fields["Leadline_Track__c"].values
    assert values == ("call", "compare", "educate", "preventive")
    [outcome] = connector.deliver([Delivery(lead, {"Track": "preventive"})])
    assert outcome.status == "written"


def test_a_field_that_exists_but_is_hidden_gets_its_rights(ready: "Acme") -> None:
    for row in ready.org.rows("FieldPermissions"):
        if row["Field"] == "Lead.Leadline_Score__c":
            ready.org.delete("FieldPermissions", row["Id"])
    connector = ready.connector()
    assert "Score" not in connector.writable()
    assert "refuse" not in actions(connector.apply(VOCABULARY))
    assert "Score" in connector.writable()


def test_a_field_of_another_type_is_a_matter_for_the_admin(ready: "Acme") -> None:
    ready.org.objects["Lead"].fields["Leadline_Score__c"].type = "string"
    [step] = [s for s in ready.connector().plan(VOCABULARY) if s.action == "refuse"]
    assert step.name == "Leadline_Score__c"
    assert "string" in step.detail


def test_what_the_org_refuses_becomes_work_by_hand(acme: "Acme") -> None:
    denied = [{"message": "insufficient access rights", "errorCode": "INSUFFICIENT_ACCESS"}]
    acme.faults.add(Fault("POST", "*/ui-api/*", status=403, body=denied, times=None))
    steps = list(acme.connector().apply(VOCABULARY))
    refused = [step for step in steps if step.action == "refuse"]
    assert {step.kind for step in refused} == {"list view"}
    assert all("By hand" in step.detail for step in refused)


def test_rights_that_take_a_moment_are_waited_for(acme: "Acme") -> None:
    acme.org.switches.field_delay_seconds = 5
    connector = acme.connector()
    connector.gate._sleep = lambda seconds: acme.clock.advance(seconds + 1)
    assert "refuse" not in actions(connector.apply(VOCABULARY))


def test_a_renamed_output_is_not_created(acme: "Acme") -> None:
    connector = acme.connector(write={"rename": {"Why": "Description", "Score": "Lead_Priority__c"}})
    steps = {step.name: step for step in connector.plan(VOCABULARY)}
    assert "Leadline_Why__c" not in steps
    assert steps["Description"].action == "refuse" or steps["Description"].detail
    assert steps["Lead_Priority__c"].action == "refuse"


def test_views_show_what_they_promise(ready: "Acme") -> None:
    views = {view["label"] for view in ready.org.list_views.all("Lead")}
    assert views == {view.label for view in VIEWS}
    view = ready.org.list_views.get("Lead", "Leadline_Call_Now")
    assert view is not None
    assert view["displayColumns"][0] == "Leadline_Respond_Rank__c"


def test_a_view_whose_fields_are_not_written_is_not_made(acme: "Acme") -> None:
    steps = acme.connector(write={"profile": "minimal"}).plan(VOCABULARY)
    made = {step.name for step in steps if step.kind == "list view"}
    minimal = {output.name for output in OUTPUTS if output.minimal}
    assert made == {view.name for view in VIEWS if view_outputs(view) <= minimal}
    assert "Leadline_Ask_First" not in made
    assert "Leadline_Call_Now" in made


def test_remove_takes_everything_away(ready: "Acme") -> None:
    connector = ready.connector()
    planned = connector.remove_plan()
    assert "refuse" not in actions(connector.remove())
    assert [step.kind for step in planned][:1] == ["list view"]
    assert planned[-1].kind == "field"
    assert connector.remove_plan() == []
    assert connector.writable() == frozenset()
    assert ready.org.list_views.all("Lead") == []
    assert {row["Name"] for row in ready.org.rows("PermissionSet")} == {"Everybody"}
    assert "refuse" not in actions(connector.apply(VOCABULARY))


def test_remove_that_the_org_does_not_offer_is_work_by_hand(ready: "Acme") -> None:
    ready.org.switches.tooling_delete = False
    refused = [step for step in ready.connector().remove() if step.action == "refuse"]
    assert {step.kind for step in refused} == {"field"}


@pytest.mark.parametrize("output", [*OUTPUTS, *REP_FIELDS], ids=lambda output: output.name)
def test_every_field_has_complete_metadata(output: object) -> None:
    metadata = field_metadata(output, ("a",), by_rep=False)  # type: ignore[arg-type]  # an Output
    assert len(metadata["label"]) <= 40
    assert len(metadata["inlineHelpText"]) <= 510
    needs = {
        "Number": {"precision", "scale"},
        "Text": {"length"},
        "LongTextArea": {"length", "visibleLines"},
        "Picklist": {"valueSet"},
        "MultiselectPicklist": {"valueSet", "visibleLines"},
    }
    assert needs.get(metadata["type"], set()) <= metadata.keys()
