"""What a pass costs in calls, counted at the CRMs; their clock is moved, nothing waits.

`…_calls_per_1000`: the pass after 1,000 leads changed and the next one, which reads the echo of our writes.
`…_quiet_calls_a_stream`: a pass after which nothing had happened.
`…_hour_…`: every call of an hour at the default interval, whatever it was for; once quiet, once with 1,000
leads that change at its beginning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.boxes import CRMS, SIZES, Access, add_leads, count_calls, forget_calls, resize
from config.connections import AnyConnection, HubSpotConnection
from config.playbook_file import load_playbook
from connectors.base import Connector
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce.connector import SalesforceConnector
from connectors.traffic import Timing
from qualifier.playbook import Playbook
from sandbox.box import Box
from sync.cycle import Pace, Pass, run_pass
from sync.report import Report
from sync.store import Store, open_store

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
LEADS = 1_000
HOUR = 3600
APART = 60.0
"""Seconds between two passes that are looked at."""


def measure(*, quick: bool) -> dict[str, float]:
    """Calls, per CRM. Counts are the same at every size: quick leaves the hours out."""
    figures: dict[str, float] = {}
    for crm in CRMS:
        with TemporaryDirectory() as folder, Box(now=NOW) as box:
            desk = _open(box, crm, Path(folder))
            figures |= {f"{crm}_{name}": value for name, value in _count(desk, hours=not quick).items()}
            desk.close()
    return figures


@dataclass(frozen=True, slots=True)
class _Desk:
    """A CRM and a worker whose waiting moves the CRM's clock."""

    box: Box
    settings: AnyConnection
    connector: Connector
    store: Store
    playbook: Playbook

    def sync(self, seconds: float) -> Report:
        """Some seconds later, one pass."""
        self.box.clock.advance(seconds)
        pace = Pace.of_worker(60.0)
        work = Pass(self.settings, self.connector, self.store, self.playbook, "benchmark", pace=pace)
        return run_pass(work)

    def calls(self, act: Callable[[], None]) -> int:
        """Calls that the CRM answers during `act`."""
        forget_calls(self.box)
        act()
        return count_calls(self.box, self.settings.crm)

    def close(self) -> None:
        """Give everything back."""
        self.connector.close()
        self.store.close()


def _open(box: Box, crm: str, folder: Path) -> _Desk:
    playbook, clock = load_playbook(), box.clock
    timing = Timing(monotonic=lambda: clock.now().timestamp(), now=clock.now, sleep=clock.advance)
    settings = Access.to(box).connection(crm)
    connector: Connector = (
        HubSpotConnector(settings, playbook.facts_all, timing=timing)
        if isinstance(settings, HubSpotConnection)
        else SalesforceConnector(settings, playbook.facts_all, timing=timing)
    )
    list(connector.apply(playbook.vocabulary()))
    return _Desk(box, settings, connector, open_store(f"sqlite:///{folder / crm}.db"), playbook)


def _count(desk: _Desk, *, hours: bool) -> dict[str, float]:
    crm = desk.settings.crm
    bad, good = SIZES[crm]
    lead_ids = add_leads(desk.box, crm, LEADS, bad)
    for _ in range(3):
        desk.sync(2 * HOUR)
    resize(desk.box, crm, lead_ids, good)
    figures: dict[str, float] = {"calls_per_1000": desk.calls(lambda: _change_and_echo(desk))}
    for _ in range(2):
        desk.sync(2 * HOUR)
    quiet = desk.calls(lambda: _expect(desk.sync(APART), written=0))
    figures["quiet_calls_a_stream"] = quiet / len(desk.connector.streams)
    if hours:
        figures["hour_quiet_calls"] = desk.calls(lambda: _hour(desk))
        resize(desk.box, crm, lead_ids, bad)
        figures["hour_with_1000_calls"] = desk.calls(lambda: _hour(desk))
    return figures


def _change_and_echo(desk: _Desk) -> None:
    _expect(desk.sync(APART), written=LEADS)
    _expect(desk.sync(APART), written=0)


def _hour(desk: _Desk) -> None:
    interval = (desk.settings.interval or desk.settings.default_interval).total_seconds()
    for _ in range(int(HOUR / interval)):
        desk.sync(interval)


def _expect(report: Report, *, written: int) -> None:
    """A figure counts only for work that was done."""
    if (report.outcome, report.written) != ("ok", written):
        raise RuntimeError(
            f"the pass ended {report.outcome} with {report.written} writes, not {written}: {report.error}"
        )
