"""The token endpoint: a refresh token buys an access token of 30 minutes (hubspot.md §1.1)."""

from __future__ import annotations

from urllib.parse import parse_qs

from sandbox.hubspot.access import ACCESS_SECONDS
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import Refusal


def token(call: Call) -> Reply:
    """POST /oauth/v1/token, /oauth/v3/token: a form, not JSON."""
    form = {name: values[-1] for name, values in parse_qs(call.raw.decode("utf-8", "replace")).items()}
    if form.get("grant_type") != "refresh_token":
        message = "This portal knows the grant type refresh_token only."
        raise Refusal(400, message, error="unsupported_grant_type", error_description=message)
    app_id = form.get("client_id", "")
    fresh = call.portal.access.refresh(
        app_id, form.get("client_secret", ""), form.get("refresh_token", ""), call.now
    )
    body = {
        "token_type": "bearer",
        "refresh_token": form["refresh_token"],
        "access_token": fresh.text,
        "expires_in": ACCESS_SECONDS,
    }
    if not call.path.startswith("/oauth/v1"):
        body |= {"hub_id": call.portal.portal_id, "scopes": sorted(fresh.scopes)}
    return Reply(200, body)


ROUTES = (
    Route("POST", "/oauth/v1/token", token, public=True),
    Route("POST", "/oauth/v3/token", token, public=True),
)
