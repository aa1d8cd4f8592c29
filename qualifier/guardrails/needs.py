"""Mistake A2, misunderstanding needs: who has no fire to put out may still prevent one, grow or comply."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from qualifier.conditions import conditions_of
from qualifier.facts import NEEDS, Evidence
from qualifier.guardrails import families
from qualifier.guardrails.grid import Point, grid, hinges
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import Specimen, scored
from qualifier.playbook import Playbook

LEAST_TYPES = 3
LEAST_SHARE = 0.8
"""A type's best beside the best type's (rules §4)."""


@lru_cache(maxsize=64)
def worth(playbook: Playbook) -> Mapping[str, int]:
    """Kind of need → the most points that it alone can earn, whatever else is known."""
    total = dict.fromkeys(NEEDS, 0)
    for criterion in playbook.fit:
        read = [conditions_of(playbook)[signal.when] for signal in criterion.signals]
        readers = [condition for condition in read if "needs" in condition.facts]
        rest = _without_needs(grid(readers, playbook.facts_all)) if readers else []
        leads = [Specimen({**point, "needs": needs}) for point in rest for needs in ([], *map(_alone, NEEDS))]
        known = scored(playbook, leads)[f"known:{criterion.id}"].to_list() if leads else []
        for place in range(0, len(known), 1 + len(NEEDS)):
            for number, kind in enumerate(NEEDS, start=1):
                total[kind] = max(total[kind], known[place + number] - known[place])
    return total


def _alone(kind: str) -> list[str]:
    return [kind]


def _without_needs(points: Sequence[Point]) -> list[Point]:
    """The other facts of these points, each combination once."""
    rest = [{name: value for name, value in point.items() if name != "needs"} for point in points]
    return list({repr(point): point for point in rest}.values())


def few_types(subject: Subject) -> Iterator[Spot]:
    """LL201: fewer than three kinds of need can earn points."""
    earning = [kind for kind, points in worth(subject.playbook).items() if points > 0]
    if len(earning) < LEAST_TYPES:
        yield _need_place(subject), f"only {' and '.join(earning) or 'no kind of need'} can earn points"


def unequal_types(subject: Subject) -> Iterator[Spot]:
    """LL202: a kind of need is worth less than 80 % of the best one."""
    points = worth(subject.playbook)
    best = max(points.values())
    for kind, number in points.items():
        if number < LEAST_SHARE * best:
            yield _need_place(subject), f"{kind} earns {number} points where the best need earns {best}"


def need_against(subject: Subject) -> Iterator[Spot]:
    """LL203: a need, or that something works well, subtracts points or excludes."""
    named = families.of_evidence(subject.playbook, Evidence.NEED) | {"solution"}
    for path, _, signal, condition in subject.fit_signals():
        if condition.facts & named and signal.points < 0:
            yield (
                (*path, "points"),
                f"{signal.id} takes {-signal.points} points for what the lead needs or has",
            )
    for path, condition in subject.conditions("exclusions"):
        if hinges(condition, named, subject.playbook.facts_all):
            yield path, "a need, or what works well today, can exclude a lead"


def need_without_opening(subject: Subject) -> Iterator[Spot]:
    """LL205: a kind of need has no question or no opening angle."""
    for kind, need in subject.playbook.needs.kinds().items():
        for part in ("angle", "question"):
            if not getattr(need, part):
                yield ("needs", kind), f"{kind} has no {part}"


def _need_place(subject: Subject) -> tuple[str | int, ...]:
    """The first criterion that reads needs, else where the kinds are described."""
    places = (path[:2] for path, _, _, condition in subject.fit_signals() if "needs" in condition.facts)
    return next(places, ("needs",))


RULES = (
    Rule(
        "LL201",
        "error",
        few_types,
        reason="who counts only pain misses those who plan ahead, grow, or must comply",
        remedy="let at least three of reactive, preventive, growth and compliance earn points",
        b2b_only=True,
    ),
    Rule(
        "LL202",
        "error",
        unequal_types,
        reason="a need is a need; a growing customer is no lesser one than one in trouble",
        remedy="give each kind at least 80 % of the best one's points",
    ),
    Rule(
        "LL203",
        "error",
        need_against,
        reason="'it works well today' opens a talk about staying ahead, it does not end one",
        remedy="take it out; let the angle of the need lead the talk",
    ),
    Rule(
        "LL205",
        "warn",
        need_without_opening,
        reason="a rep who has no opening for a need will talk past it",
        remedy="add an angle and a question of its own",
    ),
)
