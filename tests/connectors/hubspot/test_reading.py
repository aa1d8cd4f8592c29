"""What is read of a portal: every record once, from the right store, whatever search does (§2, §9)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.base import Gone, Keyset, Misconfigured, Transient, Window
from qualifier.facts import FACTS, Evidence, Fact
from sandbox.hubspot.schema import Definition
from tests.connectors.hubspot.world import NOW, World, leads_of, window


def test_every_contact_comes_once_over_many_pages(world: World) -> None:
    contacts = world.contacts(450)
    pages = list(world.connector().changes("lead", window()))
    assert [page.size for page in pages] == [200, 200, 50]
    assert [lead.id for page in pages for lead in page.leads] == contacts
    assert [page.after is None for page in pages] == [False, False, True]
    assert world.requests("/search") == 3
    assert world.requests("/batch/read") == 5


def test_a_walk_resumes_behind_the_last_page_stored(world: World) -> None:
    contacts = world.contacts(450)
    first = next(world.connector().changes("lead", window()))
    rest = leads_of(world.connector().changes("lead", window(), first.after))
    assert [lead.id for lead in rest] == contacts[200:]


def test_history_is_walked_newest_first(world: World) -> None:
    contacts = world.contacts(450)
    back = Window(NOW - timedelta(days=1), NOW + timedelta(seconds=1), newest_first=True)
    pages = list(world.connector().changes("lead", back))
    assert [lead.id for page in pages for lead in page.leads[:1]] == [
        contacts[-1],
        contacts[249],
        contacts[49],
    ]
    assert sorted(lead.id for page in pages for lead in page.leads) == sorted(contacts)


def test_a_window_is_half_open_to_the_millisecond(world: World) -> None:
    stamp = datetime(2026, 11, 20, 8, 0, 0, 734_000, tzinfo=UTC)
    world.portal.create("contacts", {"email": "a@b.example"}, created_at=stamp, modified_at=stamp)
    later, connector = stamp + timedelta(microseconds=1), world.connector()
    assert leads_of(connector.changes("lead", Window(stamp, later)))
    assert not leads_of(connector.changes("lead", Window(stamp - timedelta(hours=1), stamp)))
    assert not leads_of(connector.changes("lead", Window(later, NOW)))


def test_a_quiet_poll_costs_one_call_per_stream(world: World) -> None:
    connector = world.connector()
    for stream in connector.streams:
        list(connector.changes(stream, window()))
    world.journal.clear()
    for stream in connector.streams:
        list(connector.changes(stream, window()))
    assert world.journal.calls() == len(connector.streams)


def test_the_primary_store_wins_over_a_stale_index(world: World) -> None:
    world.portal.switches.stale_search_values = True
    world.portal.switches.index_lag_seconds = 30
    contact = world.contacts(1, jobtitle="old")[0]
    world.clock.advance(60)
    world.portal.update("contacts", contact, {"jobtitle": "new"})
    until = NOW + timedelta(hours=1)
    (lead,) = leads_of(world.connector().changes("lead", Window(NOW - timedelta(hours=1), until)))
    assert lead.facts["title"] == "new"
    assert not lead.from_index


def test_our_own_stamp_is_taken_from_the_index_without_a_call(world: World) -> None:
    contacts = world.contacts(3, jobtitle="CTO")
    own = dict.fromkeys(contacts[:2], NOW) | {contacts[2]: NOW - timedelta(seconds=1)}  # edited since
    leads = leads_of(world.connector().changes("lead", window(), None, lambda _: own))
    assert {lead.id: lead.from_index for lead in leads} == {
        contacts[0]: True,
        contacts[1]: True,
        contacts[2]: False,
    }
    assert [lead.facts["title"] for lead in leads] == ["CTO"] * 3
    assert world.requests("/batch/read") == 1
    (read,) = world.journal.exchanges("POST", "/batch/read")
    assert read.body["inputs"] == [{"id": contacts[2]}]


def test_what_was_modified_long_ago_costs_no_second_call(world: World) -> None:
    old = NOW - timedelta(hours=2)
    contact = world.portal.create("contacts", {"jobtitle": "CTO"}, created_at=old, modified_at=old)
    (lead,) = leads_of(world.connector().changes("lead", window()))
    assert (lead.id, lead.facts["title"], lead.from_index) == (contact, "CTO", True)
    assert world.requests("/batch/read") == 0
    world.portal.update("contacts", contact, {"jobtitle": "CEO"})
    assert leads_of(world.connector().changes("lead", window()))[0].facts["title"] == "CEO"
    assert world.requests("/batch/read") == 1


def test_rows_newer_than_the_window_wait_for_the_next_one(world: World) -> None:
    row = {
        "id": "101",
        "properties": {"lastmodifieddate": "2026-11-20T10:00:00Z"},
        "updatedAt": "2026-11-20T10:00:00Z",
    }
    world.fault(path="*/contacts/search", status=200, body={"total": 1, "results": [row]})
    (page,) = world.connector().changes("lead", window())
    assert page.size == 0


@pytest.mark.parametrize("results", [[], [{"id": "150"}]])
def test_a_search_that_does_not_get_on_is_an_error_and_no_loop(
    world: World, results: list[dict[str, object]]
) -> None:
    more = {"next": {"after": "200"}}
    rows = [row | {"properties": {}, "updatedAt": "2026-11-20T08:00:00Z"} for row in results]
    world.fault(path="*/search", status=200, body={"total": 9, "results": rows, "paging": more}, times=None)
    with pytest.raises(Transient, match="does not get on"):
        list(world.connector().changes("lead", window(), Keyset(NOW, "200")))


def test_a_short_page_is_not_the_last_while_hubspot_says_more(world: World) -> None:
    contacts = world.contacts(3)
    rows = [
        {"id": contacts[0], "properties": {"lastmodifieddate": "2026-11-20T09:00:00Z"}},
    ]
    world.fault(
        path="*/search",
        status=200,
        body={"total": 3, "results": rows, "paging": {"next": {"after": "1"}}},
    )
    assert [lead.id for lead in leads_of(world.connector().changes("lead", window()))] == contacts


def test_deleted_and_merged_contacts_are_gone(world: World) -> None:
    kept, lost, deleted = world.contacts(3)
    world.portal.merge("contacts", kept, lost)
    world.portal.archive("contacts", deleted)
    page = world.connector().read([kept, lost, deleted, "999999"])
    assert [lead.id for lead in page.leads] == [kept]
    assert {gone.lead_id: gone for gone in page.gone} == {
        lost: Gone(lost, "merged", into=kept),
        deleted: Gone(deleted, "deleted"),
        "999999": Gone("999999", "deleted"),
    }


def test_who_left_is_told_page_by_page_and_over_several_days(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.hubspot.reading.BIN_PAGES", 1)
    contacts = world.contacts(120)
    for contact in contacts[10:]:
        world.portal.archive("contacts", contact)
    connector = world.connector()
    turns = [
        [gone.lead_id for page in connector.departures(window()) for gone in page.gone] for _ in range(3)
    ]
    assert turns == [contacts[10:110], contacts[110:], contacts[10:110]]


def test_who_was_merged_into_a_contact_that_was_then_deleted_left_too(world: World) -> None:
    kept, lost, deleted = world.contacts(3)
    world.portal.merge("contacts", deleted, lost)
    world.portal.archive("contacts", deleted)
    (page,) = world.connector().departures(window())
    assert page.gone == (Gone(deleted, "deleted"), Gone(lost, "merged", into=deleted))
    assert [lead.id for lead in world.connector().read([kept]).leads] == [kept]


def test_a_merge_shows_by_itself_in_the_next_poll(world: World) -> None:
    kept, lost = world.contacts(2)
    world.clock.advance(1)
    world.portal.merge("contacts", kept, lost)
    (page,) = world.connector().changes(
        "lead", Window(NOW + timedelta(milliseconds=1), NOW + timedelta(hours=1))
    )
    assert [lead.id for lead in page.leads] == [kept]
    assert page.gone == (Gone(lost, "merged", into=kept),)


def test_a_contact_deleted_between_search_and_read_is_gone(world: World) -> None:
    contacts = world.contacts(2)
    missing = {"category": "OBJECT_NOT_FOUND", "context": {"ids": [contacts[1]]}}
    row = {"id": contacts[0], "properties": {"lastmodifieddate": "2026-11-20T09:00:00Z"}}
    world.fault(path="*/batch/read", status=207, body={"results": [row], "errors": [missing], "numErrors": 1})
    world.fault(path=f"*/contacts/{contacts[1]}", status=404)
    (page,) = world.connector().changes("lead", window())
    assert [lead.id for lead in page.leads] == [contacts[0]]
    assert page.gone == (Gone(contacts[1], "deleted"),)


def test_a_lead_comes_in_canonical_words(world: World) -> None:
    contact = world.contacts(
        1,
        jobtitle="Head of  IT",
        hs_buying_role="END_USER;BUDGET_HOLDER",
        numemployees="50-100",
        industry="Computer Software",
        country="Deutschland",
        hs_lead_status="IN_PROGRESS",
        hs_email_optout="true",
        hs_email_hard_bounce_reason_enum="UNKNOWN_USER",
        website="https://www.acme.example/de",
        message="Our shop is slow",
        annualrevenue="1,000,000",
        hs_analytics_source="PAID_SEARCH",
    )[0]
    (lead,) = world.connector().read([contact]).leads
    expected = {
        "title": "Head of IT",
        "role": "decider",
        "employees": (50.0, 100.0),
        "industry": "software",
        "country": "DE",
        "status": "working",
        "email_optout": True,
        "bounced": True,
        "annual_revenue": 1_000_000.0,
        "source": "PAID_SEARCH",
        "created_at": NOW,
    }
    assert {name: lead.facts[name] for name in expected} == expected
    assert lead.domains == ("acme.example", "firm0.example")
    assert (lead.email, lead.text) == ("p0@firm0.example", "Our shop is slow")
    assert (lead.created_at, lead.modified_at) == (NOW, NOW)


def test_an_empty_contact_is_null_but_not_opted_out_and_not_bounced(world: World) -> None:
    contact = world.portal.create("contacts", {"email": "x@gmail.com"})
    (lead,) = world.connector().read([contact]).leads
    known = {name: value for name, value in lead.facts.items() if value is not None}
    known.pop("status", None)  # the portal may give a new contact a lifecycle stage
    assert known == {"email_optout": False, "bounced": False, "created_at": NOW}
    assert set(lead.facts) <= set(FACTS)


def test_reps_answers_are_facts(world: World) -> None:
    connector = world.ready()
    contact = world.contacts(
        1,
        leadline_answer_need="growth",
        leadline_verdict="nurture",
        leadline_override="hot",
        leadline_override_until="2026-12-01",
    )[0]
    (lead,) = connector.read([contact]).leads
    assert lead.facts["answer_need"] == "growth"
    assert lead.facts["verdict"] == "nurture"
    assert lead.facts["override"] == "hot"
    assert lead.facts["override_until"] == date(2026, 12, 1)
    assert lead.facts["answer_goal"] is None


def test_a_playbooks_own_fact_and_the_configurations_map(world: World) -> None:
    world.portal.add_property("contacts", Definition("visits_store", "bool", "booleancheckbox", group="shop"))
    world.portal.add_property("contacts", Definition("region", "string", "text", group="shop"))
    facts = {**FACTS, "walks_in": Fact("flag", Evidence.PROFILE, "seen in the store")}
    connector = world.connector(
        facts,
        fields={"walks_in": "visits_store", "country": "region"},
        values={"country": {"Bavaria": "DE"}},
        statuses={"closed": ["OPEN"]},
    )
    one, two = world.contacts(
        2, visits_store="true", region="Bavaria", country="France", hs_lead_status="OPEN"
    )
    world.portal.update("contacts", two, {"visits_store": None, "hs_lead_status": "UNQUALIFIED"})
    first, second = connector.read([one, two]).leads
    assert (first.facts["walks_in"], first.facts["country"], first.facts["status"]) == (True, "DE", "closed")
    assert (second.facts["walks_in"], second.facts["status"]) == (None, None)


def test_only_properties_that_exist_are_asked_for(world: World) -> None:
    world.contacts(1)
    list(world.connector(fields={"budget": "no_such_property"}).changes("lead", window()))
    (search,) = world.journal.exchanges("POST", "/search")
    assert "no_such_property" not in search.body["properties"]
    assert "leadline_answer_need" not in search.body["properties"]  # not set up yet
    assert "jobtitle" in search.body["properties"]


def test_scope_marks_leads_outside_it(world: World) -> None:
    owner = next(iter(world.portal.owners))
    mine, other = world.contacts(2)
    world.portal.update("contacts", mine, {"hubspot_owner_id": str(owner)})
    old = world.portal.create(
        "contacts", {"hubspot_owner_id": str(owner)}, created_at=NOW - timedelta(days=40)
    )
    connector = world.connector(scope={"owners": [str(owner)], "created_since": "2026-11-01"})
    leads = connector.read([mine, other, old]).leads
    assert {lead.id: lead.in_scope for lead in leads} == {mine: True, other: False, old: False}
    assert {lead.id: lead.owner for lead in leads} == {mine: str(owner), other: None, old: str(owner)}


def test_scope_may_be_a_list(world: World) -> None:
    contacts = world.contacts(3)
    segment = world.portal.segments.add(
        name="Pilot",
        object_type_id="0-1",
        processing_type="MANUAL",
        filter_branch=None,
        created=0,
        updated=0,
        members={int(contacts[1]): 0},
    )
    connector = world.connector(scope={"list": str(segment.id)})
    assert [lead.in_scope for lead in connector.read(contacts).leads] == [False, True, False]


def test_companies_come_with_their_facts(world: World) -> None:
    company = world.portal.create(
        "companies",
        {
            "name": "Acme  GmbH",
            "domain": "acme.example",
            "industry": "BANKING",
            "numberofemployees": "120",
            "country": "Germany",
        },
    )
    contact = world.contacts(1)[0]
    world.portal.associate("contacts", contact, "companies", company)
    connector = world.connector()
    (page,) = connector.changes("company", window())
    (record,) = page.companies
    assert (record.id, record.name, record.domain) == (company, "Acme GmbH", "acme.example")
    assert record.facts["industry"] == "financial_services"
    assert record.facts["employees"] == (120.0, 120.0)
    assert record.facts["country"] == "DE"
    assert connector.read([contact]).leads[0].company_id == company


def test_won_deals_come_with_their_company_and_lost_ones_without(world: World) -> None:
    first, second = (world.portal.create("companies", {"name": name}) for name in ("One", "Two"))
    won = world.portal.create(
        "deals", {"dealname": "a", "dealstage": "closedwon", "closedate": "2026-10-01T00:00:00Z"}
    )
    lost = world.portal.create("deals", {"dealname": "b", "dealstage": "closedlost"})
    world.portal.associate("deals", won, "companies", first, 341)
    world.portal.associate("deals", won, "companies", second)
    (page,) = world.connector().changes("deal", window())
    deals = {deal.id: deal for deal in page.deals}
    assert deals[won].won
    assert deals[won].company_id == second  # the primary one
    assert deals[won].won_on is not None
    assert (deals[lost].won, deals[lost].won_on) == (False, None)
    assert world.requests("/associations/deals/companies/batch/read") == 1


def test_an_import_names_its_maker_and_a_form_does_not(world: World) -> None:
    by_hand = world.contacts(1, hs_object_source="CRM_UI", hs_created_by_user_id="17")[0]
    by_form = world.portal.create("contacts", {"hs_object_source": "FORM", "hs_created_by_user_id": "17"})
    first, second = world.connector().read([by_hand, by_form]).leads
    assert (first.created_by, second.created_by) == ("17", None)


def test_an_unknown_stream_is_named(world: World) -> None:
    with pytest.raises(Misconfigured, match="no stream 'tickets'"):
        world.connector().changes("tickets", window())
