"""`leadline run`: the worker. Every connection at its own interval until SIGTERM; then a clean stop."""

import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import told
from commands.signals import stop_on_signal
from commands.workplace import Workplace, owner_name, put_in_force, workplace
from config.connections import AnyConnection
from config.fact_names import check_fact_names
from config.faults import ConfigFault
from config.playbook_file import load_playbook
from config.valid_playbook import PlaybookRefused
from connectors.base import Connector
from qualifier.facts import Fact
from qualifier.playbook import Playbook
from sync.cycle import Pace, Pass, run_pass
from sync.schedule import Job, Schedule

CRON_POLL_SECONDS = 60.0
"""How often a pass that runs long looks for news where a cron, not an interval, says when passes begin."""

log = structlog.get_logger(__name__)


def run(invocation: Invocation) -> Exit:
    """Run until told to stop. A failing CRM is logged and tried again at its next interval."""
    with workplace(invocation) as work, stop_on_signal() as stop, ExitStack() as stack:
        current, file = CurrentPlaybook(work, invocation.config), SettingsFile(invocation.config)
        links = [Link(work, connection, stop.event) for connection in work.settings.connections]
        for link in links:
            stack.callback(link.close)
        jobs = [Job(link.connection, partial(_run_one, link, current, file)) for link in links]
        schedule = Schedule(jobs, work.settings.timezone, stop.event)
        schedule.start()
        log.info("worker_started", connections=[link.connection.name for link in links])
        stop.event.wait()
        log.info("worker_stopping", signal=stop.number)
        schedule.drain()
        log.info("worker_stopped")
        return stop.exit_code(Exit.OK)


@dataclass(slots=True)
class CurrentPlaybook:
    """The playbook in force: read again when its file changes, kept as it was while the new one is faulty."""

    work: Workplace
    config: Path
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
                self._reload()
                self.stamp = stamp  # not before: where the store was busy the next pass tries again
            return self.playbook

    def _stamp(self) -> float:
        try:
            return self.work.settings.playbook.stat().st_mtime if self.work.settings.playbook else 0.0
        except OSError:
            return -1.0

    def _reload(self) -> None:
        settings = self.work.settings
        try:
            check_fact_names(self.config, settings, load_playbook(settings.playbook).facts_all)
            self.playbook = put_in_force(settings, self.work.store)
            log.info("playbook_loaded", playbook=f"{self.playbook.name} {self.playbook.version}")
        except (ConfigFault, PlaybookRefused) as refusal:
            log.warning("playbook_invalid", faults=str(refusal).splitlines(), kept=self.playbook.version)


@dataclass(slots=True)
class Link:
    """The way to one CRM: its connector, made anew where the playbook in force knows other facts."""

    work: Workplace
    connection: AnyConnection
    stop: threading.Event
    facts: Mapping[str, Fact] = field(default_factory=dict)
    connector: Connector | None = None

    def by(self, playbook: Playbook) -> Connector:
        """The connector that reads this playbook's facts. One pass at a time asks for it."""
        if self.connector is None or self.facts != playbook.facts_all:
            self.close()
            self.connector = self.work.connect(self.connection, self.stop, playbook)
            self.facts = playbook.facts_all
        return self.connector

    def close(self) -> None:
        """Give its connections back."""
        if self.connector is not None:
            self.connector.close()


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


def _run_one(link: Link, current: CurrentPlaybook, file: SettingsFile) -> None:
    """A pass in rounds: while a backlog is worked off, news is read at the usual interval and goes first."""
    file.look()
    work, connection = link.work, link.connection
    interval = connection.interval.total_seconds() if connection.interval else CRON_POLL_SECONDS
    pace = Pace.of_worker(interval)
    try:
        playbook = current.get()
        connector = link.by(playbook)
        run_pass(
            Pass(
                connection,
                connector,
                work.store,
                playbook,
                owner_name(),
                zone=work.zone,
                pace=pace,
                stop=link.stop,
            )
        )
    except Exception as error:
        if (known := told(error)) is None:
            raise
        log.error("pass_failed", connection=connection.name, faults=known[1])  # noqa: TRY400  # no bug, no trace
