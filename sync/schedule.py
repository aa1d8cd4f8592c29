"""The scheduler: every connection at its own interval, until asked to stop.

APScheduler 3 with one thread per connection, so that no due pass waits for another; a pass that is still
running is not started twice; a late start is never dropped (`misfire_grace_time=None`), missed ones are one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from threading import Event
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from config.connections import AnyConnection

JITTER_SHARE = 0.1
"""Part of the interval by which starts are spread, so that many connections do not knock at once."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A connection and what to run for it."""

    connection: AnyConnection
    run: Callable[[], None]


class Schedule:
    """Runs jobs in the background. `start()`, then wait for the stop event, then `drain()`."""

    def __init__(self, jobs: list[Job], zone: tzinfo, stop: Event) -> None:
        self._stop = stop
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(1, len(jobs)))},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for job in jobs:
            self._scheduler.add_job(
                self._guard,
                _trigger(job.connection, zone),
                args=[job],
                id=job.connection.name,
                # A cron means what it says; an interval starts at once, so that a restart costs no time.
                **({} if job.connection.cron else {"next_run_time": datetime.now(UTC)}),
            )

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.start()

    def drain(self) -> None:
        """Start nothing more and wait for the passes under way; they end soon, for the stop event is set."""
        self._scheduler.shutdown(wait=True)

    def next_runs(self) -> Mapping[str, datetime | None]:
        """Connection → when its next pass starts (UTC)."""
        return {job.id: job.next_run_time for job in self._scheduler.get_jobs()}

    def _guard(self, job: Job) -> None:
        """Whatever happens in a pass, the schedule lives on."""
        if self._stop.is_set():
            return
        structlog.contextvars.clear_contextvars()
        try:
            job.run()
        except Exception:
            log.exception("pass_crashed", connection=job.connection.name)


def _trigger(connection: AnyConnection, zone: tzinfo) -> Any:
    if connection.cron:
        return CronTrigger.from_crontab(connection.cron, timezone=zone)
    seconds = connection.interval.total_seconds() if connection.interval else 0
    return IntervalTrigger(seconds=seconds, jitter=seconds * JITTER_SHARE, timezone=UTC)
