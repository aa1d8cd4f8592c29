"""How fast leads are judged: all texts, points alone, and one lead by itself."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl

from benchmarks.population import Crowd, crowd
from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.columns import with_optional
from qualifier.engagement import points
from qualifier.facts import INSTANT, column_types
from qualifier.journey import Journey
from qualifier.qualify import qualify
from qualifier.scoring import score

AS_OF = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
TOUCHES_EACH = 5
QUICK, FULL = 50_000, 200_000
ROUNDS, ROUNDS_ALONE = 8, 150


def measure(*, quick: bool) -> dict[str, float]:
    """Leads per second, CPU microseconds per lead, milliseconds for one lead; the best of some rounds."""
    size = QUICK if quick else FULL
    many, one = crowd(size, TOUCHES_EACH, AS_OF), crowd(1, TOUCHES_EACH, AS_OF)
    return {
        **_per_lead("all_texts", size, lambda: judged(many)),
        **_per_lead("points_alone", size, lambda: _points(many)),
        "one_lead_ms": 1000 * _best(lambda: judged(one), ROUNDS_ALONE)[0],
        "one_lead_cpu_ms": 1000 * _best(lambda: judged(one), ROUNDS_ALONE)[1],
    }


def judged(people: Crowd) -> pl.DataFrame:
    """The verdicts of the default playbook."""
    playbook = load_playbook()
    agreement = resolve(playbook.agreement, zone="UTC", effective_from=AS_OF - timedelta(days=90))
    return qualify(*people, playbook, agreement, AS_OF)


def _points(people: Crowd) -> pl.DataFrame:
    """What a preview of all leads under other points needs: no words, no tracks, no clocks."""
    playbook = load_playbook()
    known = with_optional(people.facts, column_types(playbook.facts_all))
    leads = known.with_columns(pl.Series("as_of", [AS_OF], INSTANT).new_from_index(0, known.height))
    journey = Journey.of(leads, people.touches, AS_OF)
    return score(leads, points(journey, playbook), playbook)


def _per_lead(name: str, leads: int, run: Callable[[], object]) -> dict[str, float]:
    wall, cpu = _best(run, ROUNDS)
    return {f"{name}_leads_a_second": leads / wall, f"{name}_cpu_us_a_lead": 1e6 * cpu / leads}


def _best(run: Callable[[], object], rounds: int) -> tuple[float, float]:
    """The shortest wall and CPU seconds of some rounds, after one to warm up: others share the machine."""
    run()
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        run()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return min(walls), min(cpus)
