"""The three limiters, their headers and their 429 bodies (hubspot.md §5), all on the sandbox clock."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sandbox.hubspot.errors import Refusal
from sandbox.hubspot.moments import EPOCH

if TYPE_CHECKING:
    from datetime import date

    from sandbox.hubspot.access import Token
    from sandbox.hubspot.switches import HubSpotSwitches

SECOND_MS = 1_000
BURST_MS = 10_000


@dataclass
class Tier:
    """What a portal's subscription allows; None is no limit. The default is Free and Starter (§5)."""

    search_per_second: int | None = 5
    """Per account."""
    burst: int | None = 100
    """Per app and 10 seconds; search is exempt."""
    daily: int | None = 250_000
    """Per account, reset at midnight of its time zone."""

    @classmethod
    def professional(cls) -> Tier:
        """190 per 10 s, 625,000 a day."""
        return cls(burst=190, daily=625_000)

    @classmethod
    def unlimited(cls) -> Tier:
        """No limits: for tests about something else, and for speed."""
        return cls(search_per_second=None, burst=None, daily=None)


class Limits:
    """Counts calls and refuses those beyond the tier."""

    def __init__(self, tier: Tier, time_zone: str, switches: HubSpotSwitches) -> None:
        """`tier` may be changed at any time."""
        self.tier = tier
        self.zone = ZoneInfo(time_zone)
        self.switches = switches
        self.used_today = 0
        """Calls of the account since its midnight, refused ones included."""
        self._day: date | None = None
        self._searches: deque[int] = deque()
        self._bursts: defaultdict[str, deque[int]] = defaultdict(deque)

    def take(self, token: Token, now: int, *, search: bool) -> None:
        """Count one call; Refusal 429 where it is one too many."""
        self._count_day(now)
        if self.tier.daily is not None and self.used_today > self.tier.daily:
            wait = int((self.resets_at(now) - _moment(now)).total_seconds()) + 1
            raise self._refusal("daily", wait)
        if search:
            if not _admit(self._searches, self.tier.search_per_second, now, SECOND_MS):
                raise self._refusal("secondly", 1)
        elif not _admit(self._bursts[token.app], self.tier.burst, now, BURST_MS):
            raise self._refusal("ten_secondly_rolling", 10)

    def headers(self, token: Token, now: int, *, search: bool) -> dict[str, str]:
        """The rate headers of an answer: search has only the daily ones, OAuth never has those (§5)."""
        tier = self.tier
        found: dict[str, str] = {}
        if not search and tier.burst is not None:
            recent = self._bursts[token.app]
            left = tier.burst - len(recent)
            in_second = sum(at > now - SECOND_MS for at in recent)
            secondly = max(1, tier.burst // 10)
            found |= {
                "X-HubSpot-RateLimit-Max": str(tier.burst),
                "X-HubSpot-RateLimit-Remaining": str(max(0, left)),
                "X-HubSpot-RateLimit-Interval-Milliseconds": str(BURST_MS),
                "X-HubSpot-RateLimit-Secondly": str(secondly),
                "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, secondly - in_second)),
            }
        if tier.daily is not None and not token.is_oauth:
            found |= {
                "X-HubSpot-RateLimit-Daily": str(tier.daily),
                "X-HubSpot-RateLimit-Daily-Remaining": str(max(0, tier.daily - self.used_today)),
            }
        if search:
            found["x-hubspot-rate-limit-exemptions"] = "ten-secondly"
        return found

    def resets_at(self, now: int) -> datetime:
        """The account's next midnight."""
        local = _moment(now).astimezone(self.zone)
        return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)

    def _count_day(self, now: int) -> None:
        today = _moment(now).astimezone(self.zone).date()
        if today != self._day:
            self._day, self.used_today = today, 0
        self.used_today += 1

    def _refusal(self, policy: str, wait_seconds: int) -> Refusal:
        """The recorded bodies: search names a category, the others an errorType and a policy."""
        message = f"You have reached your {policy} limit."
        headers = {"Retry-After": str(wait_seconds)} if self.switches.retry_after else {}
        if policy == "secondly":
            return Refusal(429, message, "RATE_LIMITS", headers=headers)
        group = "publicapi:private-apps-crm:api-call-per-app"
        return Refusal(
            429, message, headers=headers, errorType="RATE_LIMIT", policyName=policy.upper(), groupName=group
        )


def _admit(recent: deque[int], limit: int | None, now: int, window_ms: int) -> bool:
    """Count a call in a rolling window unless the window is full."""
    while recent and recent[0] <= now - window_ms:
        recent.popleft()
    if limit is None:
        return True
    if len(recent) >= limit:
        return False
    recent.append(now)
    return True


def _moment(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)
