"""The access token in use and the API objects made for it: a static one, or got with a refresh token."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from config.auth import RefreshToken, Token
from config.connections import HubSpotConnection
from connectors.base import ConnectorError, Refused
from connectors.home import at_home
from connectors.hubspot.transport import Apis, exchange, open_apis
from connectors.outcomes import Trouble
from connectors.traffic import Gate

EARLY_SECONDS = 60.0
"""How long before its end a token is replaced; HubSpot asks apps to go by `expires_in`, not by 401 (§1.1)."""
REFUSAL_SECONDS = 300.0
"""A refused refresh token is not tried again for so long."""


@dataclass(slots=True)
class Session:
    """One access token's API objects. `ends_at`: monotonic seconds. `proven` once HubSpot accepted it."""

    apis: Apis
    ends_at: float = float("inf")
    proven: bool = False


class Login:
    """Hands out the current session and renews it; safe to use from many threads."""

    def __init__(self, connection: HubSpotConnection, gate: Gate, monotonic: Callable[[], float]) -> None:
        self._connection = connection
        self._gate = gate
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._refused: tuple[ConnectorError, float] | None = None

    @property
    def can_renew(self) -> bool:
        """Whether a dead token can be replaced without a person."""
        return isinstance(self._connection.auth, RefreshToken)

    def current(self) -> Session:
        """The session, fetched where there is none or it is about to end. Raises Refused."""
        with self._lock:
            session = self._session
            if session is None or self._monotonic() > session.ends_at:
                session = self._log_in()
                self._replace(session)
            return session

    def renew(self, dead: Session) -> None:
        """Replace a session that HubSpot refused; another thread may have done so already.

        Raises Refused where `dead` was never accepted: a further token would not be either.
        """
        with self._lock:
            if self._session is not dead:
                return
            if not dead.proven:
                self._refuse(
                    Refused(
                        f"{self._gate.name}: HubSpot gives an access token and does not accept it. "
                        "Check that the app is still installed in the portal.",
                        code="INVALID_AUTHENTICATION",
                    )
                )
            self._replace(self._log_in())

    def close(self) -> None:
        """Give the sockets back."""
        with self._lock:
            self._replace(None)

    def _replace(self, session: Session | None) -> None:
        if self._session is not None:
            self._session.apis.close()
        self._session = session

    def _log_in(self) -> Session:
        auth = self._connection.auth
        if isinstance(auth, Token):
            return Session(self._open(auth.token.get_secret_value()))
        if self._refused is not None and self._monotonic() < self._refused[1]:
            raise self._refused[0]
        try:
            with at_home(self._gate.name, self._connection.base_url, "HubSpot"):
                token, seconds = self._gate.call("oauth.token", partial(self._fetch, auth))
        except Refused as error:
            self._refuse(error)
        return Session(self._open(token), self._monotonic() + max(seconds - EARLY_SECONDS, seconds / 2))

    def _fetch(self, auth: RefreshToken) -> tuple[str, float]:
        """One token and its life in seconds, for the refresh token."""
        apis = self._open(None)
        try:
            answer, _ = exchange(
                apis.tokens.create_with_http_info,
                grant_type="refresh_token",
                client_id=auth.client_id,
                client_secret=auth.client_secret.get_secret_value(),
                refresh_token=auth.refresh_token.get_secret_value(),
            )
        finally:
            apis.close()
        if not isinstance(answer, dict) or not answer.get("access_token"):
            raise Trouble(fault="garbled")
        return str(answer["access_token"]), float(answer.get("expires_in") or 0)

    def _open(self, token: str | None) -> Apis:
        return open_apis(self._connection.base_url, self._connection.api_version, token)

    def _refuse(self, error: ConnectorError) -> None:
        self._refused = (error, self._monotonic() + REFUSAL_SECONDS)
        raise error
