"""Set-up: group, properties and lists; once, completely, and away again (fact sheet §6)."""

from typing import Any

from qualifier.verdict import OUTPUTS, REP_FIELDS
from sandbox.hubspot.access import ALL_SCOPES
from sandbox.hubspot.schema import Definition
from tests.connectors.hubspot.world import VOCABULARY, World


def actions(world: World, kind: str = "", **settings: Any) -> dict[str, str]:
    steps = world.connector(**settings).plan(VOCABULARY)
    return {step.name: step.action for step in steps if kind in step.kind}


def test_the_plan_changes_nothing(world: World) -> None:
    assert set(actions(world).values()) == {"create"}
    assert set(actions(world).values()) == {"create"}
    assert not world.journal.exchanges("POST", "/properties")


def test_apply_makes_everything_and_a_second_time_nothing(world: World) -> None:
    steps = list(world.connector().apply(VOCABULARY))
    assert {step.action for step in steps} == {"create"}
    assert {step.kind for step in steps} == {"group", "property", "list"}
    assert len([step for step in steps if step.kind == "property"]) == len(OUTPUTS) + len(REP_FIELDS)
    calls = world.journal.calls()
    assert set(actions(world).values()) == {"keep"}
    assert {step.action for step in world.connector().apply(VOCABULARY)} == {"keep"}
    assert not [one for one in list(world.journal)[calls:] if "create" in one.path]


def test_properties_have_the_right_types(world: World) -> None:
    world.ready()
    schema = world.portal.schemas["contacts"]
    kinds = {
        name: (schema[name].type, schema[name].field_type) for name in schema.live if "leadline_" in name
    }
    assert kinds["leadline_score"] == ("number", "number")
    assert kinds["leadline_segment"] == ("enumeration", "select")
    assert kinds["leadline_tags"] == ("enumeration", "checkbox")
    assert kinds["leadline_breakdown"] == ("string", "textarea")
    assert kinds["leadline_respond_by"] == ("datetime", "date")
    assert kinds["leadline_next_touch"] == ("date", "date")
    assert kinds["leadline_answer_need"] == ("enumeration", "select")
    assert all(schema[name].group == "leadline" for name in kinds)
    assert list(schema["leadline_track"].allowed) == VOCABULARY["Track"]
    reasons = {option.value: option.label for option in schema["leadline_feedback_reason"].options}
    assert (reasons["not_icp"], reasons["bad_timing"]) == ("Not ICP", "Bad timing"), (
        "values stay, labels read"
    )


def test_a_new_word_of_the_playbook_is_added_and_old_ones_stay(world: World) -> None:
    world.ready()
    wider = {"Track": ["educate", "compare"], "Tags": VOCABULARY["Tags"]}
    steps = [step for step in world.connector().apply(wider) if step.action == "change"]
    assert [(step.name, step.detail) for step in steps] == [("leadline_track", "add compare")]
    assert list(world.portal.schemas["contacts"]["leadline_track"].allowed) == ["call", "educate", "compare"]


def test_the_minimal_profile_makes_less_and_no_list_without_its_fields(world: World) -> None:
    minimal = actions(world, write={"profile": "minimal"})
    assert "leadline_score" in minimal
    assert "leadline_answer_need" in minimal
    assert "leadline_breakdown" not in minimal
    assert "Leadline – Ask before you judge" not in minimal  # Phase is not written
    assert "Leadline – Call now" in minimal


def test_a_foreign_property_of_another_type_is_left_to_the_admin(world: World) -> None:
    world.portal.add_property("contacts", Definition("leadline_score", "string", "text", group="other"))
    steps = {step.name: step for step in world.connector().apply(VOCABULARY)}
    assert steps["leadline_score"].action == "refuse"
    assert "number/number is needed" in steps["leadline_score"].detail
    assert steps["leadline_segment"].action == "create"


def test_a_renamed_output_is_never_made(world: World) -> None:
    steps = actions(world, write={"rename": {"Score": "priority", "Why": "message"}})
    assert steps["priority"] == "refuse"
    assert steps["message"] == "keep"
    assert "leadline_score" not in steps


def test_a_name_in_the_recycle_bin_is_explained_and_the_rest_made(world: World) -> None:
    world.ready()
    list(world.connector().remove())
    again = list(world.connector().apply(VOCABULARY))
    assert {step.action for step in again if step.kind == "property"} == {"refuse"}
    assert all("recycle bin" in step.detail for step in again if step.kind == "property")


def test_a_bin_that_lets_names_go_is_no_obstacle(world: World) -> None:
    world.ready()
    list(world.connector().remove())
    world.portal.switches.archived_property_name = "recreate"
    assert "refuse" not in {step.action for step in world.connector().apply(VOCABULARY)}


def test_remove_takes_everything_away_in_reverse(world: World) -> None:
    connector = world.ready()
    contact = world.contacts(1, leadline_score="50")[0]
    steps = list(connector.remove())
    assert {step.action for step in steps} == {"remove"}
    assert [step.kind for step in steps] == sorted(
        (step.kind for step in steps), key=["list", "property", "group"].index
    )
    assert not [name for name in world.portal.schemas["contacts"].live if "leadline" in name]
    assert "leadline" not in world.portal.schemas["contacts"].groups
    assert not list(world.portal.segments.live())
    assert connector.writable() == frozenset()
    assert "leadline_score" not in world.connector().read([contact]).leads[0].facts
    assert connector.remove_plan() == []


def test_without_the_right_to_make_lists_the_rest_is_made(world: World) -> None:
    token = world.portal.access.issue(ALL_SCOPES - {"crm.lists.read", "crm.lists.write"})
    steps = list(world.connector(auth={"flow": "token", "token": token}).apply(VOCABULARY))
    assert {step.action for step in steps if step.kind == "list"} == {"refuse"}
    assert {step.action for step in steps if step.kind == "property"} == {"create"}


def test_without_the_right_to_make_properties_each_step_says_so(world: World) -> None:
    token = world.portal.access.issue(ALL_SCOPES - {"crm.schemas.contacts.write"})
    steps = list(world.connector(auth={"flow": "token", "token": token}).apply(VOCABULARY))
    refused = [step for step in steps if step.kind in {"group", "property"}]
    assert {step.action for step in refused} == {"refuse"}
    assert all("scope" in step.detail for step in refused)


def test_a_list_finds_the_leads_that_it_names(world: World) -> None:
    world.ready()
    hot, closed = world.contacts(2, leadline_respond_rank="1012")
    world.portal.update("contacts", closed, {"leadline_respond_rank": "8012"})
    connector = world.connector(scope={"list": _list_id(world, "Leadline – Call now")})
    assert [lead.in_scope for lead in connector.read([hot, closed]).leads] == [True, False]


def _list_id(world: World, name: str) -> str:
    return next(str(one.id) for one in world.portal.segments.live() if one.name == name)
