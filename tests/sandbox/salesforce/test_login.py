"""Logging in and staying in (salesforce.md §1.1, §1.2, §1.4, §7.1 items 1 and 2)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceExpiredSession

from sandbox.salesforce.oauth import JWT_GRANT
from sandbox.salesforce.population import INTEGRATION_USERNAME
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET, PASSWORD, SECURITY_TOKEN


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def trust(crm: Any, key: rsa.RSAPrivateKey) -> str:
    """Register the key with the app and the user; the private key as PEM."""
    app = crm.org.sessions.apps[CLIENT_ID]
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    app.public_key = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    app.approved.add(crm.org.integration_user)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def ask(crm: Any, form: dict[str, str], **kwargs: Any) -> requests.Response:
    return requests.post(f"{crm.url}/services/oauth2/token", data=form, timeout=10, **kwargs)


def assertion(crm: Any, private: str, **claims: Any) -> dict[str, str]:
    expiry = int((crm.clock.now() + timedelta(seconds=180)).timestamp())
    everything = {
        "iss": CLIENT_ID,
        "sub": INTEGRATION_USERNAME,
        "aud": f"https://{crm.org.my_domain}",
        "exp": expiry,
    }
    return {"grant_type": JWT_GRANT, "assertion": jwt.encode(everything | claims, private, algorithm="RS256")}


def test_the_token_answer(crm: Any) -> None:
    """§1.1: these keys, no expires_in; §1.2: instance_url is bare."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = ask(crm, form)
    assert answer.status_code == 200
    body = answer.json()
    assert set(body) == {
        "access_token",
        "signature",
        "scope",
        "instance_url",
        "id",
        "token_type",
        "issued_at",
    }
    assert body["instance_url"] == crm.url
    assert ask(crm, {"grant_type": "client_credentials"}, auth=(CLIENT_ID, CLIENT_SECRET)).status_code == 200
    assert crm.org.sessions.logins[crm.org.integration_user] == 3  # one by the fixture


def test_client_credentials_need_my_domain(crm: Any) -> None:
    """§1.1: login.salesforce.com refuses them."""
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    answer = ask(crm, form, headers={"X-Sandbox-Host": "login.salesforce.com"})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": "request not supported on this domain",
    }


def test_the_real_client_logs_in_by_jwt(crm: Any, key: rsa.RSAPrivateKey) -> None:
    """§1.2 row 5: RS256, exp as a text, aud of the domain. The client takes exp from real time."""
    crm.clock.advance(time.time() - crm.clock.now().timestamp())
    private = trust(crm, key)
    wanted = {"username": INTEGRATION_USERNAME, "consumer_key": CLIENT_ID, "consumer_secret": None}
    sf = crm.client(**wanted, privatekey=private)
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0


@pytest.mark.parametrize(
    ("claims", "description"),
    [
        ({"aud": "https://test.salesforce.com"}, "audience is invalid"),
        ({"exp": 1}, "expired authorization code"),
        ({"iss": "nobody"}, "client identifier invalid"),
        ({"sub": "nobody@acme.example"}, "authentication failure"),
        ({"sub": "rep1@acme.example"}, "user hasn't approved this consumer"),
    ],
)
def test_a_bad_assertion_is_refused(
    crm: Any, key: rsa.RSAPrivateKey, claims: dict[str, Any], description: str
) -> None:
    """§1.1: 400 with these descriptions."""
    private = trust(crm, key)
    assert ask(crm, assertion(crm, private)).status_code == 200
    answer = ask(crm, assertion(crm, private, **claims))
    assert (answer.status_code, answer.json()["error_description"]) == (400, description)


def test_a_foreign_signature_is_refused(crm: Any, key: rsa.RSAPrivateKey) -> None:
    """§7.1 item 1: the signature is really checked."""
    trust(crm, key)
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    assert ask(crm, assertion(crm, pem)).json()["error_description"] == "invalid assertion"


def test_password_refresh_and_unknown_grants(crm: Any) -> None:
    """§1.1: password grant, the security token behind the password; refresh; errors in the OAuth shape."""
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    user = {"grant_type": "password", "username": INTEGRATION_USERNAME, "password": PASSWORD + SECURITY_TOKEN}
    assert ask(crm, app | user).status_code == 200
    assert (
        ask(crm, app | user | {"password": PASSWORD}).json()["error_description"] == "authentication failure"
    )
    crm.org.sessions.refresh_tokens["again"] = crm.org.integration_user
    assert ask(crm, app | {"grant_type": "refresh_token", "refresh_token": "again"}).status_code == 200
    lost = ask(crm, app | {"grant_type": "refresh_token", "refresh_token": "lost"})
    assert lost.json()["error_description"] == "expired access/refresh token"
    assert ask(crm, {"grant_type": "magic"}).json()["error"] == "unsupported_grant_type"


def test_soap_login_of_the_real_client(crm: Any) -> None:
    """§1.1, §1.2 row 1: XML login up to v64, sf:exceptionCode in a fault with status 500."""
    login = {"username": INTEGRATION_USERNAME, "password": PASSWORD, "security_token": SECURITY_TOKEN}
    nothing = {"consumer_key": None, "consumer_secret": None}
    sf = crm.client(**login, **nothing, version="59.0")
    assert sf.query("SELECT Id FROM Lead")["totalSize"] == 0
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        crm.client(**(login | {"password": "wrong"}), **nothing, version="59.0")
    assert refused.value.code == "INVALID_LOGIN"
    with pytest.raises(SalesforceAuthenticationFailed) as too_new:
        crm.client(**login, **nothing, version="66.0")
    assert too_new.value.code == "UNSUPPORTED_API_VERSION"


def test_sessions_die_of_idleness_and_revocation(crm: Any) -> None:
    """§1.1: an idle timeout that each call restarts; §7.1 item 2: 401 as a JSON list."""
    for _ in range(3):
        crm.clock.advance(7_000)
        assert crm.call("GET", "/limits").status_code == 200
    crm.clock.advance(7_201)
    dead = crm.call("GET", "/limits")
    assert dead.status_code == 401
    assert dead.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    token = crm.log_in()
    assert crm.call("GET", "/limits").status_code == 200
    assert (
        requests.post(f"{crm.url}/services/oauth2/revoke", data={"token": token}, timeout=10).status_code
        == 200
    )
    crm.org.switches.html_401 = True
    assert crm.call("GET", "/limits").headers["content-type"].startswith("text/html")


def test_every_token_dead_at_once(crm: Any) -> None:
    """§7.1 item 2, §8 story 4: logins succeed and help nothing; the client gives up after three."""
    sf = crm.client()
    before = crm.org.sessions.logins[crm.org.integration_user]
    crm.org.sessions.refuse_all = True
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM Lead")
    assert crm.org.sessions.logins[crm.org.integration_user] > before


def test_logins_are_rationed(crm: Any) -> None:
    """§1.1: 3,600 per user per hour; a small figure here."""
    crm.org.switches.logins_per_hour = 2
    form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    assert [ask(crm, form).status_code for _ in range(2)] == [200, 400]
    crm.clock.advance(3_601)
    assert ask(crm, form).status_code == 200
    crm.org.sessions.locked_users.add(crm.org.integration_user)
    assert ask(crm, form).json()["error_description"] == "user is locked"
