"""The switchboard: what a test program in any language can do to the box over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.box import Box

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BATCH = "/crm/v3/objects/contacts/batch/read"


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(generate=12, seed=1, now=NOW) as opened:
        yield opened


@pytest.fixture(params=["salesforce", "hubspot"])
def url(box: Box, request: pytest.FixtureRequest) -> str:
    return f"{box.salesforce_url if request.param == 'salesforce' else box.hubspot_url}/_box"


def ask(method: str, url: str, body: Any = None, status: int = 200) -> Any:
    answer = requests.request(method, url, json=body, timeout=10)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def read_contact(box: Box) -> requests.Response:
    headers = {"Authorization": f"Bearer {box.token}"}
    body = {"inputs": [{"id": box.contact_ids[0]}], "properties": []}
    return requests.post(f"{box.hubspot_url}{BATCH}", json=body, headers=headers, timeout=10)


def test_a_fault_is_added_strikes_and_is_gone(box: Box) -> None:
    url = f"{box.hubspot_url}/_box/faults"
    wanted = {
        "path": "*/batch/read",
        "status": 429,
        "headers": {"Retry-After": "3"},
        "body": {"category": "X"},
    }
    assert ask("POST", url, wanted, status=201)["times"] == 1
    assert [one["status"] for one in ask("GET", url)] == [429]
    struck = read_contact(box)
    assert (struck.status_code, struck.headers["Retry-After"], struck.json()) == (429, "3", {"category": "X"})
    assert read_contact(box).status_code == 200
    ask("POST", url, {"times": None, "delay": 0.01}, status=201)
    ask("DELETE", url, status=204)
    assert ask("GET", url) == []


def test_the_log_shows_api_calls_and_nothing_else(box: Box) -> None:
    url = f"{box.hubspot_url}/_box/requests"
    ask("DELETE", url, status=204)
    read_contact(box)
    read_contact(box)
    requests.get(f"{box.hubspot_url}/rep", timeout=10)
    found = ask("GET", f"{url}?path=batch&method=POST&last=1")
    assert found["counts"] == {f"POST {BATCH}": 2}
    assert len(found["requests"]) == 1
    assert found["requests"][0]["body"]["inputs"] == [{"id": box.contact_ids[0]}]
    assert "authorization" not in found["requests"][0]["headers"]


def test_switches_are_shown_and_turned_all_or_none(url: str) -> None:
    name, value = ("html_401", True) if "html_401" in ask("GET", f"{url}/switches") else ("retry_after", True)
    assert ask("PATCH", f"{url}/switches", {name: value})[name] is True
    said = ask("PATCH", f"{url}/switches", {name: False, "no_such_thing": 1}, status=400)["message"]
    assert "no_such_thing" in said
    assert name in said
    ask("PATCH", f"{url}/switches", {name: "perhaps"}, status=400)
    assert ask("GET", f"{url}/switches")[name] is True
    ask("PATCH", f"{url}/switches", {name: False})


def test_the_clock_is_both_crms_own(box: Box, url: str) -> None:
    ask("POST", f"{url}/clock", {"set": "2026-11-21T10:00:00+00:00"})
    assert ask("POST", f"{url}/clock", {"advance": 90})["now"] == "2026-11-21T10:01:30+00:00"
    assert box.portal.clock.now() == box.org.clock.now() == NOW + timedelta(days=1, seconds=90)
    ask("POST", f"{url}/clock", {"set": "2026-11-21T10:00:00"}, status=400)
    ask("POST", f"{url}/clock", {"set": "2026-11-21T10:00:00+00:00"})


def test_people_act(box: Box) -> None:
    acts = f"{box.salesforce_url}/_box/acts"
    one, other, third = box.lead_ids[:3]
    ask("POST", f"{acts}/edit", {"kind": "Lead", "record": one, "values": {"Title": "Owner"}})
    assert box.org.get("Lead", one)["Title"] == "Owner"
    ask("POST", f"{acts}/merge", {"winner": one, "losers": [other]})
    assert box.org.get("Lead", other)["MasterRecordId"] == one
    converted = ask("POST", f"{acts}/convert", {"record": third})["answer"]
    assert box.org.get("Lead", third)["ConvertedAccountId"] == converted["account"]
    late = {"kind": "Lead", "record": one, "values": {"Title": "Nobody"}, "seconds": 60}
    ask("POST", f"{acts}/late_edit", late)
    box.org.settle()
    assert box.org.get("Lead", one)["Title"] == "Owner"
    box.clock.advance(61)
    box.org.settle()
    assert box.org.get("Lead", one)["Title"] == "Nobody"

    acts = f"{box.hubspot_url}/_box/acts"
    made = ask("POST", f"{acts}/create", {"kind": "contacts", "values": {"email": "new@acme.example"}})
    ask("POST", f"{acts}/delete", {"kind": "contacts", "record": made["answer"]})
    assert made["answer"] not in {row["hs_object_id"] for row in box.portal.rows("contacts")}


@pytest.mark.parametrize(
    ("act", "wishes", "said"),
    [
        ("dance", {}, "There is no act dance; there are convert, create"),
        (
            "edit",
            {"kind": "Lead"},
            "edit: record is missing; values is missing; it takes kind, record, values.",
        ),
        ("convert", {"record": "1", "id": "1"}, "convert: id is no key of this act; it takes record."),
        (
            "create",
            {"kind": "Lead", "values": "x"},
            "create: values must be an object; it takes kind, values.",
        ),
        ("merge", {"winner": "1", "losers": "2"}, "merge: losers must be a list; it takes winner, losers."),
        ("edit", {"kind": "Lead", "record": "00Q000000000000", "values": {}}, "edit: "),
        ("create", {"kind": "Lead", "values": {"No_Such__c": 1}}, "No_Such__c"),
        ("convert", [], "The body must be a JSON object."),
    ],
)
def test_what_cannot_be_done_is_said(box: Box, act: str, wishes: Any, said: str) -> None:
    assert said in ask("POST", f"{box.salesforce_url}/_box/acts/{act}", wishes, status=400)["message"]


@pytest.mark.parametrize("wrong", [{"statsu": 503}, {"times": "often"}, {"drop": "sometimes"}])
def test_a_misspelt_fault_is_no_fault(url: str, wrong: dict[str, Any]) -> None:
    said = ask("POST", f"{url}/faults", wrong, status=400)["message"]
    assert next(iter(wrong)) in said
    assert ask("GET", f"{url}/faults") == []
