"""Mistake A3, obsessing over budget: a sum named early says little; what somebody bought before says more."""

import re
from collections.abc import Iterator

import polars as pl

from qualifier.criteria import FitCriterion, Question
from qualifier.facts import Evidence
from qualifier.guardrails import families
from qualifier.guardrails.grid import grid, hinges, known, truths
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import Specimen, scored
from qualifier.playbook import Path

LEAST_SHARE = 0.4
"""What a first-time buyer earns beside a proven one (rules §4)."""
_SUM = re.compile(
    r"\bbudgets?\b|\bafford\b|price range|how much money|willing to (pay|spend)"
    r"|how much (do|can|could|would|will) you (want to |plan to )?(spend|pay|invest)",
    re.IGNORECASE,
)


def sum_earns(subject: Subject) -> Iterator[Spot]:
    """LL301: a budget or an amount earns points."""
    named = families.money(subject.playbook)
    for path, _, signal, condition in subject.fit_signals():
        if signal.points > 0 and condition.facts & named and not _gates(subject, path):
            yield (*path, "when"), f"{signal.id} earns points for {_listed(condition.facts & named)}"


def sum_decides(subject: Subject) -> Iterator[Spot]:
    """LL302: a budget or an amount subtracts, stands before other evidence, closes a channel or excludes."""
    named = families.money(subject.playbook)
    for path, _, signal, condition in subject.fit_signals():
        if not condition.facts & named:
            continue
        if signal.points < 0:
            yield (*path, "points"), f"{signal.id} takes {-signal.points} points for a sum"
        elif _gates(subject, path):
            yield (*path, "when"), f"{signal.id} counts other evidence only where a sum is right"
    for path, condition in subject.conditions("capacity", "exclusions", "channels"):
        if hinges(condition, named, subject.playbook.facts_all):
            yield path, f"{_listed(condition.facts & named)} decides here"


def _gates(subject: Subject, place: Path) -> bool:
    """Whether a signal reads other facts as well, and is never TRUE while the sum is unknown."""
    named = families.money(subject.playbook)
    condition = next(found for path, _, _, found in subject.fit_signals() if path == place)
    if condition.facts <= named:
        return False
    points = grid([condition], subject.playbook.facts_all)
    unknown = [point for point in points if all(point.get(name) is None for name in named)]
    return not truths(condition, unknown, subject.playbook.facts_all).any()


def no_capacity(subject: Subject) -> Iterator[Spot]:
    """LL304: no criterion looks at the capacity to buy."""
    if not capacity_criteria(subject):
        yield ("criteria",), "no criterion reads what a lead bought or uses"


def capacity_criteria(subject: Subject) -> list[tuple[Path, FitCriterion]]:
    """The criteria that read buying history or the solution in use."""
    named = families.of_evidence(subject.playbook, Evidence.CAPACITY) - families.money(subject.playbook)
    found = {
        path[:2]: criterion
        for path, criterion, signal, condition in subject.fit_signals()
        if condition.facts & named and signal.points > 0
    }
    return list(found.items())


def first_time_low(subject: Subject) -> Iterator[Spot]:
    """LL305: a first-time buyer earns less than 40 % of a proven one, or less than somebody unknown."""
    criteria = capacity_criteria(subject)
    if not criteria:
        return
    readers = [subject.condition(signal.when) for _, criterion in criteria for signal in criterion.signals]
    states = [condition for _, condition in subject.conditions("capacity")]
    points = grid([*readers, *states], subject.playbook.facts_all)
    frame = scored(subject.playbook, [Specimen(point) for point in points])
    columns = [f"{part}:{one.id}" for _, one in criteria for part in ("known", "doubt")]
    earned = frame.select(pl.sum_horizontal(columns)).to_series().to_list()
    best: dict[str, int] = {}
    for state, number, point in zip(frame["capacity"], earned, points, strict=True):
        if known(point):
            best[state] = max(number, best.get(state, number))
    first, proven = best.get("first_time"), best.get("proven")
    if first is None or proven is None:
        return
    if first < LEAST_SHARE * proven:
        yield criteria[0][0], f"a first-time buyer earns {first} points where a proven one earns {proven}"
    elif first < earned[0]:
        yield (
            criteria[0][0],
            f"a first-time buyer earns {first} points where an unknown one earns {earned[0]}",
        )


def sum_asked_early(subject: Subject) -> Iterator[Spot]:
    """LL306: a question asks for a sum before the need and the history are known."""
    for path, question in subject.questions():
        if set(question.stages) != {"decision"}:
            for text in _wordings(question):
                if _SUM.search(text):
                    yield path, "a sum is asked before need and history are known"


def _wordings(question: Question) -> Iterator[str]:
    yield question.text
    yield from question.by_title.values()


def _listed(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))


RULES = (
    Rule(
        "LL301",
        "error",
        sum_earns,
        reason="budgets are made for what convinces; a sum named early is a guess or a tactic",
        remedy="earn points by what they bought or use (won_deals, solution)",
    ),
    Rule(
        "LL302",
        "error",
        sum_decides,
        reason="a missing or small budget turns away people who find the money once they see the use",
        remedy="take the sum out of this condition",
    ),
    Rule(
        "LL304",
        "error",
        no_capacity,
        reason="without a look at what they bought before, somebody will ask for the budget",
        remedy="add a fit criterion that reads won_deals or solution",
        b2b_only=True,
    ),
    Rule(
        "LL305",
        "error",
        first_time_low,
        reason="everybody buys for the first time once; saying so openly must not cost them",
        remedy="raise the first-time signal, or lower the criterion's benefit_of_doubt",
    ),
    Rule(
        "LL306",
        "warn",
        sum_asked_early,
        reason="who opens with money hears 'none' and learns nothing about the need",
        remedy="ask what they use today and how they chose it; keep the sum for `stages: [decision]`",
    ),
)
