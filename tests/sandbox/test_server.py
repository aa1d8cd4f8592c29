"""The server thread, the journal, the script of faults and the clock, over real HTTP."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.clock import Clock
from sandbox.faults import MAINTENANCE_PAGE, Fault, Faults
from sandbox.journal import Journal, path_pattern
from sandbox.server import Edge, Server


class Counter:
    """A CRM that counts what it carried out."""

    def __init__(self) -> None:
        self.done = 0
        self.clients: set[tuple[str, int]] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer with the count and the request's body."""
        self.clients.add(scope["client"])
        request = Request(scope, receive)
        body = await request.body()
        if request.url.path == "/broken":
            raise ValueError("as a bug would")
        self.done += 1
        await JSONResponse({"done": self.done, "echo": body.decode(), "pad": "x" * 500})(scope, receive, send)


class Bench:
    """One running server with everything around it."""

    def __init__(self) -> None:
        self.app, self.clock, self.journal, self.faults = (
            Counter(),
            Clock(),
            Journal(capacity=50),
            Faults(seed=1),
        )
        edge = Edge(self.app, crm="toy", clock=self.clock, journal=self.journal, faults=self.faults)
        self.server = Server(edge)
        self.http = requests.Session()

    def post(self, path: str = "/things/12345", timeout: float = 5, **kwargs: Any) -> requests.Response:
        """One call with a small JSON body."""
        return self.http.post(self.server.url + path, json={"a": 1}, timeout=timeout, **kwargs)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    with made.server, made.http:
        yield made


def test_connections_are_kept(bench: Bench) -> None:
    for _ in range(20):
        bench.post()
    assert len(bench.app.clients) == 1


def test_the_date_header_follows_the_clock(bench: Bench) -> None:
    moment = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)
    bench.clock.set(moment)
    assert parsedate_to_datetime(bench.post().headers["Date"]) == moment
    bench.clock.advance(61)
    assert parsedate_to_datetime(bench.post().headers["Date"]) == moment + timedelta(seconds=61)


def test_the_journal_keeps_what_was_said(bench: Bench) -> None:
    bench.post("/things/12345?x=1", headers={"Authorization": "Bearer secret", "X-Note": "n"})
    bench.http.get(bench.server.url + "/things/67890", timeout=5)
    first, second = bench.journal
    assert (first.method, first.path, first.query, first.status, first.crm) == (
        "POST",
        "/things/12345",
        "x=1",
        200,
        "toy",
    )
    assert (first.body, first.headers["x-note"], second.body) == ({"a": 1}, "n", None)
    assert "authorization" not in first.headers
    assert bench.journal.counts == {("POST", "/things/{id}"): 1, ("GET", "/things/{id}"): 1}
    assert (bench.journal.calls("toy"), bench.journal.calls("other")) == (2, 0)
    assert bench.journal.exchanges("GET") == [second]
    bench.journal.clear()
    assert (len(bench.journal), bench.journal.calls()) == (0, 0)


def test_the_journal_forgets_the_oldest_but_counts_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(60):
        bench.post()
    assert (len(bench.journal), bench.journal.calls()) == (50, 60)
    monkeypatch.setattr("sandbox.journal.MAX_KEPT_BYTES", 20)
    bench.post()
    assert (len(bench.journal), bench.journal.calls()) == (2, 61)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/services/data/v66.0/sobjects/Lead/00Q5k0000000001EAA", "/services/data/v66.0/sobjects/Lead/{id}"),
        ("/services/data/v66.0/query/0r85e0000000001EAA-2000", "/services/data/v66.0/query/{id}"),
        ("/crm/v3/objects/contacts/501", "/crm/v3/objects/contacts/{id}"),
        ("/services/data/v66.0/composite/sobjects", "/services/data/v66.0/composite/sobjects"),
    ],
)
def test_counts_are_kept_by_pattern(path: str, pattern: str) -> None:
    assert path_pattern(path) == pattern


@pytest.mark.parametrize(
    ("fault", "carried_out"),
    [
        (Fault(drop="before"), 0),
        (Fault(drop="after"), 1),
        (Fault(cut=10), 1),
        (Fault(black_hole=True), 0),
    ],
)
def test_a_lost_answer(bench: Bench, fault: Fault, carried_out: int) -> None:
    """salesforce.md §7.1 item 9: reset, cut, black hole; commit then drop the answer."""
    bench.faults.add(fault)
    with pytest.raises(requests.RequestException):
        bench.post(timeout=0.3)
    assert bench.app.done == carried_out
    assert bench.post().status_code == 200
    assert bench.journal.exchanges()[0].committed is bool(carried_out)


def test_scripted_answers(bench: Bench) -> None:
    """salesforce.md §7.1 item 9: 503 HTML, JSON with headers, 200 with HTML; carried out only with commit."""
    bench.faults.add(Fault(method="POST", path="/things/*", status=503, body=MAINTENANCE_PAGE))
    bench.faults.add(Fault(status=429, headers={"Retry-After": "7"}, body={"status": "error"}, commit=True))
    bench.faults.add(Fault(status=200, body=MAINTENANCE_PAGE))
    first, second, third, fourth = (bench.post() for _ in range(4))
    assert (first.status_code, first.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert (second.status_code, second.headers["Retry-After"], second.json()) == (
        429,
        "7",
        {"status": "error"},
    )
    assert (third.status_code, third.text) == (200, MAINTENANCE_PAGE)
    assert fourth.json()["done"] == 2


def test_faults_wait_repeat_and_choose(bench: Bench) -> None:
    always = bench.faults.add(Fault(path="/other", status=500, times=None))
    bench.faults.add(Fault(containing='"a": 1', status=418, times=2, skip=1))
    assert [bench.post().status_code for _ in range(4)] == [200, 418, 418, 200]
    assert [bench.post("/other").status_code for _ in range(3)] == [500, 500, 500]
    bench.faults.remove(always)
    assert bench.post("/other").status_code == 200
    assert always.hits == 3
    bench.faults.add(Fault(status=500, times=None, probability=0.5))
    statuses = [bench.post().status_code for _ in range(40)]
    assert {200, 500} == set(statuses)
    bench.faults.clear()
    assert not bench.faults


def test_a_delay_slows_and_lets_through(bench: Bench) -> None:
    bench.faults.add(Fault(delay=0.2, times=None))
    bench.faults.add(Fault(status=500))
    before = time.monotonic()
    assert [bench.post().status_code for _ in range(2)] == [500, 200]
    assert time.monotonic() - before >= 0.4


def test_a_fault_of_the_sandbox_itself_is_told(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    assert bench.post("/broken").status_code == 500
    assert "The sandbox failed on POST /broken" in caplog.text


def test_stopping_is_quick_and_frees_the_port() -> None:
    bench = Bench()
    bench.faults.add(Fault(black_hole=True))
    outcome: list[str] = []

    def hang() -> None:
        try:
            bench.post(timeout=30)
        except requests.RequestException as lost:
            outcome.append(type(lost).__name__)

    with bench.server:
        waiting = threading.Thread(target=hang)
        waiting.start()
        while not len(bench.journal):
            time.sleep(0.01)
        before = time.monotonic()
    assert time.monotonic() - before < 5
    waiting.join(5)
    bench.http.close()
    assert len(outcome) == 1
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", bench.server.port))


def test_a_taken_port_is_an_error(bench: Bench) -> None:
    with pytest.raises(OSError, match="in use"):
        Server(bench.app, port=bench.server.port)


def test_the_clock_stands_moves_and_runs() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    clock = Clock(moment)
    assert clock.now() == moment
    clock.advance(-5)
    assert clock.now() == moment - timedelta(seconds=5)
    clock.run()
    assert timedelta(0) <= clock.now() - moment + timedelta(seconds=5) < timedelta(minutes=1)
    with pytest.raises(ValueError, match="has no zone"):
        clock.set(datetime(2026, 1, 1))  # noqa: DTZ001 - the naive time is the point
