"""How soon a new lead is scored while a first sync is under way: real `leadline run`, real time.

The clock of a lead starts when the API shows it: at once, or after HubSpot's search index caught up. It stops
when its score is saved in the CRM. Half of the new leads come while the backlog is read, half while it is
written, at uneven moments; the last one must find it unfinished.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from benchmarks.boxes import SIZES, BoxProcess, add_leads, count_calls, forget_calls
from sandbox import fill_hubspot, fill_salesforce, people
from sandbox.box import Box

ROOT = Path(__file__).parents[1]
INTERVAL_SECONDS = 10
GOAL_SECONDS = INTERVAL_SECONDS + 3
"""For 95 of 100: until the next pass at the latest, and three seconds for the rest."""
BACKLOG = {"quick": 20_000, "full": 100_000}
ARRIVALS = {"quick": 10, "full": 60}
GAP_SECONDS = 1.3
"""Between two new leads: no divisor of the interval, so that they fall everywhere in it."""
FIRST_CALLS = 3
"""After so many calls the first pass has begun; a process takes a while to start."""
LONGEST_WAIT_SECONDS = 120.0
LAG_SECONDS = 20.0
SECOND_BOUT = 0.1
"""Share of the backlog that is written before the second half of the new leads comes."""
LONGEST_SYNC_SECONDS = 3_600.0
CASES = {
    "quick": (("hubspot", 0.0),),
    "full": (("salesforce", 0.0), ("hubspot", 0.0), ("hubspot", LAG_SECONDS)),
}


def measure(*, quick: bool) -> dict[str, float]:
    """Seconds from visible to written: median, 95th percentile, longest; and what was left of the backlog."""
    size = "quick" if quick else "full"
    figures: dict[str, float] = {}
    for crm, lag in CASES[size]:
        name = f"{crm}_lag_{lag:.0f}" if crm == "hubspot" else crm
        waits, left = _arrivals(crm, lag, BACKLOG[size], ARRIVALS[size])
        figures |= {
            f"{name}_p50_seconds": statistics.median(waits),
            f"{name}_p95_seconds": statistics.quantiles(waits, n=20, method="inclusive")[-1],
            f"{name}_longest_seconds": max(waits),
            f"{name}_backlog_left": left,
        }
    return figures


def _arrivals(crm: str, lag: float, backlog: int, count: int) -> tuple[list[float], int]:
    """What each of `count` new leads waited, and how many of the backlog were without a score at the last."""
    with BoxProcess() as box, TemporaryDirectory() as folder:
        box.run(_fill, crm, backlog, lag)
        with _worker(Path(folder), box, crm):
            arrived: dict[str, float] = {}
            _wait_until(box, FIRST_CALLS, count_calls, crm)
            for place in range(count):
                if place == count // 2:
                    _wait_until(box, int(backlog * SECOND_BOUT), _count_written)
                arrived |= box.run(_arrive, crm)
                time.sleep(GAP_SECONDS)
            left = backlog - box.run(_count_written)
            written = _wait_for(box, list(arrived))
    if left <= 0:
        raise RuntimeError(f"{crm}: the first sync ended before the last new lead; take a larger backlog")
    return [written[one] - (at + lag) for one, at in arrived.items()], left


def _wait_until(box: BoxProcess, many: int, count: Callable[..., int], *args: str) -> None:
    deadline = time.monotonic() + LONGEST_SYNC_SECONDS
    while box.run(count, *args) < many:
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count.__name__} did not come to {many} within the hour")
        time.sleep(1)


def _wait_for(box: BoxProcess, lead_ids: Sequence[str]) -> dict[str, float]:
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while time.monotonic() < deadline:
        written = box.run(_written, lead_ids)
        if len(written) == len(lead_ids):
            return written
        time.sleep(1)
    raise RuntimeError(f"{len(lead_ids) - len(written)} new leads were never scored")


@contextmanager
def _worker(folder: Path, box: BoxProcess, crm: str) -> Iterator[None]:
    """`leadline run` over that CRM while the context lasts, its fields set up before."""
    settings = {"connections": [box.access.settings(crm) | {"every": f"{INTERVAL_SECONDS}s"}]}
    with (folder / "leadline.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(settings | {"state": "sqlite:///leadline.db", "log": {"level": "warning"}}, file)
    command = [sys.executable, str(ROOT / "worker.py"), "--config", str(folder / "leadline.yaml")]
    around = {name: value for name, value in os.environ.items() if not name.startswith("LEADLINE_")}
    options: dict[str, Any] = {"cwd": ROOT, "env": around}
    subprocess.run([*command, "setup", "--apply"], **options, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
    box.run(forget_calls)
    with subprocess.Popen([*command, "run"], **options) as worker:  # noqa: S603  # as above
        try:
            yield
        finally:
            worker.terminate()


# --- acts in the box's process ------------------------------------------------------------------------------

_first_write: dict[str, float] = {}
"""Lead id → when Leadline first saved it."""


def _fill(box: Box, crm: str, count: int, lag: float) -> None:
    """A crowd in one CRM, and a note of each lead's first write by us."""
    crowd = people.generate(count, seed=3, now=box.clock.now())
    if crm == "salesforce":
        fill_salesforce.fill(box.org, crowd)
        save = box.org.update

        def update(object_name: str, row_id: str, fields: Any, **about: Any) -> Any:
            if about.get("by") == box.org.integration_user and object_name == "Lead":
                _first_write.setdefault(row_id, time.time())
            return save(object_name, row_id, fields, **about)

        box.org.update = update  # type: ignore[method-assign]  # a watch, as the CRM itself sees it
    else:
        fill_hubspot.fill(box.portal, crowd)
        box.portal.switches.index_lag_seconds = lag
        write = box.portal.write

        def noted(shelf: Any, record: Any, changes: Any, at: int, source: str) -> None:
            if shelf.object_type.name == "contacts" and source == "INTEGRATION":
                _first_write.setdefault(str(record.version.id), time.time())
            write(shelf, record, changes, at, source)

        box.portal.write = noted  # type: ignore[method-assign]  # as above


def _arrive(box: Box, crm: str) -> dict[str, float]:
    """A new lead; its id and when it came."""
    lead_ids = add_leads(box, crm, 1, SIZES[crm][1])
    return {lead_ids[0]: time.time()}


def _count_written(_: Box) -> int:
    return len(_first_write)


def _written(_: Box, lead_ids: Sequence[str]) -> dict[str, float]:
    return {one: _first_write[one] for one in lead_ids if one in _first_write}
