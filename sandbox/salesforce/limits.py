"""The daily count of calls: a rolling 24 hours, not a reset at midnight (salesforce.md §5.1)."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError

if TYPE_CHECKING:
    from sandbox.clock import Clock

WINDOW = timedelta(hours=24)
BULK_BATCHES = 15_000
"""Internal batches of bulk jobs in any 24 hours (§4.3)."""
TOTAL_REQUESTS = "TotalRequests Limit exceeded."
CONCURRENT_REQUESTS = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


class Limits:
    """Counts calls by the minute and refuses what is over the limit."""

    def __init__(self, clock: Clock, maximum: int) -> None:
        """`maximum` calls in any 24 hours."""
        self.maximum = maximum
        self.elsewhere = 0
        """Calls of other programs, on top of those counted here."""
        self.refuse_concurrent = 0
        """How many of the next calls are refused as too many at once."""
        self.bulk_batches = BULK_BATCHES
        self._clock = clock
        self._minutes: deque[list[Any]] = deque()
        self._used = 0

    @property
    def used(self) -> int:
        """Calls within the last 24 hours."""
        self._forget_old()
        return self._used + self.elsewhere

    def count(self, *, hard_stop: float = 1.0) -> None:
        """Count one call; RequestError 403 REQUEST_LIMIT_EXCEEDED in either of its two flavours."""
        if self.refuse_concurrent > 0:
            self.refuse_concurrent -= 1
            raise RequestError(403, "REQUEST_LIMIT_EXCEEDED", CONCURRENT_REQUESTS)
        if self.used >= self.maximum * hard_stop:
            raise RequestError(403, "REQUEST_LIMIT_EXCEEDED", TOTAL_REQUESTS)
        minute = self._clock.now().replace(second=0, microsecond=0)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0])
        self._minutes[-1][1] += 1
        self._used += 1

    def header(self, app: str | None) -> str:
        """`api-usage=10018/100000`, with the app's share behind it where the org meters apps."""
        usage = f"api-usage={self.used}/{self.maximum}"
        return (
            usage if app is None else f"{usage}; per-app-api-usage={self._used}/{self.maximum}(appName={app})"
        )

    def report(self, bulk_batches: int = 0) -> dict[str, dict[str, int]]:
        """The body of /limits, as far as anybody reads it; `bulk_batches` are those of the last 24 hours."""
        left = max(self.maximum - self.used, 0)
        return {
            "DailyApiRequests": {"Max": self.maximum, "Remaining": left},
            "DailyAsyncApexExecutions": {"Max": 250_000, "Remaining": 250_000},
            "DailyBulkApiBatches": {"Max": self.bulk_batches, "Remaining": self.bulk_batches - bulk_batches},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000},
            "DataStorageMB": {"Max": 1_024, "Remaining": 1_000},
        }

    def _forget_old(self) -> None:
        oldest: datetime = self._clock.now() - WINDOW
        while self._minutes and self._minutes[0][0] <= oldest:
            self._used -= self._minutes.popleft()[1]
