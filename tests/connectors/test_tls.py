"""A server without a certificate that is trusted, or without TLS: a sentence, and the way past a proxy."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.connections import AnyConnection, HubSpotConnection, SalesforceConnection
from connectors.base import Connector, ConnectorError, Refused
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce import SalesforceConnector
from connectors.traffic import Timing
from qualifier.facts import FACTS

CRMS = ("salesforce", "hubspot")
QUICK = Timing(sleep=lambda _: None)


class Silent(BaseHTTPRequestHandler):
    """Answers everything with 404 and an empty object."""

    def do_GET(self) -> None:
        """Any request."""
        self.send_response(404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_POST = do_GET  # noqa: N815 - the name is the library's

    def log_message(self, *_: object) -> None:
        """Nothing to the terminal."""


class Quiet(ThreadingHTTPServer):
    """Says nothing of handshakes that clients break off."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing to the terminal."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that only itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(here), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def serve(server: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def untrusted(certificate: Path) -> Iterator[str]:
    """Address of a server that shows the certificate."""
    server = Quiet(("127.0.0.1", 0), Silent)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    yield from serve(server)


@pytest.fixture
def plain() -> Iterator[str]:
    """An https address behind which a server speaks http."""
    yield from serve(Quiet(("127.0.0.1", 0), Silent))


def connect(crm: str, base_url: str) -> Connector:
    own = {"name": "acme", "crm": crm, "base_url": base_url}
    connection: AnyConnection
    if crm == "salesforce":
        auth = {"flow": "client_credentials", "client_id": "id", "client_secret": "secret"}
        connection = SalesforceConnection.model_validate(own | {"auth": auth})
        return SalesforceConnector(connection, FACTS, timing=QUICK)
    connection = HubSpotConnection.model_validate(own | {"auth": {"flow": "token", "token": "pat-eu1-x"}})
    return HubSpotConnector(connection, FACTS, timing=QUICK)


def told(crm: str, base_url: str) -> ConnectorError:
    """What a first call to the CRM ends in."""
    connector = connect(crm, base_url)
    try:
        with pytest.raises(ConnectorError) as caught:
            connector.read(["00Q000000000001AAA" if crm == "salesforce" else "1"])
    finally:
        connector.close()
    return caught.value


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("server", ["untrusted", "plain"])
def test_no_trust_is_told_with_the_address_and_what_to_do(
    crm: str, server: str, request: pytest.FixtureRequest
) -> None:
    base_url = request.getfixturevalue(server)
    error = told(crm, base_url)
    assert isinstance(error, Refused)
    assert "certificate is not trusted" in str(error)
    assert base_url.removeprefix("https://") in str(error)
    assert "REQUESTS_CA_BUNDLE" in str(error)


@pytest.mark.parametrize("crm", CRMS)
def test_the_variables_that_the_sentence_names_are_the_way_past_it(
    crm: str, untrusted: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(certificate))
    assert "certificate" not in str(told(crm, untrusted))
