"""One pass over one connection: lease → ingest → evaluate → deliver. What a scheduler or `sync` runs."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import insert, select, update

from config.connections import AnyConnection
from connectors.base import Connector, ConnectorError, Misconfigured, Stopped, Window
from qualifier.agreement import Agreement, resolve
from qualifier.playbook import Playbook
from qualifier.verdict import OUTPUTS
from sync.deliver import Moment, count_pending, deliver, in_quiet_hours, own_stamps
from sync.evaluate import Terms, evaluate, find_work, remember
from sync.ingest import Intake, ingest
from sync.ingest.rows import chunks
from sync.leases import hold
from sync.marks import HISTORY, Walk, advance, begin, forget, history_walk, poll_walk
from sync.needs import needs_finder
from sync.schema import EPOCH, connections, passes
from sync.store import Fence, LeaseLost, Store

READ_AGAIN = 200
"""Ids per `read` of leads that a touch named or that the search index showed differently."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Mode:
    """How a pass was asked to run. `as_of`: score as if it were then; only deliveries are remembered."""

    dry_run: bool = False
    full: bool = False
    limit: int | None = None
    as_of: datetime | None = None


@dataclass(slots=True)
class Report:
    """What a pass did. `outcome`: ok, partial (records refused or left over), failed, skipped, stopped."""

    connection: str
    outcome: str = "ok"
    started_at: datetime = EPOCH
    as_of: datetime = EPOCH
    seconds: float = 0.0
    read: Counter[str] = field(default_factory=Counter)
    qualified: int = 0
    segments: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Leads that a delivery would write (all of them in a dry run, what is left after a real one)."""
    deliveries: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    quota_used: int | None = None
    quota_limit: int | None = None
    dry_run: bool = False
    error: str | None = None

    @property
    def written(self) -> int:
        """Leads written to the CRM."""
        return self.deliveries["written"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a pass tells how far it is; each takes how many more leads are done."""

    read: Callable[[int], None] = lambda _: None
    qualified: Callable[[int], None] = lambda _: None
    written: Callable[[int], None] = lambda _: None


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
    stop: Event = field(default_factory=Event)
    progress: Progress = field(default_factory=Progress)
    meet: Callable[[], None] = lambda: None
    """Called between reading and qualifying: passes that run side by side wait for each other's news here."""

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.settings.name

    @property
    def keeps_marks(self) -> bool:
        """A pass at another time than now leaves no trace in what the next one reads."""
        return self.mode.as_of is None

    @property
    def delivers(self) -> bool:
        """Whether this pass writes to the CRM."""
        return not self.mode.dry_run and self.settings.write.mode != "off"


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
        row = _open_pass(store, fence, report)
        try:
            _run(work, fence, report)
        except Stopped as stopped:
            report.outcome, report.error = "stopped", str(stopped)
        except LeaseLost as lost:
            report.outcome, report.error = "failed", str(lost)
        except ConnectorError as error:
            report.outcome, report.error = "failed", str(error)
        report.seconds = time.monotonic() - began
        report.calls = connector.calls - calls
        report.quota_used, report.quota_limit = connector.quota.used, connector.quota.limit
        _close_pass(store, row, report)
    log.info("pass_ended", **_log_fields(report))
    return report


def _run(work: Pass, fence: Fence, report: Report) -> None:
    now = work.connector.server_time()
    report.as_of = work.mode.as_of or now
    _read_all(work, fence, report, now)
    work.meet()
    terms = Terms(work.playbook, _agreement(work, fence, report.as_of), report.as_of, _columns(work))
    _evaluate_all(work, fence, report, terms)
    if not work.delivers:
        return
    quiet = in_quiet_hours(work.settings.quiet_hours, ZoneInfo(work.zone), now)
    report.deliveries = deliver(
        work.store,
        fence,
        work.connector,
        Moment(report.as_of, now),
        limit=work.mode.limit,
        quiet=quiet,
        stop=work.stop,
        progress=work.progress.written,
    )
    with work.store.read() as tx:
        report.waiting = count_pending(tx, work.name, Moment(report.as_of, now), quiet=quiet)
    if report.deliveries["rejected"] or report.deliveries["retry"]:
        report.outcome = "partial"
        report.error = (
            f"{report.deliveries['rejected']} records were refused and {report.deliveries['retry']} must be "
            f"tried again; see `leadline quarantine list {work.name}`"
        )


# --- read ---------------------------------------------------------------------------------------------------


def _read_all(work: Pass, fence: Fence, report: Report, now: datetime) -> None:
    intake = Intake(
        connection=work.name,
        facts=work.playbook.facts_all,
        needs_in=needs_finder(work.playbook),
        key=work.store.key,
        seen_at=now,
        counts=report.read,
    )
    for stream in work.connector.streams:
        for walk in _walks(work, fence, stream, now):
            _read_walk(work, fence, intake, walk)
    _read_again(work, fence, intake, sorted(intake.unknown))


def _walks(work: Pass, fence: Fence, stream: str, now: datetime) -> list[Walk]:
    """What is to be read of a stream: the poll, then what is left of its history; at first all history."""
    since = _history_start(work, stream, now)
    with work.store.write(fence) as tx:
        if work.keeps_marks and work.mode.full:
            forget(tx, work.name, stream)
        poll = poll_walk(tx, work.name, stream, now, work.settings.overlap)
        if not work.keeps_marks:
            poll = None if work.mode.full else poll
            history = Walk(stream, HISTORY, Window(since, now, newest_first=True))
            return [poll or history]
        if poll is None:
            begin(tx, work.name, stream, now, since)
        return [walk for walk in (poll, history_walk(tx, work.name, stream)) if walk is not None]


def _history_start(work: Pass, stream: str, now: datetime) -> datetime:
    """Leads and touches as far back as asked; what a company bought counts however long ago it was."""
    return _BEGINNING if stream in {"company", "deal"} else now - work.settings.history


_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _read_walk(work: Pass, fence: Fence, intake: Intake, walk: Walk) -> None:
    with work.store.read() as tx:
        own = own_stamps(tx, work.name, walk.window.since) if walk.stream == "lead" else {}
    for page in work.connector.changes(walk.stream, walk.window, walk.after, own):
        with work.store.write(fence) as tx:
            ingest(page, intake, tx)
            if work.keeps_marks and not intake.unsure:
                advance(tx, work.name, walk, page.after)
        if intake.unsure:
            _read_again(work, fence, intake, intake.unsure)
            intake.unsure = []
            if work.keeps_marks:
                with work.store.write(fence) as tx:
                    advance(tx, work.name, walk, page.after)
        work.progress.read(page.size)
        if work.stop.is_set():
            raise Stopped(_STOPPED)


_STOPPED = "stopped as asked; what was read and written so far is kept, the next pass goes on from there"


def _read_again(work: Pass, fence: Fence, intake: Intake, lead_ids: Sequence[str]) -> None:
    """Leads by id from the primary store, where a touch named them or the search index may be stale."""
    for ids in chunks(list(lead_ids), READ_AGAIN):
        page = work.connector.read(ids)
        with work.store.write(fence) as tx:
            ingest(page, intake, tx)


# --- qualify ------------------------------------------------------------------------------------------------


def _evaluate_all(work: Pass, fence: Fence, report: Report, terms: Terms) -> None:
    with work.store.read() as tx:
        keys = find_work(tx, work.name, terms.as_of, everything=work.mode.full or work.mode.as_of is not None)
    for frame in evaluate(work.store, work.name, keys, terms):
        report.qualified += len(frame)
        report.waiting += int(frame["pending"].is_not_null().sum())
        report.segments.update(dict(frame["segment"].value_counts().iter_rows()))
        if work.delivers:
            remember(work.store, fence, frame, terms, lasting=work.mode.as_of is None)
        work.progress.qualified(len(frame))
        if work.stop.is_set():
            raise Stopped(_STOPPED)


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


def _agreement(work: Pass, fence: Fence, as_of: datetime) -> Agreement:
    """The agreement in force; it binds from the start of the first pass that writes."""
    mine = connections.c.connection == work.name
    with work.store.write(fence) as tx:
        stored = tx.scalar(select(connections.c.effective_from).where(mine))
        if stored is None and work.delivers and work.mode.as_of is None:
            tx.execute(insert(connections).values(connection=work.name, effective_from=as_of))
            stored = as_of
    return resolve(work.playbook.agreement, zone=work.zone, effective_from=stored or as_of)


# --- the record of the pass ---------------------------------------------------------------------------------


def _open_pass(store: Store, fence: Fence, report: Report) -> int:
    with store.write(fence) as tx:
        return int(
            tx.execute(
                insert(passes)
                .values(
                    connection=report.connection,
                    started_at=report.started_at,
                    outcome="running",
                    read=0,
                    qualified=0,
                    written=0,
                    rejected=0,
                    calls=0,
                )
                .returning(passes.c.id)
            ).scalar_one()
        )


def _close_pass(store: Store, row: int, report: Report) -> None:
    with store.write() as tx:
        tx.execute(
            update(passes)
            .where(passes.c.id == row)
            .values(
                ended_at=datetime.now(UTC),
                outcome="dry" if report.dry_run and report.outcome == "ok" else report.outcome,
                read=report.read["leads"],
                qualified=report.qualified,
                written=report.written,
                rejected=report.deliveries["rejected"],
                calls=report.calls,
                quota_used=report.quota_used,
                quota_limit=report.quota_limit,
                error=report.error,
            )
        )


def _log_fields(report: Report) -> dict[str, object]:
    return {
        "connection": report.connection,
        "outcome": report.outcome,
        "duration_seconds": round(report.seconds, 3),
        "read": dict(report.read),
        "qualified": report.qualified,
        **{name: report.deliveries[name] for name in ("written", "rejected", "retry", "gone")},
        "waiting": report.waiting,
        "calls": report.calls,
        "dry_run": report.dry_run,
        "error": report.error,
    }
