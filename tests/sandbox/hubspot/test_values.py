"""What a property takes and how it is stored (§4 value rules)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hubspot.moments import iso_to_ms, to_iso
from sandbox.hubspot.schema import Definition, Option
from sandbox.hubspot.values import BadValue, normalise, text_of
from tests.sandbox.hubspot.world import World

NUMBER = Definition("n", "number", "number")
DATE = Definition("d", "date", "date")
DATETIME = Definition("t", "datetime", "date")
BOOL = Definition("b", "bool", "booleancheckbox")
MULTIPLE = Definition("m", "enumeration", "checkbox", options=(Option("a", "A"), Option("b", "B")))
ONE = Definition("o", "enumeration", "select", options=(Option("a", "A"), Option("b", "B")))


@pytest.mark.parametrize(
    ("definition", "raw", "stored"),
    [
        (NUMBER, "88", "88"),
        (NUMBER, "-0.5", "-0.5"),
        (DATE, "2026-11-21", "2026-11-21"),
        (DATE, "1795219200000", "2026-11-21"),
        (DATETIME, "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000Z"),
        (DATETIME, "2026-11-21T12:00:00.5+02:00", "2026-11-21T10:00:00.500Z"),
        (DATETIME, "1795255200123", "2026-11-21T10:00:00.123Z"),
        (BOOL, "true", "true"),
        (MULTIPLE, "b;a", "b;a"),
        (ONE, "a", "a"),
    ],
)
def test_fitting_values(definition: Definition, raw: str, stored: str) -> None:
    assert normalise(definition, raw) == stored


@pytest.mark.parametrize(
    ("definition", "raw", "code"),
    [
        (NUMBER, "1,000", "INVALID_INTEGER"),
        (NUMBER, "1.2.3", "INVALID_INTEGER"),
        (NUMBER, "1e3", "INVALID_INTEGER"),
        (DATE, "21.11.2026", "INVALID_LONG"),
        (DATE, "2026-02-30", "INVALID_LONG"),
        (DATE, "1795255200123", "INVALID_DATE"),
        (DATETIME, "2026-11-21", "INVALID_LONG"),
        (DATETIME, "2026-02-30T10:00:00.000Z", "INVALID_LONG"),
        (DATETIME, "soon", "INVALID_LONG"),
        (BOOL, "True", "INVALID_OPTION"),
        (MULTIPLE, "a;c", "INVALID_OPTION"),
        (MULTIPLE, "A", "INVALID_OPTION"),
        (ONE, "a;b", "INVALID_OPTION"),
    ],
)
def test_unfitting_values(definition: Definition, raw: str, code: str) -> None:
    with pytest.raises(BadValue) as caught:
        normalise(definition, raw)
    assert caught.value.code == code


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_moments_survive_their_text(ms: int) -> None:
    assert iso_to_ms(to_iso(ms)) == ms


@given(st.floats(-1e15, 1e15, allow_nan=False))
def test_numbers_fit_as_they_are_spelt(value: float) -> None:
    text = text_of(value)
    if "e" not in text:
        assert float(normalise(NUMBER, text)) == value


def patch(world: World, contact: str, **properties: object) -> dict[str, str]:
    body = {"properties": properties}
    assert world.call("PATCH", f"/crm/v3/objects/contacts/{contact}", body).status_code == 200
    return world.portal.get("contacts", contact)


def test_a_leading_semicolon_appends_and_empty_clears(world: World) -> None:
    """§4 multi checkbox."""
    world.add_tags()
    contact = world.contact(leadline_tags="a")
    assert patch(world, contact, leadline_tags=";b")["leadline_tags"] == "a;b"
    assert patch(world, contact, leadline_tags="c")["leadline_tags"] == "c"
    assert "leadline_tags" not in patch(world, contact, leadline_tags="")


def test_json_scalars_are_taken_as_their_text(world: World) -> None:
    """§3.1: all values travel as strings."""
    world.add_score()
    assert patch(world, world.contact(), leadline_score=88)["leadline_score"] == "88"


@pytest.mark.parametrize(
    ("choice", "status", "after"), [("refuse", 400, "CEO"), ("ignore", 200, "CEO"), ("clear", 200, None)]
)
def test_null_is_a_switch(world: World, choice: str, status: int, after: str | None) -> None:
    """§4: JSON null on write is not documented."""
    world.switches.null_write = choice  # type: ignore[assignment]  # parametrised text
    contact = world.contact(jobtitle="CEO")
    response = world.call("PATCH", f"/crm/v3/objects/contacts/{contact}", {"properties": {"jobtitle": None}})
    assert response.status_code == status
    assert world.portal.get("contacts", contact).get("jobtitle") == after


def test_a_lifecycle_stage_set_backwards_is_silently_ignored(world: World) -> None:
    """§9: integrations cannot go back; a person can."""
    contact = world.contact(lifecyclestage="opportunity")
    assert patch(world, contact, lifecyclestage="lead")["lifecyclestage"] == "opportunity"
    assert patch(world, contact, lifecyclestage="customer")["lifecyclestage"] == "customer"
    assert "lifecyclestage" not in patch(world, contact, lifecyclestage="")
    assert patch(world, contact, lifecyclestage="lead")["lifecyclestage"] == "lead"
