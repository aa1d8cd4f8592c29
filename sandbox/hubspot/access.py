"""Who may call: static bearer tokens, OAuth apps with tokens that expire, and scopes (hubspot.md §1.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sandbox.hubspot.errors import Refusal, missing_scopes

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable

    from sandbox.hubspot.switches import HubSpotSwitches

_OBJECTS = ("contacts", "companies", "deals", "leads")
ALL_SCOPES = frozenset(
    {
        "oauth",
        *(f"crm.objects.{name}.{right}" for name in _OBJECTS for right in ("read", "write")),
        *(f"crm.schemas.{name}.{right}" for name in _OBJECTS for right in ("read", "write")),
        "crm.objects.owners.read",
        "crm.lists.read",
        "crm.lists.write",
    }
)
DEFAULT_TOKEN = "pat-na1-sandbox"  # noqa: S105 - opens a portal on loopback that holds made-up people
ACCESS_SECONDS = 1_800
"""Life of an OAuth access token (§1.1)."""
_STATIC = re.compile(r"pat-[a-z0-9]+-[A-Za-z0-9-]+")


@dataclass
class Token:
    """A bearer token. The burst limit counts per `app`."""

    text: str
    app: str
    scopes: frozenset[str]
    expires: int | None = None
    """In ms; None for a service key or private app."""
    revoked: bool = False

    @property
    def is_oauth(self) -> bool:
        """Whether it came from the token endpoint."""
        return self.expires is not None


@dataclass
class OAuthApp:
    """A public app that the portal has installed."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str] = ALL_SCOPES
    installed: bool = True


class Access:
    """The tokens and apps of a portal."""

    def __init__(self, rng: random.Random) -> None:
        """Start with DEFAULT_TOKEN, which may do everything."""
        self._random = rng
        self.tokens: dict[str, Token] = {}
        self.apps: dict[str, OAuthApp] = {}
        self.issue(text=DEFAULT_TOKEN)

    def issue(
        self, scopes: Iterable[str] = ALL_SCOPES, *, text: str | None = None, app: str | None = None
    ) -> str:
        """Make a static token (service key) with these scopes; an app of its own unless one is named."""
        text = text or f"pat-na1-{self._random.getrandbits(64):016x}"
        self.tokens[text] = Token(text, app or text, frozenset(scopes))
        return text

    def install(self, client_id: str, client_secret: str, scopes: Iterable[str] = ALL_SCOPES) -> OAuthApp:
        """Install an OAuth app; its refresh token lives until `installed` is set to False."""
        app = OAuthApp(
            client_id, client_secret, f"na1-{self._random.getrandbits(96):024x}", frozenset(scopes)
        )
        self.apps[client_id] = app
        return app

    def revoke(self, text: str) -> None:
        """Make a token worthless."""
        self.tokens[text].revoked = True

    def refresh(self, client_id: str, client_secret: str, refresh_token: str, now: int) -> Token:
        """A new access token of ACCESS_SECONDS; Refusal as the token endpoint answers (§1.1)."""
        app = self.apps.get(client_id)
        if app is None or app.client_secret != client_secret:
            raise _oauth_refusal("BAD_CLIENT_ID", "missing or unknown client id or secret", "invalid_client")
        if app.refresh_token != refresh_token or not app.installed:
            raise _oauth_refusal("BAD_REFRESH_TOKEN", "missing or invalid refresh token", "invalid_grant")
        text = f"C{self._random.getrandbits(160):040x}"
        self.tokens[text] = Token(text, client_id, app.scopes, now + ACCESS_SECONDS * 1_000)
        return self.tokens[text]

    def check(self, authorization: str | None, now: int, switches: HubSpotSwitches) -> Token:
        """The caller's token; Refusal 401 where there is none, or where it is revoked, unknown or expired."""
        scheme, _, text = (authorization or "").partition(" ")
        token = self.tokens.get(text) if scheme.lower() == "bearer" else None
        if token is not None and token.expires is not None and token.expires <= now:
            seconds = (now - token.expires) // 1_000
            message = f"The OAuth token used to make this call expired {seconds} second(s) ago."
            raise Refusal(401, message, switches.expired_category, headers=_FAILED)
        if token is None or token.revoked:
            malformed = text and text not in self.tokens and not _STATIC.fullmatch(text)
            if malformed and switches.malformed_token_status != 401:  # noqa: PLR2004 - HTTP status
                raise Refusal(switches.malformed_token_status, "error code: 1016")
            raise Refusal(401, _NO_CREDENTIALS, "INVALID_AUTHENTICATION", headers=_FAILED)
        return token


def require(token: Token, *alternatives: str) -> None:
    """Refusal 403 MISSING_SCOPES unless the token has one of these scopes."""
    if alternatives and token.scopes.isdisjoint(alternatives):
        raise missing_scopes(alternatives)


_FAILED = {"x-hubspot-auth-failure": "401 Unauthorized"}
_NO_CREDENTIALS = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


def _oauth_refusal(status: str, message: str, error: str) -> Refusal:
    refusal = Refusal(400, message, error=error, error_description=message)
    refusal.body["status"] = status
    return refusal
