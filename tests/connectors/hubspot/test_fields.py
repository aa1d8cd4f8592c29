"""HubSpot's words become canonical ones, and our values become what HubSpot takes."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from config.connections import HubSpotConnection
from connectors.base import Value
from connectors.hubspot.fields import contact_map, own_outputs, property_name, to_text, translations
from connectors.hubspot.vocabulary import INDUSTRIES, INDUSTRY_VALUES, LIFECYCLES, ROLES, STATUSES
from connectors.readers import milliseconds, read_day, read_instant, read_number
from qualifier import facts as canonical
from qualifier.facts import FACTS
from qualifier.verdict import OUTPUTS, REP_FIELDS
from sandbox.clock import Clock
from sandbox.hubspot import Portal

PORTAL = Portal(Clock(datetime(2026, 11, 20, tzinfo=UTC)))


def connection(**settings: object) -> HubSpotConnection:
    base = {"name": "acme", "crm": "hubspot", "auth": {"flow": "token", "token": "pat-na1-x"}}
    return HubSpotConnection.model_validate(base | settings)


def options(object_type: str, name: str) -> set[str]:
    return set(PORTAL.schemas[object_type][name].allowed)


@pytest.mark.parametrize(
    ("object_type", "name", "known"),
    [
        ("companies", "industry", set(INDUSTRIES)),
        ("contacts", "hs_buying_role", set(ROLES)),
        ("contacts", "lifecyclestage", set(LIFECYCLES)),
        ("contacts", "hs_lead_status", {value for values in STATUSES.values() for value in values}),
    ],
)
def test_standard_picklists_are_mapped_completely(object_type: str, name: str, known: set[str]) -> None:
    assert options(object_type, name) == known


def test_every_industry_maps_once_and_to_a_canonical_word() -> None:
    assert set(INDUSTRY_VALUES) == set(canonical.INDUSTRIES)
    assert sum(len(values.split()) for values in INDUSTRY_VALUES.values()) == len(INDUSTRIES)
    assert INDUSTRIES["COMPUTER_SOFTWARE"] == "software"


def test_every_translation_is_a_canonical_word() -> None:
    for fact in ("industry", "role", "status"):
        assert {word for word in translations(fact, connection()).values() if word} <= set(FACTS[fact].values)


def test_every_employees_option_is_a_range() -> None:
    mapped = contact_map(connection(), FACTS, ["numemployees"])
    (employees,) = (one for one in mapped.facts if one.fact == "employees")
    assert all(employees.value({"numemployees": option}) for option in options("contacts", "numemployees"))


def read(fact: str, property_name: str, value: str | None, **settings: object) -> Value:
    mapped = contact_map(connection(**settings), FACTS, [property_name])
    return next(one for one in mapped.facts if one.fact == fact).value({property_name: value})


@pytest.mark.parametrize(
    ("value", "role"),
    [
        ("DECISION_MAKER", "decider"),
        ("INFLUENCER;CHAMPION", "champion"),
        ("CHAMPION;EXECUTIVE_SPONSOR;END_USER", "decider"),
        ("OTHER", None),
        ("OTHER;END_USER", "user"),
        ("SOMETHING_NEW", None),
        (None, None),
    ],
)
def test_the_strongest_buying_role_counts(value: str | None, role: str | None) -> None:
    assert read("role", "hs_buying_role", value) == role


def test_a_status_of_the_configuration_wins_over_the_built_in_line() -> None:
    assert read("status", "hs_lead_status", "CONNECTED") == "working"
    chosen: dict[str, object] = {"statuses": {"nurture": ["CONNECTED", "later on"]}}
    assert read("status", "hs_lead_status", "CONNECTED", **chosen) == "nurture"
    assert read("status", "hs_lead_status", "Later on", **chosen) == "nurture"
    assert read("status", "hs_lead_status", "BAD_TIMING", **chosen) is None  # the line was replaced
    assert read("status", "hs_lead_status", "NEW", **chosen) == "open"


def test_a_value_without_translation_is_null() -> None:
    assert read("industry", "industry", "Underwater basketry") is None
    assert read("status", "hs_lead_status", "custom_7") is None


def test_a_fact_whose_property_is_missing_is_null_and_listed() -> None:
    mapped = contact_map(connection(), FACTS, ["jobtitle"])
    assert mapped.values({"jobtitle": "CTO"})["bounced"] is None
    assert mapped.missing["bounced"] == ("hs_email_hard_bounce_reason_enum",)
    assert "title" not in mapped.missing
    assert mapped.properties == ("jobtitle",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (88.0, "88"),
        (-3.0, "-3"),
        (0.5, "0.5"),
        (True, "true"),
        (False, "false"),
        ("hot", "hot"),
        (("a", "b"), "a;b"),
        ((), ""),
        (date(2026, 11, 20), "2026-11-20"),
        (datetime(2026, 11, 20, 9, 0, 0, 734_999, tzinfo=UTC), "2026-11-20T09:00:00.734Z"),
        (datetime(2026, 11, 20, 9, tzinfo=timezone(timedelta(hours=1))), "2026-11-20T08:00:00.000Z"),
        ("x" * 70_000, "x" * 65_536),
    ],
)
def test_values_in_the_form_that_hubspot_takes(value: Value, text: str) -> None:
    assert to_text(value) == text


def test_a_selection_never_begins_with_the_sign_for_appending() -> None:
    assert not to_text(("customer",)).startswith(";")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T09:00:00.734Z", datetime(2026, 11, 20, 9, 0, 0, 734_000, tzinfo=UTC)),
        ("2026-11-20T09:00:00Z", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2026-11-20T10:00:00+01:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("2026-11-20T09:00:00", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ("1795165200734", datetime(2026, 11, 20, 9, 0, 0, 734_000, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_times_in_every_form_that_hubspot_has_sent(text: str | None, moment: datetime | None) -> None:
    assert read_instant(text) == moment
    assert read_day(text) == (moment.date() if moment else None)
    assert moment is None or milliseconds(moment) % 1000 in {0, 734}


def test_numbers_are_finite() -> None:
    assert read_number("1,200.5") == 1200.5
    assert read_number("nan") is None
    assert read_number("inf") is None
    assert read_number(None) is None


def test_profile_and_rename_decide_where_outputs_go() -> None:
    minimal = own_outputs(connection(write={"profile": "minimal"}))
    assert {output.name for output in minimal} == {output.name for output in OUTPUTS if output.minimal}
    renamed = connection(write={"rename": {"Score": "lead_priority"}})
    names = {output.name: property_name(output, renamed) for output in (*OUTPUTS, *REP_FIELDS)}
    assert names["Score"] == "lead_priority"
    assert names["Respond_By"] == "leadline_respond_by"
    assert names["Answer_Need"] == "leadline_answer_need"
