"""Made-up leads on which a playbook is tried: nothing known, everything right, everything wrong, and between.

The rules that speak of what *can* happen run the real functions on them, so they judge what the playbook
does and not how it is written.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import product
from typing import Any

import polars as pl

from qualifier.agreement import resolve
from qualifier.conditions import Condition, conditions_of
from qualifier.discovery import with_capacity_and_need
from qualifier.engagement import points
from qualifier.expressions import AS_OF
from qualifier.facts import HAND_RAISES, INTEREST, MINUS, REPLIES, TOUCH_COLUMNS, column_types
from qualifier.groups import Companies
from qualifier.guardrails.grid import NOW, Point, cases, grid
from qualifier.journey import Journey
from qualifier.playbook import Playbook
from qualifier.qualify import PREVIOUS_COLUMNS, evaluate
from qualifier.scoring import score

YEAR = timedelta(days=365)
POSITIVE_KINDS = (*HAND_RAISES, *INTEREST, *REPLIES)
"""Touches that speak for a lead."""
Happening = Mapping[str, Any]
"""A touch without its lead: `kind`, and where they differ from one today `at`, `count`, `conversation`."""


@dataclass(frozen=True, slots=True)
class Specimen:
    """A made-up lead and what happened to it."""

    facts: Point
    happened: tuple[Happening, ...] = ()


def touched(kind: str, **more: Any) -> Happening:
    """One touch, today."""
    return {"kind": kind, "at": NOW, "count": 1, "human": False, "conversation": False, **more}


def judged(playbook: Playbook, specimens: Sequence[Specimen]) -> pl.DataFrame:
    """What `evaluate` says about each specimen, in their order."""
    facts, touches = _frames(playbook, specimens)
    agreement = resolve(playbook.agreement, zone="UTC", effective_from=NOW - YEAR)
    before = pl.DataFrame(schema=PREVIOUS_COLUMNS)
    return evaluate(facts, touches, Companies.none(), before, playbook, agreement, NOW)


def scored(playbook: Playbook, specimens: Sequence[Specimen]) -> pl.DataFrame:
    """The points of each specimen and its capacity, in their order."""
    facts, touches = _frames(playbook, specimens)
    leads = facts.with_columns(pl.repeat(NOW, facts.height, dtype=facts.schema["created_at"]).alias(AS_OF))
    earned = points(Journey.of(leads, touches, NOW), playbook)
    return with_capacity_and_need(score(leads, earned, playbook), playbook)


def _frames(playbook: Playbook, specimens: Sequence[Specimen]) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows = [
        {"lead": number, "created_at": NOW, **specimen.facts}
        for number, specimen in enumerate(specimens, start=1)
    ]
    happened = [
        {"lead": number, **touch}
        for number, specimen in enumerate(specimens, start=1)
        for touch in specimen.happened
    ]
    types = {**column_types(playbook.facts_all), "person": pl.String()}
    return pl.DataFrame(rows, schema=types), pl.DataFrame(happened, schema=dict(TOUCH_COLUMNS))


# --- leads from nothing known to everything right -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """What a criterion's signals say together (0 FALSE, 1 NULL, 2 TRUE), for which facts, and its worth."""

    said: tuple[int, ...]
    facts: Point
    worth: int


@lru_cache(maxsize=64)
def cases_of(playbook: Playbook) -> Mapping[str, Sequence[Case]]:
    """Fit criterion → its cases."""
    conditions = conditions_of(playbook)
    found = [
        (criterion.id, said, point)
        for criterion in playbook.fit
        for said, point in cases(
            [conditions[signal.when] for signal in criterion.signals], playbook.facts_all
        ).items()
    ]
    frame = scored(playbook, [Specimen(point) for _, _, point in found])
    result: dict[str, list[Case]] = {criterion.id: [] for criterion in playbook.fit}
    for (name, said, point), row in zip(found, frame.iter_rows(named=True), strict=True):
        result[name].append(Case(said, point, row[f"known:{name}"] + row[f"doubt:{name}"]))
    return result


@lru_cache(maxsize=64)
def profiles(playbook: Playbook) -> tuple[Point, ...]:
    """Facts from nothing known, criterion by criterion, to all that earns; each alone; all that does not."""
    by_worth = [sorted(found, key=lambda case: case.worth) for found in cases_of(playbook).values()]
    best = [found[-1].facts for found in by_worth]
    growing: list[Point] = [{}]
    for facts in best:
        growing.append({**facts, **growing[-1]})
    failing = {name: value for found in by_worth for name, value in found[0].facts.items()}
    return (*growing, *best[1:], failing)


def best_profile(playbook: Playbook) -> Point:
    """The facts that earn the most."""
    return profiles(playbook)[len(playbook.fit)]


@lru_cache(maxsize=64)
def histories() -> tuple[tuple[Happening, ...], ...]:
    """Touches: none, one of each kind today, all of them, and those that speak against a lead."""
    each = tuple((touched(kind),) for kind in (*POSITIVE_KINDS, *MINUS))
    return ((), *each, tuple(touched(kind, count=20) for kind in POSITIVE_KINDS), tuple(map(touched, MINUS)))


@lru_cache(maxsize=64)
def population(playbook: Playbook) -> pl.DataFrame:
    """Every profile with every history, judged; nothing known and nothing done comes first."""
    pairs = product(profiles(playbook), histories())
    return judged(playbook, [Specimen(facts, happened) for facts, happened in pairs])


def discoveries() -> Iterator[Specimen]:
    """Leads of whom more and more slots are known, with and without a conversation, for each timing."""
    answers = {"role": "decider", "goal": "grow", "solution": "competitor", "needs": ["growth"]}
    talk = touched("inbound_call", human=True, conversation=True)
    mail = touched("email_sent", human=True)
    for happened in ((), (mail,), (talk,)):
        for timing in (None, "now", "later"):
            for slots in range(len(answers) + 1):
                yield Specimen({**dict(list(answers.items())[:slots]), "timing": timing}, happened)
            yield Specimen({"answer_capacity": "no_capacity", "timing": timing}, happened)


def varied(
    playbook: Playbook, names: frozenset[str], conditions: Sequence[Condition]
) -> Iterator[tuple[int, Point]]:
    """Profiles with all values of the facts `names` that `conditions` speak of.

    Points of one number differ in nothing but those facts.
    """
    points = grid(conditions, playbook.facts_all) if conditions else []
    columns = [name for fact in sorted(names) for name in (fact, f"{fact}_low", f"{fact}_high")]
    groups: dict[str, int] = {}
    for profile in (*profiles(playbook), {"email_optout": True}, {"call_optout": True}):
        for point in points:
            rest = {**profile, **{name: value for name, value in point.items() if name not in columns}}
            values = {name: value for name, value in point.items() if name in columns}
            number = groups.setdefault(repr(sorted(rest.items())), len(groups))
            yield number, {**rest, **values}


def moment(days: float) -> datetime:
    """An instant so many days before `NOW`."""
    return NOW - timedelta(days=days)
