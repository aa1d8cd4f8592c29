"""An admin changes what a CRM's words mean, after the first sync: leads that are stored follow."""

import json

import pytest
from sqlalchemy import text

from tests.acceptance.conftest import Open
from tests.acceptance.customer import CRMS, Customer, settle

PEOPLE = 250
"""More than a page of a HubSpot search."""
OTHERWISE = {"competitor": "none", "none": "competitor"}
"""What the changed mapping takes for the other."""


@pytest.fixture
def customer(open_customer: Open) -> Customer:
    customer = open_customer(PEOPLE, seed=3)
    settle()
    customer.sync()
    settle()
    return customer


def solutions(customer: Customer) -> dict[tuple[str, str], str | None]:
    """Connection and lead → what the store knows of the solution in use."""
    with customer.store() as store:
        rows = store.execute(text("SELECT connection, lead_id, facts FROM leads")).all()
    return {(row.connection, row.lead_id): json.loads(row.facts).get("solution") for row in rows}


def test_every_stored_lead_is_read_by_the_new_mapping(customer: Customer) -> None:
    before = solutions(customer)
    assert {*OTHERWISE} <= set(before.values())
    changed = {}
    for crm in CRMS:
        words = customer.box.maps(crm)["values"]
        other = {shown: OTHERWISE.get(str(word), word) for shown, word in dict(words["solution"]).items()}  # type: ignore[call-overload]  # objects of a YAML document
        changed[crm] = {"values": {**words, "solution": other}}
    customer.configure(**changed)

    reports = customer.sync()
    assert solutions(customer) == {lead: OTHERWISE.get(str(was), was) for lead, was in before.items()}
    assert all(reports[crm]["written"] > 0 for crm in CRMS)
    settle()
    assert [report["written"] for report in customer.sync().values()] == [0, 0]

    maps = customer.box.maps("salesforce")
    without = {
        key: {fact: of for fact, of in words.items() if fact != "solution"} for key, words in maps.items()
    }
    customer.configure(**changed | {"salesforce": without})
    customer.sync()
    known = solutions(customer)
    assert {solution for (crm, _), solution in known.items() if crm == "salesforce"} == {None}
    assert {*OTHERWISE} <= set(known.values()), "the other CRM's mapping stays"
