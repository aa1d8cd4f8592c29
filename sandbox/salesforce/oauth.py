"""Logging in: the token endpoint with its grants, revocation, and the old SOAP login (salesforce.md §1.1)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import jwt

from sandbox.salesforce.calls import Answer

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.sessions import App

GENERIC_HOSTS = ("login.salesforce.com", "test.salesforce.com")
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" '
    'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
)


class LoginError(Exception):
    """A refused login: `{"error", "error_description"}` with status 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description


def token(org: Org, form: Mapping[str, str], authorization: str, host: str) -> Answer:
    """`POST /services/oauth2/token`."""
    grants = {
        "client_credentials": _client_credentials,
        JWT_GRANT: _assertion,
        "password": _password,
        "refresh_token": _refresh,
    }
    grant = grants.get(form.get("grant_type", ""))
    if grant is None:
        return Answer(
            400, {"error": "unsupported_grant_type", "error_description": "grant type not supported"}
        )
    try:
        user = grant(org, _with_basic(form, authorization), host)
        return Answer(200, _open(org, user, host))
    except LoginError as refusal:
        return Answer(400, {"error": refusal.error, "error_description": refusal.description})


def revoke(org: Org, form: Mapping[str, str]) -> Answer:
    """`POST /services/oauth2/revoke`."""
    if org.sessions.revoke(form.get("token", "")):
        return Answer(200, {})
    return Answer(
        400, {"error": "unsupported_token_type", "error_description": "this token type is not supported"}
    )


def instance_url(org: Org, host: str) -> str:
    """Where API calls go: a bare origin, because clients append to it (§1.2)."""
    if org.switches.instance_url is not None:
        return org.switches.instance_url
    name = host.partition(":")[0]
    if name in ("127.0.0.1", "localhost"):
        return f"http://{host}"
    return f"https://{org.my_domain if name in GENERIC_HOSTS else host}"


def _open(org: Org, user: str, host: str) -> dict[str, Any]:
    """The token answer: no expires_in (§1.1)."""
    if not org.sessions.may_log_in(user):
        raise LoginError("invalid_grant", "login rate exceeded")
    url = instance_url(org, host)
    identity = f"{url}/id/{org.org_id}/{user}"
    issued = str(int(org.now().timestamp() * 1000))
    digest = hmac.digest(b"sandbox", (identity + issued).encode(), hashlib.sha256)
    return {
        "access_token": org.sessions.open(user),
        "signature": base64.b64encode(digest).decode(),
        "scope": "api",
        "instance_url": url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def _with_basic(form: Mapping[str, str], authorization: str) -> dict[str, str]:
    """The form, with the client's id and secret from HTTP Basic where they came that way."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return dict(form)
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise LoginError("invalid_client", "invalid client credentials") from None
    return {**form, "client_id": client_id, "client_secret": secret}


def _app(org: Org, form: Mapping[str, str], *, secret: bool) -> App:
    app = org.sessions.apps.get(form.get("client_id", ""))
    if app is None:
        raise LoginError("invalid_client_id", "client identifier invalid")
    if secret and not hmac.compare_digest(app.client_secret, form.get("client_secret", "")):
        raise LoginError("invalid_client", "invalid client credentials")
    return app


def _active(org: Org, user: str | None) -> str:
    row = org.row(user)
    if user is None or row is None:
        raise LoginError("invalid_grant", "authentication failure")
    if not row.get("IsActive"):
        raise LoginError("inactive_user", "user is inactive")
    if user in org.sessions.locked_users:
        raise LoginError("invalid_grant", "user is locked")
    return user


def _client_credentials(org: Org, form: Mapping[str, str], host: str) -> str:
    if host.partition(":")[0] in GENERIC_HOSTS:
        raise LoginError("invalid_grant", "request not supported on this domain")
    return _active(org, _app(org, form, secret=True).run_as)


def _password(org: Org, form: Mapping[str, str], _host: str) -> str:
    _app(org, form, secret=True)
    return _active(org, _check_password(org, form.get("username", ""), form.get("password", "")))


def _refresh(org: Org, form: Mapping[str, str], _host: str) -> str:
    _app(org, form, secret=False)
    user = org.sessions.refresh_tokens.get(form.get("refresh_token", ""))
    if user is None:
        raise LoginError("invalid_grant", "expired access/refresh token")
    return _active(org, user)


def _check_password(org: Org, username: str, password: str) -> str | None:
    known = org.sessions.passwords.get(username)
    if known is None or password != known[0] + known[1]:
        return None
    return org.sessions.user_named(username)


def _assertion(org: Org, form: Mapping[str, str], host: str) -> str:
    """The JWT bearer flow: RS256, our own audience, not expired, user pre-authorised."""
    assertion = form.get("assertion", "")
    try:
        claimed = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise LoginError("invalid_grant", "invalid assertion") from None
    app = org.sessions.apps.get(str(claimed.get("iss")))
    if app is None or app.public_key is None:
        raise LoginError("invalid_client_id", "client identifier invalid")
    try:
        jwt.decode(
            assertion,
            app.public_key,
            algorithms=["RS256"],
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
    except jwt.PyJWTError:
        raise LoginError("invalid_grant", "invalid assertion") from None
    _check_audience(org, claimed.get("aud"), host)
    _check_expiry(org, claimed.get("exp"))
    user = _active(org, org.sessions.user_named(str(claimed.get("sub"))))
    if user not in app.approved:
        raise LoginError("invalid_grant", "user hasn't approved this consumer")
    return user


def _check_audience(org: Org, audience: Any, host: str) -> None:
    """My Domain always works; login.salesforce.com for an app of the org's own (§1.1)."""
    accepted = {
        f"https://{org.my_domain}",
        "https://login.salesforce.com",
        f"https://{host}",
        f"http://{host}",
    }
    if str(audience).rstrip("/") not in accepted - {"https://test.salesforce.com"}:
        raise LoginError("invalid_grant", "audience is invalid")


def _check_expiry(org: Org, expiry: Any) -> None:
    """The client sends `exp` as a text (§1.2); it must lie ahead, and not far."""
    try:
        moment = datetime.fromtimestamp(int(expiry), UTC)
    except (TypeError, ValueError, OverflowError):
        raise LoginError("invalid_grant", "invalid assertion") from None
    now = org.now()
    if moment <= now or moment > now + timedelta(seconds=org.switches.assertion_seconds):
        raise LoginError("invalid_grant", "expired authorization code")


def soap_login(org: Org, version: str, body: bytes, host: str) -> tuple[int, str]:
    """`POST /services/Soap/u/{version}`: status and XML. Gone from v65 on (§1.1)."""
    if float(version) > org.switches.soap_login_newest:
        return _fault(
            "UNSUPPORTED_API_VERSION", f"SOAP API login() is not available in API version {version}"
        )
    try:
        # Loopback only, and the parser resolves no external entities.
        elements = {one.tag.rpartition("}")[2]: one.text or "" for one in ET.fromstring(body).iter()}  # noqa: S314
    except ET.ParseError:
        return _fault("INVALID_LOGIN", "The request is no XML.")
    user = _check_password(org, elements.get("username", ""), elements.get("password", ""))
    if user is None or user in org.sessions.locked_users:
        return _fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
    if not org.sessions.may_log_in(user):
        return _fault("LOGIN_RATE_EXCEEDED", "login rate exceeded")
    server = f"{instance_url(org, host)}/services/Soap/u/{version}/{org.org_id[:15]}"
    result = (
        f"<loginResponse><result><passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
        f"<serverUrl>{escape(server)}</serverUrl><sessionId>{escape(org.sessions.open(user))}</sessionId>"
        f"<userId>{user}</userId></result></loginResponse>"
    )
    return 200, _ENVELOPE.format(body=result)


def _fault(code: str, message: str) -> tuple[int, str]:
    text = escape(f"{code}: {message}")
    detail = (
        f"<sf:LoginFault><sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault>"
    )
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring>"
        f"<detail>{detail}</detail></soapenv:Fault>"
    )
    return 500, _ENVELOPE.format(body=body)
