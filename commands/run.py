"""`leadline run`: the worker. Every connection at its own interval until SIGTERM; then a clean stop."""

import threading
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from commands.exits import Exit
from commands.invocation import Invocation
from commands.signals import stop_on_signal
from commands.workplace import Workplace, owner_name, put_in_force, workplace
from config.connections import AnyConnection
from config.faults import ConfigFault
from config.valid_playbook import PlaybookRefused
from connectors.base import Connector
from qualifier.playbook import Playbook
from sync.cycle import Pace, Pass, run_pass
from sync.schedule import Job, Schedule

CRON_POLL_SECONDS = 60.0
"""How often a pass that runs long looks for news where a cron, not an interval, says when passes begin."""

log = structlog.get_logger(__name__)


def run(invocation: Invocation) -> Exit:
    """Run until told to stop. A failing CRM is logged and tried again at its next interval."""
    with workplace(invocation) as work, stop_on_signal() as stop, work.connected((), stop.event) as pairs:
        current, file = CurrentPlaybook(work), SettingsFile(invocation.config)
        jobs = [
            Job(connection, partial(_run_one, work, current, file, connection, connector, stop.event))
            for connection, connector in pairs
        ]
        schedule = Schedule(jobs, work.settings.timezone, stop.event)
        schedule.start()
        log.info("worker_started", connections=[connection.name for connection, _ in pairs])
        stop.event.wait()
        log.info("worker_stopping", signal=stop.number)
        schedule.drain()
        log.info("worker_stopped")
        return stop.exit_code(Exit.OK)


@dataclass(slots=True)
class CurrentPlaybook:
    """The playbook in force: read again when its file changes, kept as it was while the new one is faulty."""

    work: Workplace
    stamp: float = 0.0
    playbook: Playbook = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Begin with what the start found valid."""
        self.stamp = self._stamp()
        self.playbook = put_in_force(self.work.settings, self.work.store)

    def get(self) -> Playbook:
        """The last valid one."""
        with self.lock:
            stamp = self._stamp()
            if stamp != self.stamp:
                self.stamp = stamp
                self._reload()
            return self.playbook

    def _stamp(self) -> float:
        try:
            return self.work.settings.playbook.stat().st_mtime if self.work.settings.playbook else 0.0
        except OSError:
            return -1.0

    def _reload(self) -> None:
        try:
            self.playbook = put_in_force(self.work.settings, self.work.store)
            log.info("playbook_loaded", playbook=f"{self.playbook.name} {self.playbook.version}")
        except (ConfigFault, PlaybookRefused) as refusal:
            log.warning("playbook_invalid", faults=str(refusal).splitlines(), kept=self.playbook.version)


@dataclass(slots=True)
class SettingsFile:
    """leadline.yaml, in force as the start read it: that another content takes a restart is told once."""

    file: Path
    in_force: bytes | None = field(init=False)
    told: bytes | None = field(init=False)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """What stands there at the start is in force."""
        self.in_force = self.told = self._content()

    def look(self) -> None:
        """Log a content that is neither in force nor told yet; a file that is just being replaced is none."""
        with self.lock:
            content = self._content()
            if content is None:
                return
            if content not in {self.in_force, self.told}:
                log.warning("settings_changed", file=str(self.file), next_step="restart to apply")
            self.told = content

    def _content(self) -> bytes | None:
        try:
            return self.file.read_bytes()
        except OSError:
            return None


def _run_one(
    work: Workplace,
    current: CurrentPlaybook,
    file: SettingsFile,
    connection: AnyConnection,
    connector: Connector,
    stop: threading.Event,
) -> None:
    """A pass in rounds: while a backlog is worked off, news is read at the usual interval and goes first."""
    file.look()
    interval = connection.interval.total_seconds() if connection.interval else CRON_POLL_SECONDS
    run_pass(
        Pass(
            connection,
            connector,
            work.store,
            current.get(),
            owner_name(),
            zone=work.zone,
            pace=Pace(pages=2, leads=1_000, writes=1_000, poll_seconds=interval),
            stop=stop,
        )
    )
