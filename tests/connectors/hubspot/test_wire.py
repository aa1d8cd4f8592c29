"""Everything that can come back over the wire, with the real client: fact sheet §1.2-1.4, §4, §5."""

import socket
from typing import Any

import pytest

from connectors.base import (
    ConnectorError,
    Misconfigured,
    Parked,
    Refused,
    Rejected,
    Stopped,
    Transient,
    Unreachable,
)
from connectors.hubspot import transport
from connectors.hubspot.transport import dated
from sandbox.faults import MAINTENANCE_PAGE
from sandbox.hubspot import DEFAULT_TOKEN
from tests.connectors.hubspot.world import World, leads_of, window

SEARCH = "*/contacts/search"


def test_a_kept_connection_serves_all_calls_and_nothing_is_repeated(world: World) -> None:
    world.contacts(3)
    connector = world.connector()
    assert len(leads_of(connector.changes("lead", window()))) == 3
    assert connector.calls == world.journal.calls()


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "body": MAINTENANCE_PAGE},
        {"status": 502},
        {"status": 524},
        {"status": 500, "body": {"status": "error"}},
        {"status": 423, "body": {"category": "LOCKED"}},
        {"status": 429, "body": "error code: 1015"},
        {"status": 200, "body": MAINTENANCE_PAGE},
        {"status": 200, "body": {}},
        {"status": 202, "body": ""},
        {"status": 204},
        {"status": 200, "body": {"results": None}},
        {"status": 200, "body": {"results": [None]}},
        {"status": 200, "body": {"results": [{"id": None, "properties": None}]}},
        {"status": 200, "body": {"results": [{"id": "seven", "properties": {}}]}},
        pytest.param({"status": 200, "body": "[" * 100_000}, id="nested beyond measure"),
        {"status": 200, "body": b"\xff\xfe\x00"},
        {"status": 500, "body": b"\xff\xfe\x00"},
        {"cut": 40},
        {"drop": "before"},
    ],
    ids=str,
)
def test_a_passing_fault_is_tried_again(world: World, fault: dict[str, Any]) -> None:
    world.contacts(2)
    world.fault(path=SEARCH, **fault)
    assert len(leads_of(world.connector().changes("lead", window()))) == 2
    assert world.requests("/search") == 2


def test_a_page_of_html_is_no_proof_of_a_deletion(world: World) -> None:
    connector = world.ready()
    world.fault(method="DELETE", path="*/lists/*", status=200, body=MAINTENANCE_PAGE)
    assert "refuse" not in {step.action for step in connector.remove()}
    assert not list(world.portal.segments.live())


@pytest.mark.parametrize("status", [201, 202, 207])
def test_another_success_status_with_a_proper_body_is_a_success(world: World, status: int) -> None:
    contact = world.contacts(1)[0]
    body = {
        "total": 1,
        "results": [
            {
                "id": contact,
                "properties": {"lastmodifieddate": "2026-11-20T09:00:00Z"},
                "createdAt": "2026-11-20T09:00:00Z",
                "updatedAt": "2026-11-20T09:00:00Z",
            }
        ],
    }
    world.fault(path=SEARCH, status=status, body=body)
    assert [lead.id for lead in leads_of(world.connector().changes("lead", window()))] == [contact]
    assert world.requests("/search") == 1


def test_a_lasting_fault_ends_as_transient(world: World) -> None:
    world.fault(path=SEARCH, status=503, body=MAINTENANCE_PAGE, times=None)
    with pytest.raises(Transient):
        list(world.connector().changes("lead", window()))
    assert 2 <= world.requests("/search") <= 6


def test_a_lasting_wrong_answer_is_never_success(world: World) -> None:
    world.fault(path=SEARCH, status=200, body={"total": 0}, times=None)
    with pytest.raises(Transient):
        list(world.connector().changes("lead", window()))


@pytest.mark.parametrize(
    ("body", "wait"),
    [
        ({"message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}, 1),
        (
            {
                "message": "You have reached your ten_secondly_rolling limit.",
                "errorType": "RATE_LIMIT",
                "policyName": "TEN_SECONDLY_ROLLING",
            },
            10,
        ),
    ],
)
def test_a_rate_limit_without_retry_after_waits_as_long_as_it_lasts(
    world: World, body: dict[str, str], wait: float
) -> None:
    world.fault(path=SEARCH, status=429, body=body)
    list(world.connector().changes("lead", window()))
    assert any(wait <= seconds <= wait + 2 for seconds in world.waits)


def test_a_retry_after_of_seconds_is_honoured(world: World) -> None:
    world.fault(path=SEARCH, status=429, headers={"Retry-After": "7"}, body={"category": "RATE_LIMITS"})
    list(world.connector().changes("lead", window()))
    assert any(7 <= seconds < 9 for seconds in world.waits)


def test_the_daily_limit_parks_the_connection_without_another_try(world: World) -> None:
    body = {"message": "You have reached your daily limit.", "policyName": "DAILY"}
    world.fault(path=SEARCH, status=429, body=body, times=None)
    with pytest.raises(Parked) as error:
        list(world.connector().changes("lead", window()))
    assert error.value.until is not None
    assert world.requests("/search") == 1


def test_a_migration_parks_for_as_long_as_hubspot_says(world: World) -> None:
    world.fault(path=SEARCH, status=477, headers={"Retry-After": "7200"}, times=None)
    with pytest.raises(Parked, match="data centre"):
        list(world.connector().changes("lead", window()))
    assert world.requests("/search") == 1


def test_the_budget_stops_before_hubspot_does(world: World) -> None:
    world.contacts(1)
    connector = world.connector(api_budget=3)
    for _ in range(3):
        connector.server_time()
        world.clock.advance(60)
        connector._client.gate._date = None  # so that the next one asks again
    with pytest.raises(Parked, match="api_budget"):
        connector.server_time()
    assert world.journal.calls() == 3


def test_nobody_at_home_is_unreachable(world: World) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        connector = world.connector(base_url=f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(Unreachable):
            connector.server_time()


def test_a_black_hole_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", (0.5, 0.2))
    world.fault(black_hole=True, times=None)
    with pytest.raises(Unreachable):
        world.connector().server_time()
    assert world.journal.calls() <= 2


def test_stop_ends_the_wait_for_another_try(world: World) -> None:
    connector = world.connector()
    world.fault(status=503, times=None)
    connector.gate.stop.set()
    with pytest.raises(Stopped):
        connector.server_time()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_address_that_sends_elsewhere_is_named(world: World, status: int) -> None:
    headers = {"Location": "https://elsewhere.example/"}
    world.fault(path=SEARCH, status=status, headers=headers, body=MAINTENANCE_PAGE, times=None)
    with pytest.raises(Misconfigured, match=r"sends to another one .*127\.0\.0\.1.*base_url.*proxy"):
        list(world.connector().changes("lead", window()))
    assert world.requests("/search") == 1


def test_a_lasting_answer_of_empty_records_is_the_crms_fault(world: World) -> None:
    world.fault(path="*/batch/read", status=200, body={"results": [{"id": None}]}, times=None)
    with pytest.raises(Transient, match="not what the CRM's interface sends"):
        world.connector().read(["1"])


def test_half_a_letter_in_an_answer_can_be_stored(world: World) -> None:
    texts = {"email": "a\ud83d@acme\ude00-x.com", "message": "b\0c", "company": "Acme \ud83d"}
    properties = texts | {"hubspot_owner_id": "7\ud83d", "lastmodifieddate": "2026-11-20T09:00:00Z"}
    body = {"results": [{"id": "1", "properties": properties}]}
    world.fault(path="*/batch/read", status=200, body=body)
    [lead] = world.connector().read(["1"]).leads
    assert (lead.email, lead.text) == ("a\ufffd@acme\ufffd-x.com", "b\ufffdc")
    assert (lead.domains, lead.owner) == (("acme\ufffd-x.com",), "7\ufffd")


def test_half_a_letter_in_a_refusal_can_be_stored(world: World) -> None:
    world.fault(path="*/batch/read", status=400, body={"category": "B\ud83d", "errors": [None]})
    with pytest.raises(Rejected) as error:
        world.connector().read(["1"])
    assert error.value.code == "B\ufffd"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 414, 423, 429, 477, 500, 503, 521, 530])
def test_no_answer_escapes_as_anything_but_our_errors(world: World, status: int) -> None:
    world.fault(status=status, body={"message": "ann@example.com is wrong", "category": "X"}, times=None)
    with pytest.raises(ConnectorError) as error:
        world.connector().server_time()
    chain = f"{error.value!r} {error.value.__cause__!r}"
    assert "ann@example.com" not in chain
    assert str(error.value).startswith("acme: ")


def test_a_refused_request_is_sent_once(world: World) -> None:
    world.fault(path=SEARCH, status=400, body={"category": "VALIDATION_ERROR"}, times=None)
    with pytest.raises(Rejected):
        list(world.connector().changes("lead", window()))
    assert world.requests("/search") == 1


def test_quota_and_clock_come_from_headers(limited: World) -> None:
    connector = limited.connector()
    connector.server_time()
    assert connector.quota.limit == 250_000
    assert connector.quota.used == 1
    connector.server_time()
    assert limited.journal.calls() == 1


def test_searches_stay_under_hubspots_limit(limited: World) -> None:
    limited.contacts(1)
    connector = limited.connector()
    connector._client.gate._sleep = connector._client.gate.stop.wait  # this test is about real pace
    for _ in range(8):
        list(connector.changes("company", window()))
    assert [exchange.status for exchange in limited.journal if exchange.status == 429] == []


def test_the_dated_version_has_other_paths_and_the_same_results(world: World) -> None:
    contacts = world.contacts(3)
    dated_connector = world.ready(api_version="2026-03")
    assert [lead.id for lead in leads_of(dated_connector.changes("lead", window()))] == contacts
    assert all("/v3/" not in exchange.path and "/v4/" not in exchange.path for exchange in world.journal)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/crm/v3/objects/contacts/search", "/crm/objects/2026-03/contacts/search"),
        (
            "/crm/v4/associations/deals/companies/batch/read",
            "/crm/associations/2026-03/deals/companies/batch/read",
        ),
        ("/crm/v3/properties/contacts", "/crm/properties/2026-03/contacts"),
        ("/crm/v3/lists/search", "/crm/lists/2026-03/search"),
        ("/oauth/v1/token", "/oauth/2026-03/token"),
        ("/account-info/v3/details", "/account-info/2026-03/details"),
    ],
)
def test_every_path_has_a_dated_form(path: str, expected: str) -> None:
    assert dated(path, "2026-03") == expected
    assert dated(path, "v3") == path


def test_bodies_and_tokens_are_never_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    contacts = world.contacts(1)
    list(world.connector().changes("lead", window()))
    with pytest.raises(Refused):
        world.connector(auth={"flow": "token", "token": "pat-na1-other"}).server_time()
    assert "p0@firm0.example" not in caplog.text
    assert DEFAULT_TOKEN not in caplog.text
    assert contacts
