"""`leadline sync`: one pass over each connection, then exit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from threading import Barrier, BrokenBarrierError
from typing import Any

import structlog
from rich.progress import Progress as Bars

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import told
from commands.signals import Stop, stop_on_signal
from commands.typed import moment_of
from commands.workplace import Workplace, owner_name, put_in_force, workplace
from config.connections import AnyConnection
from connectors.base import Connector
from qualifier.phrases import counted
from sync.cycle import Mode, Pass, run_pass
from sync.report import Progress, Report

log = structlog.get_logger(__name__)

MEET_SECONDS = 20
"""How long a pass waits for the others to have read; then it goes on with what it knows."""


def sync(
    invocation: Invocation, names: Sequence[str], mode: Mode, as_of: datetime | date | None = None
) -> Exit:
    """Run the passes side by side and show what each did. `as_of`: a day begins in the configured zone."""
    with workplace(invocation) as work, stop_on_signal() as stop:
        work.settings.chosen(names)
        if as_of is not None:
            mode = replace(mode, as_of=moment_of(as_of, work.settings.timezone))
        put_in_force(work.settings, work.store, lasting=not mode.dry_run and mode.as_of is None)
        with work.connected(names, stop.event) as pairs, console.bars(shown=not invocation.json) as bars:
            reports = run_passes(work, pairs, mode, stop, bars)
        if invocation.json:
            for report in reports:
                console.print_json(as_data(report))
        else:
            show(reports)
        failed = any(report.outcome != "ok" for report in reports)
        return stop.exit_code(Exit.UNDONE if failed else Exit.OK)


def run_passes(
    work: Workplace,
    pairs: Sequence[tuple[AnyConnection, Connector]],
    mode: Mode,
    stop: Stop,
    bars: Bars,
) -> list[Report]:
    """One pass per connection, each in a thread: a slow CRM holds up nobody for long.

    They meet once all have read, so that people who are known in several CRMs are judged by all that is new.
    """
    meeting = Barrier(max(1, len(pairs)), timeout=MEET_SECONDS)
    passes = [
        Pass(
            connection,
            connector,
            work.store,
            work.playbook,
            owner_name(),
            zone=work.zone,
            mode=_mode_for(connection, mode),
            stop=stop.event,
            progress=_progress(bars, connection.name),
            meet=partial(_meet, meeting),
        )
        for connection, connector in pairs
    ]
    with ThreadPoolExecutor(max_workers=max(1, len(pairs)), thread_name_prefix="pass") as pool:
        return list(pool.map(partial(_run, meeting), passes))


def _run(meeting: Barrier, work: Pass) -> Report:
    try:
        return run_pass(work)
    except Exception as error:  # one bad connection costs one connection
        _, sentences = told(error) or (Exit.UNDONE, [])
        if not sentences:
            log.exception("pass_crashed", connection=work.name)
        unknown = "an error that Leadline does not know; please report the log line above"
        return Report(work.name, outcome="failed", error="; ".join(sentences) or unknown)
    finally:
        meeting.abort()  # who failed on the way must not be waited for; afterwards it changes nothing


def _meet(meeting: Barrier) -> None:
    with suppress(BrokenBarrierError):
        meeting.wait()


def _mode_for(connection: AnyConnection, mode: Mode) -> Mode:
    """`--as-of` writes to a sandbox only: nobody's real list shall show another day's scores."""
    dry = mode.dry_run or (mode.as_of is not None and not connection.on_loopback)
    return Mode(dry, mode.full, mode.limit, mode.as_of)


def _progress(bars: Bars, name: str) -> Progress:
    tasks = {
        what: bars.add_task(f"{name}: {what}", total=None, visible=False)
        for what in ("read", "qualified", "written")
    }

    def step(what: str) -> Any:
        return lambda count: bars.update(tasks[what], advance=count, visible=True)

    return Progress(step("read"), step("qualified"), step("written"))


def show(reports: Sequence[Report]) -> None:
    """What the passes did: a row each, and below it what they found and what went wrong."""
    dry = [report.connection for report in reports if report.dry_run]
    columns = (
        "connection",
        "outcome",
        "read",
        "qualified",
        "to write" if len(dry) == len(reports) else "written",
        "calls",
        "time",
    )
    rows = [
        (
            report.connection,
            report.outcome,
            f"{report.read['leads']:,}",
            f"{report.qualified:,}",
            _writes(report, all_dry=len(dry) == len(reports)),
            f"{report.calls:,}",
            f"{report.seconds:.1f} s",
        )
        for report in reports
    ]
    console.out.print(console.table(columns, rows))
    if any(report.qualified or report.error for report in reports):
        console.out.print(console.pairs([(report.connection, _findings(report)) for report in reports]))
    if dry:
        where = "a CRM" if len(dry) == len(reports) else ", ".join(dry)
        console.out.print(f"Nothing was written to {where}: a dry run, or `write.mode` is off.")


def _writes(report: Report, *, all_dry: bool) -> str:
    """What was written; of a connection that writes nothing what would be."""
    if not report.dry_run:
        return f"{report.written:,}"
    return f"{report.waiting:,}" if all_dry else f"0, of {report.waiting:,} to write"


def _findings(report: Report) -> str:
    touches, waiting = report.read["touches"], 0 if report.dry_run else report.waiting
    parts = [
        console.summary(report.segments) if report.qualified else "" if report.error else "nothing new",
        f"{counted(touches, 'touch', 'touches')} read" if touches else "",
        f"{counted(waiting, 'waits', 'wait')} for the next pass" if waiting else "",
        (report.error or "").removeprefix(f"{report.connection}: "),
    ]
    return "; ".join(part for part in parts if part)


def as_data(report: Report) -> dict[str, Any]:
    """A report for `--json`."""
    return {
        "connection": report.connection,
        "outcome": report.outcome,
        "as_of": report.as_of,
        "seconds": round(report.seconds, 3),
        "read": dict(report.read),
        "qualified": report.qualified,
        "segments": dict(report.segments),
        "written": report.written,
        "deliveries": dict(report.deliveries),
        "waiting": report.waiting,
        "dry_run": report.dry_run,
        "calls": report.calls,
        "quota": {"used": report.quota_used, "limit": report.quota_limit},
        "error": report.error,
    }
