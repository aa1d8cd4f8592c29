"""SIGTERM and SIGINT against the real process: a clean stop with its exit code; a second one ends at once."""

import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.box import Box
from sandbox.faults import Fault
from tests.commands.office import TRACEBACK, WORKER, run, started

STOP_SECONDS = 10
"""What the contract allows a clean stop."""

SLEEPING_MAIN_THREAD = """
import signal, threading, time
from commands.signals import stop_on_signal

def found():
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

with stop_on_signal() as stop:
    threading.Thread(target=found).start()
    stop.event.wait()
    raise SystemExit(stop.exit_code(0))
"""


def wait_until_called(box: Box, process: subprocess.Popen[str]) -> None:
    """Until a CRM has been asked for something; then a pass is under way."""
    deadline = time.monotonic() + 60
    while not box.calls():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ended(process: subprocess.Popen[str], within: float) -> tuple[int, str]:
    _, err = process.communicate(timeout=within)
    assert TRACEBACK not in err
    return process.returncode, err


def holds_a_lease(folder: Path) -> bool:
    with sqlite3.connect(folder / "leadline.db") as store:
        return bool(
            store.execute("SELECT 1 FROM leases WHERE expires_at > ?", (time.time() * 1e6,)).fetchone()
        )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_run_ends_cleanly(desk: Path, box: Box, number: signal.Signals, code: int) -> None:
    process = started(desk, "run")
    wait_until_called(box, process)
    process.send_signal(number)
    assert ended(process, STOP_SECONDS)[0] == code
    assert not holds_a_lease(desk)


def test_sync_stops_at_a_signal_and_the_next_one_finishes_its_work(desk: Path, box: Box) -> None:
    assert run(desk, "setup", "--apply").code == 0
    box.faults_salesforce.add(Fault(path="*/query*", times=None, delay=0.5))
    calls = box.calls()
    process = started(desk, "sync")
    deadline = time.monotonic() + 60
    while box.calls() == calls and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert ended(process, STOP_SECONDS)[0] == 143
    assert not holds_a_lease(desk)
    box.faults_salesforce.clear()
    answer = run(desk, "--json", "sync")
    assert answer.code == 0
    assert {row.get("Leadline_Segment__c") for row in box.org.rows("Lead")} >= {"hot", "cold"}


def test_a_crm_that_never_answers_holds_nobody_up(desk: Path, box: Box) -> None:
    for faults in (box.faults_salesforce, box.faults_hubspot):
        faults.add(Fault(times=None, black_hole=True))
    process = started(desk, "run")
    wait_until_called(box, process)
    process.send_signal(signal.SIGTERM)
    code, err = ended(process, STOP_SECONDS)
    assert code == 143
    assert "did not come to a clean stop" in err


def test_the_second_signal_ends_at_once(desk: Path, box: Box) -> None:
    for faults in (box.faults_salesforce, box.faults_hubspot):
        faults.add(Fault(times=None, black_hole=True))
    process = started(desk, "sync")
    wait_until_called(box, process)
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    assert ended(process, 2)[0] == 143


def test_a_signal_that_finds_another_thread_wakes_the_sleeping_main_one() -> None:
    """The system may give it to any; and one that finds the main thread just going to sleep is the same."""
    script = [sys.executable, "-c", SLEEPING_MAIN_THREAD]
    assert subprocess.run(script, cwd=WORKER.parent, timeout=60, check=False).returncode == 143
