"""The gate: what each consequence does to a call, how long it lasts, and what is counted."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.addresses import host_and_port
from config.values import ApiBudget
from connectors.base import (
    ConnectorError,
    Misconfigured,
    Parked,
    Refused,
    Rejected,
    Stopped,
    Transient,
    Unreachable,
)
from connectors.outcomes import (
    LONGEST_RETRY_AFTER,
    TRANSPORT_ROWS,
    Consequence,
    Row,
    Split,
    Trouble,
    Vanished,
    classify,
    retry_after_seconds,
)
from connectors.traffic import LONGEST_WAIT_SECONDS, Bucket, DayCount, Gate, Timing

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TABLE = (
    *TRANSPORT_ROWS,
    Row(Consequence.WAIT, "Out of calls.", codes=("LIMIT",), wait_seconds=900),
    Row(Consequence.REFRESH, "Dead session.", statuses=(401,)),
    Row(Consequence.STOP, "No right.", "Give it.", statuses=(403,)),
    Row(Consequence.MISCONFIGURED, "No field.", codes=("NO_FIELD",)),
    Row(Consequence.SPLIT, "Too long.", statuses=(414,)),
    Row(Consequence.GONE, "Gone.", statuses=(404,)),
    Row(Consequence.RETRY, "Slow down.", statuses=(429,)),
)


class Wire:
    """Answers a list of troubles, then `done`; time passes only by waiting and by `cost` seconds a try."""

    def __init__(self, *troubles: Trouble, cost: float = 0.0) -> None:
        self.troubles = list(troubles)
        self.cost = cost
        self.now = 0.0
        self.sent = 0
        self.waits: list[float] = []

    def send(self) -> str:
        """One request."""
        self.sent += 1
        self.now += self.cost
        if self.troubles:
            raise self.troubles.pop(0)
        return "done"

    def sleep(self, seconds: float) -> None:
        """Note a wait and let it pass at once."""
        self.waits.append(seconds)
        self.now += seconds

    def gate(self, **settings: object) -> Gate:
        """A gate that lives in this wire's time."""
        timing = Timing(
            monotonic=lambda: self.now, now=lambda: NOW + timedelta(seconds=self.now), sleep=self.sleep
        )
        return Gate("acme", TABLE, timing=timing, **settings)  # type: ignore[arg-type]  # settings of the test


def failing(trouble: Trouble, cost: float = 0.0) -> Wire:
    return Wire(*[trouble] * 99, cost=cost)


def test_a_passing_fault_is_tried_again_until_it_works() -> None:
    wire = Wire(Trouble(status=503), Trouble(status=502), Trouble(fault="dropped"))
    gate = wire.gate()
    assert gate.call("read", wire.send) == "done"
    assert wire.sent == 4
    assert gate.counts.retries == 3
    assert gate.counts.total == 4
    assert gate.counts.calls["read", "503"] == 1
    assert gate.counts.calls["read", "ok"] == 1
    assert gate.counts.waited_seconds == sum(wire.waits)


@pytest.mark.parametrize(
    ("trouble", "error", "tries"),
    [
        (Trouble(status=500), Transient, 5),
        (Trouble(fault="refused"), Unreachable, 3),
        (Trouble(fault="timeout"), Unreachable, 2),
        (Trouble(fault="dropped"), Unreachable, 5),
        (Trouble(fault="garbled"), Transient, 3),
        (Trouble(fault="tls"), Refused, 1),
        (Trouble(code="LIMIT", status=403), Parked, 1),
        (Trouble(status=401), Refused, 1),
        (Trouble(status=403), Refused, 1),
        (Trouble(code="NO_FIELD", status=400), Misconfigured, 1),
        (Trouble(status=414), Split, 1),
        (Trouble(status=404), Vanished, 1),
        (Trouble(status=400, code="UNHEARD_OF"), Rejected, 1),
    ],
)
def test_each_consequence_raises_its_error(trouble: Trouble, error: type[ConnectorError], tries: int) -> None:
    wire = failing(trouble)
    with pytest.raises(error) as caught:
        wire.gate().call("read", wire.send)
    assert type(caught.value) is error
    assert wire.sent == tries
    assert str(caught.value).startswith("acme: ")


def test_an_error_never_carries_the_crms_text() -> None:
    wire = failing(Trouble(status=400, code="DUPLICATE", message="marie@curie.example exists"))
    with pytest.raises(Rejected) as caught:
        wire.gate().call("write", wire.send)
    assert caught.value.code == "DUPLICATE"
    assert "marie" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Trouble(fault="refused"), "acme: No connection could be made (crm.example:443). Check base_url"),
        (Trouble(fault="timeout"), "acme: No answer came in time (crm.example:443). The next pass"),
        (Trouble(fault="tls"), "acme: The server's certificate is not trusted (crm.example:443). Check"),
        (Trouble(status=502), "acme: The CRM failed with a server error (crm.example:443). The next pass"),
        (Trouble(status=403), "acme: No right. Give it."),
    ],
)
def test_where_the_crm_may_not_be_reached_its_address_is_named(trouble: Trouble, said: str) -> None:
    gate = Wire(*[trouble] * 9).gate(address=host_and_port("https://crm.example"))
    with pytest.raises(ConnectorError) as caught:
        gate.call("crm.read", Wire(*[trouble] * 9).send)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("base_url", "named"),
    [
        ("http://127.0.0.1:8802", "127.0.0.1:8802"),
        ("http://[::1]:9", "[::1]:9"),
        ("http://localhost", "localhost:80"),
    ],
)
def test_an_address_is_host_and_port(base_url: str, named: str) -> None:
    assert host_and_port(base_url) == named


def test_a_silent_crm_costs_at_most_two_timeouts_of_a_read_and_one_of_a_write() -> None:
    read, write = failing(Trouble(fault="timeout"), cost=20), failing(Trouble(fault="timeout"), cost=40)
    for wire, tries in ((read, 2), (write, 1)):
        with pytest.raises(Unreachable):
            wire.gate().call("any", wire.send)
        assert wire.sent == tries
        assert wire.now < 60


@given(st.floats(0, 30), st.sampled_from([429, 500, 503]))
def test_no_call_lasts_longer_than_a_pass_may(wait: float, status: int) -> None:
    wire = failing(Trouble(status=status, retry_after=str(wait)))
    with pytest.raises(Transient):
        wire.gate().call("read", wire.send)
    assert wire.now <= 60


def test_a_wait_that_the_crm_asks_for_is_kept() -> None:
    wire = Wire(Trouble(status=429, retry_after="7"))
    assert wire.gate().call("read", wire.send) == "done"
    assert wire.waits[0] >= 7


def test_a_longer_wait_parks_the_connection_until_then() -> None:
    wire = failing(Trouble(status=429, retry_after="120"))
    with pytest.raises(Parked) as caught:
        wire.gate().call("read", wire.send)
    assert caught.value.until == NOW + timedelta(seconds=120)
    assert (wire.sent, wire.waits) == (1, [])


def test_a_parked_crm_is_left_alone_until_then() -> None:
    wire = failing(Trouble(status=429, retry_after="604800"))
    gate = wire.gate()
    with pytest.raises(Parked, match="Slow down") as first:
        gate.call("read", wire.send)
    for _ in range(10):
        wire.now += 300
        with pytest.raises(Parked, match="Nothing is sent before 2026-11-21 13:00 UTC") as later:
            gate.call("write", wire.send)
        assert (later.value.until, later.value.code) == (first.value.until, first.value.code)
    assert wire.sent == 1
    wire.now = LONGEST_RETRY_AFTER
    with pytest.raises(Parked, match="14:00 UTC"):  # asked once an hour, and parked again
        gate.call("read", wire.send)
    wire.now += LONGEST_RETRY_AFTER
    wire.troubles.clear()
    assert gate.call("read", wire.send) == "done"
    assert wire.sent == 3


def test_a_spent_quota_parks_for_the_rows_time() -> None:
    wire = failing(Trouble(code="LIMIT"))
    with pytest.raises(Parked) as caught:
        wire.gate().call("read", wire.send)
    assert caught.value.until == NOW + timedelta(minutes=15)


def test_a_dead_session_is_renewed_once_and_the_call_sent_again() -> None:
    wire, renewed = Wire(Trouble(status=401)), []
    gate = wire.gate()
    assert gate.call("read", wire.send, refresh=lambda: renewed.append(1)) == "done"
    assert len(renewed) == 1
    wire.troubles = [Trouble(status=401)] * 9
    with pytest.raises(Refused):
        gate.call("read", wire.send, refresh=lambda: renewed.append(1))
    assert len(renewed) == 2


def test_stopping_gives_up_between_two_tries() -> None:
    stop, wire = threading.Event(), failing(Trouble(status=503))
    gate = wire.gate(stop=stop)

    def send() -> str:
        stop.set()
        return wire.send()

    with pytest.raises(Stopped):
        gate.call("read", send)
    assert (wire.sent, wire.waits) == (1, [])


def test_a_real_wait_ends_when_the_event_is_set() -> None:
    stop = threading.Event()
    gate = Gate("acme", TABLE, stop=stop)
    threading.Timer(0.05, stop.set).start()
    wire = failing(Trouble(status=429, retry_after="30"))
    with pytest.raises(Stopped):
        gate.call("read", wire.send)
    assert wire.sent <= 2


def test_an_error_of_our_own_is_not_retried() -> None:
    wire = Wire()

    def send() -> str:
        wire.sent += 1
        raise KeyError("ours")

    with pytest.raises(KeyError):
        wire.gate().call("read", send)
    assert wire.sent == 1


def test_the_budget_counts_every_request_of_24_hours() -> None:
    wire = Wire()
    gate = wire.gate(budget=ApiBudget(share=0.2))
    for _ in range(7):
        gate.call("read", wire.send)  # the CRM has not told its limit yet
    gate.observe_quota(500, 50)
    for _ in range(3):
        gate.call("read", wire.send)
    with pytest.raises(Parked) as caught:
        gate.call("read", wire.send)
    assert caught.value.code == "api_budget"
    assert wire.sent == 10
    wire.now += 25 * 3600
    assert gate.call("read", wire.send) == "done"


def test_parked_by_the_budget_until_the_oldest_hour_is_a_day_old() -> None:
    clock = [3600.0 * 10 + 60]
    count = DayCount(lambda: clock[0])
    count.add()
    assert count.seconds_until_relief() == pytest.approx(24 * 3600 - 60)
    clock[0] += count.seconds_until_relief()
    assert count.total() == 0


@given(st.floats(1, 50), st.integers(1, 20), st.integers(1, 100))
def test_a_bucket_lets_no_more_through_than_its_rate(rate: float, burst: int, calls: int) -> None:
    now = [0.0]
    bucket = Bucket(rate, burst, lambda: now[0])
    for _ in range(calls):
        now[0] += bucket.take()
    assert calls <= burst + rate * now[0] + 1e-6


def test_a_bucket_never_believes_in_more_than_the_crm_says() -> None:
    now = [0.0]
    bucket = Bucket(1, 10, lambda: now[0])
    bucket.observe(1)
    assert [bucket.take(), bucket.take()] == [0, 1]


def test_limits_hold_for_the_endpoints_they_name() -> None:
    wire = Wire()
    gate = wire.gate(limits={"search": Bucket(4, 1, lambda: wire.now)})
    for _ in range(5):
        gate.call("read", wire.send)
    assert wire.waits == []
    for _ in range(5):
        gate.call("search.contacts", wire.send)
    assert wire.now == pytest.approx(1.0)


def test_the_crms_time_is_that_of_its_newest_answer() -> None:
    wire = Wire()
    gate = wire.gate()
    assert gate.server_time(60) is None
    gate.observe_date("Sat, 21 Nov 2026 22:50:29 GMT")
    gate.observe_date("no date")
    wire.now += 3
    assert gate.server_time(60) == datetime(2026, 11, 21, 22, 50, 32, tzinfo=UTC)
    wire.now += 60
    assert gate.server_time(60) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("Sat, 21 Nov 2026 12:01:30 GMT", 90),
        ("Sat, 21 Nov 2026 12:01:30 -0000", 90),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("inf", None),
        ("100000000000000", 3600),
        ("1e300", 3600),
        ("Fri, 31 Dec 9999 12:00:00 GMT", 3600),
        ("Fri, 31 Dec 9999 23:59:59 -0500", None),
        ("Fri, 31 Dec 99999999999 23:59:59 GMT", None),
        ("nan", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


def test_the_first_row_that_matches_counts() -> None:
    rows = (
        Row(Consequence.STOP, "a", codes=("X",), hint="Special"),
        Row(Consequence.RETRY, "b", codes=("X",)),
    )
    assert classify(rows, Trouble(code="X", message="very special")).sentence == "a"
    assert classify(rows, Trouble(code="X")).sentence == "b"
    assert classify(rows, Trouble(status=599)).consequence is Consequence.RETRY
    assert classify(rows, Trouble(status=418)).consequence is Consequence.REJECT


def test_the_longest_wait_fits_into_a_call() -> None:
    wire = Wire(Trouble(status=429, retry_after=str(LONGEST_WAIT_SECONDS)))
    assert wire.gate().call("read", wire.send) == "done"


def test_a_call_that_may_not_be_repeated_is_sent_once() -> None:
    sent: list[int] = []

    def send() -> None:
        sent.append(1)
        raise Trouble(status=503)

    gate = Gate("acme", (), timing=Timing(sleep=lambda _: None))
    with pytest.raises(Transient):
        gate.call("update", send, again=False)
    assert len(sent) == 1
