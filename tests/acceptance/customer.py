"""A customer of Leadline: two CRMs in a box, a configuration on disk, and the command line."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from ruamel.yaml import YAML
from sqlalchemy import Connection, create_engine
from typer.testing import CliRunner

import worker
from config.playbook_file import DEFAULT_PLAYBOOK
from sandbox.box import Box
from sandbox.desk import Desk
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sandbox.faults import Faults
from sandbox.journal import Exchange, Journal

ROOT = Path(__file__).parents[2]
CRMS = ("salesforce", "hubspot")
LONGEST_SECONDS = 600
"""When a command is taken for hung."""

Report = Mapping[str, Any]
"""What `--json sync` says of one connection."""


@dataclass(frozen=True)
class Answer:
    """What a command left behind. `seconds`: wall time, the start of the process included."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def reports(self) -> dict[str, Report]:
        """Connection → report, of a command that was asked for JSON."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        return {one["connection"]: one for one in objects}


@dataclass
class Customer:
    """Connections are named like their CRM. `changes`: CRM → keys of its connection that differ."""

    box: Box
    folder: Path
    playbook: Path = DEFAULT_PLAYBOOK
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    effective_from: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __post_init__(self) -> None:
        """Write the configuration as an admin would."""
        yaml = YAML()
        playbook = yaml.load(self.playbook.read_text(encoding="utf-8"))
        agreement = playbook.get("agreement") or {}
        playbook["agreement"] = {**agreement, "effective_from": self.effective_from.isoformat()}
        with (self.folder / "playbook.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(playbook, file)
        self.configure()

    def configure(self, **changes: dict[str, Any]) -> None:
        """Write leadline.yaml, with other keys for a CRM's connection where `changes` has them."""
        own: dict[str, dict[str, Any]] = {
            "salesforce": {
                "base_url": self.box.salesforce_url,
                "auth": {
                    "flow": "client_credentials",
                    "client_id": self.box.client_id,
                    "client_secret": self.box.client_secret,
                },
            },
            "hubspot": {
                "base_url": self.box.hubspot_url,
                "auth": {"flow": "token", "token": self.box.token},
            },
        }
        connections = [
            {"name": crm, "crm": crm}
            | own[crm]
            | self.box.maps(crm)
            | self.changes.get(crm, {})
            | changes.get(crm, {})
            for crm in CRMS
        ]
        settings = {
            "playbook": "playbook.yaml",
            "state": "sqlite:///leadline.db",
            "timezone": "UTC",
            "connections": connections,
        }
        with (self.folder / "leadline.yaml").open("w", encoding="utf-8") as file:
            YAML().dump(settings, file)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start `leadline WORDS` and leave it running; its log is in `worker.log`."""
        with (self.folder / "worker.log").open("a", encoding="utf-8") as log:
            return subprocess.Popen(self._command(words), env=_environment(), stderr=log, text=True)

    def leadline(self, *words: str) -> Answer:
        """Run `leadline WORDS` to its end within this process, which saves the start of another."""
        began = time.monotonic()
        with _undisturbed():
            done = CliRunner().invoke(worker.app, self._command(words)[2:], catch_exceptions=False)
        return Answer(done.exit_code, done.stdout, done.stderr, time.monotonic() - began)

    def process(self, *words: str) -> Answer:
        """Run `leadline WORDS` to its end as a process of its own."""
        began = time.monotonic()
        done = subprocess.run(
            self._command(words),
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    def set_up(self) -> None:
        """Make Leadline's fields in both CRMs."""
        done = self.leadline("setup", "--apply", "--json")
        assert done.code == 0, done.err + done.out

    def sync(self, *words: str, code: int = 0) -> dict[str, Report]:
        """One pass over both connections; their reports. Fails where it does not exit with `code`."""
        done = self.leadline("sync", "--json", *words)
        assert done.code == code, f"exit {done.code}: {done.out}{done.err}"
        return done.reports

    def explain(self, crm: str, lead_id: str, *words: str) -> dict[str, Any]:
        """What `explain --json` says of a lead."""
        done = self.leadline("explain", crm, lead_id, "--json", *words)
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    @contextmanager
    def store(self) -> Iterator[Connection]:
        """What Leadline keeps, to look at or to tamper with."""
        engine = create_engine(f"sqlite:///{self.folder / 'leadline.db'}")
        with engine.begin() as connection:
            yield connection
        engine.dispose()

    def ids(self, crm: str) -> list[str]:
        """The CRM's leads, in the box's order."""
        return self.box.lead_ids if crm == "salesforce" else self.box.contact_ids

    def journal(self, crm: str) -> Journal:
        """What the CRM was asked."""
        return self.box.journal_salesforce if crm == "salesforce" else self.box.journal_hubspot

    def faults(self, crm: str) -> Faults:
        """What goes wrong on the way to the CRM."""
        return self.box.faults_salesforce if crm == "salesforce" else self.box.faults_hubspot

    def desk(self, crm: str) -> Desk:
        """The CRM as a rep sees it."""
        return SalesforceDesk(self.box.org) if crm == "salesforce" else HubSpotDesk(self.box.portal)

    def scored(self, crm: str) -> set[str]:
        """Ids of the leads that carry a verdict in the CRM."""
        return {lead.id for lead in self.desk(crm).leads() if lead.values.get("scored_at") is not None}

    def stamps(self, crm: str) -> dict[str, Any]:
        """Lead id → Scored_At as it stands in the CRM: differs after every write of ours."""
        return {lead.id: lead.values.get("scored_at") for lead in self.desk(crm).leads()}

    def edit(self, crm: str, lead_id: str, **values: Any) -> None:
        """A person changes a record in the CRM."""
        if crm == "salesforce":
            self.box.org.update("Lead", lead_id, values)
        else:
            self.box.portal.update("contacts", lead_id, values)

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [
            sys.executable,
            str(ROOT / "worker.py"),
            "--config",
            str(self.folder / "leadline.yaml"),
            *words,
        ]


def written_ids(exchanges: list[Exchange]) -> list[str]:
    """Ids of the records in the write calls among `exchanges`, one for each time they were sent."""
    ids: list[str] = []
    for one in exchanges:
        if one.path.endswith("/batch/update"):
            ids += [str(record["id"]) for record in one.body["inputs"]]
        elif one.path.endswith("/composite"):
            parts = [part for part in one.body["compositeRequest"] if part["method"] == "PATCH"]
            ids += [record["id"] for part in parts for record in part["body"]["records"]]
        elif one.method == "PATCH" and one.path.endswith("/composite/sobjects"):
            ids += [record["id"] for record in one.body["records"]]
    return ids


def settle() -> None:
    """Let the CRMs' clocks, which tell whole seconds, pass into the next one."""
    time.sleep(1.1)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Put back what a command changes in its process: logging and signals."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        for number, handler in before.items():
            signal.signal(number, handler)


def _environment() -> dict[str, str]:
    """The surroundings of a process, without a configuration that a developer may have set."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
