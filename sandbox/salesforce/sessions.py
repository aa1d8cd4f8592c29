"""Apps, logins and the sessions that come of them (salesforce.md §1.1)."""

from __future__ import annotations

import secrets
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce.population import INTEGRATION_USERNAME

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

CLIENT_ID = "leadline-sandbox"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - made up, and good for loopback only
PASSWORD = "sandbox-password"  # noqa: S105 - as above
SECURITY_TOKEN = "SandboxToken"  # noqa: S105 - as above
_HOUR = timedelta(hours=1)


@dataclass
class App:
    """A connected app or an external client app."""

    client_id: str
    client_secret: str
    run_as: str
    """The id of the user of the client credentials flow."""
    public_key: str | None = None
    """PEM of the certificate's public key, for the JWT bearer flow."""
    approved: set[str] = field(default_factory=set)
    """Ids of users who are pre-authorised for the JWT bearer flow."""


@dataclass
class Session:
    """A token's user and when it was last used."""

    user: str
    used_at: datetime


class Sessions:
    """Every app, every password and every living token."""

    def __init__(self, org: Org) -> None:
        self.apps = {CLIENT_ID: App(CLIENT_ID, CLIENT_SECRET, org.people.integration_user)}
        self.passwords = {INTEGRATION_USERNAME: (PASSWORD, SECURITY_TOKEN)}
        """Username -> password and security token."""
        self.locked_users: set[str] = set()
        self.logins: Counter[str] = Counter()
        """Successful logins by user id."""
        self.refresh_tokens: dict[str, str] = {}
        """Refresh token -> user id."""
        self.refuse_all = False
        """Every token is dead, new ones too (salesforce.md §7.1, item 2)."""
        self._org = org
        self._alive: dict[str, Session] = {}
        self._recent: dict[str, deque[datetime]] = {}

    def user_named(self, username: str) -> str | None:
        """The id of the active user of that name."""
        for row in self._org.tables["User"].rows.values():
            if row["Username"] == username and row.get("IsActive"):
                return str(row["Id"])
        return None

    def may_log_in(self, user: str) -> bool:
        """Whether the user is below the logins of an hour."""
        recent = self._recent.setdefault(user, deque())
        oldest = self._org.now() - _HOUR
        while recent and recent[0] <= oldest:
            recent.popleft()
        return len(recent) < self._org.switches.logins_per_hour

    def open(self, user: str) -> str:
        """Log a user in; the token."""
        token = f"{self._org.org_id[:15]}!{secrets.token_urlsafe(48)}"
        self._alive[token] = Session(user, self._org.now())
        self._recent.setdefault(user, deque()).append(self._org.now())
        self.logins[user] += 1
        return token

    def user_of(self, token: str) -> str | None:
        """The user behind a living token, whose idle time starts anew; None for a dead one."""
        session = self._alive.get(token)
        if session is None or self.refuse_all:
            return None
        now = self._org.now()
        if now - session.used_at > timedelta(seconds=self._org.switches.session_seconds):
            del self._alive[token]
            return None
        session.used_at = now
        return session.user

    def revoke(self, token: str) -> bool:
        """Kill one token; whether it was alive."""
        return self._alive.pop(token, None) is not None

    def revoke_all(self) -> None:
        """Kill every token that there is; logins go on."""
        self._alive.clear()
