"""The real simple-salesforce client over real HTTP (salesforce.md §1.2-1.4)."""

from __future__ import annotations

from typing import Any

import pytest
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)


def test_client_credentials_login_query_write_and_describe(crm: Any) -> None:
    """§1.2 row 6, §1.3 paths, §2.1 first page, §4.1 collections."""
    lead = crm.add_lead(FirstName="Zoë", Email="zoe@mueller.example")
    sf = crm.client()
    page: Any = sf.query("SELECT Id, Name, Owner.Name, SystemModstamp FROM Lead")
    assert page["totalSize"] == 1
    assert page["done"] is True
    record = page["records"][0]
    assert record["attributes"] == {"type": "Lead", "url": f"/services/data/v66.0/sobjects/Lead/{lead}"}
    assert (record["Id"], record["Name"], record["Owner"]["Name"]) == (lead, "Zoë Müller", "Ada Okafor")
    assert record["SystemModstamp"] == "2026-11-21T12:00:00.000+0000"
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Lead"}, "id": lead, "Title": "CTO"}]}
    result = sf.restful(
        "composite/sobjects", method="PATCH", json=body, headers={"Sforce-Auto-Assign": "FALSE"}
    )
    assert result == [{"id": lead, "success": True, "errors": []}]
    assert crm.org.get("Lead", lead)["Title"] == "CTO"
    described = {one["name"]: one for one in sf.Lead.describe()["fields"]}
    assert (described["Company"]["type"], described["Company"]["length"]) == ("string", 255)
    assert sf.Lead.get(lead)["Title"] == "CTO"
    assert sf.Lead.update(lead, {"Title": "CEO"}) == 204
    assert sf.api_usage["api-usage"].total == 100_000


def test_query_all_pages_follow_relative_locators(crm: Any) -> None:
    """§2.1 next page: nextRecordsUrl is relative and ends in -offset."""
    crm.org.switches.page_size = 200
    for _ in range(450):
        crm.add_lead()
    sf = crm.client()
    first: Any = sf.query("SELECT Id FROM Lead")
    assert first["totalSize"] == 450
    assert first["nextRecordsUrl"].startswith("/services/data/v66.0/query/0r8")
    assert first["nextRecordsUrl"].endswith("-200")
    records = sf.query_all("SELECT Id FROM Lead")["records"]
    assert len({record["Id"] for record in records}) == 450


def test_errors_arrive_as_the_clients_exceptions(crm: Any) -> None:
    """§1.4 table: 400, 403 and 404 map to their classes; content is the parsed list."""
    sf = crm.client()
    with pytest.raises(SalesforceMalformedRequest) as malformed:
        sf.query("SELECT Nope FROM Lead")
    error: Any = malformed.value.content
    assert error[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Nope' on entity 'Lead'" in error[0]["message"]
    with pytest.raises(SalesforceResourceNotFound):
        sf.Lead.get("00Q5k0000000009AAA")
    crm.org.limits.elsewhere = 100_000
    with pytest.raises(SalesforceRefusedRequest) as refused:
        sf.query("SELECT Id FROM Lead")
    error = refused.value.content
    assert error[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"


def test_wrong_secret_is_refused_in_the_oauth_shape(crm: Any) -> None:
    """§1.2: a non-200 from the token endpoint becomes SalesforceAuthenticationFailed(error, description)."""
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        crm.client(consumer_secret="wrong")
    assert refused.value.code == "invalid_client"
