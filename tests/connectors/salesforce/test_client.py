"""The client alone: where requests go, with which headers and timeouts, and how each flow logs in."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import jwt
import pytest
import requests
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import TypeAdapter
from requests.adapters import HTTPAdapter

from config.connections import SalesforceConnection
from connectors.base import Misconfigured, Refused, Unreachable
from connectors.salesforce.client import LONGEST_QUERY_BYTES, Client
from connectors.salesforce.outcomes import TABLE
from connectors.salesforce.transport import api_usage, error_of, trouble_of
from connectors.traffic import Gate, Timing
from sandbox.salesforce.population import INTEGRATION_USERNAME
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET, PASSWORD, SECURITY_TOKEN

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

HOST = "https://acme.my.salesforce.com"
TOKEN_URL = f"{HOST}/services/oauth2/token"
QUERY_URL = f"{HOST}/services/data/v66.0/query/"
APP = {"flow": "client_credentials", "client_id": "key", "client_secret": "secret"}
SESSION = {
    "access_token": "00D!token",
    "instance_url": HOST,
    "id": "https://login.salesforce.com/id/00D000000000001EAA/005000000000001AAA",
    "token_type": "Bearer",
}
EMPTY = {"totalSize": 0, "done": True, "records": []}


def make_client(auth: dict[str, Any] | None = None, **settings: Any) -> Client:
    base = {"name": "acme", "crm": "salesforce", "base_url": HOST, "auth": auth or APP}
    connection = TypeAdapter(SalesforceConnection).validate_python(base | settings)
    return Client(connection, Gate("acme", TABLE, timing=Timing(sleep=lambda _: None)))


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def test_a_call_goes_to_the_instance_with_the_session(wire: responses.RequestsMock) -> None:
    wire.post(TOKEN_URL, json=SESSION)
    wire.get(QUERY_URL, json=EMPTY, headers={"Sforce-Limit-Info": "api-usage=18/5000"})
    client = make_client()
    assert client.query("SELECT Id FROM Lead")["records"] == []
    login, query = wire.calls
    assert login.request.body == "grant_type=client_credentials"
    assert login.request.headers["Authorization"].startswith("Basic ")
    assert query.request.headers["Authorization"] == "Bearer 00D!token"
    assert query.request.headers["Sforce-Auto-Assign"] == "FALSE"
    assert str(query.request.url).endswith("/query/?q=SELECT+Id+FROM+Lead")
    assert client.user_id == "005000000000001AAA"
    assert (client.gate.quota.used, client.gate.quota.limit) == (18, 5000)


def test_every_request_has_a_timeout(wire: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    timeouts = []
    send = HTTPAdapter.send  # the mock's: it stands below our adapter

    def noting(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        timeouts.append(kwargs["timeout"])
        return send(self, request, *args, **kwargs)

    wire.post(TOKEN_URL, json=SESSION)
    wire.get(QUERY_URL, json=EMPTY)
    wire.get(f"{HOST}/services/data/", json=[{"version": "66.0"}])
    wire.patch(f"{HOST}/services/data/v66.0/composite/sobjects", json=[])
    client = make_client()
    monkeypatch.setattr(HTTPAdapter, "send", noting)
    client.query("SELECT Id FROM Lead")
    client.versions()
    client.call("update", "composite/sobjects", method="PATCH", body={}, read_seconds=40)
    assert timeouts == [(5.0, 10.0), (5.0, 20.0), (5.0, 20.0), (5.0, 40)]


def test_a_login_that_the_org_refuses_is_told_in_our_words(wire: responses.RequestsMock) -> None:
    answer = {"error": "invalid_grant", "error_description": "user hasn't approved this consumer"}
    wire.post(TOKEN_URL, status=400, json=answer)
    with pytest.raises(Refused, match="approved the app") as caught:
        make_client().query("SELECT Id FROM Lead")
    assert caught.value.code == "invalid_grant"
    assert "secret" not in str(caught.value)


def test_an_html_page_at_the_login_is_tried_again(wire: responses.RequestsMock) -> None:
    wire.post(TOKEN_URL, status=503, body="<html>maintenance</html>")
    wire.post(TOKEN_URL, status=200, body="<html>maintenance</html>")
    wire.post(TOKEN_URL, json=SESSION)
    wire.get(QUERY_URL, json=EMPTY)
    assert make_client().query("SELECT Id FROM Lead")["records"] == []


@pytest.mark.parametrize(
    "fault",
    [
        requests.exceptions.ConnectionError("reset"),
        requests.exceptions.ReadTimeout("silent"),
        requests.exceptions.ConnectTimeout("silent"),
        requests.exceptions.ChunkedEncodingError("cut"),
    ],
    ids=lambda fault: type(fault).__name__,
)
def test_faults_of_the_wire_are_unreachable(wire: responses.RequestsMock, fault: Exception) -> None:
    wire.post(TOKEN_URL, body=fault)
    with pytest.raises(Unreachable):
        make_client().query("SELECT Id FROM Lead")


def test_a_long_query_goes_in_a_body(wire: responses.RequestsMock) -> None:
    wire.post(TOKEN_URL, json=SESSION)
    part = {"httpStatusCode": 200, "body": EMPTY, "referenceId": "query0", "httpHeaders": {}}
    wire.post(f"{HOST}/services/data/v66.0/composite", json={"compositeResponse": [part]})
    soql = f"SELECT Id FROM Lead WHERE Title = '{'x' * LONGEST_QUERY_BYTES}'"  # noqa: S608 - a test's own
    assert make_client().query(soql, with_deleted=True) == EMPTY
    sent = json.loads(wire.calls[1].request.body or "")
    assert sent["compositeRequest"][0]["url"].startswith("/services/data/v66.0/queryAll/?q=SELECT%20Id")


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", (25, 5000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=25/5000", (25, 5000)),
        ("API-Usage=1/2", (1, 2)),
        ("per-app-api-usage=17/250(appName=x)", None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_the_usage_header_is_read_liberally(header: str | None, usage: tuple[int, int] | None) -> None:
    assert api_usage(header) == usage


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([{"errorCode": "A", "message": "m"}], "A"),
        ([{"statusCode": "B", "message": "m"}], "B"),
        ({"errorCode": "C"}, "C"),
        ([], ""),
        ("<html>", ""),
        (None, ""),
        ([1], ""),
    ],
)
def test_an_error_body_of_any_shape_is_read(body: Any, code: str) -> None:
    assert error_of(body)[0] == code


def test_a_proxy_that_is_down_is_no_connection() -> None:
    assert trouble_of(requests.exceptions.ProxyError("down")).fault == "refused"


# --- the flows, against the sandbox -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def auths(private_key: str) -> dict[str, dict[str, str]]:
    return {
        "client_credentials": {
            "flow": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        },
        "jwt_bearer": {
            "flow": "jwt_bearer",
            "client_id": CLIENT_ID,
            "username": INTEGRATION_USERNAME,
            "private_key": private_key,
        },
        "password": {
            "flow": "password",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "username": INTEGRATION_USERNAME,
            "password": PASSWORD,
            "security_token": SECURITY_TOKEN,
        },
        "soap": {
            "flow": "password",
            "username": INTEGRATION_USERNAME,
            "password": PASSWORD,
            "security_token": SECURITY_TOKEN,
        },
    }


@pytest.mark.parametrize("flow", ["client_credentials", "jwt_bearer", "password", "soap"])
def test_each_flow_logs_in_and_again_when_the_session_dies(
    acme: "Acme", key_pair: tuple[str, str], flow: str
) -> None:
    private, public = key_pair
    app = acme.org.sessions.apps[CLIENT_ID]
    app.public_key, app.approved = public, {acme.org.integration_user}
    acme.clock.set(datetime.now(UTC))
    client = acme.connector(auth=auths(private)[flow])._client
    assert client.query("SELECT Id FROM Lead")["records"] == []
    acme.org.sessions.revoke_all()
    assert client.query("SELECT Id FROM Lead")["records"] == []
    assert acme.org.sessions.logins[acme.org.integration_user] == 2


@pytest.mark.parametrize("flow", ["jwt_bearer", "password", "soap"])
def test_each_flow_is_refused_once_and_in_our_words(
    acme: "Acme", key_pair: tuple[str, str], flow: str
) -> None:
    auth = auths(key_pair[0])[flow] | {"username": "nobody@acme.example"}
    client = acme.connector(auth=auth)._client
    for _ in range(3):
        with pytest.raises(Refused) as caught:
            client.query("SELECT Id FROM Lead")
    assert "nobody" not in str(caught.value)
    logins = [e for e in acme.journal if "oauth2" in e.path or "Soap" in e.path]
    assert len(logins) == 1


def test_an_assertion_is_dated_by_the_orgs_clock(acme: "Acme", key_pair: tuple[str, str]) -> None:
    """A machine whose clock is a year off logs in all the same, once it has heard the org's time."""
    private, public = key_pair
    app = acme.org.sessions.apps[CLIENT_ID]
    app.public_key, app.approved = public, {acme.org.integration_user}
    connector = acme.connector(auth=auths(private)["jwt_bearer"])
    connector.server_time()
    assert connector._client.query("SELECT Id FROM Lead")["records"] == []


def test_a_key_that_is_none_is_told(acme: "Acme") -> None:
    auth = auths("-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----")["jwt_bearer"]
    with pytest.raises(Misconfigured, match="private_key"):
        acme.connector(auth=auth)._client.query("SELECT Id FROM Lead")


def test_the_assertion_says_who_and_where(wire: responses.RequestsMock, key_pair: tuple[str, str]) -> None:
    private, public = key_pair
    wire.post(TOKEN_URL, json=SESSION)
    wire.get(QUERY_URL, json=EMPTY)
    auth = {"flow": "jwt_bearer", "client_id": "key", "username": "u@acme.example", "private_key": private}
    make_client(auth).query("SELECT Id FROM Lead")
    form = dict(part.split("=") for part in str(wire.calls[0].request.body).split("&"))
    claims = jwt.decode(form["assertion"], public, algorithms=["RS256"], audience=HOST)
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("key", "u@acme.example", HOST)


def test_many_threads_log_in_once(acme: "Acme") -> None:
    client = acme.connector()._client
    threads = [threading.Thread(target=client.query, args=("SELECT Id FROM Lead",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert acme.org.sessions.logins[acme.org.integration_user] == 1
