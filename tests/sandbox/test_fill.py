"""Both fillers say the same of the same people, each in its CRM's own words."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox import fill_hubspot, fill_salesforce
from sandbox.clock import Clock
from sandbox.hubspot import Portal
from sandbox.people import Population, generate
from sandbox.salesforce import Org

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
Filled = tuple[Population, Org, list[str], Portal, list[str]]


@pytest.fixture(scope="module")
def filled() -> Filled:
    population = generate(1_500, seed=11, now=NOW)
    org, portal = Org(Clock(NOW)), Portal(Clock(NOW))
    return (
        population,
        org,
        fill_salesforce.fill(org, population),
        portal,
        fill_hubspot.fill(portal, population),
    )


def test_everybody_is_there_in_order(filled: Filled) -> None:
    population, org, lead_ids, portal, contact_ids = filled
    for person, lead_id, contact_id in zip(population.people, lead_ids, contact_ids, strict=True):
        lead, contact = org.get("Lead", lead_id), portal.get("contacts", contact_id)
        assert (lead["LastName"], lead["Email"]) == (person.last, person.email)
        assert (contact["lastname"], contact.get("email")) == (person.last, person.email)
        assert lead["CreatedDate"][:19] == contact["createdate"][:19]


def test_every_touch_leaves_one_record_in_each_crm(filled: Filled) -> None:
    population, org, lead_ids, portal, contact_ids = filled
    members = Counter(row["LeadId"] for row in org.rows("CampaignMember"))
    tasks = Counter(row["WhoId"] for row in org.rows("Task"))
    events = Counter(row["WhoId"] for row in org.rows("Event"))
    replies = Counter(row["RelationId"] for row in org.rows("EmailMessageRelation"))
    for person, lead_id, contact_id in zip(population.people, lead_ids, contact_ids, strict=True):
        wanted = Counter(touch.channel for touch in person.touches)
        conversions = int(portal.get("contacts", contact_id).get("num_conversion_events", 0))
        assert wanted["form"] == members[lead_id] == conversions
        assert wanted["meeting"] == events[lead_id]
        assert wanted["call"] + wanted["email"] == tasks[lead_id] + replies[lead_id]
        for kind in ("call", "meeting", "email"):
            assert wanted[kind] == len(portal.associated("contacts", contact_id, f"{kind}s"))


def test_companies_and_won_deals_are_the_same(filled: Filled) -> None:
    population, org, _, portal, contact_ids = filled
    won = sum(deal.won for company in population.companies for deal in company.deals)
    assert won == sum(bool(row.get("IsWon")) for row in org.rows("Opportunity"))
    assert won == sum(row["hs_is_closed_won"] == "true" for row in portal.rows("deals"))
    websites = {row["Website"] for row in org.rows("Account")}
    for person, contact_id in zip(population.people, contact_ids, strict=True):
        companies = portal.associated("contacts", contact_id, "companies")
        assert len(companies) == (person.company is not None)
        if person.company is not None:
            company = portal.get("companies", companies[0])
            assert company["domain"] == population.companies[person.company].domain
            assert f"https://www.{company['domain']}" in websites


def test_members_respond_on_the_day_on_which_they_were_made(filled: Filled) -> None:
    """Else Leadline could only place the response at noon."""
    _, org, *_ = filled
    for row in org.rows("CampaignMember"):
        assert row["HasResponded"]
        assert row["FirstRespondedDate"] == row["CreatedDate"][:10]


def test_a_meeting_ahead_is_scheduled_and_one_behind_is_held(filled: Filled) -> None:
    _, _, _, portal, _ = filled
    outcomes = {row["hs_meeting_outcome"] for row in portal.rows("meetings")}
    assert outcomes == {"COMPLETED", "SCHEDULED"}
    for row in portal.rows("meetings"):
        is_ahead = row["hs_meeting_end_time"] > "2026-11-21T12:00"
        assert (row["hs_meeting_outcome"] == "SCHEDULED") == is_ahead


def test_nothing_is_stamped_later_than_now(filled: Filled) -> None:
    _, org, _, portal, _ = filled
    for name in ("Lead", "Task", "Event", "CampaignMember", "Account", "Opportunity", "EmailMessage"):
        assert max(row["SystemModstamp"] for row in org.rows(name)) <= "2026-11-21T12:00:00.000+0000"
    for kind in ("contacts", "companies", "deals", "calls", "meetings", "emails"):
        stamp = "lastmodifieddate" if kind == "contacts" else "hs_lastmodifieddate"
        assert max(row[stamp] for row in portal.rows(kind)) <= "2026-11-21T12:00:00.000Z"


def test_what_a_connection_must_map_exists(filled: Filled) -> None:
    _, org, _, portal, _ = filled
    assert set(fill_salesforce.FIELDS.values()) <= set(org.objects["Lead"].fields)
    assert set(fill_hubspot.FIELDS.values()) <= {one.name for one in portal.schemas["contacts"]}


def test_filling_twice_adds_people_and_no_second_fields(filled: Filled) -> None:
    few = generate(5, seed=12, now=NOW)
    org, portal = Org(Clock(NOW)), Portal(Clock(NOW))
    for _ in range(2):
        fill_salesforce.fill(org, few)
    fill_hubspot.declare(portal)
    fill_hubspot.declare(portal)
    assert len(org.rows("Lead")) == 10


def test_the_rich_shape_fills_hubspots_totals() -> None:
    rich = generate(200, seed=5, now=NOW, shape="rich")
    portal = Portal(Clock(NOW))
    fill_hubspot.fill(portal, rich)
    rows = list(portal.rows("contacts"))
    for name in ("hs_analytics_num_visits", "hs_email_open", "hs_analytics_last_url", "numemployees"):
        assert any(name in row for row in rows), name
