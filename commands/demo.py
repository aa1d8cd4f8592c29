"""`leadline demo`: both CRMs in a box, a whole journey, and what a rep and an operator would see.

Nothing here is special to the demo but the sandbox: the same configuration file, set-up and passes as in real life.
"""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from ruamel.yaml import YAML

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation, Workplace
from commands.lists import print_list
from commands.setup import setup_quietly
from commands.signals import Stop, stop_on_signal
from commands.sync import run_passes, show
from config.connections import AnyConnection
from config.playbook_file import DEFAULT_PLAYBOOK
from connectors.base import Connector
from sandbox.box import Box
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sync.cycle import Mode, Report

PEOPLE = 1_200
SEED = 7
FRESH = 6
"""Hand-raises that come in after the first pass."""
TICK_SECONDS = 1.1
"""A pass reads up to the CRM's clock, which counts whole seconds: what just happened is before its next tick."""
BACK = timedelta(days=7)
"""The demo's agreement is a week old, so that some promises have been kept and some broken."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for; all may be left out."""

    leads: Path | None = None
    mapping: Path | None = None
    playbook: Path | None = None
    serve: bool = False
    keep: Path | None = None


def demo(invocation: Invocation, wishes: Wishes) -> Exit:
    """Run the demo; exit 0 when all passes did what they should."""
    with _folder(wishes.keep) as folder, stop_on_signal() as stop:
        _say(invocation, "Starting a Salesforce org and a HubSpot portal on this machine …")
        with _box(wishes) as box:
            file = _write_files(folder, box, wishes)
            with replace(invocation, config=file, state=None).workplace() as work:
                fine = _tour(invocation, work, box, stop)
            if wishes.serve and not stop.event.is_set():
                _say(invocation, f"A rep's pages: {box.salesforce_url}/ and {box.hubspot_url}/ (Ctrl-C ends)")
                stop.event.wait()
        return stop.exit_code(Exit.OK if fine else Exit.UNDONE)


def _tour(invocation: Invocation, work: Workplace, box: Box, stop: Stop) -> bool:
    with work.connected((), stop.event) as pairs:
        for _, connector in pairs:
            steps = setup_quietly(connector, work.playbook.vocabulary())
            _say(invocation, f"{connector.name}: set up, {steps} steps")
        first = _passes(invocation, work, pairs, stop, "First pass: everything is new")
        again = _passes(invocation, work, pairs, stop, "Second pass: nothing changed, so nothing is written")
        raised = box.raise_hands(FRESH)
        time.sleep(TICK_SECONDS)
        fresh = _passes(
            invocation, work, pairs, stop, f"Third pass: {raised} people in each CRM just asked for a demo"
        )
    if not invocation.json:
        print_list(SalesforceDesk(box.org), "Salesforce")
        print_list(HubSpotDesk(box.portal), "HubSpot")
    wrote_twice = sum(report.written for report in again)
    calls = sum(report.calls for report in (*first, *again, *fresh))
    leads = sum(report.written for report in first)
    _say(
        invocation,
        f"{leads:,} leads qualified and written with {calls:,} API calls in all; the second pass wrote {wrote_twice}.",
    )
    return wrote_twice == 0 and all(report.outcome == "ok" for report in (*first, *again, *fresh))


def _passes(
    invocation: Invocation,
    work: Workplace,
    pairs: Sequence[tuple[AnyConnection, Connector]],
    stop: Stop,
    title: str,
) -> list[Report]:
    _say(invocation, f"\n{title}")
    with console.bars(shown=not invocation.json) as bars:
        reports = run_passes(work, pairs, Mode(), stop, bars)
    show(reports, as_json=invocation.json)
    return reports


def _box(wishes: Wishes) -> Box:
    if wishes.leads is None:
        return Box(generate=PEOPLE, seed=SEED, shape="rich")
    return Box(leads=wishes.leads, mapping=wishes.mapping, seed=SEED)


def _write_files(folder: Path, box: Box, wishes: Wishes) -> Path:
    """The demo's own leadline.yaml and playbook, as an admin would write them."""
    yaml = YAML()
    playbook = yaml.load((wishes.playbook or DEFAULT_PLAYBOOK).read_text(encoding="utf-8"))
    playbook.setdefault("agreement", {})["effective_from"] = (box.clock.now() - BACK).isoformat(
        timespec="seconds"
    )
    with (folder / "playbook.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(playbook, file)
    settings = {
        "playbook": "playbook.yaml",
        "state": "sqlite:///leadline.db",
        "timezone": "UTC",
        "connections": [
            {
                "name": "demo-salesforce",
                "crm": "salesforce",
                "base_url": box.salesforce_url,
                "auth": {
                    "flow": "client_credentials",
                    "client_id": box.client_id,
                    "client_secret": box.client_secret,
                },
                **box.maps("salesforce"),
            },
            {
                "name": "demo-hubspot",
                "crm": "hubspot",
                "base_url": box.hubspot_url,
                "auth": {"flow": "token", "token": box.token},
                **box.maps("hubspot"),
            },
        ],
        "log": {"format": "console", "level": "warning"},
    }
    target = folder / "leadline.yaml"
    with target.open("w", encoding="utf-8") as file:
        yaml.dump(settings, file)
    return target


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where configuration and store of the demo lie: kept where asked, else gone at the end."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="leadline-demo-") as name:
            yield Path(name)
        return
    keep.mkdir(parents=True, exist_ok=True)
    yield keep


def _say(invocation: Invocation, text: str) -> None:
    (console.err if invocation.json else console.out).print(text, markup=False, soft_wrap=True)
