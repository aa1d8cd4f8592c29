"""Story 11: the wrong date property finds nothing, in silence; search rows have no associations.

Amp-labs PR #45, activepieces PR #9359, Pipedream PR #8462, airbyte #14390.
"""

from connectors.hubspot.reading import DEALS_EVERY
from sandbox.fill_hubspot import add_engagement
from sandbox.journeys import Touch
from tests.stories.fire import Fire
from tests.stories.hubspot.world import add_contacts, kinds_of, log_call, log_reply

DATES = {"contacts": "lastmodifieddate"}
"""Every other type has `hs_lastmodifieddate`."""


def test_each_type_is_walked_by_its_own_date(fire: Fire) -> None:
    [contact] = add_contacts(fire, 1)
    fire.sync()
    log_call(fire, contact)
    fire.sync()
    searches = fire.journal.exchanges("POST", "/search")
    assert {exchange.path.split("/")[4] for exchange in searches} == {
        "contacts",
        "companies",
        "deals",
        "calls",
        "meetings",
        "emails",
    }
    for exchange in searches:
        wanted = DATES.get(exchange.path.split("/")[4], "hs_lastmodifieddate")
        names = {one["propertyName"] for one in exchange.body["filterGroups"][0]["filters"]}
        assert names <= {wanted, "hs_object_id"}


def test_what_was_logged_reaches_its_contact(fire: Fire) -> None:
    called, wrote, met, other = add_contacts(fire, 4)
    fire.sync()
    log_call(fire, called)
    log_reply(fire, wrote)
    moment = fire.now.replace(microsecond=0)
    meeting = Touch("meeting", "Demo", moment, moment, seconds=60)
    add_engagement(fire.box.portal, met, meeting, (), fire.now)
    fire.settle()
    assert [kinds_of(fire, one) for one in (called, wrote, met, other)] == [
        {"call_made"},
        {"inbound_reply"},
        {"meeting_booked", "meeting_held"},
        set(),
    ]
    fire.assert_at_rest()


def test_a_company_that_bought_marks_its_people_as_customers(fire: Fire) -> None:
    portal = fire.box.portal
    buyer, other = add_contacts(fire, 2)
    company = portal.create("companies", {"name": "Buyer", "domain": "firm0.example"})
    portal.associate("contacts", buyer, "companies", company)
    fire.settle()
    assert "customer" not in str(fire.shown(buyer).get("tags"))
    deal = portal.create(
        "deals", {"dealname": "a", "dealstage": "closedwon", "closedate": "2026-10-01T00:00:00Z"}
    )
    portal.associate("deals", deal, "companies", company)
    fire.sync(DEALS_EVERY.total_seconds())
    fire.settle()
    assert "customer" in str(fire.shown(buyer).get("tags"))
    assert "customer" not in str(fire.shown(other).get("tags"))
    fire.assert_at_rest()


def test_histories_are_never_asked_for(fire: Fire) -> None:
    """With history a batch holds 50, without it 100."""
    add_contacts(fire, 60)
    fire.sync()
    for exchange in fire.journal.exchanges("POST", "contacts/batch/read"):
        assert exchange.body.get("propertiesWithHistory") == []
        assert len(exchange.body["inputs"]) <= 100
