"""The real worker dies at random instants, by kill -9 or power cut: nothing lost, nothing repeated in vain.

The CRM has carried out a call, the worker has not heard or not noted it: those records, at most the batch in
flight, may be written once more. All else must be written exactly as often as a verdict changed.
"""

import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from config.playbook_file import load_playbook
from sandbox.box import Box
from sync.store import open_store
from tests.acceptance.customer import Customer
from tests.stories.fire import Fire

CRMS = ("salesforce", "hubspot")
PEOPLE, SEED = 40, 11
CALLS = 18
"""A pass over both CRMs makes about so many calls; deaths are spread over them."""
WAL_HEADER, FRAME_HEADER = 32, 24


@pytest.fixture
def box() -> Iterator[Box]:
    with Box(generate=PEOPLE, seed=SEED, shape="rich") as opened:
        yield opened


@pytest.fixture
def customer(tmp_path: Path, box: Box) -> Customer:
    return Customer(box, tmp_path)


@pytest.fixture
def fires(customer: Customer, tmp_path: Path) -> Iterator[dict[str, Fire]]:
    """Both CRMs set up, and watched."""
    (tmp_path / "watch").mkdir()
    playbook = load_playbook(tmp_path / "playbook.yaml")
    made = {
        crm: Fire(crm, customer.box, tmp_path / "watch", customer.box.maps(crm), playbook) for crm in CRMS
    }
    yield made
    for fire in made.values():
        fire.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("deaths", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_instant(
    tmp_path: Path,
    customer: Customer,
    fires: dict[str, Fire],
    deaths: int,
    record_property: Callable[[str, object], None],
) -> None:
    dice = random.Random(SEED)  # noqa: S311  # moments, not secrets
    file = tmp_path / "leadline.db"
    in_flight: Counter[tuple[str, str]] = Counter()
    died = 0
    while died < deaths:
        begun = {crm: len(fire.saves) for crm, fire in fires.items()}
        work(customer, dice)
        calls, saves, late = customer.box.calls() + dice.randint(1, CALLS), saved(fires), died % 2 == 0
        due = partial(has_begun_to_write, fires, saves) if late else partial(has_called, customer.box, calls)
        if not dies(customer, dice, file, due):
            continue
        died += 1
        assert is_sound(file)
        for crm, fire in fires.items():
            in_flight.update({(crm, save.lead_id) for save in fire.saves[begun[crm] :]})
    with closing(open_store(f"sqlite:///{file}")) as store:
        for fire in (*fires.values(), *fires.values()):  # news of one CRM may concern a company in the other
            fire.store.close()
            fire.store = store
            fire.settle()
        for fire in fires.values():
            fire.assert_at_rest(repeats=True)
    repeated = Counter(
        (crm, save.lead_id)
        for crm, fire in fires.items()
        for save in fire.saves
        if not save.changed - {"scored_at"}
    )
    told = f"{deaths} deaths: {sum(len(one.saves) for one in fires.values())} rows written, "
    record_property("figures", f"{told}{repeated.total()} of them twice, {in_flight.total()} in flight")
    assert repeated <= in_flight, f"written without need: {repeated - in_flight}"


def work(customer: Customer, dice: random.Random) -> None:
    """People go on: some leads change, a few of them raise their hands."""
    for lead_id in dice.sample(customer.ids("salesforce"), 6):
        customer.edit("salesforce", lead_id, NumberOfEmployees=dice.choice([2, 40, 700]))
    for lead_id in dice.sample(customer.ids("hubspot"), 6):
        customer.edit("hubspot", lead_id, numemployees=dice.choice(["1-5", "25-50", "500-1000"]))
    customer.box.raise_hands(dice.randint(0, 3))


def saved(fires: dict[str, Fire]) -> int:
    """Rows written since the beginning."""
    return sum(len(fire.saves) for fire in fires.values())


def has_begun_to_write(fires: dict[str, Fire], before: int) -> bool:
    """Whether a CRM carries a write out; its answer is still on its way."""
    return saved(fires) > before


def has_called(box: Box, calls: int) -> bool:
    """Whether the CRMs were asked so often."""
    return box.calls() >= calls


def dies(customer: Customer, dice: random.Random, file: Path, due: Callable[[], bool]) -> bool:
    """Start a pass and let it die once that is due, or a moment later; False where it was done before."""
    worker = customer.start("sync")
    while worker.poll() is None and not due():
        time.sleep(0.001)
    time.sleep(dice.choice([0, 0, 0.01, 0.03]))
    if worker.poll() is not None:
        return False
    if dice.random() < 0.5:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    else:
        cut_power(worker, file, dice)
    come_to_rest(customer.box)
    expire_leases(file)
    return True


def cut_power(worker: subprocess.Popen[str], file: Path, dice: random.Random) -> None:
    """What the disk holds when power fails while the next commit is written: all before, and a torn page."""
    worker.send_signal(signal.SIGSTOP)
    os.waitpid(worker.pid, os.WUNTRACED)
    disk = file.parent / "disk"
    disk.mkdir()
    log = file.with_name(f"{file.name}-wal")
    for one in (file, log):
        if one.exists():
            shutil.copy(one, disk)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()
    for one in disk.iterdir():
        shutil.move(one, file.parent)
    disk.rmdir()
    if log.exists():
        content = log.read_bytes()
        log.write_bytes(content[: committed(content)] + dice.randbytes(dice.randint(1, 5_000)))


def committed(log: bytes) -> int:
    """Where in a write-ahead log the last commit ends (sqlite.org/fileformat.html §4)."""
    if len(log) < WAL_HEADER:
        return 0
    (page_size,) = struct.unpack_from(">I", log, 8)
    end = WAL_HEADER
    for start in range(WAL_HEADER, len(log) - page_size - FRAME_HEADER + 1, page_size + FRAME_HEADER):
        (pages_after_commit,) = struct.unpack_from(">I", log, start + 4)
        if log[start + 8 : start + 16] != log[16:24]:
            break  # frames of an earlier round
        if pages_after_commit:
            end = start + FRAME_HEADER + page_size
    return end


def come_to_rest(box: Box) -> None:
    """A CRM finishes what it was asked, though nobody listens."""
    seen = -1
    while seen != box.calls():
        seen = box.calls()
        time.sleep(0.1)


def is_sound(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as raw:
        return bool(raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


def expire_leases(file: Path) -> None:
    """The minute is over that a dead worker's lease lives."""
    with closing(sqlite3.connect(file)) as raw, raw:
        if raw.execute("SELECT 1 FROM sqlite_master WHERE name = 'leases'").fetchone():
            raw.execute("UPDATE leases SET expires_at = 0")
