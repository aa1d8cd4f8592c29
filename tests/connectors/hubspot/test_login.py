"""Dead tokens, missing scopes and OAuth: fact sheet §1.1."""

from typing import Any

import pytest

from connectors.base import Delivery, Refused, Transient
from sandbox.hubspot.access import ALL_SCOPES, OAuthApp
from tests.connectors.hubspot.world import World, leads_of, window


def auth_of(app: OAuthApp, **changes: str) -> dict[str, Any]:
    return {
        "flow": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
    } | changes


def test_a_dead_static_token_is_refused_after_one_call(world: World) -> None:
    connector = world.connector(auth={"flow": "token", "token": "pat-na1-dead"})
    with pytest.raises(Refused, match="service key"):
        list(connector.changes("lead", window()))
    assert world.journal.calls() == 1


def test_a_malformed_token_answered_by_cloudflare_is_refused_too(world: World) -> None:
    world.portal.switches.malformed_token_status = 530
    connector = world.connector(auth={"flow": "token", "token": "nonsense"})
    with pytest.raises(Refused):
        connector.server_time()
    assert world.journal.calls() == 1


def test_an_oauth_app_works_and_logs_in_once(world: World) -> None:
    world.contacts(3)
    connector = world.connector(auth=auth_of(world.portal.access.install("app", "secret")))
    assert len(leads_of(connector.changes("lead", window()))) == 3
    assert world.requests("/token") == 1
    assert connector.quota.limit is None  # HubSpot tells OAuth apps no daily figures (§5)


def test_an_expired_access_token_is_replaced_once_in_mid_run(world: World) -> None:
    world.contacts(3)
    connector = world.connector(auth=auth_of(world.portal.access.install("app", "secret")))
    connector.server_time()
    world.clock.advance(1801)
    assert connector.read(["101"]).leads or connector.read(["101"]).gone
    assert world.requests("/token") == 2


def test_a_dead_app_costs_two_logins_and_then_none(world: World) -> None:
    app = world.portal.access.install("app", "secret")
    connector = world.connector(auth=auth_of(app))
    connector.server_time()
    world.fault(path="*/batch/read", status=401, body={"category": "INVALID_AUTHENTICATION"}, times=None)
    world.fault(path="/account-info/*", status=401, body={"category": "INVALID_AUTHENTICATION"}, times=None)
    world.clock.advance(10)
    for _ in range(3):
        with pytest.raises(Refused):
            connector.read(["101"])
    assert world.requests("/token") == 2


def test_a_revoked_refresh_token_asks_for_a_new_installation(world: World) -> None:
    app = world.portal.access.install("app", "secret")
    app.installed = False
    connector = world.connector(auth=auth_of(app))
    for _ in range(2):
        with pytest.raises(Refused, match="refresh token is revoked"):
            connector.server_time()
    assert world.journal.calls() == 1


def test_a_wrong_client_secret_is_our_configuration(world: World) -> None:
    app = world.portal.access.install("app", "secret")
    connector = world.connector(auth=auth_of(app, client_secret="wrong"))
    with pytest.raises(Refused, match="client_secret"):
        connector.server_time()


def test_a_limited_token_endpoint_is_no_revocation(world: World) -> None:
    connector = world.connector(auth=auth_of(world.portal.access.install("app", "secret")))
    world.fault(path="/oauth/*", status=429, body={"category": "RATE_LIMITS"})
    connector.server_time()
    assert world.requests("/token") == 2


def test_a_token_endpoint_that_stays_down_is_transient(world: World) -> None:
    connector = world.connector(auth=auth_of(world.portal.access.install("app", "secret")))
    world.fault(path="/oauth/*", status=503, body="<html>down</html>", times=None)
    with pytest.raises(Transient):
        connector.server_time()


def test_a_missing_scope_for_contacts_is_refused_and_never_repeated(world: World) -> None:
    token = world.portal.access.issue(ALL_SCOPES - {"crm.objects.contacts.write"})
    world.ready()
    limited = world.connector(auth={"flow": "token", "token": token})
    assert "Score" in limited.writable()
    contact = world.contacts(1)[0]
    before = world.journal.calls()
    with pytest.raises(Refused, match="scope") as error:
        limited.deliver([Delivery(contact, {"Score": 1.0})])
    assert error.value.code == "MISSING_SCOPES"
    assert world.journal.calls() == before + 1


def test_no_secret_reaches_an_error(world: World) -> None:
    connector = world.connector(auth={"flow": "token", "token": "pat-na1-very-secret"})
    with pytest.raises(Refused) as error:
        connector.server_time()
    assert (
        "very-secret"
        not in f"{error.value!r} {error.value} {error.value.__cause__} {error.value.__context__}"
    )
