"""Values of the org in canonical words: what is known is translated, what is not is NULL."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from config.connections import SalesforceConnection
from connectors.salesforce.fields import pluck, reader
from connectors.salesforce.vocabulary import INDUSTRIES, LEAD_FIELDS, ROLES, STATUSES
from qualifier.facts import FACTS, Evidence, Fact
from qualifier.facts import INDUSTRIES as CANONICAL
from sandbox.salesforce.standard import INDUSTRIES as STANDARD
from sandbox.salesforce.standard import LEAD_STATUSES


def connection(**settings: Any) -> SalesforceConnection:
    base: dict[str, Any] = {"name": "acme", "crm": "salesforce", "base_url": "https://acme.my.salesforce.com"}
    auth = {"flow": "client_credentials", "client_id": "key", "client_secret": "secret"}
    return TypeAdapter(SalesforceConnection).validate_python(base | {"auth": auth} | settings)


def read(fact: str, raw: Any, **settings: Any) -> Any:
    return reader(fact, FACTS[fact], connection(**settings))(raw)


def test_the_standard_industries_are_mapped_completely() -> None:
    assert set(INDUSTRIES) == set(STANDARD)
    assert {word for word in INDUSTRIES.values() if word is not None} <= set(CANONICAL)
    assert {word for word in ROLES.values() if word is not None} <= set(FACTS["role"].values)
    assert set(STATUSES) == set(FACTS["status"].values)
    assert all(read("status", status) is not None for status in LEAD_STATUSES)
    assert set(LEAD_FIELDS) <= set(FACTS)


@pytest.mark.parametrize(
    ("fact", "raw", "value"),
    [
        ("industry", "Technology", "software"),
        ("industry", "  technology ", "software"),
        ("industry", "Food & Beverage", "manufacturing"),
        ("industry", "financial_services", "financial_services"),
        ("industry", "Financial Services", "financial_services"),
        ("industry", "Other", None),
        ("industry", "Quantum", None),
        ("industry", None, None),
        ("employees", 250, (250.0, 250.0)),
        ("employees", "50-100", (50.0, 100.0)),
        ("employees", "many", None),
        ("employees", None, None),
        ("country", "de", "DE"),
        ("country", "Germany", "DE"),
        ("country", "Atlantis", None),
        ("annual_revenue", 1e7, 1e7),
        ("annual_revenue", "1,000", 1000.0),
        ("annual_revenue", True, None),
        ("email_optout", True, True),
        ("email_optout", False, False),
        ("email_optout", None, None),
        ("call_optout", "Yes", True),
        ("call_optout", "No", False),
        ("call_optout", "perhaps", None),
        ("bounced", "2026-01-01T00:00:00.000+0000", True),
        ("bounced", None, False),
        ("bounced", False, False),
        ("needs", "growth;compliance;growth", ("growth", "compliance")),
        ("needs", "nonsense", None),
        ("needs", None, None),
        ("company", "Zoë GmbH", "Zoë GmbH"),
        ("company", "[not provided]", None),
        ("company", "N/A", None),
        ("company", "-", None),
        ("title", " Head\tof\nOps ", "Head of Ops"),
        ("title", "", None),
        ("role", "Economic Buyer", "decider"),
        ("status", "closed - converted", "closed"),
        ("status", "Nurturing", "nurture"),
        ("created_at", "2026-11-21T20:51:40.000+0000", datetime(2026, 11, 21, 20, 51, 40, tzinfo=UTC)),
        ("created_at", "soon", None),
        ("created_at", "0001-01-01T00:00:00.000+0500", None),
        ("created_at", "9999-12-31T23:59:59.000-0500", None),
        ("override_until", "2026-12-24", date(2026, 12, 24)),
        ("override_until", "Christmas", None),
    ],
)
def test_a_value(fact: str, raw: Any, value: Any) -> None:
    assert read(fact, raw) == value


def test_a_status_of_the_configuration_leaves_its_built_in_word() -> None:
    statuses = {"nurture": ["Working - Contacted", "Parked"]}
    assert read("status", "Working - Contacted", statuses=statuses) == "nurture"
    assert read("status", "parked", statuses=statuses) == "nurture"
    assert read("status", "Nurturing", statuses=statuses) is None
    assert read("status", "Contacted", statuses=statuses) == "working"


def test_a_playbooks_own_fact_without_a_vocabulary_keeps_the_orgs_word() -> None:
    fact = Fact("word", Evidence.PROFILE, "a customer's own")
    own = reader("tier", fact, connection(values={"tier": {"Gold Plus": "gold"}}))
    assert [own("Silver"), own("gold plus"), own(None)] == ["Silver", "gold", None]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(FACTS)), JSON)
def test_no_value_of_an_org_breaks_a_reader(fact: str, raw: Any) -> None:
    value = read(fact, raw)
    if FACTS[fact].kind == "word" and FACTS[fact].values:
        assert value is None or value in FACTS[fact].values
    if FACTS[fact].kind == "number":
        json.dumps(value, allow_nan=False)


def test_a_parents_field_is_found_in_any_case() -> None:
    row = {"Campaign": {"Name": "x"}, "Owner": None}
    assert pluck(row, "campaign.NAME") == "x"
    assert pluck(row, "Owner.Name") is None
    assert pluck(row, "Nobody.Name") is None
