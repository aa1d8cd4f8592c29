"""Story 6: one bad value drops a hundred records (rudder PR #3308, Atlas #174, airbyte PR #76340)."""

from dataclasses import replace

from tests.stories.fire import Fire
from tests.stories.hubspot.world import add_contacts, raise_hand


def take_option(fire: Fire, name: str, value: str) -> None:
    """An admin deletes an option of one of our properties."""
    schema = fire.box.portal.schemas["contacts"]
    definition = schema[name]
    schema.put(replace(definition, options=tuple(o for o in definition.options if o.value != value)))


def test_ninety_nine_are_written_and_one_is_reported(fire: Fire) -> None:
    [first] = add_contacts(fire, 1)
    raise_hand(fire, first)
    fire.sync()
    segment = fire.shown(first).get("segment")
    contacts = add_contacts(fire, 100)
    raise_hand(fire, contacts[37])
    definition = fire.box.portal.schemas["contacts"]["leadline_segment"]
    take_option(fire, "leadline_segment", str(segment))
    fire.saves.clear()
    report = fire.sync()
    assert (report.outcome, report.written) == ("partial", 99)
    assert fire.refused() == {contacts[37]: "INVALID_OPTION"}
    assert set(fire.writes()) == {*contacts} - {contacts[37]}
    fire.journal.clear()
    fire.sync()
    assert fire.journal.exchanges("POST", "batch/update") == [], "a refused record waits"
    fire.box.portal.schemas["contacts"].put(definition)
    fire.sync(3600)
    assert fire.refused() == {}
    fire.settle()
    assert fire.shown(contacts[37]).get("segment") == segment
    fire.assert_at_rest()


def test_a_property_that_an_admin_archives_is_left_out(fire: Fire) -> None:
    add_contacts(fire, 30)
    fire.sync()
    new = add_contacts(fire, 30)
    schema = fire.box.portal.schemas["contacts"]
    schema.archive("leadline_playbook", fire.box.portal.now())
    report = fire.sync()
    assert (report.outcome, report.written) == ("ok", 30)
    assert fire.refused() == {}
    assert {fire.writes()[one] for one in new} == {1}
    assert all("leadline_playbook" not in fire.box.portal.get("contacts", one) for one in new)


def test_a_property_that_comes_back_is_filled(fire: Fire) -> None:
    portal = fire.box.portal
    add_contacts(fire, 5)
    fire.sync()
    new = add_contacts(fire, 5)
    schema = portal.schemas["contacts"]
    definition = schema["leadline_grade"]
    schema.archive("leadline_grade", portal.now())
    assert fire.sync().written == 5
    schema.put(definition)
    fire.restart()
    fire.sync(25 * 3600)
    fire.settle()
    assert all(fire.shown(one).get("grade") for one in new)
    fire.assert_at_rest()
