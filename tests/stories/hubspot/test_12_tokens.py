"""Story 12: a token ends in the middle, a 429 on refresh is taken as revoked, a 403 as a dead token.

Airbyte BEHAVIOR #8, PostHog PR #64049, estuary PR #3522.
"""

from collections.abc import Callable
from datetime import timedelta

from sandbox.faults import Fault
from sandbox.hubspot.access import ALL_SCOPES
from tests.stories.fire import Fire
from tests.stories.hubspot.world import add_contacts, kinds_of, log_reply

TOKEN = "*/oauth/*"


def with_oauth(light: Callable[..., Fire]) -> Fire:
    """A connection through an app that the portal has installed."""
    plain = light("hubspot")
    app = plain.box.portal.access.install("app-id", "app-secret")
    auth = {
        "flow": "refresh_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "refresh_token": app.refresh_token,
    }
    plain.changes = {"auth": auth}
    plain.restart()
    plain.journal.clear()
    return plain


def logins(fire: Fire) -> int:
    """How often a token was asked for."""
    return len(fire.journal.exchanges("POST", "/oauth/"))


def test_a_token_that_ends_is_renewed_before_its_end(light: Callable[..., Fire]) -> None:
    fire = with_oauth(light)
    add_contacts(fire, 3)
    fire.sync()
    fire.sync(1_700)
    assert logins(fire) == 1
    fire.sync(3_600)
    assert logins(fire) == 2
    assert not [exchange for exchange in fire.journal if exchange.status == 401]
    fire.settle()
    fire.assert_at_rest()


def test_a_token_that_dies_in_the_middle_of_a_pass_costs_one_login(light: Callable[..., Fire]) -> None:
    fire = with_oauth(light)
    add_contacts(fire, 3)

    def revoke_all() -> None:
        for token in list(fire.box.portal.access.tokens.values()):
            token.revoked = True

    report = fire.sync(meet=revoke_all)
    assert (report.outcome, report.written) == ("ok", 3)
    assert logins(fire) == 2
    fire.settle()
    fire.assert_at_rest()


def test_a_limit_on_refresh_is_no_revocation(light: Callable[..., Fire]) -> None:
    fire = with_oauth(light)
    add_contacts(fire, 3)
    fire.faults.add(Fault(path=TOKEN, status=429, body="error code: 1015", times=3))
    assert fire.sync().outcome == "ok"
    fire.settle()
    fire.assert_at_rest()


def test_an_app_that_was_taken_out_stops_the_connection_and_says_so(light: Callable[..., Fire]) -> None:
    fire = with_oauth(light)
    add_contacts(fire, 3)
    fire.sync()
    access = fire.box.portal.access
    access.apps["app-id"].installed = False
    for token in access.tokens.values():
        token.revoked = True
    fire.journal.clear()
    for _ in range(3):
        report = fire.sync()
        assert report.outcome == "failed"
        assert "Install the app" in str(report.error)
    assert logins(fire) <= 2
    access.apps["app-id"].installed = True
    fire.sync(3_600)
    fire.settle()


def test_a_revoked_key_costs_one_call_a_pass(fire: Fire) -> None:
    add_contacts(fire, 3)
    fire.sync()
    portal = fire.box.portal
    portal.access.revoke(fire.box.token)
    fire.journal.clear()
    for number in range(1, 4):
        report = fire.sync()
        assert report.outcome == "failed"
        assert "service key" in str(report.error)
        assert fire.journal.calls() == number
    portal.access.issue(text=fire.box.token)
    fire.settle()
    fire.assert_at_rest()


def test_a_missing_scope_costs_one_stream_whose_history_is_read_once_it_is_there(fire: Fire) -> None:
    contacts = add_contacts(fire, 3)
    forbidden = {"status": "error", "category": "MISSING_SCOPES", "message": "scopes"}
    log_reply(fire, contacts[0], fire.now - timedelta(days=2))
    fire.faults.add(Fault(path="*/emails/search", status=403, body=forbidden, times=None))
    assert fire.sync().outcome == "ok"
    log_reply(fire, contacts[1])
    fire.sync(1_800)
    fire.sync(5_400)
    assert [kinds_of(fire, one) for one in contacts] == [set(), set(), set()]
    fire.faults.clear()
    fire.sync(3_601)
    fire.settle()
    assert [kinds_of(fire, one) for one in contacts] == [{"inbound_reply"}, {"inbound_reply"}, set()]
    fire.assert_at_rest()


def test_a_key_without_the_right_to_write_stops_and_says_so(fire: Fire) -> None:
    add_contacts(fire, 3)
    portal = fire.box.portal
    portal.access.issue(ALL_SCOPES - {"crm.objects.contacts.write"}, text=fire.box.token)
    report = fire.sync()
    assert report.outcome == "failed"
    assert "scope" in str(report.error)
    assert fire.saves == []
    portal.access.issue(text=fire.box.token)
    fire.settle()
    fire.assert_at_rest()
