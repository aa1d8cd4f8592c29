"""One gate for every call of a connection: rate limit, daily budget, the only retry layer, counts.

What a trouble leads to is read from the CRM's table of outcomes (`connectors.outcomes`).
"""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.wait import wait_random_exponential

from config.values import ApiBudget
from connectors.base import (
    ConnectorError,
    Misconfigured,
    Parked,
    Quota,
    Refused,
    Rejected,
    Stopped,
    Transient,
    Unreachable,
)
from connectors.outcomes import (
    NETWORK_FAULTS,
    REDIRECTS,
    Consequence,
    Row,
    Split,
    Trouble,
    Vanished,
    classify,
    parse_http_date,
    retry_after_seconds,
)

T = TypeVar("T")
LOG = structlog.get_logger("leadline.traffic")

LONGEST_WAIT_SECONDS = 30.0
"""A CRM that wants to be left alone for longer is parked: the pass ends, a later one goes on."""
JITTER_CAP_SECONDS = 10.0
DAY = timedelta(hours=24)
BUDGET_SLOTS = 24
"""The rolling day is counted in hours; a budget frees up hour by hour."""


class Bucket:
    """A token bucket: `rate` calls per second on average, `burst` at once. Safe to use from many threads."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = burst
        self._at = clock()

    def take(self) -> float:
        """Take one token; the seconds to wait before it may be used (0 when it was there)."""
        with self._lock:
            self._fill()
            self._tokens -= 1.0
            return max(0.0, -self._tokens / self.rate)

    def observe(self, remaining: float) -> None:
        """The CRM says that only `remaining` calls are left in its window: never believe in more."""
        with self._lock:
            self._fill()
            self._tokens = min(self._tokens, remaining)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.rate)
        self._at = now


class DayCount:
    """Calls of the last 24 hours, counted by the hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slots: deque[tuple[int, int]] = deque()

    def add(self) -> None:
        """Count one call now."""
        hour = self._hour()
        if self._slots and self._slots[-1][0] == hour:
            self._slots[-1] = (hour, self._slots[-1][1] + 1)
        else:
            self._slots.append((hour, 1))

    def total(self) -> int:
        """Calls of the last 24 hours."""
        oldest = self._hour() - BUDGET_SLOTS
        while self._slots and self._slots[0][0] <= oldest:
            self._slots.popleft()
        return sum(count for _, count in self._slots)

    def seconds_until_relief(self) -> float:
        """Seconds until the oldest counted hour is more than a day ago."""
        if not self._slots:
            return 0.0
        return max(1.0, (self._slots[0][0] + BUDGET_SLOTS) * 3600.0 - self._clock())

    def _hour(self) -> int:
        return int(self._clock() // 3600)


@dataclass(slots=True)
class Counts:
    """What went through a gate since it was made."""

    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(endpoint, status or fault) → requests sent."""
    retries: int = 0
    waited_seconds: float = 0.0

    @property
    def total(self) -> int:
        """Requests sent, retries included."""
        return self.calls.total()


@dataclass(frozen=True, slots=True)
class Timing:
    """Where a gate takes time from; tests bring their own. `sleep` None waits on the stop event."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] | None = None


CallHook = Callable[[str, str, float], None]
"""Called after every request: endpoint, status or fault, seconds it took."""


class Gate:
    """Every call of one connection goes through here, from any thread.

    `address`: host and port that calls go to, for errors. `limits`: endpoint prefix → bucket; the prefix ""
    is for all. `budget`: calls in any 24 hours. `on_call` feeds metrics. `clock` is what
    it measures seconds with.
    """

    def __init__(
        self,
        name: str,
        table: Sequence[Row],
        *,
        address: str = "the CRM",
        stop: threading.Event | None = None,
        limits: Mapping[str, Bucket] | None = None,
        budget: ApiBudget | None = None,
        on_call: CallHook | None = None,
        timing: Timing | None = None,
    ) -> None:
        timing = timing or Timing()
        self.name = name
        self.table = table
        self.address = address
        self.stop = stop or threading.Event()
        self.counts = Counts()
        self.quota = Quota(None, None)
        self._limits = dict(limits or {})
        self._budget = budget or ApiBudget()
        self._day = DayCount(timing.monotonic)
        self._on_call = on_call
        self.clock = timing.monotonic
        self._now = timing.now
        self._sleep = timing.sleep or self.stop.wait
        self._lock = threading.Lock()
        self._date: tuple[datetime, float] | None = None
        self._parked: tuple[Parked, float] | None = None
        """What the CRM was parked for, and until which second of the clock."""

    def call(
        self,
        endpoint: str,
        send: Callable[[], T],
        refresh: Callable[[], None] | None = None,
        *,
        again: bool = True,
    ) -> T:
        """Send until it works or patience ends.

        `endpoint` is a name for counts and limits, without ids. `send` does one request and raises `Trouble`;
        `refresh` gets a new token, at most once per try. Without `again` the first trouble is the last: for a
        write that must be looked up before it is repeated. Raises the errors of `connectors.base`; nothing is
        sent while the CRM is parked.
        """
        self._raise_while_parked()
        started = self.clock()
        retrying = Retrying(
            retry=retry_if_exception(self._is_worth_another_try if again else _never),
            stop=partial(self._is_out_of_patience, started),
            wait=self._pause,
            sleep=self._rest,
            before_sleep=partial(self._note_retry, endpoint),
            reraise=True,
        )
        try:
            answer: T = retrying(self._try, endpoint, send, refresh)
        except Trouble as trouble:
            # The CRM's text may quote a person: it must not travel in the chain of causes.
            raise self._error(trouble) from None
        return answer

    def pause(self, attempt: int, at_least: float | None = None) -> bool:
        """Rest before try number `attempt` + 1 of something that is retried piece by piece, with jitter.

        `at_least`: seconds that the CRM asked for. False where we are to stop instead.
        """
        jitter = random.uniform(0.0, min(JITTER_CAP_SECONDS, 2.0**attempt))  # noqa: S311 - no secret
        self._rest(max(at_least or 0.0, jitter))
        return not self.stop.is_set()

    def observe_date(self, header: str | None) -> None:
        """Keep the CRM's time from a Date header."""
        if header:
            moment = parse_http_date(header)
            if moment is not None:
                with self._lock:
                    self._date = (moment, self.clock())

    def observe_quota(self, used: int | None, limit: int | None) -> None:
        """Keep what the CRM says about its daily calls."""
        self.quota = Quota(used, limit)

    def server_time(self, within_seconds: float) -> datetime | None:
        """The CRM's time by its newest answer, None if that is older than `within_seconds`."""
        with self._lock:
            if self._date is None:
                return None
            moment, seen = self._date
        age = self.clock() - seen
        return moment + timedelta(seconds=age) if age <= within_seconds else None

    def _try(self, endpoint: str, send: Callable[[], T], refresh: Callable[[], None] | None) -> T:
        try:
            return self._send_once(endpoint, send)
        except Trouble as trouble:
            if refresh is None or classify(self.table, trouble).consequence is not Consequence.REFRESH:
                raise
        refresh()
        return self._send_once(endpoint, send)

    def _send_once(self, endpoint: str, send: Callable[[], T]) -> T:
        self._spend()
        self._wait_for_turn(endpoint)
        began = self.clock()
        outcome = "ok"
        try:
            return send()
        except Trouble as trouble:
            outcome = trouble.fault or str(trouble.status)
            raise
        finally:
            with self._lock:
                self.counts.calls[endpoint, outcome] += 1
                self._day.add()
            if self._on_call is not None:
                self._on_call(endpoint, outcome, self.clock() - began)

    def _raise_while_parked(self) -> None:
        with self._lock:
            parked = self._parked
        if parked is not None and self.clock() < parked[1]:
            error = parked[0]
            raise Parked(str(error), code=error.code, until=error.until)

    def _park(self, text: str, code: str, seconds: float) -> Parked:
        """Leave the CRM alone for so long: the error to raise, now and at every call until then."""
        until = self._now() + timedelta(seconds=seconds)
        error = Parked(f"{text} Nothing is sent before {until:%Y-%m-%d %H:%M} UTC.", code=code, until=until)
        with self._lock:
            self._parked = error, self.clock() + seconds
        return error

    def _spend(self) -> None:
        allowed = self._budget.limit(self.quota.limit)
        if allowed is None:
            return
        with self._lock:
            used, relief = self._day.total(), self._day.seconds_until_relief()
        if used >= allowed:
            raise Parked(
                f"{self.name}: Leadline used {used} calls in 24 hours; api_budget allows {allowed}. "
                "It goes on by itself; raise api_budget or poll less often.",
                code="api_budget",
                until=self._now() + timedelta(seconds=relief),
            )

    def _wait_for_turn(self, endpoint: str) -> None:
        wait = max((b.take() for prefix, b in self._limits.items() if endpoint.startswith(prefix)), default=0)
        if wait > 0:
            self._rest(wait)
            if self.stop.is_set():
                raise Stopped(f"{self.name}: stopped while waiting for a turn.")

    def _rest(self, seconds: float) -> None:
        with self._lock:
            self.counts.waited_seconds += seconds
        self._sleep(seconds)

    def _asked_wait(self, trouble: Trouble) -> float | None:
        return retry_after_seconds(trouble.retry_after, self._now())

    def _is_worth_another_try(self, error: BaseException) -> bool:
        if not isinstance(error, Trouble):
            return False
        is_short = (self._asked_wait(error) or 0.0) <= LONGEST_WAIT_SECONDS
        return classify(self.table, error).consequence is Consequence.RETRY and is_short

    def _is_out_of_patience(self, started: float, state: RetryCallState) -> bool:
        if self.stop.is_set():
            return True
        error = state.outcome.exception() if state.outcome else None
        if not isinstance(error, Trouble):
            return True
        row = classify(self.table, error)
        next_try = self.clock() - started + state.upcoming_sleep
        return state.attempt_number >= row.tries or next_try >= row.seconds

    def _pause(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = self._asked_wait(error) if isinstance(error, Trouble) else None
        return max(asked or 0.0, _JITTER(state))

    def _note_retry(self, endpoint: str, state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        with self._lock:
            self.counts.retries += 1
        LOG.debug(
            "retry",
            connection=self.name,
            endpoint=endpoint,
            status=getattr(error, "status", None),
            code=getattr(error, "code", ""),
            fault=getattr(error, "fault", ""),
            attempt=state.attempt_number,
            wait_seconds=round(state.upcoming_sleep, 3),
        )

    def _error(self, trouble: Trouble) -> ConnectorError:
        row = classify(self.table, trouble)
        text = f"{self.name}: {self._text(row, trouble)}"
        code = trouble.code or (str(trouble.status) if trouble.status else trouble.fault)
        asked = self._asked_wait(trouble)
        if row.consequence is Consequence.RETRY:
            if self.stop.is_set():
                return Stopped(f"{self.name}: stopped between two tries.", code=code)
            if (asked or 0.0) > LONGEST_WAIT_SECONDS:
                return self._park(text, code, asked or 0.0)
            family = Unreachable if trouble.fault in NETWORK_FAULTS else Transient
            return family(text, code=code, wait_seconds=asked)
        if row.consequence is Consequence.WAIT:
            return self._park(text, code, max(asked or 0.0, row.wait_seconds))
        return _ERRORS[row.consequence](text, code=code)

    def _text(self, row: Row, trouble: Trouble) -> str:
        """Sentence and remedy; where it may not even have been the CRM that answered, with the address."""
        status = trouble.status or 0
        if trouble.fault or status in REDIRECTS or status >= 500:  # noqa: PLR2004 - HTTP's own border
            return f"{row.sentence.rstrip('.')} ({self.address}). {row.remedy}".strip()
        return row.text


def _never(_error: BaseException) -> bool:
    return False


_JITTER = wait_random_exponential(multiplier=1, max=JITTER_CAP_SECONDS)
"""Full jitter: means of 0.5, 1, 2, 4 s, so that many connections do not come back at once."""

_ERRORS: Mapping[Consequence, type[ConnectorError]] = {
    Consequence.REFRESH: Refused,
    Consequence.STOP: Refused,
    Consequence.MISCONFIGURED: Misconfigured,
    Consequence.SPLIT: Split,
    Consequence.REJECT: Rejected,
    Consequence.GONE: Vanished,
}
