"""Reading: keyset pages without loss, gone leads, facts, scope, long queries."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Gone, Keyset, Page, Window
from connectors.salesforce.reading import literal, quoted
from sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ReadAll = Callable[..., Page]


def test_a_lead_arrives_in_canonical_words(acme: "Acme", read_all: ReadAll) -> None:
    lead_id = acme.lead(
        Industry="Technology",
        NumberOfEmployees=120,
        Country="Deutschland",
        AnnualRevenue=5_000_000,
        Title="Head of  Ops",
        Company="Zoë’s Größe GmbH",
        Website="https://www.Zoe.example/about",
        Email="m@mail.zoe.example",
        HasOptedOutOfEmail=True,
        Status="Working - Contacted",
        Description="Our site is slow",
    )
    [lead] = read_all(acme.connector(), "lead").leads
    assert lead.id == lead_id
    assert lead.created_at == lead.modified_at == NOW
    assert lead.created_by == acme.org.reps[0]
    assert lead.domains == ("zoe.example", "mail.zoe.example")
    assert (lead.email, lead.text) == ("m@mail.zoe.example", "Our site is slow")
    assert not lead.from_index
    assert {name: value for name, value in lead.facts.items() if value is not None} == {
        "industry": "software",
        "employees": (120.0, 120.0),
        "country": "DE",
        "annual_revenue": 5_000_000.0,
        "title": "Head of Ops",
        "company": "Zoë’s Größe GmbH",
        "email_optout": True,
        "call_optout": False,
        "bounced": False,
        "created_at": NOW,
        "status": "working",
    }


def test_what_is_not_known_is_null_and_present(acme: "Acme", read_all: ReadAll) -> None:
    acme.lead(Industry="Basket weaving", Country="Atlantis", Status="Pondering")
    [lead] = read_all(acme.connector(), "lead").leads
    for fact in ("industry", "country", "status", "employees", "title"):
        assert lead.facts[fact] is None


def test_the_reps_answers_are_read(ready: "Acme", read_all: ReadAll) -> None:
    ready.lead(
        Leadline_Answer_Need__c="growth",
        Leadline_Answer_Role__c="asked_not_known",
        Leadline_Verdict__c="nurture",
        Leadline_Override__c="hot",
        Leadline_Override_Until__c="2026-12-24",
    )
    [lead] = read_all(ready.connector(), "lead").leads
    assert lead.facts["answer_need"] == "growth"
    assert lead.facts["answer_role"] == "asked_not_known"
    assert lead.facts["answer_goal"] is None
    assert lead.facts["verdict"] == "nurture"
    assert (lead.facts["override"], lead.facts["override_until"]) == ("hot", date(2026, 12, 24))


def test_fields_values_and_statuses_of_the_configuration_count(acme: "Acme", read_all: ReadAll) -> None:
    acme.lead(Rating="Hot", Industry="Apparel", Status="Working - Contacted", Salutation="Dr.")
    connector = acme.connector(
        fields={"timing": "Rating", "source": "Salutation", "role": "Nowhere__c"},
        values={"timing": {"hot": "now"}, "industry": {"Apparel": "manufacturing"}},
        statuses={"nurture": ["Working - Contacted"]},
    )
    [lead] = read_all(connector, "lead").leads
    assert lead.facts["timing"] == "now"
    assert lead.facts["source"] == "Dr."
    assert lead.facts["industry"] == "manufacturing"
    assert lead.facts["status"] == "nurture"
    assert "role" not in lead.facts


def test_a_field_hidden_from_us_is_left_out(acme: "Acme", read_all: ReadAll) -> None:
    acme.org.access.withdraw_field("Lead", "HasOptedOutOfEmail")
    acme.lead()
    [lead] = read_all(acme.connector(), "lead").leads
    assert "email_optout" not in lead.facts


def test_a_field_taken_away_meanwhile_is_read_no_more(acme: "Acme", read_all: ReadAll) -> None:
    lead_id, connector = acme.lead(Industry="Technology", Title="x"), acme.connector()
    read_all(connector, "lead")
    acme.org.access.withdraw_field("Lead", "Title")
    [lead] = read_all(connector, "lead").leads
    assert "title" not in lead.facts
    assert lead.facts["industry"] == "software"
    acme.org.access.withdraw_field("Lead", "Industry")
    [lead] = connector.read([lead_id]).leads
    assert "industry" not in lead.facts


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_thousand_leads_of_one_second_are_read_once_each(
    acme: "Acme", read_all: ReadAll, newest_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.reading.PAGE_ROWS", 50)
    ids = set(acme.leads(173))
    acme.clock.advance(1)
    ids |= set(acme.leads(30))
    page = read_all(acme.connector(), "lead", newest_first=newest_first, until=NOW + timedelta(minutes=1))
    seen = [lead.id for lead in page.leads]
    assert len(seen) == len(set(seen)) == 203
    assert set(seen) == ids
    stamps = [(lead.modified_at, lead.id) for lead in page.leads]
    assert stamps == sorted(stamps, reverse=newest_first)


def test_short_pages_of_the_org_lose_nothing(acme: "Acme", read_all: ReadAll) -> None:
    acme.org.switches.page_size = 20
    ids = set(acme.leads(55))
    assert {lead.id for lead in read_all(acme.connector(), "lead").leads} == ids


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_walk_goes_on_where_it_stood(
    acme: "Acme", newest_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.reading.PAGE_ROWS", 40)
    acme.leads(100)
    connector = acme.connector()
    window = Window(NOW - HOUR, NOW + HOUR, newest_first)
    whole = [lead.id for page in connector.changes("lead", window) for lead in page.leads]
    first = next(iter(connector.changes("lead", window)))
    assert first.after is not None
    rest = [lead.id for page in connector.changes("lead", window, first.after) for lead in page.leads]
    assert [lead.id for lead in first.leads] + rest == whole
    *_, last = connector.changes("lead", window)
    assert last.after is None


def test_a_window_has_its_start_and_not_its_end(acme: "Acme", read_all: ReadAll) -> None:
    ids = []
    for _ in range(4):
        ids.append(acme.lead())
        acme.clock.advance(10)
    page = read_all(
        acme.connector(), "lead", since=NOW + timedelta(seconds=10), until=NOW + timedelta(seconds=30)
    )
    assert [lead.id for lead in page.leads] == ids[1:3]


def test_a_fresh_start_costs_a_login_and_one_describe_of_everything(acme: "Acme") -> None:
    acme.org.access.hidden_objects.add("EmailMessage")
    connector = acme.connector()
    connector.server_time()
    for stream in connector.streams:
        list(connector.changes(stream, Window(NOW - HOUR, NOW)))
    own = [exchange.path.rpartition("/")[2] for exchange in acme.journal if "query" not in exchange.path]
    assert own == ["token", "composite"]


def test_nothing_changed_is_one_call_and_one_empty_page(acme: "Acme") -> None:
    connector = acme.connector()
    for stream in connector.streams:
        list(connector.changes(stream, Window(NOW - HOUR, NOW)))
    acme.journal.clear()
    for stream in connector.streams:
        [page] = connector.changes(stream, Window(NOW - HOUR, NOW))
        assert (page.size, page.after) == (0, None)
    assert acme.journal.calls() == len(connector.streams)


def test_deleted_merged_and_converted_leads_are_gone(acme: "Acme", read_all: ReadAll) -> None:
    alive, deleted, merged, converted = acme.leads(4)
    acme.org.delete("Lead", deleted)
    acme.org.merge_leads(alive, [merged])
    acme.org.convert_lead(converted)
    connector = acme.connector()
    page = read_all(connector, "lead")
    gone = {Gone(deleted, "deleted"), Gone(merged, "merged", alive), Gone(converted, "converted")}
    assert [lead.id for lead in page.leads] == [alive]
    assert set(page.gone) == gone
    again = connector.read([alive, deleted, merged, converted, "00Q000000000000EAA"])
    assert [lead.id for lead in again.leads] == [alive]
    assert set(again.gone) == {*gone, Gone("00Q000000000000EAA", "deleted")}


def test_many_ids_are_read_in_one_call(acme: "Acme") -> None:
    ids, connector = acme.leads(900), acme.connector()
    connector.read(ids[:1])
    acme.journal.clear()
    page = connector.read(ids)
    assert {lead.id for lead in page.leads} == set(ids)
    assert acme.journal.calls() == 1


def test_a_long_query_travels_in_a_body(acme: "Acme") -> None:
    acme.lead(Title="x")
    reader = acme.connector()._client
    titles = ", ".join(quoted("ä" * 30) for _ in range(60))
    soql = f"SELECT Id FROM Lead WHERE Title IN ({titles})"  # noqa: S608 - quoted
    assert reader.query(soql)["records"] == []
    assert reader.query(soql + " OR Title = 'x'")["records"] != []
    assert {exchange.method for exchange in acme.journal.exchanges(containing="/composite")} == {"POST"}
    assert all(len(exchange.query) < 9_000 for exchange in acme.journal)


def test_a_query_that_is_too_complicated_is_asked_for_less(acme: "Acme", read_all: ReadAll) -> None:
    ids = set(acme.leads(30))
    timeout = [{"message": "too many fields", "errorCode": "QUERY_TOO_COMPLICATED"}]
    acme.faults.add(Fault("GET", "*/queryAll*", containing="LIMIT+2000", status=400, body=timeout, times=9))
    assert {lead.id for lead in read_all(acme.connector(), "lead").leads} == ids
    limits = [unquote_plus(e.query).rpartition(" ")[2] for e in acme.journal.exchanges(containing="query")]
    assert limits == ["2000", "1000"]


def test_scope_is_told_for_each_lead(acme: "Acme", read_all: ReadAll) -> None:
    theirs = acme.lead()
    ours = acme.lead(OwnerId=acme.org.reps[1])
    scope = {"owners": [acme.org.reps[1][:15]], "created_since": "2026-11-01"}
    page = read_all(acme.connector(scope=scope), "lead")
    assert {lead.id: lead.in_scope for lead in page.leads} == {theirs: False, ours: True}
    assert {lead.owner for lead in page.leads if lead.in_scope} == {acme.org.reps[1]}
    page = read_all(acme.connector(scope={"created_since": "2026-12-01"}), "lead")
    assert not any(lead.in_scope for lead in page.leads)


def test_companies_and_deals(acme: "Acme", read_all: ReadAll) -> None:
    account = acme.org.insert(
        "Account",
        {
            "Name": "Zoe",
            "Website": "www.zoe.example",
            "Industry": "Banking",
            "NumberOfEmployees": 900,
            "BillingCountry": "France",
            "AnnualRevenue": 1e6,
        },
    )
    deal = {"Name": "d", "AccountId": account, "CloseDate": "2026-05-01"}
    won = acme.org.insert("Opportunity", deal | {"StageName": "Closed Won"})
    lost = acme.org.insert("Opportunity", deal | {"StageName": "Closed Lost"})
    removed = acme.org.insert("Opportunity", deal | {"StageName": "Closed Won"})
    acme.org.delete("Opportunity", removed)
    connector = acme.connector()
    [company] = read_all(connector, "company").companies
    assert (company.id, company.name, company.domain) == (account, "Zoe", "zoe.example")
    assert company.facts == {
        "industry": "financial_services",
        "employees": (900.0, 900.0),
        "country": "FR",
        "annual_revenue": 1e6,
    }
    deals = {one.id: (one.won, one.won_on) for one in read_all(connector, "deal").deals}
    assert deals[won] == (True, date(2026, 5, 1))
    assert deals[lost] == (False, None)
    assert not deals[removed][0]


def test_a_kind_of_record_that_the_org_lacks_is_skipped(acme: "Acme", read_all: ReadAll) -> None:
    acme.org.access.hidden_objects |= {"CampaignMember", "EmailMessageRelation"}
    connector = acme.connector()
    assert read_all(connector, "campaign_member") == Page()
    assert read_all(connector, "email") == Page()


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: moment.year > 1900 and moment.year < 9999))
def test_a_bound_lies_at_the_first_whole_second_not_before_it(moment: datetime) -> None:
    read = datetime.fromisoformat(literal(moment))
    assert read.microsecond == 0
    assert timedelta(0) <= read - moment < timedelta(seconds=1)


@pytest.mark.parametrize("text", ["O'Brien", "back\\slash", "plain", "it's \\' both"])
def test_a_string_reaches_the_org_as_it_is(acme: "Acme", text: str) -> None:
    acme.lead(Title=text)
    found: Any = acme.connector()._client.query(f"SELECT Title FROM Lead WHERE Title = {quoted(text)}")  # noqa: S608 - quoted
    assert [row["Title"] for row in found["records"]] == [text]


def test_a_keyset_of_another_connection_is_only_a_place_in_time(acme: "Acme") -> None:
    acme.leads(3)
    after = Keyset(NOW - HOUR, "00Q000000000000EAA")
    [page] = acme.connector().changes("lead", Window(NOW - HOUR, NOW + HOUR), after)
    assert len(page.leads) == 3
