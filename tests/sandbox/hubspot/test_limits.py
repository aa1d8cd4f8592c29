"""The three limiters, their headers and their bodies (§5)."""

import pytest
import requests

from sandbox.hubspot import Tier
from sandbox.hubspot.limits import Limits
from tests.sandbox.hubspot.world import World

SEARCH = "/crm/v3/objects/contacts/search"
DETAILS = "/account-info/v3/details"


def search(world: World, token: str | None = None) -> requests.Response:
    return world.call("POST", SEARCH, {}, **({"token": token} if token else {}))


def read(world: World, token: str | None = None) -> requests.Response:
    return world.call("GET", DETAILS, **({"token": token} if token else {}))


def test_search_allows_five_a_second_for_all_apps_together(world: World) -> None:
    """§5 search: per account; §5 429 body: a category, no policyName, no errorType, no Retry-After."""
    world.portal.limits.tier = Tier()
    other = world.portal.access.issue()
    assert [search(world, token).status_code for token in (None, other, None, other, None)] == [200] * 5
    refused = search(world, other)
    assert refused.status_code == 429
    assert refused.json() == {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "category": "RATE_LIMITS",
        "correlationId": refused.headers["X-HubSpot-Correlation-Id"],
    }
    assert "Retry-After" not in refused.headers
    assert read(world).status_code == 200
    world.clock.advance(1)
    assert search(world).status_code == 200


def test_the_window_of_a_second_rolls(world: World) -> None:
    """§5 search: never more than five within any second."""
    world.portal.limits.tier = Tier()
    allowed = []
    for _ in range(40):
        allowed.append(search(world).status_code == 200)
        world.clock.advance(0.1)
    assert all(sum(allowed[start : start + 10]) <= 5 for start in range(31))
    assert sum(allowed) == 20


def test_bursts_count_per_app_and_search_is_exempt(world: World) -> None:
    """§5 burst: per app and 10 s; the body names errorType, policyName and groupName."""
    world.portal.limits.tier = Tier(search_per_second=None, burst=3)
    other = world.portal.access.issue()
    assert [read(world).status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = read(world).json()
    assert refused["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused["errorType"] == "RATE_LIMIT"
    assert refused["policyName"] == "TEN_SECONDLY_ROLLING"
    assert refused["groupName"].startswith("publicapi:")
    assert "category" not in refused
    assert search(world).status_code == 200
    assert read(world, other).status_code == 200
    world.clock.advance(10)
    assert read(world).status_code == 200


def test_the_day_is_shared_and_ends_at_the_accounts_midnight(world: World) -> None:
    """§5 day: per account, resets at midnight of its time zone; search counts too."""
    world.portal.limits = Limits(
        Tier(search_per_second=None, burst=None, daily=3), "Asia/Tokyo", world.switches
    )
    other = world.portal.access.issue()
    assert [read(world).status_code, search(world).status_code, read(world, other).status_code] == [200] * 3
    refused = search(world)
    assert refused.status_code == 429
    assert refused.json()["policyName"] == "DAILY"
    world.clock.advance(2 * 3_600 + 59 * 60 + 59)  # 12:00 UTC is 21:00 in Tokyo
    assert read(world).status_code == 429
    world.clock.advance(1)
    assert read(world).status_code == 200


@pytest.mark.parametrize(("daily", "wait"), [(0, 43_200), (None, 1)])
def test_retry_after_by_switch(world: World, daily: int | None, wait: int) -> None:
    """§5: absent in all recorded answers, so off unless switched on."""
    world.portal.limits.tier = Tier(search_per_second=0, daily=daily)
    assert "Retry-After" not in search(world).headers
    world.switches.retry_after = True
    assert int(search(world).headers["Retry-After"]) == wait


def test_headers_of_search_and_of_other_calls(world: World) -> None:
    """§5 headers: search has only the daily ones, others Max, Remaining, Interval and the old Secondly."""
    world.portal.limits.tier = Tier()
    found = {name.lower(): value for name, value in search(world).headers.items()}
    limits = {name: value for name, value in found.items() if "ratelimit" in name}
    assert limits == {"x-hubspot-ratelimit-daily": "250000", "x-hubspot-ratelimit-daily-remaining": "249999"}
    assert found["x-hubspot-rate-limit-exemptions"] == "ten-secondly"
    other = read(world).headers
    assert other["X-HubSpot-RateLimit-Max"] == "100"
    assert other["X-HubSpot-RateLimit-Remaining"] == "99"
    assert other["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert other["X-HubSpot-RateLimit-Secondly"] == "10"
    assert other["X-HubSpot-RateLimit-Secondly-Remaining"] == "9"
    assert other["X-HubSpot-RateLimit-Daily-Remaining"] == "249998"
    assert other["Server"] == "cloudflare"
    assert other["Content-Type"] == "application/json;charset=utf-8"
    assert all(other[name] for name in ("X-HubSpot-Correlation-Id", "X-Trace", "CF-Ray"))


def test_oauth_tokens_see_no_daily_headers(world: World) -> None:
    """§5: -Daily* are left out for OAuth."""
    world.portal.limits.tier = Tier()
    app = world.portal.access.install("app-1", "secret")
    now = world.portal.now()
    token = world.portal.access.refresh("app-1", "secret", app.refresh_token, now).text
    assert not [name for name in search(world, token).headers if "ratelimit" in name.lower()]
    assert "X-HubSpot-RateLimit-Max" in read(world, token).headers


def test_the_date_header_is_the_portals_clock(world: World) -> None:
    """Design: a poller takes the CRM's time from the Date header."""
    assert read(world).headers["Date"] == "Sat, 21 Nov 2026 12:00:00 GMT"


def test_usage_and_details_tell_the_account(world: World) -> None:
    """§5 usage check."""
    world.portal.limits.tier = Tier()
    read(world)
    usage = world.call("GET", "/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert (usage["usageLimit"], usage["currentUsage"]) == (250_000, 2)
    assert usage["resetsAt"] == "2026-11-22T00:00:00.000Z"
    details = read(world).json()
    assert details["portalId"] == world.portal.portal_id
    assert (details["timeZone"], details["utcOffset"]) == ("UTC", "+00:00")
