"""How many writes a day only time causes: 30 days of a CRM in which nothing happens any more (design.md).

`worst_day_time_only`: writes of the worst day, for 100,000 leads; one that changes Segment, Stage or SLA is
counted apart, in `worst_day_turns`. The pass that writes everybody for the first time is not counted. A quick
run scales a small crowd up: its worst day is worse by chance, the mean is the figure to compare.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.made_up import MadeUpCrm
from config.connections import HubSpotConnection
from config.playbook_file import load_playbook
from sync.cycle import Pass, run_pass
from sync.store import open_store

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAYS = 30
EVERY = timedelta(days=1)
"""Between two passes. A lead is written for its score at most once a day, however often somebody looks."""
QUICK, FULL = 1_000, 100_000
COUNTED_FOR = 100_000
APART = frozenset({"Segment", "Stage", "SLA"})


def measure(*, quick: bool) -> dict[str, float]:
    """Writes a day, scaled to 100,000 leads."""
    size = QUICK if quick else FULL
    by_time, turns = _days(size)
    scale = COUNTED_FOR / size
    return {
        "worst_day_time_only": scale * max(by_time.values(), default=0),
        "mean_day_time_only": scale * by_time.total() / DAYS,
        "worst_day_turns": scale * max(turns.values(), default=0),
        "mean_day_turns": scale * turns.total() / DAYS,
    }


def _days(leads: int) -> tuple[Counter[int], Counter[int]]:
    """Day → writes that only time caused, without and with a change of Segment, Stage or SLA."""
    settings = HubSpotConnection.model_validate(
        {"name": "made-up", "crm": "hubspot", "auth": {"flow": "token", "token": "-"}}
    )
    playbook, crm = load_playbook(), MadeUpCrm(leads, now=NOW)
    by_time: Counter[int] = Counter()
    turns: Counter[int] = Counter()
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
        _pass(Pass(settings, crm, store, playbook, "benchmark"))
        crm.keeps = True
        while (crm.now - NOW) < timedelta(days=DAYS):
            crm.now += EVERY
            _pass(Pass(settings, crm, store, playbook, "benchmark"))
            day = (crm.now - NOW - EVERY).days
            turned = sum(not APART.isdisjoint(one.values) for one in crm.delivered)
            turns[day] += turned
            by_time[day] += len(crm.delivered) - turned
            crm.delivered.clear()
        store.close()
    return by_time, turns


def _pass(work: Pass) -> None:
    report = run_pass(work)
    if report.outcome != "ok":
        raise RuntimeError(f"the pass ended {report.outcome}: {report.error}")
