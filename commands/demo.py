"""`leadline demo`: both CRMs in a box, a whole journey, and what a rep and an operator would see.

Nothing is special to the demo but the sandbox: configuration file, set-up and passes are as in real life.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from ruamel.yaml import YAML

from commands import console, demo_result, lists
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import Unusable
from commands.setup import setup_quietly
from commands.signals import Stop, stop_on_signal
from commands.sync import as_data, run_passes, show
from commands.workplace import Workplace, workplace
from config.connections import AnyConnection
from config.playbook_file import DEFAULT_PLAYBOOK
from config.valid_playbook import load_valid_playbook
from connectors.base import Connector
from sandbox.box import Box
from sandbox.desk import Desk
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sync.cycle import Mode
from sync.report import Report

PEOPLE = 1_200
SEED = 7
FRESH = 6
"""Hand-raises that come in after the second pass."""
SETTLE_SECONDS = 1.1
"""CRMs tell their time in whole seconds, and a pass leaves the second in which it starts to the next one."""
BACK = timedelta(days=7)
"""The demo's agreement is a week old, so that some promises have been kept and some broken."""
SERVE_SECONDS = 10
"""Between passes while the pages stay up: an answer that is saved on a page is read soon."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asked for; all may be left out."""

    leads: Path | None = None
    mapping: Path | None = None
    playbook: Path | None = None
    serve: bool = False
    keep: Path | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What the tour moves on: the command line, the opened configuration, the CRMs and their connectors."""

    invocation: Invocation
    work: Workplace
    box: Box
    stop: Stop
    pairs: Sequence[tuple[AnyConnection, Connector]]

    def desks(self) -> Mapping[str, Desk]:
        """Connection → the CRM as a rep sees it."""
        by_crm: Mapping[str, Desk] = {
            "salesforce": SalesforceDesk(self.box.org),
            "hubspot": HubSpotDesk(self.box.portal),
        }
        return {connection.name: by_crm[connection.crm] for connection, _ in self.pairs}

    def say(self, text: str) -> None:
        """Tell how it goes; beside JSON that is standard error's business."""
        (console.err if self.invocation.json else console.out).print(text, markup=False, soft_wrap=True)


def demo(invocation: Invocation, wishes: Wishes) -> Exit:
    """Run the demo; exit 0 when everything held that it promises."""
    began = time.monotonic()
    _refuse(wishes)
    with _folder(wishes.keep) as folder, stop_on_signal() as stop:
        box = _box(wishes)
        with box, _stage(invocation, _write_files(folder, box, wishes), box, stop) as stage:
            stage.say(
                f"A Salesforce org with {len(box.lead_ids):,} leads and a HubSpot portal with "
                f"{len(box.contact_ids):,} are up."
            )
            fine = _tour(stage, began)
            if wishes.keep:
                _tell_kept(stage, wishes.keep)
            if wishes.serve and not stop.event.is_set():
                _serve(stage)
        return stop.exit_code(Exit.OK if fine else Exit.UNDONE)


def _tour(stage: Stage, began: float) -> bool:
    for _, connector in stage.pairs:
        made = setup_quietly(connector, stage.work.playbook.vocabulary())
        stage.say(f"{connector.name}: Leadline's fields and views are set up, {made} steps.")
    first = _passes(stage, 1, "First pass: everything is new")
    again = _passes(stage, 2, "Second pass: nothing changed, so nothing is written")
    if stage.stop.event.is_set():
        return False
    raised = stage.box.raise_hands(FRESH)
    stage.stop.event.wait(SETTLE_SECONDS)
    fresh = _passes(stage, 3, f"Third pass: {raised} people in each CRM have just asked for a demo")
    if stage.stop.event.is_set():
        return False
    desks = stage.desks()
    if stage.invocation.json:
        for name, desk in desks.items():
            _, top, others = lists.pick(desk)
            console.print_json(
                {"connection": name, "list": [lists.as_data(lead) for lead in (*top, *others)]}
            )
    else:
        for desk in desks.values():
            lists.print_list(desk)
    figures = [
        demo_result.figure(connection, desks[connection.name], stage.box, reports)
        for (connection, _), *reports in zip(stage.pairs, first, again, fresh, strict=True)
    ]
    broken = demo_result.broken_promises(figures, raised)
    demo_result.show(figures, broken, time.monotonic() - began, as_json=stage.invocation.json)
    return not broken


def _passes(stage: Stage, number: int, title: str) -> list[Report]:
    stage.say(f"\n{title}")
    with console.bars(shown=not stage.invocation.json) as bars:
        reports = run_passes(stage.work, stage.pairs, Mode(), stage.stop, bars)
    if stage.invocation.json:
        for report in reports:
            console.print_json({"pass": number, **as_data(report)})
    else:
        show(reports)
    return reports


def _serve(stage: Stage) -> None:
    """Keep the pages up, and the worker at work."""
    for url in (stage.box.salesforce_url, stage.box.hubspot_url):
        stage.say(f"A rep's pages: {url}/")
    stage.say(f"Answers that you save there are read within {SERVE_SECONDS} s or so. Ctrl-C ends.")
    while not stage.stop.event.wait(SERVE_SECONDS):
        with console.bars(shown=False) as bars:
            run_passes(stage.work, stage.pairs, Mode(), stage.stop, bars)


def _tell_kept(stage: Stage, folder: Path) -> None:
    connection, _ = stage.pairs[0]
    _, top, _ = lists.pick(stage.desks()[connection.name])
    command = f"leadline --config {folder / 'leadline.yaml'}"
    stage.say("\nConfiguration, playbook and store are kept. For example:")
    stage.say(f"  {command} status")
    for lead in top[:1]:
        stage.say(f"  {command} explain {connection.name} {lead.id}")


# --- preparation --------------------------------------------------------------------------------------------


def _refuse(wishes: Wishes) -> None:
    """Raise Unusable or ConfigFault for what cannot work, before anything is started."""
    if wishes.leads is not None and wishes.mapping is None:
        raise Unusable(f"--leads {wishes.leads}: needs --mapping FILE.yaml, which says what its columns mean")
    if wishes.mapping is not None and wishes.leads is None:
        raise Unusable(f"--mapping {wishes.mapping}: describes a list of leads; add --leads FILE.csv")
    if wishes.playbook is not None:
        load_valid_playbook(wishes.playbook)
    for name in ("leadline.yaml", "leadline.db"):
        if wishes.keep and (wishes.keep / name).exists():
            raise Unusable(f"--keep {wishes.keep}: holds a {name} already; choose an empty folder")


def _box(wishes: Wishes) -> Box:
    if wishes.leads is None:
        return Box(generate=PEOPLE, seed=SEED, shape="rich")
    return Box(leads=wishes.leads, mapping=wishes.mapping, seed=SEED)


@contextmanager
def _stage(invocation: Invocation, file: Path, box: Box, stop: Stop) -> Iterator[Stage]:
    with (
        workplace(replace(invocation, config=file, state=None)) as work,
        work.connected((), stop.event) as pairs,
    ):
        yield Stage(invocation, work, box, stop, pairs)


def _write_files(folder: Path, box: Box, wishes: Wishes) -> Path:
    """The demo's own leadline.yaml and playbook, as an admin would write them."""
    yaml = YAML()
    playbook = yaml.load((wishes.playbook or DEFAULT_PLAYBOOK).read_text(encoding="utf-8-sig"))
    start = (box.clock.now() - BACK).isoformat(timespec="seconds")
    playbook["agreement"] = {**(playbook.get("agreement") or {}), "effective_from": start}
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
    try:
        keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise Unusable(f"--keep {keep}: cannot be made ({reason}); choose a folder that is yours") from None
    yield keep
