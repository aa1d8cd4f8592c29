"""Doctor's findings: each names what was looked at and, where it is not well, the remedy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from connectors.base import Finding
from sandbox.faults import Fault
from sandbox.salesforce.standard import LEAD_STATUSES

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme


def by_name(findings: object) -> dict[str, Finding]:
    return {one.what: one for one in findings}  # type: ignore[attr-defined]  # Findings of any connector


def test_a_well_org_has_no_fault(ready: "Acme") -> None:
    ready.clock.set(datetime.now(UTC))
    ready.lead(Industry="Technology", Country="Germany")
    found = list(ready.connector().check())
    assert [one for one in found if one.level != "ok"] == []
    names = {one.what for one in found}
    assert {
        "login",
        "API version",
        "clock",
        "Lead",
        "fact industry",
        "Leadline_Score__c",
        "API calls",
    } <= names


def test_facts_that_nothing_feeds_are_named(ready: "Acme") -> None:
    found = by_name(ready.connector(fields={"budget": "AnnualRevenue"}).check())["no field"]
    assert found.level == "ok"
    assert set(found.evidence.partition(";")[0].split(", ")) == {
        "seniority",
        "department",
        "role",
        "goal",
        "solution",
        "timing",
        "profiling_optout",
        "test_record",
    }


def test_check_writes_nothing(ready: "Acme") -> None:
    list(ready.connector().check())
    methods = {(e.method, e.path.rpartition("/")[2]) for e in ready.journal if e.method != "GET"}
    assert methods <= {("POST", "token")}


def test_a_refused_login_ends_it(acme: "Acme") -> None:
    auth = {"flow": "client_credentials", "client_id": "unknown", "client_secret": "wrong-secret"}
    found = list(acme.connector(auth=auth).check())
    assert found[-1].what == "login"
    assert found[-1].level == "fail"
    assert "client_id" in found[-1].evidence
    assert "wrong-secret" not in repr(found)


def test_what_is_missing_is_named_with_its_remedy(acme: "Acme") -> None:
    acme.org.access.withdraw_field("Lead", "DoNotCall")
    acme.org.access.hidden_objects.add("EmailMessageRelation")
    acme.lead(Industry="Basket weaving")
    acme.lead(Industry="Basket weaving")
    acme.lead(Industry="Juggling", Country="Atlantis")
    found = by_name(acme.connector(fields={"budget": "Budget__c"}).check())
    assert "none of Leadline's 41 fields" in found["own fields"].evidence
    assert "`leadline setup acme --apply`" in found["own fields"].remedy
    assert not any(what.startswith("Leadline_") for what in found), "one cause, one line"
    assert found["fact call_optout"].level == "warn"
    assert found["fact budget"].level == "fail"
    assert "fields.budget" in found["fact budget"].remedy
    assert found["EmailMessageRelation"].level == "warn"
    assert "'Basket weaving' 2" in found["values of Industry"].evidence
    assert found["values of Country"].evidence == "1 lead with 1 unknown value: 'Atlantis' 1"
    assert found["clock"].level == "warn"


def test_a_field_that_may_only_be_read_is_told(ready: "Acme") -> None:
    ready.org.access.withdraw_field("Lead", "Leadline_Score__c", read=False)
    found = by_name(ready.connector().check())
    assert found["Leadline_Score__c"].level == "fail"
    assert "Leadline_Worker" in found["Leadline_Score__c"].remedy


def test_one_hidden_field_is_named_with_its_remedy(ready: "Acme") -> None:
    ready.org.access.withdraw_field("Lead", "Leadline_Verdict__c")
    found = by_name(ready.connector(write={"rename": {"Score": "Our_Score__c"}}).check())
    wrong = {what: one.remedy for what, one in found.items() if one.level == "fail"}
    assert set(wrong) == {"Leadline_Verdict__c", "Our_Score__c"}
    assert "`leadline setup acme --apply`" in wrong["Leadline_Verdict__c"]
    assert "write.rename" in wrong["Our_Score__c"]


def test_a_scope_that_cannot_be_kept_is_told(acme: "Acme") -> None:
    found = by_name(acme.connector(scope={"list": "00B000000000001"}).check())
    assert found["scope.list"].level == "fail"


def test_an_unknown_version_is_told(acme: "Acme") -> None:
    found = by_name(acme.connector(api_version="99.0").check())
    assert found["API version"].level == "fail"
    assert "68.0" in found["API version"].remedy


def test_a_dead_org_is_one_finding(acme: "Acme") -> None:
    acme.faults.add(Fault(drop="before", times=None))
    found = list(acme.connector().check())
    assert [one.level for one in found] == ["fail"]


@pytest.mark.parametrize(
    ("fact", "field", "level", "says"),
    [
        (
            "call_optout",
            "Status",
            "fail",
            "Status is of type picklist; call_optout needs a checkbox, and nothing",
        ),
        ("call_optout", "Title", "fail", "Title is of type string; call_optout needs a checkbox"),
        (
            "call_optout",
            "CreatedDate",
            "fail",
            "CreatedDate is of type datetime; call_optout needs a checkbox",
        ),
        ("profiling_optout", "DoNotCall", "ok", "DoNotCall"),
        ("bounced", "EmailBouncedDate", "ok", "EmailBouncedDate"),
        ("budget", "DoNotCall", "fail", "DoNotCall is of type boolean; budget needs a number field"),
        ("budget", "Title", "warn", "Title is of type string; budget needs a number field"),
        ("budget", "AnnualRevenue", "ok", "AnnualRevenue"),
        ("budget", "Owner.Name", "warn", "Owner.Name is of type string"),
        ("employees", "Title", "ok", "Title"),
        ("last_won_on", "NumberOfEmployees", "fail", "type int; last_won_on needs a date field"),
        ("last_won_on", "CreatedDate", "ok", "CreatedDate"),
        ("title", "DoNotCall", "ok", "DoNotCall"),
    ],
)
def test_a_field_of_another_type_is_named(
    ready: "Acme", fact: str, field: str, level: str, says: str
) -> None:
    found = by_name(ready.connector(fields={fact: field}).check())[f"fact {fact}"]
    assert (found.level, says in found.evidence) == (level, True), found
    if level != "ok":
        assert f"fields.{fact}" in found.remedy


def test_a_status_that_the_org_lacks_is_named(ready: "Acme") -> None:
    statuses = {"closed": ["Closed - Not Convertd", "closed - converted"], "open": [LEAD_STATUSES[0]]}
    found = by_name(ready.connector(statuses=statuses).check())
    assert found["statuses.closed"].level == "warn"
    assert found["statuses.closed"].evidence == (
        "Status has no value 'Closed - Not Convertd'; did you mean 'Closed - Not Converted'?"
    )
    assert "statuses.closed" in found["statuses.closed"].remedy
    assert "statuses.open" not in found


def test_a_picklist_is_a_flag_by_what_its_words_mean(ready: "Acme") -> None:
    def look(**words: str) -> Finding:
        maps = {"fields": {"call_optout": "Status"}, "values": {"call_optout": words}}
        return by_name(ready.connector(**maps).check())["fact call_optout"]

    first, *others = LEAD_STATUSES
    assert look(**{first: "true"}).level == "warn"
    assert f"nothing is made of {others[0]!r}" in look(**{first: "true"}).evidence
    assert look(**dict.fromkeys(LEAD_STATUSES, "false")).level == "fail", "it protects nobody"
    assert look(**{first: "true"} | dict.fromkeys(others, "false")).level == "ok"
    lead = ready.lead(Status=first)
    maps = {"fields": {"call_optout": "Status"}, "values": {"call_optout": {first: "true"}}}
    (record,) = ready.connector(**maps).read([lead]).leads
    assert record.facts["call_optout"] is True
