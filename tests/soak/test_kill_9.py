"""The real command killed with SIGKILL at random moments: nothing lost, little repeated, the file whole."""

import json
import random
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.box import Box
from sandbox.desk_salesforce import SalesforceDesk
from tests.commands.office import run, settings_of, started, write_settings

KILLS = 20
PEOPLE = 60
SEED = 11
TOLD = ("segment", "stage", "track", "sla", "data", "phase", "proposal", "grade", "evidence")


@pytest.fixture
def box() -> Iterator[Box]:
    with Box(generate=PEOPLE, seed=SEED, shape="rich") as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_twenty_times_every_lead_is_right(tmp_path: Path, box: Box) -> None:
    write_settings(tmp_path, settings_of(box))
    assert run(tmp_path, "setup", "--apply").code == 0
    began = time.monotonic()
    assert run(tmp_path, "sync", "--dry-run").code == 0
    whole = time.monotonic() - began
    (tmp_path / "leadline.db").unlink()
    dice = random.Random(SEED)  # noqa: S311  # moments, not secrets
    file = tmp_path / "leadline.db"
    for _ in range(KILLS):
        worker = started(tmp_path, "sync", "--full")
        time.sleep(dice.uniform(0.3, 1.0) * whole)
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
        assert sound(file)
        expire_leases(file)
    assert run(tmp_path, "sync").code == 0
    again = run(tmp_path, "--json", "sync")
    assert [(one["outcome"], one["written"]) for one in again.json] == [("ok", 0), ("ok", 0)], again.json
    assert sound(file)
    assert_right(file, box)
    fresh = tmp_path / "fresh.db"
    assert run(tmp_path, "--state", f"sqlite:///{fresh}", "sync", "--dry-run").code == 0
    assert known(file) == known(fresh)


def sound(file: Path) -> bool:
    if not file.exists():
        return True
    with closing(sqlite3.connect(file)) as raw:
        return bool(raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def expire_leases(file: Path) -> None:
    """The minute is over that a dead worker's lease lives."""
    if file.exists():
        with closing(sqlite3.connect(file)) as raw, raw:
            if raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'leases'").fetchone():
                raw.execute("UPDATE leases SET expires_at = 0")


def known(file: Path) -> set[tuple[str, str, str]]:
    """Every lead with what was read of it, without what tells when we saw it."""
    with closing(sqlite3.connect(file)) as raw:
        rows = raw.execute("SELECT connection, lead_id, facts FROM leads WHERE gone IS NULL").fetchall()
    return {
        (
            connection,
            lead,
            json.dumps({k: v for k, v in json.loads(facts).items() if not k.endswith("_since")}),
        )
        for connection, lead, facts in rows
    }


def assert_right(file: Path, box: Box) -> None:
    """What the store wants in the CRM is there, for every lead."""
    with closing(sqlite3.connect(file)) as raw:
        rows = raw.execute(
            "SELECT lead_id, wanted FROM verdicts JOIN leads ON leads.id = lead WHERE leads.connection = 'sf'"
        ).fetchall()
    shown = {lead.id: lead for lead in SalesforceDesk(box.org).leads()}
    assert {lead for lead, _ in rows} == set(shown)
    for lead_id, wanted in rows:
        for column in TOLD:
            there, right = shown[lead_id].get(column), json.loads(wanted)[column]
            assert str(there) == str(right), (lead_id, column, there, right)
