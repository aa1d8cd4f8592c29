"""One pass over one connection: lease → ingest → evaluate → deliver. What a scheduler or `sync` runs."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection

from config.connections import AnyConnection
from connectors.base import Connector, ConnectorError, Misconfigured, Stopped
from qualifier.phrases import counted
from qualifier.playbook import Playbook
from qualifier.verdict import OUTPUTS
from sync.deliver import Allowance, Moment, count_pending, deliver, find_waiting, in_quiet_hours
from sync.evaluate import evaluate, find_work, remember
from sync.ingest.rows import lead_keys
from sync.leases import hold
from sync.marks import NEEDED
from sync.reading import STOPPED, Reading
from sync.report import Progress, Report, close_pass, log_fields, open_pass
from sync.schema import EPOCH
from sync.store import Fence, LeaseLost, Store
from sync.terms import Terms, adopt, agreement_of, is_adopted
from sync.worth import count_due

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mode:
    """How a pass was asked to run. `as_of`: score as if it were then; only deliveries are remembered."""

    dry_run: bool = False
    full: bool = False
    limit: int | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of a backlog a round takes before what is new goes first again; None: all of it at once."""

    pages: int | None = None
    leads: int | None = None
    writes: int | None = None
    poll_seconds: float = 60.0

    @classmethod
    def of_worker(cls, poll_seconds: float) -> "Pace":
        """As `leadline run` works, where news is looked for so often while a pass lasts."""
        return cls(pages=2, leads=1_000, writes=1_000, poll_seconds=poll_seconds)


@dataclass(frozen=True, slots=True)
class Pass:
    """Everything one pass works with."""

    settings: AnyConnection
    connector: Connector
    store: Store
    playbook: Playbook
    owner: str
    """Who holds the lease: one word per process, shown by `status`."""
    zone: str = "UTC"
    mode: Mode = field(default_factory=Mode)
    pace: Pace = field(default_factory=Pace)
    stop: Event = field(default_factory=Event)
    progress: Progress = field(default_factory=Progress)
    meet: Callable[[], None] = lambda: None
    """Called between reading and qualifying: passes that run side by side wait for each other's news here."""

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.settings.name

    @property
    def delivers(self) -> bool:
        """Whether this pass writes to the CRM."""
        return not self.mode.dry_run and self.settings.write.mode != "off"

    @property
    def lasts(self) -> bool:
        """Whether its verdicts are kept: a pass at another time leaves no trace but what it delivered."""
        return self.delivers and self.mode.as_of is None


def run_pass(work: Pass) -> Report:
    """Run one pass and report on it. A CRM's failure is an outcome, not an exception."""
    store, connector = work.store, work.connector
    report = Report(work.name, started_at=datetime.now(UTC), dry_run=not work.delivers)
    began, calls = time.monotonic(), connector.calls
    with hold(store, work.name, work.owner) as fence:
        if fence is None:
            report.outcome = "skipped"
            report.error = "another worker is running a pass of this connection; this one left it alone"
            return report
        number = None
        try:
            number = open_pass(store, fence, report)
            _run(work, fence, report)
        except Stopped as stopped:
            report.outcome, report.error = "stopped", str(stopped)
        except (LeaseLost, ConnectorError) as error:
            report.outcome, report.error = "failed", str(error)
        report.seconds = time.monotonic() - began
        report.calls = connector.calls - calls
        report.quota_used, report.quota_limit = connector.quota.used, connector.quota.limit
        if number is not None:
            close_pass(store, number, report)
    tell = log.warning if report.outcome in {"failed", "partial"} else log.info
    tell("pass_ended", **log_fields(report))
    return report


def _run(work: Pass, fence: Fence, report: Report) -> None:
    """Rounds of read, evaluate, deliver until nothing is left; news goes before the next slice of backlog."""
    reading = _reading(work, fence, report)
    moment, polled_at, lasted = Moment(EPOCH, EPOCH), float("-inf"), 0.0
    judged: set[int] = set()
    unsettled: set[int] = set()
    news: set[int] = set()
    is_done, pass_began = False, time.monotonic()
    for turn in itertools.count():
        # Rather too early than too late: another round as long as the last one must fit in before a look. And
        # once more at the end of a long pass, or who came after the last look would wait for the next pass
        # as well.
        polls = is_done or time.monotonic() + lasted - polled_at >= work.pace.poll_seconds
        if polls:
            polled_at, moment = time.monotonic(), _moment(work)
            report.as_of = moment.as_of
            (reading.look if turn else reading.poll)(moment.now, work.pace.pages)
            news |= _take_news(work, reading, moment)
            if turn and news:  # not even the next pages of history come first
                _evaluate(work, fence, report, moment, judged, news, only_news=True)
                _deliver(work, fence, report, moment, unsettled, only=news)
        began = time.monotonic()
        left = reading.read_on(moment.now, work.pace.pages)
        if turn == 0:
            _adopt(work, fence, moment)
            work.meet()
        # A lead whose touches are still to be read would be judged on half of what is known, and again later.
        is_half_known = left is not None and left.kind in NEEDED
        looked = _evaluate(work, fence, report, moment, judged, news, only_news=is_half_known)
        _deliver(work, fence, report, moment, unsettled, only=news)
        sent = _deliver(work, fence, report, moment, unsettled)
        news = _still_waiting(work, moment, news)
        lasted = time.monotonic() - began
        is_slice = work.pace.writes is not None and sent >= work.pace.writes
        is_done = left is None and looked != work.pace.leads and not is_slice
        if is_done and (polls or time.monotonic() - pass_began < work.pace.poll_seconds):
            break
    _sum_up(work, report, moment)


def _reading(work: Pass, fence: Fence, report: Report) -> Reading:
    return Reading(
        work.settings,
        work.connector,
        work.store,
        work.playbook,
        fence,
        report.read,
        work.stop,
        work.progress.read,
        lasting=work.mode.as_of is None,
        full=work.mode.full,
    )


def _moment(work: Pass) -> Moment:
    now = work.connector.server_time()
    quiet = in_quiet_hours(work.settings.quiet_hours, ZoneInfo(work.zone), now)
    return Moment(work.mode.as_of or now, now, quiet, lasting=work.lasts)


def _adopt(work: Pass, fence: Fence, moment: Moment) -> None:
    if work.lasts:
        with work.store.write(fence) as tx:
            adopt(tx, work.name, work.playbook, moment.as_of)


def _take_news(work: Pass, reading: Reading, moment: Moment) -> set[int]:
    """Row keys of the leads that a poll brought news of; a pass that takes all at once needs no order."""
    if work.pace.leads is None or not (lead_ids := reading.take_news(moment.now)):
        return set()
    with work.store.read() as tx:
        keys = lead_keys(tx, work.name, lead_ids)
        return set(find_work(tx, work.name, moment.as_of, among=keys))


def _still_waiting(work: Pass, moment: Moment, news: set[int]) -> set[int]:
    """News that the slices of this round did not reach."""
    if not news:
        return news
    with work.store.read() as tx:
        dirty = find_work(tx, work.name, moment.as_of, among=news)
        return {*dirty, *find_waiting(tx, work.name, moment, news)}


def _evaluate(
    work: Pass,
    fence: Fence,
    report: Report,
    moment: Moment,
    judged: set[int],
    news: set[int],
    *,
    only_news: bool,
) -> int:
    """Qualify what is dirty or due, at most a slice, whose keys join `judged`; returns how many.

    `news`: row keys of the leads that go first.
    """
    columns, as_of = _columns(work), moment.as_of
    with work.store.read() as tx:
        keys = find_work(tx, work.name, as_of, among=news)
        if not work.lasts:  # nothing is kept that says "done"
            keys = [key for key in keys if key not in judged]
        if not only_news:
            keys = list(dict.fromkeys([*keys, *_find_work(tx, work, as_of, judged)]))
        keys = keys[: work.pace.leads]
        terms = Terms(
            work.playbook, agreement_of(tx, work.name, work.playbook, as_of, work.zone), as_of, columns
        )
    if work.mode.full or not work.lasts:  # else the store knows who is done, and a million keys need not stay
        judged.update(keys)
    for frame in evaluate(work.store, work.name, keys, terms):
        report.qualified += len(frame)
        report.waiting += count_due(frame, as_of, quiet=moment.quiet)
        report.segments.update(dict(frame["segment"].value_counts().iter_rows()))
        if work.delivers:
            remember(work.store, fence, frame, terms, lasting=work.lasts)
        work.progress.qualified(len(frame))
        if work.stop.is_set():
            raise Stopped(STOPPED)
    return len(keys)


def _find_work(tx: Connection, work: Pass, as_of: datetime, judged: set[int]) -> list[int]:
    """What to qualify next. Where nothing is kept that says "done", each lead is looked at once a pass."""
    everything = work.mode.full or work.mode.as_of is not None
    everything |= not work.delivers and not is_adopted(tx, work.name, work.playbook)
    if work.lasts and not everything:
        return find_work(tx, work.name, as_of, limit=work.pace.leads)
    found = find_work(tx, work.name, as_of, everything=everything)
    news = find_work(tx, work.name, as_of) if work.lasts else []
    return list(dict.fromkeys([*news, *(key for key in found if key not in judged)]))


def _columns(work: Pass) -> frozenset[str]:
    """Verdict columns that can be written; in a dry run before set-up, all."""
    writable = work.connector.writable()
    if not writable and work.delivers:
        message = (
            f"{work.name}: none of Leadline's fields can be written; run "
            f"`leadline setup --apply {work.name}`, or give the integration user edit rights on them"
        )
        raise Misconfigured(message)
    return frozenset(output.column for output in OUTPUTS if output.name in writable or not writable)


def _deliver(
    work: Pass,
    fence: Fence,
    report: Report,
    moment: Moment,
    unsettled: set[int],
    *,
    only: set[int] | None = None,
) -> int:
    """Write what waits (`only`: of these leads), at most a slice; returns how many were settled."""
    if not work.delivers or only == set():
        return 0
    most = work.mode.limit
    counts = deliver(
        work.store,
        fence,
        work.connector,
        moment,
        allowed=Allowance(None if most is None else most - report.deliveries.total(), work.pace.writes),
        unsettled=unsettled,
        only=only,
        stop=work.stop,
        progress=work.progress.written,
    )
    report.deliveries.update(counts)
    return counts.total()


def _sum_up(work: Pass, report: Report, moment: Moment) -> None:
    if not work.delivers:
        return
    with work.store.read() as tx:
        report.waiting = count_pending(tx, work.name, moment)
    if report.deliveries["rejected"] or report.deliveries["retry"]:
        report.outcome = "partial"
        report.error = _leftovers(report)


def _leftovers(report: Report) -> str:
    """`1 record refused, see …; 3 records left to the next pass`."""
    refused, again = report.deliveries["rejected"], report.deliveries["retry"]
    parts = [
        f"{counted(refused, 'record')} refused, see `leadline quarantine list {report.connection}`",
        f"{counted(again, 'record')} left to the next pass",
    ]
    return "; ".join(part for part, number in zip(parts, (refused, again), strict=True) if number)
