"""Disasters on the wire: bounded time, bounded logins, our own words, and the next call recovers."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from connectors.base import (
    Delivery,
    Misconfigured,
    Parked,
    Refused,
    Rejected,
    Transient,
    Unreachable,
    Window,
)
from connectors.salesforce import SalesforceConnector, login, transport
from connectors.salesforce.client import Client
from connectors.traffic import Timing
from qualifier.facts import FACTS
from sandbox.faults import MAINTENANCE_PAGE, Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def read(connector: SalesforceConnector) -> list[str]:
    return [lead.id for page in connector.changes("lead", WINDOW) for lead in page.leads]


def logins(acme: "Acme") -> int:
    return len(acme.journal.exchanges("POST", "oauth2/token"))


@pytest.mark.parametrize("html", [False, True])
def test_a_token_that_stays_dead_costs_at_most_two_logins(acme: "Acme", html: bool) -> None:
    acme.org.switches.html_401 = html
    connector = acme.connector()
    read(connector)
    acme.org.sessions.refuse_all = True
    for _ in range(5):
        with pytest.raises(Refused):
            read(connector)
    assert logins(acme) <= 2
    fresh = acme.connector()
    acme.journal.clear()
    for _ in range(5):
        with pytest.raises(Refused):
            read(fresh)
    assert logins(acme) <= 2
    assert acme.journal.calls() <= 4


def test_a_dead_token_is_renewed_once_by_many_threads(acme: "Acme") -> None:
    connector, lead = acme.connector(), acme.lead()
    read(connector)
    acme.org.sessions.revoke_all()
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(read(connector))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[lead]] * 6
    assert logins(acme) == 2


def test_a_refused_login_is_not_tried_again_at_once(acme: "Acme") -> None:
    wrong = {"flow": "client_credentials", "client_id": "leadline-sandbox", "client_secret": "no-such-secret"}
    connector = acme.connector(auth=wrong)
    for _ in range(4):
        with pytest.raises(Refused) as caught:
            read(connector)
        assert "no-such-secret" not in str(caught.value)
    assert logins(acme) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=503, body=MAINTENANCE_PAGE),
        Fault(status=200, body=MAINTENANCE_PAGE),
        Fault(status=200, body={"records": [None]}),
        Fault(status=200, body={"records": [{"Id": None}]}),
        Fault(status=200, body='{"records": [], "totalSize": ' + "9" * 5_000 + "}"),
        Fault(status=500, body=[{"message": "m", "errorCode": "UNKNOWN_EXCEPTION"}]),
        Fault(status=420),
        Fault(status=429, headers={"Retry-After": "3"}),
        Fault(status=502, body="<html>"),
        Fault(drop="before"),
        Fault(cut=40),
    ],
    ids=[
        "503 html",
        "200 html",
        "200 null",
        "200 no id",
        "200 digits",
        "500",
        "420",
        "429",
        "502",
        "reset",
        "cut",
    ],
)
def test_a_passing_fault_is_survived_once_and_bounded_for_ever(acme: "Acme", fault: Fault) -> None:
    lead, connector = acme.lead(), acme.connector()
    read(connector)
    once = acme.faults.add(Fault(**(vars(fault) | {"times": 1, "hits": 0})))
    assert read(connector) == [lead]
    assert once.hits == 1
    lasting = acme.faults.add(Fault(**(vars(fault) | {"times": None, "hits": 0})))
    with pytest.raises(Transient) as caught:
        read(connector)
    assert lasting.hits <= 5
    assert sum(acme.waits) < 60
    assert "html" not in str(caught.value).lower()
    acme.faults.clear()
    assert read(connector) == [lead]


def test_a_retry_after_is_obeyed(acme: "Acme") -> None:
    connector = acme.connector()
    read(connector)
    acme.faults.add(Fault("GET", "*/query*", status=429, headers={"Retry-After": "17"}))
    read(connector)
    assert max(acme.waits) >= 17
    acme.faults.add(Fault("GET", "*/query*", status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(Parked) as caught:
        read(connector)
    assert caught.value.until is not None
    assert caught.value.until > datetime.now(UTC) + timedelta(minutes=59)


def test_maintenance_parks_writes_while_reads_go_on(ready: "Acme") -> None:
    lead, connector = ready.lead(), ready.connector()
    ready.org.switches.read_only = True
    assert read(connector) == [lead]
    with pytest.raises(Parked) as caught:
        connector.deliver([Delivery(lead, {"Score": 50})])
    assert caught.value.code == "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"
    assert caught.value.until is not None


@pytest.mark.parametrize("where", ["login", "query", "write"])
def test_a_black_hole_is_bounded(ready: "Acme", where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, connector = ready.lead(), ready.connector()
    monkeypatch.setattr(login, "LOGIN_READ_SECONDS", 0.3)
    for module in ("client", "writing"):
        name = "READ_SECONDS" if module == "client" else "WRITE_SECONDS"
        monkeypatch.setattr(f"connectors.salesforce.{module}.{name}", 0.3)
    monkeypatch.setattr("connectors.salesforce.client.DESCRIBE_READ_SECONDS", 0.3)
    for method in (Client.call, Client.composite):
        monkeypatch.setitem(method.__kwdefaults__ or {}, "read_seconds", 0.3)
    if where != "login":
        connector.writable()
    hole = Fault("POST" if where == "login" else "*", "*", black_hole=True, times=None)
    ready.faults.add(hole)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        connector.deliver([Delivery(lead, {"Score": 1})]) if where == "write" else read(connector)
    assert time.monotonic() - began < 3
    assert hole.hits <= 2


def test_the_timeouts_of_a_silent_org_fit_into_a_pass() -> None:
    tries = 2
    assert transport.CONNECT_SECONDS * 3 < 60
    assert transport.READ_SECONDS * tries + 1 < 60
    assert transport.WRITE_SECONDS < 60
    assert login.LOGIN_READ_SECONDS * tries + 1 < 60


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_refused_connection_is_told_quickly(acme: "Acme", closed_port: int) -> None:
    connector = acme.connector(base_url=f"http://127.0.0.1:{closed_port}")
    with pytest.raises(Unreachable, match="base_url"):
        read(connector)
    assert connector.calls == 3


def test_a_login_that_sends_elsewhere_is_named(acme: "Acme") -> None:
    acme.faults.add(Fault("POST", "*/token", status=302, headers={"Location": "https://elsewhere.example/"}))
    with pytest.raises(Misconfigured, match=r"sends to another one .*127\.0\.0\.1.*base_url.*proxy"):
        read(acme.connector())


def test_half_a_letter_in_an_answer_can_be_stored(acme: "Acme") -> None:
    connector, stamp = acme.connector(), "2026-11-21T11:59:00.000+0000"
    row = {"Id": "00Q000000000001AAA", "Email": "a\ud83d@acme\ude00-x.com", "Description": "b\0c"}
    row |= {"CreatedDate": stamp, "SystemModstamp": stamp, "OwnerId": "005\ud83d", "Title": "Head \ud83d"}
    connector.writable()
    acme.faults.add(Fault("GET", "*/query*", status=200, body={"records": [row]}))
    [lead] = connector.read([row["Id"]]).leads
    assert (lead.email, lead.text) == ("a\ufffd@acme\ufffd-x.com", "b\ufffdc")
    assert (lead.domains, lead.owner) == (("acme\ufffd-x.com",), "005\ufffd")
    acme.faults.add(Fault("GET", "*/query*", status=400, body=[{"errorCode": "B\ud83d"}]))
    with pytest.raises(Rejected) as caught:
        connector.read([row["Id"]])
    assert caught.value.code == "B\ufffd"


def test_the_daily_budget_stops_before_the_org_does(acme: "Acme") -> None:
    connector = acme.connector(api_budget=5)
    while connector.calls < 5:
        read(connector)
    with pytest.raises(Parked, match="api_budget"):
        read(connector)
    assert connector.calls == 5


def test_the_quota_and_the_orgs_clock_are_told(acme: "Acme") -> None:
    acme.org.switches.limit_info_app = "Leadline"
    connector = acme.connector()
    assert connector.quota.limit is None
    assert abs(connector.server_time() - NOW) < timedelta(seconds=5)
    assert connector.calls == 1
    read(connector)
    assert connector.quota.limit == 100_000
    assert connector.quota.used == acme.org.limits.used
    acme.clock.advance(90 * 86_400)
    connector.gate._date = None
    assert connector.server_time() > NOW + timedelta(days=89)


def test_stopping_ends_a_wait(acme: "Acme") -> None:
    stop = threading.Event()
    connector = SalesforceConnector(acme.connection(), FACTS, stop=stop, timing=Timing())
    acme.opened.append(connector)
    read(connector)
    acme.faults.add(Fault("GET", "*/query*", status=429, headers={"Retry-After": "25"}, times=None))
    threading.Timer(0.1, stop.set).start()
    began = time.monotonic()
    with pytest.raises(Exception, match="stopped"):
        read(connector)
    assert time.monotonic() - began < 5


def test_a_proxy_of_the_environment_does_not_see_loopback(
    acme: "Acme", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert read(acme.connector()) == []


def test_nothing_but_our_errors_escapes_an_org_that_answers_nonsense(acme: "Acme") -> None:
    connector = acme.connector()
    read(connector)
    bodies: list[Any] = [None, [], {}, "text", 5, [1], {"records": None}, {"compositeResponse": [{}]}]
    for body in bodies:
        acme.faults.clear()
        acme.faults.add(Fault("*", "*/query*", status=200, body=body, times=None))
        with pytest.raises(Transient):
            read(connector)
