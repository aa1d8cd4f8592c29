"""Around the calls: limits, sizes, pages, versions, headers (salesforce.md §2.1, §4.4, §5)."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from sandbox.salesforce.ids import long_id


def test_the_limit_header_and_the_limits_resource(crm: Any) -> None:
    """§5.1: on 2xx only, not on the versions; /limits needs a right."""
    answer = crm.call("GET", "/limits/")
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    assert answer.json()["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_999}
    crm.org.switches.limit_info_app = "leadline"
    both = crm.call("GET", "/limits").headers["Sforce-Limit-Info"]
    assert both == "api-usage=2/100000; per-app-api-usage=2/100000(appName=leadline)"
    assert "Sforce-Limit-Info" not in crm.call("GET", "/nowhere").headers
    assert "Sforce-Limit-Info" not in crm.http.get(f"{crm.url}/services/data/", timeout=10).headers
    crm.org.switches.limits_allowed = False
    assert crm.call("GET", "/limits").status_code == 403


def test_the_daily_limit_rolls(crm: Any) -> None:
    """§5.1: 403 REQUEST_LIMIT_EXCEEDED, a window of 24 hours without a reset hour."""
    crm.org.limits.maximum = 2
    assert [crm.call("GET", "/limits").status_code for _ in range(3)] == [200, 200, 403]
    refused = crm.call("GET", "/limits")
    assert refused.json() == [
        {"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}
    ]
    crm.clock.advance(86_401)
    crm.log_in()
    assert crm.call("GET", "/limits").status_code == 200


def test_too_many_at_once_is_the_same_code(crm: Any) -> None:
    """§4.4: the concurrent flavour, short-lived."""
    crm.org.limits.refuse_concurrent = 1
    refused = crm.call("GET", "/limits")
    assert refused.status_code == 403
    assert refused.json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
    assert "ConcurrentRequests" in refused.json()[0]["message"]
    assert crm.call("GET", "/limits").status_code == 200


def test_long_addresses_and_headers(crm: Any) -> None:
    """§2.1: 414 beyond 16,384 bytes of URI, 431 with the headers; both in HTML."""
    long = crm.call(
        "GET", "/query", params={"q": "SELECT Id FROM Lead WHERE Company = '" + "x" * 16_400 + "'"}
    )
    assert (long.status_code, "URI Too Long" in long.text) == (414, True)
    assert long.headers["content-type"].startswith("text/html")
    wide = crm.call("GET", "/query", params={"q": "SELECT Id FROM Lead"}, headers={"X-Wide": "x" * 16_400})
    assert wide.status_code == 431


def test_versions(crm: Any) -> None:
    """§4.4: 410 for what is retired; the list of versions needs no login."""
    versions = crm.http.get(f"{crm.url}/services/data/", timeout=10, headers={"Authorization": ""}).json()
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    retired = crm.http.get(f"{crm.url}/services/data/v30.0/limits", timeout=10)
    assert (retired.status_code, retired.json()[0]["errorCode"]) == (410, "UNSUPPORTED_API_VERSION")
    assert crm.http.get(f"{crm.url}/services/data/v99.0/limits", timeout=10).status_code == 404


def test_the_date_header_is_the_orgs_time(crm: Any) -> None:
    """§2.3: a poller takes the server's time from the Date header."""
    crm.clock.advance(-3_600)
    answer = crm.call("GET", "/limits")
    assert parsedate_to_datetime(answer.headers["Date"]) == crm.clock.now()


def test_locators_expire_and_smaller_pages_may_be_asked(crm: Any) -> None:
    """§2.1: batchSize is a hint from 200 up; a dead locator is INVALID_QUERY_LOCATOR."""
    for _ in range(250):
        crm.add_lead()
    query = {"params": {"q": "SELECT Id FROM Lead"}}
    page = crm.call("GET", "/query", headers={"Sforce-Query-Options": "batchSize=20"}, **query).json()
    assert (len(page["records"]), page["totalSize"], page["done"]) == (200, 250, False)
    rest = page["nextRecordsUrl"].removeprefix("/services/data/v66.0")
    last = crm.call("GET", rest).json()
    assert (len(last["records"]), last["done"], "nextRecordsUrl" in last) == (50, True, False)
    crm.clock.advance(5_000)
    crm.org.switches.locator_seconds = 900
    dead = crm.call("GET", rest)
    assert (dead.status_code, dead.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_the_describes(crm: Any) -> None:
    """§1.3 paths: global, basic and full describe; an unknown object is 404, a missing one too."""
    names = {one["name"] for one in crm.call("GET", "/sobjects").json()["sobjects"]}
    assert {
        "Lead",
        "Task",
        "Event",
        "CampaignMember",
        "Account",
        "Opportunity",
        "User",
        "LeadHistory",
    } <= names
    assert crm.call("GET", "/sobjects/Lead/").json()["objectDescribe"]["keyPrefix"] == "00Q"
    status = next(
        one for one in crm.call("GET", "/sobjects/Lead/describe/").json()["fields"] if one["name"] == "Status"
    )
    assert status["picklistValues"][0]["value"] == "Open - Not Contacted"
    crm.org.access.hidden_objects.add("CampaignMember")
    assert crm.call("GET", "/sobjects/CampaignMember/describe").status_code == 404
    assert crm.refusal("SELECT Id FROM CampaignMember")["errorCode"] == "INVALID_TYPE"


@pytest.mark.parametrize(
    ("short", "whole"),
    [("001D000000IqhSL", "001D000000IqhSLIAZ"), ("00Q000000000001", "00Q000000000001EAA")],
)
def test_ids_have_a_checked_suffix(short: str, whole: str) -> None:
    """§7.1 item 7: 15 and 18 characters."""
    assert long_id(short) == long_id(whole) == whole
    assert long_id(whole[:-1] + "5") is None
    assert long_id("not an id") is None
