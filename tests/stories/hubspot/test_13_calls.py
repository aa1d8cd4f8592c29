"""What a thousand changed leads and a quiet pass cost, counted at the portal (bounds: design.md)."""

import pytest

from tests.stories.fire import Fire
from tests.stories.hubspot.world import LARGE, add_contacts, edit

MOST_CALLS = 39
"""Per 1,000 changed leads, the echo of our own writes in the next pass included. 40 are allowed: one is left
to the property definitions, asked for every ten minutes."""


@pytest.mark.timeout(300)
def test_a_thousand_changed_leads_and_their_echo(fire: Fire) -> None:
    contacts = add_contacts(fire, 1_000)
    fire.settle()
    fire.sync(700)  # out of the overlap
    for contact in contacts:
        edit(fire, contact, numemployees=LARGE)
    fire.saves.clear()
    fire.journal.clear()
    report = fire.sync(30)
    assert report.written == 1_000
    echo = fire.sync(30)
    assert (echo.written, echo.read["changed"]) == (0, 0)
    assert fire.journal.calls() <= MOST_CALLS, fire.journal.counts
    assert fire.writes() == dict.fromkeys(contacts, 1)


def test_a_quiet_pass_costs_one_call_per_stream(fire: Fire) -> None:
    add_contacts(fire, 3)
    fire.settle()
    fire.sync(700)
    for _ in range(3):
        fire.journal.clear()
        report = fire.sync(30)
        assert report.outcome == "ok"
        assert fire.journal.calls() <= len(fire.connector.streams), fire.journal.counts


def test_deals_are_polled_every_few_minutes_and_none_is_lost(fire: Fire) -> None:
    company = fire.box.portal.create("companies", {"name": "Firm", "domain": "firm0.example"})
    [contact] = add_contacts(fire, 1)
    fire.box.portal.associate("contacts", contact, "companies", company)
    fire.settle()
    deal = fire.box.portal.create(
        "deals", {"dealname": "Deal", "dealstage": "closedwon", "closedate": "2026-11-01T00:00:00Z"}
    )
    fire.box.portal.associate("deals", deal, "companies", company)
    fire.journal.clear()
    for _ in range(6):
        fire.sync(60)
    assert fire.journal.counts["POST", "/crm/v3/objects/deals/search"] <= 3  # a second look among them
    fire.assert_at_rest()
