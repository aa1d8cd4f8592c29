"""Sessions of a Salesforce org: its login flows, one lock, and at most two logins for a dead token."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit
from xml.parsers.expat import ExpatError

import jwt
import requests
from pydantic import SecretStr
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from config.auth import ClientCredentials, JwtBearer, Password
from config.connections import SalesforceConnection
from connectors.base import ConnectorError, Misconfigured, Refused
from connectors.home import at_home
from connectors.outcomes import Trouble
from connectors.salesforce.transport import CONNECT_SECONDS, trouble_of
from connectors.traffic import Gate

LOGIN_READ_SECONDS = 10.0
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS = 180
"""How far ahead a JWT's `exp` lies; the org accepts at most five minutes."""
REFUSAL_SECONDS = 60.0
"""How long a refused login is not tried again: orgs lock users, and cap logins at 3,600 an hour (§1.1)."""
SHORTEST_SESSION_SECONDS = 900.0
"""The shortest time-out that an org can set; a session refused sooner never was one (§1.1)."""
NEWEST_SOAP_VERSION = 64.0
"""Later API versions offer no SOAP login (§1.1)."""


@dataclass(slots=True)
class Token:
    """One session. `proven` once the org accepted it in a call; `opened_at`: seconds of the gate's clock."""

    value: str
    instance_url: str
    user_id: str
    opened_at: float
    proven: bool = False
    org: Salesforce | None = None
    """The client that speaks with this session, made at first use."""


class Login:
    """Hands out the current session and renews it. Safe to use from many threads."""

    def __init__(self, connection: SalesforceConnection, session: requests.Session, gate: Gate) -> None:
        self._base_url = connection.base_url.rstrip("/")
        self._api_version = float(connection.api_version)
        self._auth = connection.auth
        self._session = session
        self._gate = gate
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._refused: tuple[ConnectorError, float] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a session, alive as far as we know."""
        return self._token is not None

    def current(self) -> Token:
        """The session, after a login where there is none. Raises Refused where the org does not let us in."""
        with self._lock:
            if self._token is None:
                self._token = self._log_in()
            return self._token

    def renew(self, dead: Token) -> None:
        """Replace a session that the org refused; another thread may have done so already.

        Raises Refused where `dead` was fresh: a second login would not help.
        """
        with self._lock:
            if self._token is not dead:
                return
            self._token = None
            age = self._gate.clock() - dead.opened_at
            if not dead.proven and age < SHORTEST_SESSION_SECONDS:
                self._refuse(
                    Refused(
                        f"{self._gate.name}: the org lets the user log in but refuses the session. "
                        "Check the app's scopes and session policies, and that the user has API Enabled.",
                        code="INVALID_SESSION_ID",
                    )
                )
            self._token = self._log_in()

    def _log_in(self) -> Token:
        if self._refused is not None:
            error, until = self._refused
            if time.monotonic() < until:
                raise error
        try:
            with at_home(self._gate.name, self._base_url, "Salesforce org"):
                token = self._gate.call("login", self._sender())
        except Refused as error:
            self._refuse(error)
        self._refused = None
        return token

    def _refuse(self, error: ConnectorError) -> None:
        self._refused = (error, time.monotonic() + REFUSAL_SECONDS)
        raise error

    def _exchange(self, form: dict[str, str], basic: tuple[str, str] | None) -> Token:
        """One request to the token endpoint."""
        try:
            response = self._session.post(
                f"{self._base_url}/services/oauth2/token",
                data=form,
                auth=basic,
                timeout=(CONNECT_SECONDS, LOGIN_READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise trouble_of(error) from None
        answer = _json_object(response)
        if response.status_code >= requests.codes.multiple_choices:
            raise Trouble(
                status=response.status_code,
                code=str(answer.get("error", "")),
                message=str(answer.get("error_description", "")),
                retry_after=response.headers.get("Retry-After"),
            )
        if not answer.get("access_token"):
            raise Trouble(status=response.status_code, fault="garbled")
        return Token(
            value=str(answer["access_token"]),
            instance_url=str(answer.get("instance_url") or self._base_url).rstrip("/"),
            user_id=str(answer.get("id", "")).rpartition("/")[2],
            opened_at=self._gate.clock(),
        )

    def _sender(self) -> Callable[[], Token]:
        """What logs in once, by the flow that is configured."""
        auth = self._auth
        if isinstance(auth, ClientCredentials):
            form = {"grant_type": "client_credentials"}
            return partial(self._exchange, form, (auth.client_id, auth.client_secret.get_secret_value()))
        if isinstance(auth, JwtBearer):
            form = {"grant_type": JWT_GRANT, "assertion": self._assertion(auth)}
            return partial(self._exchange, form, None)
        if auth.client_id is None:
            return partial(self._soap, auth)
        form = {
            "grant_type": "password",
            "client_id": auth.client_id,
            "client_secret": _text(auth.client_secret),
            "username": auth.username,
            "password": _text(auth.password) + _text(auth.security_token),
        }
        return partial(self._exchange, form, None)

    def _assertion(self, auth: JwtBearer) -> str:
        seen = self._gate.server_time(within_seconds=math.inf)
        now = seen.timestamp() if seen is not None else time.time()
        claims = {
            "iss": auth.client_id,
            "sub": auth.username,
            # My Domain works as audience for both kinds of app (§1.1).
            "aud": (auth.audience or self._base_url).rstrip("/"),
            "exp": int(now) + ASSERTION_SECONDS,
        }
        try:
            return jwt.encode(claims, _text(auth.private_key), algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Misconfigured(
                f"{self._gate.name}: auth.private_key is not an RSA key in PEM form; "
                "point private_key_file at the key that belongs to the app's certificate."
            ) from None

    def _soap(self, auth: Password) -> Token:
        """The legacy login without an app (§1.1): gone in newer orgs."""
        host = urlsplit(self._base_url).hostname or ""
        try:
            session_id, instance = SalesforceLogin(
                username=auth.username,
                password=_text(auth.password),
                security_token=_text(auth.security_token),
                domain=host.removesuffix(".salesforce.com"),
                session=self._session,
                sf_version=str(min(self._api_version, NEWEST_SOAP_VERSION)),
            )
        except SalesforceAuthenticationFailed as error:
            code = str(error.code)
            raise Trouble(status=int(code) if code.isdigit() else 401, code=code) from None
        except (requests.RequestException, ExpatError) as error:
            raise trouble_of(error) from None
        return Token(
            value=str(session_id),
            instance_url=f"https://{instance}",
            user_id="",
            opened_at=self._gate.clock(),
        )


def _text(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def _json_object(response: requests.Response) -> dict[str, object]:
    try:
        answer = response.json()
    except requests.exceptions.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
