"""SOQL as the org understands it (salesforce.md §2.1, §2.2, §2.4, §4.4, §7.1 item 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.salesforce import Org
from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.query import Search

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def new_org() -> Org:
    made = Org(Clock(NOON))
    made.add_custom_field("Lead", "Tags__c", "multipicklist", length=4099, values=("a", "b", "c"))
    made.add_custom_field("Lead", "Score__c", "double", precision=3)
    return made


def add(org: Org, company: str, **fields: Any) -> str:
    return org.insert("Lead", {"LastName": "X", "Company": company} | fields)


def found(org: Org, where: str, rest: str = "ORDER BY Company") -> list[str]:
    return [org.get("Lead", one)["Company"] for one in ids_of(org, where, rest)]


def ids_of(org: Org, where: str, rest: str) -> list[str]:
    soql = f"SELECT Id FROM Lead WHERE {where} {rest}"  # noqa: S608 - SOQL for the sandbox itself
    return Search(org, org.integration_user, soql).run().ids


def refusal(org: Org, soql: str) -> RequestError:
    with pytest.raises(RequestError) as refused:
        Search(org, org.integration_user, soql).run()
    assert refused.value.status == 400
    return refused.value


@pytest.fixture(scope="module")
def firms() -> Org:
    org = new_org()
    add(org, "Alpha", Title="CTO", NumberOfEmployees=10, Tags__c="a;b", HasOptedOutOfEmail=True)
    add(org, "beta", Title="cto", NumberOfEmployees=20, Tags__c="c", OwnerId=org.queue)
    add(org, "Gamma", Title="50% off_", AnnualRevenue=5e6)
    add(org, "O'Hara", Title="Line\nbreak", LeadSource="Web")
    return org


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Title = 'CTO'", ["Alpha", "beta"]),
        ("Title != 'cto'", ["Gamma", "O'Hara"]),
        ("NumberOfEmployees != 10", ["beta", "Gamma", "O'Hara"]),
        ("NumberOfEmployees > 5", ["Alpha", "beta"]),
        ("NumberOfEmployees = null", ["Gamma", "O'Hara"]),
        ("NumberOfEmployees != null AND NumberOfEmployees <= 10", ["Alpha"]),
        ("Title LIKE 'c%'", ["Alpha", "beta"]),
        ("Title LIKE '50\\% off\\_'", ["Gamma"]),
        ("Title LIKE '_TO'", ["Alpha", "beta"]),
        ("(NOT Title LIKE '%t%')", ["Gamma", "O'Hara"]),
        ("Company = 'O\\'Hara'", ["O'Hara"]),
        ("Title = 'Line\\nbreak'", ["O'Hara"]),
        ("Company IN ('ALPHA', 'gamma', 'none')", ["Alpha", "Gamma"]),
        ("Company NOT IN ('alpha', 'Beta')", ["Gamma", "O'Hara"]),
        ("LeadSource NOT IN ('Web')", ["Alpha", "beta", "Gamma"]),
        ("Tags__c INCLUDES ('a;b', 'c')", ["Alpha", "beta"]),
        ("Tags__c INCLUDES ('a;c')", []),
        ("Tags__c EXCLUDES ('c')", ["Alpha", "Gamma", "O'Hara"]),
        ("HasOptedOutOfEmail = TRUE", ["Alpha"]),
        ("HasOptedOutOfEmail != true", ["beta", "Gamma", "O'Hara"]),
        ("Owner.Type = 'Queue'", ["beta"]),
        ("Owner.Name = 'inbound'", ["beta"]),
        (
            "Owner.Name = 'Ada Okafor' AND (NumberOfEmployees = 10 OR AnnualRevenue > 1000000.5)",
            ["Alpha", "Gamma"],
        ),
        (
            "CreatedDate = TODAY AND CreatedDate = LAST_N_DAYS:3 AND CreatedDate < TOMORROW",
            ["Alpha", "beta", "Gamma", "O'Hara"],
        ),
        ("CreatedDate > TODAY", []),
        ("SystemModstamp >= 2026-11-21T13:00:00+01:00 AND SystemModstamp < 2026-11-21T12:00:00.900Z", []),
        ("SystemModstamp >= 2026-11-21T12:00:00.900Z", ["Alpha", "beta", "Gamma", "O'Hara"]),
        ("OwnerId IN (SELECT Id FROM User WHERE Username LIKE 'rep%')", ["Alpha", "Gamma", "O'Hara"]),
        ("lead.company = 'alpha'", ["Alpha"]),
    ],
)
def test_a_condition_finds_its_rows(firms: Org, where: str, expected: list[str]) -> None:
    """§7.1 item 5; strings without regard to case, a null differs from every value."""
    assert found(firms, where) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("ORDER BY NumberOfEmployees, Company", ["Gamma", "O'Hara", "Alpha", "beta"]),
        ("ORDER BY NumberOfEmployees DESC, Company", ["Gamma", "O'Hara", "beta", "Alpha"]),
        ("ORDER BY NumberOfEmployees DESC NULLS LAST, Company DESC", ["beta", "Alpha", "O'Hara", "Gamma"]),
        ("ORDER BY Company LIMIT 2 OFFSET 1", ["beta", "Gamma"]),
    ],
)
def test_order_and_cut(firms: Org, order: str, expected: list[str]) -> None:
    """§7.1 item 5: nulls first unless told otherwise, in both directions."""
    assert found(firms, "Company != null", order) == expected


ANY_LEAD = "SELECT Id FROM Lead WHERE"
UNKNOWN = [
    ("SELECT Id FORM Lead", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT * FROM Lead", "MALFORMED_QUERY", "unexpected token: '*'"),
    ("SELECT Id FROM Lead ALL ROWS", "MALFORMED_QUERY", "unexpected token"),
    ("SELECT Id x FROM Lead", "MALFORMED_QUERY", "alias"),
    ("SELECT Id, Company FROM Lead GROUP BY Company", "MALFORMED_QUERY", "grouped or aggregated: Id"),
    ("SELECT FIELDS(ALL) FROM Lead", "MALFORMED_QUERY", "LIMIT of at most 200"),
    ("SELECT Id, Id FROM Lead", "INVALID_FIELD", "duplicate"),
    ("SELECT Id, Foo FROM Lead", "INVALID_FIELD", "Row:1:Column:12\nNo such column 'Foo' on entity 'Lead'."),
    ("SELECT Nobody.Name FROM Lead", "INVALID_FIELD", "Didn't understand relationship 'Nobody'"),
    ("SELECT Id FROM Leads", "INVALID_TYPE", "sObject type 'Leads' is not supported."),
]
UNKNOWN_CONDITIONS = [
    ("Company = 'a' OR Title = 'b' AND Title = 'c'", "MALFORMED_QUERY", "unexpected token: 'AND'"),
    ("Company = 'a' AND NOT Title = 'b'", "MALFORMED_QUERY", "unexpected token"),
    ('Company = "a"', "MALFORMED_QUERY", "unexpected token"),
    ("SystemModstamp > 2026-11-21T12:00:00 00:00", "MALFORMED_QUERY", "unexpected token"),
    ("SystemModstamp > 2026-13-01T12:00:00Z", "MALFORMED_QUERY", "Invalid date"),
    ("Foo__c = 1", "INVALID_FIELD", "No such column 'Foo__c' on entity 'Lead'"),
    ("Description = 'a'", "INVALID_FIELD", "can not be filtered"),
    ("SystemModstamp > 2026-11-21", "INVALID_QUERY_FILTER_OPERATOR", "dateTime"),
    ("SystemModstamp > '2026-11-21T12:00:00Z'", "INVALID_QUERY_FILTER_OPERATOR", "quotes"),
    ("Id = 'nope'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
    ("HasOptedOutOfEmail > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
    ("Company INCLUDES ('a')", "INVALID_QUERY_FILTER_OPERATOR", "multi-select"),
    ("NumberOfEmployees = '5'", "INVALID_QUERY_FILTER_OPERATOR", "number"),
]


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        *UNKNOWN,
        *((f"{ANY_LEAD} {where}", code, words) for where, code, words in UNKNOWN_CONDITIONS),
    ],
)
def test_what_it_does_not_know_is_refused(firms: Org, soql: str, code: str, words: str) -> None:
    """§4.4 codes and shapes; §7.1: an unknown construct is never ignored."""
    error = refusal(firms, soql)
    assert error.code == code
    assert words in error.message


def test_counts_and_groups(firms: Org) -> None:
    """§3.3: aggregate records carry attributes.type AggregateResult and aliases."""
    found_all = Search(firms, firms.integration_user, "SELECT COUNT() FROM Lead").run()
    assert (found_all.total, found_all.records) == (4, [])
    soql = (
        "SELECT OwnerId, COUNT(Id) n, MAX(NumberOfEmployees) FROM Lead GROUP BY OwnerId HAVING COUNT(Id) > 1"
    )
    groups = Search(firms, firms.integration_user, soql).run()
    expected = {"attributes": {"type": "AggregateResult"}, "OwnerId": firms.reps[0], "n": 3, "expr0": 10}
    assert groups.records == [expected]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    seconds=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    page=st.integers(1, 7),
    since=st.integers(0, 3),
)
def test_keyset_pages_meet_every_row_once_in_order(seconds: list[int], page: int, since: int) -> None:
    """§2.4: AND of the watermark with (stamp > s OR (stamp = s AND Id > id)) loses and repeats nothing."""
    org = Org(Clock(NOON))
    for offset in seconds:
        org.insert("Lead", {"LastName": "X", "Company": "Y"}, created_at=NOON + timedelta(seconds=offset))
    rows = {(row["SystemModstamp"], row["Id"]) for row in org.rows("Lead")}
    start = f"2026-11-21T12:00:0{since}Z"
    met: list[tuple[str, str]] = []
    while True:
        more = ""
        if met:
            stamp, last = met[-1]
            stamp = stamp.replace(".000+0000", "Z")
            more = f" AND (SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{last}'))"
        where = f"SystemModstamp >= {start}{more}"
        ids = ids_of(org, where, f"ORDER BY SystemModstamp ASC, Id ASC LIMIT {page}")
        if not ids:
            break
        met.extend((org.get("Lead", one)["SystemModstamp"], one) for one in ids)
    assert met == sorted(row for row in rows if row[0] >= f"2026-11-21T12:00:0{since}.000+0000")


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(str.strip)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(WORDS, min_size=1, max_size=6, unique_by=str.casefold))
def test_an_escaped_string_finds_exactly_itself(words: list[str]) -> None:
    """§7.1 item 5: strings with escapes, for =, IN and LIKE alike."""
    org = Org(Clock(NOON))
    for word in words:
        add(org, word)
    wanted = words[0]
    quoted = "'" + wanted.replace("\\", "\\\\").replace("'", "\\'") + "'"
    pattern = quoted.replace("%", "\\%").replace("_", "\\_")
    for where in (f"Company = {quoted}", f"Company IN ({quoted})", f"Company LIKE {pattern}"):
        assert found(org, where) == [wanted]


def test_a_query_by_an_index_finds_what_a_scan_finds(firms: Org) -> None:
    """The narrow ways to the rows (id, lookup, stamp) change nothing but time."""
    owner = firms.reps[0]
    every = found(firms, "Company != null")
    assert found(firms, f"OwnerId = '{owner}'") == found(firms, f"(NOT OwnerId != '{owner}')")
    ids = ", ".join(f"'{row['Id'][:15]}'" for row in firms.rows("Lead"))
    assert found(firms, f"Id IN ({ids})") == every
    assert (
        found(firms, "CreatedDate >= 2026-11-21T12:00:00Z AND LastModifiedDate >= 2026-01-01T00:00:00Z")
        == every
    )


def test_children_come_as_small_results(crm: Any) -> None:
    """§3.2: activities hang on the lead by WhoId."""
    lead = crm.add_lead()
    crm.org.insert(
        "Task", {"WhoId": lead, "Subject": "Call", "Status": "Completed", "ActivityDate": "2026-11-20"}
    )
    page = crm.query("SELECT Id, (SELECT Subject, IsClosed FROM Tasks) FROM Lead")
    tasks = page["records"][0]["Tasks"]
    assert (tasks["totalSize"], tasks["done"]) == (1, True)
    assert (tasks["records"][0]["Subject"], tasks["records"][0]["IsClosed"]) == ("Call", True)
