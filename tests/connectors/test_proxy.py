"""The environment's proxy is the way to both CRMs, but for hosts that it excepts."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from connectors.base import ConnectorError
from tests.connectors.test_tls import connect

ORG = "https://acme.example"
LOOPBACK = "http://127.0.0.1:1"
NAMES = ("http_proxy", "https_proxy", "no_proxy", "all_proxy")


class Proxy(ThreadingHTTPServer):
    """Takes every request down and passes none on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusal)
        self.asked: list[str] = []


class Refusal(BaseHTTPRequestHandler):
    """Says that the client is not allowed."""

    server: Proxy

    def do_CONNECT(self) -> None:
        """Note whom the client wants to speak to."""
        self.server.asked.append(self.path)
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that the environment names for everything."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Proxy() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.server_port}")
        yield server
        server.shutdown()
        thread.join()


def asked(proxy: Proxy, crm: str, base_url: str) -> set[str]:
    """Whom the proxy was to reach when a connector asked for the time."""
    connector = connect(crm, base_url)
    with pytest.raises(ConnectorError):
        connector.server_time()
    connector.close()
    return set(proxy.asked)


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_the_way_out_leads_through_the_proxy(proxy: Proxy, crm: str) -> None:
    assert asked(proxy, crm, ORG) == {"acme.example:443"}


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_host_that_is_excepted_is_asked_directly(
    proxy: Proxy, crm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "acme.example")
    assert asked(proxy, crm, ORG) == set()


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_no_proxy_is_asked_for_a_sandbox_on_loopback(proxy: Proxy, crm: str) -> None:
    assert asked(proxy, crm, LOOPBACK) == set()
