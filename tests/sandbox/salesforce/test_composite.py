"""Several calls in one (salesforce.md §4.1 composite, §2.1 retrieve by ids)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

BASE = "/services/data/v66.0"


def part(name: str, method: str, url: str, **more: Any) -> dict[str, Any]:
    return {"referenceId": name, "method": method, "url": BASE + url} | more


def collection(lead: str, **fields: Any) -> dict[str, Any]:
    return {"allOrNone": False, "records": [{"attributes": {"type": "Lead"}, "id": lead} | fields]}


def composite(
    crm: Any, *parts: dict[str, Any], all_or_none: bool = False, headers: dict[str, str] | None = None
) -> Any:
    body = {"allOrNone": all_or_none, "compositeRequest": list(parts)}
    return crm.call("POST", "/composite", json=body, headers=headers)


def test_queries_and_collections_travel_in_one_call(crm: Any) -> None:
    """§4.1: each answer carries body, httpHeaders, httpStatusCode, referenceId; one API call in all."""
    lead = crm.add_lead()
    used = crm.org.limits.used
    soql = quote_plus("SELECT Id FROM Lead WHERE SystemModstamp >= 2026-11-21T12:00:00+00:00")
    answer = composite(
        crm,
        part("first", "GET", f"/query?q={soql}"),
        part("second", "PATCH", "/composite/sobjects", body=collection(lead, Title="CTO")),
        part("third", "GET", "/query/?q=SELECT+Nope+FROM+Lead"),
    )
    first, second, third = answer.json()["compositeResponse"]
    assert (first["httpStatusCode"], first["referenceId"], first["body"]["totalSize"]) == (200, "first", 1)
    assert second["body"] == [{"id": lead, "success": True, "errors": []}]
    assert (third["httpStatusCode"], third["body"][0]["errorCode"]) == (400, "INVALID_FIELD")
    assert crm.org.limits.used == used + 1


def test_a_sub_request_does_not_inherit_the_assignment_header(crm: Any) -> None:
    """The header counts per sub-request only (§4.2, design: every composite sub-request carries it)."""
    outer, inner = crm.add_lead(), crm.add_lead()
    crm.org.assignment_rule = lambda _row: crm.org.queue
    off = {"Sforce-Auto-Assign": "FALSE"}
    composite(
        crm,
        part("plain", "PATCH", "/composite/sobjects", body=collection(outer, Title="a")),
        part("guarded", "PATCH", "/composite/sobjects", body=collection(inner, Title="a"), httpHeaders=off),
        headers=off,
    )
    assert crm.org.get("Lead", outer)["OwnerId"] == crm.org.queue
    assert crm.org.get("Lead", inner)["OwnerId"] == crm.org.reps[0]


def test_limits_of_a_composite_call(crm: Any) -> None:
    """§4.1: at most 25 parts, at most 5 of them queries or collections, every referenceId once."""
    query = "/query?q=SELECT+Id+FROM+Lead"
    assert composite(crm, *(part(f"q{n}", "GET", query) for n in range(5))).status_code == 200
    assert composite(crm, *(part(f"q{n}", "GET", query) for n in range(6))).status_code == 400
    assert composite(crm, *(part(f"l{n}", "GET", "/limits") for n in range(26))).status_code == 400
    assert composite(crm, part("a", "GET", "/limits"), part("a", "GET", "/limits")).status_code == 400
    nested = composite(crm, part("a", "POST", "/composite", body={})).json()["compositeResponse"][0]
    assert nested["httpStatusCode"] == 400


def test_references_carry_values_on(crm: Any) -> None:
    """§4.1: a later part may use what an earlier one answered."""
    answer = composite(
        crm,
        part("made", "POST", "/sobjects/Lead", body={"LastName": "A", "Company": "B"}),
        part("task", "POST", "/sobjects/Task", body={"WhoId": "@{made.id}", "Subject": "Call"}),
        part("lost", "GET", "/sobjects/Lead/@{nobody.id}"),
    ).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in answer] == [201, 201, 400]
    assert crm.org.rows("Task")[0]["WhoId"] == answer[0]["body"]["id"]


def test_all_or_none_undoes_the_earlier_parts(crm: Any) -> None:
    """§4.1: the others get PROCESSING_HALTED, and nothing of them stays."""
    lead = crm.add_lead(Title="before")
    before = crm.org.get("Lead", lead)
    answer = composite(
        crm,
        part("made", "POST", "/sobjects/Lead", body={"LastName": "A", "Company": "B"}),
        part("changed", "PATCH", f"/sobjects/Lead/{lead}", body={"Title": "after"}),
        part("bad", "PATCH", f"/sobjects/Lead/{lead}", body={"Email": "x"}),
        all_or_none=True,
    ).json()["compositeResponse"]
    codes = [one["body"][0]["errorCode"] for one in answer]
    assert codes == ["PROCESSING_HALTED", "PROCESSING_HALTED", "INVALID_EMAIL_ADDRESS"]
    assert [row["Id"] for row in crm.org.rows("Lead")] == [lead]
    assert crm.org.get("Lead", lead) == before


def test_every_part_of_a_batch_counts(crm: Any) -> None:
    """§4.1: composite/batch: independent parts, each counts against the limit."""
    used = crm.org.limits.used
    parts = [{"method": "GET", "url": "v66.0/limits"}, {"method": "GET", "url": "v66.0/nowhere"}]
    answer = crm.call("POST", "/composite/batch", json={"batchRequests": parts}).json()
    assert (answer["hasErrors"], [one["statusCode"] for one in answer["results"]]) == (True, [200, 404])
    assert crm.org.limits.used == used + 3


def test_retrieve_by_ids_keeps_places(crm: Any) -> None:
    """§2.1: POST composite/sobjects/Lead avoids long URLs; null for what is gone."""
    first, second = crm.add_lead(FirstName="Ada"), crm.add_lead()
    crm.org.delete("Lead", second)
    body = {"ids": [second, first], "fields": ["Id", "FirstName"]}
    answer = crm.call("POST", "/composite/sobjects/Lead", json=body).json()
    assert answer[0] is None
    assert (answer[1]["Id"], answer[1]["FirstName"]) == (first, "Ada")
    bad = crm.call("POST", "/composite/sobjects/Lead", json=body | {"fields": ["Nope"]})
    assert bad.json()[0]["errorCode"] == "INVALID_FIELD"
