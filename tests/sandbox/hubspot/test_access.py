"""Who may call: tokens, scopes, the token endpoint (§1.1)."""

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.contacts.exceptions import ForbiddenException, UnauthorizedException
from hubspot.oauth.exceptions import ApiException as OAuthException

from sandbox.hubspot.access import OAuthApp
from tests.sandbox.hubspot.world import World

SEARCH = "/crm/v3/objects/contacts/search"


def read_as(world: World, token: str) -> Any:
    return world.client_with(token).crm.contacts.search_api.do_search({})


def test_no_token_is_401(world: World) -> None:
    """§1.1 401 body and header."""
    response = world.call("POST", SEARCH, {}, token=None)
    assert response.status_code == 401
    assert response.headers["x-hubspot-auth-failure"] == "401 Unauthorized"
    body = response.json()
    assert body["category"] == "INVALID_AUTHENTICATION"
    assert body["message"].startswith("Authentication credentials not found.")
    assert body["correlationId"] == response.headers["X-HubSpot-Correlation-Id"]


def test_unknown_and_revoked_tokens_are_401(world: World) -> None:
    """§1.1: a static token that is not there (any more)."""
    token = world.portal.access.issue()
    assert read_as(world, token).total == 0
    world.portal.access.revoke(token)
    for text in (token, "pat-na1-0000"):
        with pytest.raises(UnauthorizedException):
            read_as(world, text)


def test_a_malformed_token_may_meet_cloudflare(world: World) -> None:
    """§1.1: 530 for a wrongly formed token, by switch."""
    assert world.call("POST", SEARCH, {}, token="nonsense").status_code == 401
    world.switches.malformed_token_status = 530
    assert world.call("POST", SEARCH, {}, token="nonsense").status_code == 530
    assert world.call("POST", SEARCH, {}, token="pat-na1-0000").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/crm/v3/objects/contacts/search", "crm.objects.contacts.read"),
        ("POST", "/crm/v3/objects/contacts/batch/read", "crm.objects.contacts.read"),
        ("POST", "/crm/v3/objects/contacts/batch/update", "crm.objects.contacts.write"),
        ("POST", "/crm/v3/objects/deals/search", "crm.objects.deals.read"),
        ("GET", "/crm/v3/properties/companies/groups", "crm.schemas.companies.read"),
        ("POST", "/crm/v3/properties/contacts/groups", "crm.schemas.contacts.write"),
        ("POST", "/crm/v3/lists/search", "crm.lists.read"),
        ("DELETE", "/crm/v3/lists/1", "crm.lists.write"),
        ("GET", "/crm/v3/owners", "crm.objects.owners.read"),
    ],
)
def test_each_call_needs_its_scope(world: World, method: str, path: str, scope: str) -> None:
    """§1.1 scopes and the 403 MISSING_SCOPES body."""
    poor = world.portal.access.issue([])
    response = world.call(method, path, {} if method == "POST" else None, token=poor)
    assert response.status_code == 403
    body = response.json()
    assert body["category"] == "MISSING_SCOPES"
    assert scope in body["errors"][0]["context"]["requiredGranularScopes"]
    assert "scopes" in body["links"]
    enough = world.portal.access.issue([scope])
    assert world.call(method, path, {} if method == "POST" else None, token=enough).status_code != 403


def test_the_client_knows_the_403(world: World) -> None:
    """§1.4: ForbiddenException."""
    with pytest.raises(ForbiddenException):
        read_as(world, world.portal.access.issue(["crm.objects.deals.read"]))


def refresh(world: World, app: OAuthApp, **changes: str) -> Any:
    form = {
        "grant_type": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
        **changes,
    }
    return HubSpot(host=world.url, retry=False).oauth.tokens_api.create(**form)


def test_access_tokens_live_30_minutes(world: World) -> None:
    """§1.1 OAuth app: expires_in 1800; an expired token says so."""
    app = world.portal.access.install("app-1", "secret")
    answer = refresh(world, app)
    assert (answer.expires_in, answer.token_type) == (1_800, "bearer")
    assert answer.refresh_token == app.refresh_token
    assert read_as(world, answer.access_token).total == 0
    world.clock.advance(1_799)
    assert read_as(world, answer.access_token).total == 0
    world.clock.advance(8)
    with pytest.raises(UnauthorizedException) as caught:
        read_as(world, answer.access_token)
    assert "expired 7 second(s) ago" in caught.value.body
    assert "EXPIRED_AUTHENTICATION" in caught.value.body
    assert read_as(world, refresh(world, app).access_token).total == 0


def test_refresh_refusals(world: World) -> None:
    """§1.1 refresh failure: invalid_grant means revoked, invalid_client is our configuration."""
    app = world.portal.access.install("app-1", "secret")
    for changes, error in (
        ({"refresh_token": "old"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ):
        with pytest.raises(OAuthException) as caught:
            refresh(world, app, **changes)
        assert caught.value.status == 400
        assert f'"error":"{error}"' in caught.value.body
    app.installed = False
    with pytest.raises(OAuthException) as caught:
        refresh(world, app)
    assert '"status":"BAD_REFRESH_TOKEN"' in caught.value.body


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_newer_token_endpoints_tell_the_portal(world: World, version: str) -> None:
    """§1.1: hub_id and scopes on v3."""
    app = world.portal.access.install("app-1", "secret", ["oauth"])
    form = {"grant_type": "refresh_token", "client_id": "app-1", "client_secret": "secret"}
    form["refresh_token"] = app.refresh_token
    response = world.session.post(f"{world.url}/oauth/{version}/token", data=form, timeout=10)
    assert response.json()["hub_id"] == world.portal.portal_id
    assert response.json()["scopes"] == ["oauth"]
