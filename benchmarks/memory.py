"""How much memory a first sync takes: the peak of a worker's process, over a CRM that keeps nothing itself.

`peak_mib_…`: peak resident memory, the interpreter and its libraries included.
`growth`: the peak with many leads over the peak with a fifth (quick) or a tenth of them; 1 is flat.
"""

import multiprocessing
import resource
import sys
import time
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.made_up import MadeUpCrm
from benchmarks.quiet import be_quiet
from config.connections import HubSpotConnection
from config.playbook_file import load_playbook
from sync.cycle import Pace, Pass, run_pass
from sync.store import open_store

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
QUICK, FULL = (5_000, 25_000), (100_000, 1_000_000)
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
"""Bytes of one unit of ru_maxrss."""


def measure(*, quick: bool) -> dict[str, float]:
    """MiB at two sizes, their ratio, and leads a second of the larger one."""
    few, many = QUICK if quick else FULL
    small, large = _first_sync(few), _first_sync(many)
    return {
        f"peak_mib_{few}": small[0],
        f"peak_mib_{many}": large[0],
        "growth": large[0] / small[0],
        "leads_a_second": many / large[1],
    }


def _first_sync(leads: int) -> tuple[float, float]:
    """Peak in MiB and seconds of a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    pipe, far = context.Pipe()
    process = context.Process(target=_work, args=(far, leads), daemon=True)
    process.start()
    far.close()
    result: tuple[float, float] = pipe.recv()
    process.join()
    return result


def _work(pipe: Connection, leads: int) -> None:
    be_quiet()
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
        settings = HubSpotConnection.model_validate(
            {"name": "made-up", "crm": "hubspot", "auth": {"flow": "token", "token": "-"}}
        )
        crm = MadeUpCrm(leads, now=NOW)
        began = time.perf_counter()
        report = run_pass(Pass(settings, crm, store, load_playbook(), "benchmark", pace=Pace.of_worker(60.0)))
        seconds = time.perf_counter() - began
        store.close()
    if (report.outcome, report.written) != ("ok", leads):
        raise RuntimeError(f"the pass ended {report.outcome} with {report.written} writes: {report.error}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT / 2**20
    pipe.send((peak, seconds))
