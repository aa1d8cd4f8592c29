"""What cuts across the mistakes: conditions that cannot hold, loops, other people's data, and numbers."""

from collections.abc import Iterator
from itertools import islice, permutations

import polars as pl

from qualifier.conditions import conditions_of
from qualifier.criteria import FitCriterion
from qualifier.guardrails import families
from qualifier.guardrails.grid import complete, grid, truths
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import POSITIVE_KINDS, Specimen, cases_of, scored, touched
from qualifier.phrases import placeholders
from qualifier.playbook import ExclusionRule, Playbook
from qualifier.verdict import EXCLUSIONS

LOWEST, HIGHEST = 1, 99
LEAST_OUTCOMES = 20
COMPUTED = frozenset({"colleague_active", "imported", "created_at", "domain", "needs", *families.ANSWERS})
"""Facts that need no CRM field of the customer's: worked out, read from texts, or answered by reps."""
_READS = {
    "test": frozenset({"test_record"}),
    "bounced": frozenset({"bounced"}),
    "employee": frozenset({"domain"}),
    "competitor": frozenset({"domain"}),
    "embargo": frozenset({"country"}),
    "profiling": frozenset({"profiling_optout"}),
    "unreachable": frozenset({"email_optout", "call_optout"}),
}
"""Reason of the closed list → the facts that may call for it."""
_MOST_CASES = 250


def dead_signal(subject: Subject) -> Iterator[Spot]:
    """LL002: a condition is never or always TRUE, or a signal can never earn anything."""
    facts = subject.playbook.facts_all
    for path, condition in subject.conditions("criteria", "exclusions", "tags"):
        if not complete([condition], facts):
            continue
        points = grid([condition], facts)
        said = truths(condition, points, facts)
        if not said.any():
            yield path, f"{condition.sql!r} is never true"
        elif said.all():  # the unknown aside
            yield path, f"{condition.sql!r} is always true"
    for path, signal in subject.signals():
        if signal.points == 0 or getattr(signal, "cap", None) == 0:
            yield (*path, "points"), f"{signal.id} can never earn a point"


def not_monotone(subject: Subject) -> Iterator[Spot]:
    """LL003: something good about a lead lowers its points, or a minus raises them."""
    for path, criterion in subject.criteria():
        if isinstance(criterion, FitCriterion) and (signal := _lowering(subject.playbook, criterion)):
            place = (*path, "signals", signal - 1, "points")
            yield place, f"learning that {criterion.signals[signal - 1].id} holds lowers the points"
    leads = [Specimen({}), *(Specimen({}, (touched(kind),)) for kind in POSITIVE_KINDS)]
    silent, *active = scored(subject.playbook, leads)["engagement_points"]
    for kind, points in zip(POSITIVE_KINDS, active, strict=True):
        if points < silent:
            yield _taker(subject, kind), f"a touch of kind {kind} lowers the points"
    for path, minus in subject.minus_signals():
        if minus.points > 0:
            yield (*path, "points"), f"{minus.id} stands under minus and adds {minus.points} points"


def _lowering(playbook: Playbook, criterion: FitCriterion) -> int:
    """The number (from 1) of a signal that lowers the points when it goes from no or unknown to yes; else 0.

    FALSE < NULL < TRUE: where no signal goes down, the points must not.
    """
    for low, high in permutations(islice(cases_of(playbook)[criterion.id], _MOST_CASES), 2):
        steps = list(zip(low.said, high.said, strict=True))
        if high.worth < low.worth and all(before <= after for before, after in steps):
            risen = [number for number, (before, after) in enumerate(steps) if before < after]
            return min(risen, key=lambda number: criterion.signals[number].points) + 1
    return 0


def _taker(subject: Subject, kind: str) -> tuple[str | int, ...]:
    """Where a kind of touch takes points."""
    signals = [(path, signal) for path, signal in subject.signals() if kind in getattr(signal, "touches", ())]
    return (*min(signals, key=lambda found: found[1].points)[0], "points")


def read_back(subject: Subject) -> Iterator[Spot]:
    """LL004: a fact is fed from a field that Leadline itself writes."""
    read = _read(subject.playbook)
    for connection, fields in sorted((subject.evidence.fields or {}).items()):
        ours = (subject.evidence.written or {}).get(connection, frozenset())
        for fact, field in sorted(fields.items()):
            if fact in read and field.lower() in ours:
                yield (
                    _first_reader(subject, fact),
                    f"{connection} feeds {fact} from {field}, which Leadline writes",
                )


def not_in_crm(subject: Subject) -> Iterator[Spot]:
    """LL005: a fact that the playbook reads has no field in a CRM."""
    for connection, there in sorted((subject.evidence.known_facts or {}).items()):
        for fact in sorted(_read(subject.playbook) - there - COMPUTED):
            yield _first_reader(subject, fact), f"{connection} has no field for {fact}"


def _read(playbook: Playbook) -> frozenset[str]:
    return frozenset[str]().union(*(condition.facts for condition in conditions_of(playbook).values()))


def _first_reader(subject: Subject, fact: str) -> tuple[str | int, ...]:
    return next(
        (path for path, condition in subject.conditions() if fact in condition.facts), ("facts", fact)
    )


def quotes_people(subject: Subject) -> Iterator[Spot]:
    """LL006: a because repeats what a person is called or wrote."""
    personal = families.personal_texts(subject.playbook)
    for path, signal in subject.signals():
        for fact in sorted(placeholders([signal.because]) & personal):
            yield (*path, "because"), f"{signal.id} would write out {{{fact}}}"


def too_many_calls(subject: Subject) -> Iterator[Spot]:
    """LL007: a connection needs more calls a day than it may make."""
    for connection, calls in sorted((subject.evidence.calls or {}).items()):
        if calls.used > calls.allowed:
            yield (
                (),
                f"{connection} makes {calls.used:,.0f} calls a day where {calls.allowed:,.0f} are allowed",
            )


def same_version(subject: Subject) -> Iterator[Spot]:
    """LL008: the content changed and the version did not."""
    playbook, stored = subject.playbook, subject.evidence.stored or {}
    before = stored.get(playbook.version)
    if before and before != playbook.content_hash:
        found = f"version {playbook.version} was {before[:12]} and is now {playbook.content_hash[:12]}"
        yield ("version",), found


def wide_range(subject: Subject) -> Iterator[Spot]:
    """LL009: scores may leave 1 to 99."""
    low, high = subject.playbook.score.low, subject.playbook.score.high
    if not LOWEST <= low < high <= HIGHEST:
        yield ("score",), f"the score runs from {low} to {high}"


def few_outcomes(subject: Subject) -> Iterator[Spot]:
    """LL010: a weight was learned from fewer than twenty outcomes."""
    outcomes = subject.evidence.outcomes or {}
    places = [(path, f"{criterion.id}.{signal.id}") for path, criterion, signal, _ in subject.fit_signals()]
    places += [(path, f"{criterion.id}.{signal.id}") for path, criterion, signal in subject.touch_signals()]
    for path, name in places:
        if name in outcomes and outcomes[name] < LEAST_OUTCOMES:
            yield (*path, "points"), f"{name} was learned from {outcomes[name]} outcomes"


def open_list(subject: Subject) -> Iterator[Spot]:
    """LL012: a lead is excluded for something that is not on the closed list."""
    for number, rule in enumerate(subject.playbook.exclusions.rules):
        path = ("exclusions", "rules", number)
        if rule.reason not in EXCLUSIONS:
            yield (*path, "reason"), f"{rule.reason} is no reason of the closed list"
        elif strange := _strange(subject, rule):
            yield (*path, "when"), strange


def _strange(subject: Subject, rule: ExclusionRule) -> str | None:
    """What a rule excludes for beside its reason. Facts of the customer's own may stand for it."""
    condition = subject.condition(rule.when)
    allowed = _READS[rule.reason] | set(subject.playbook.facts)
    if foreign := sorted(condition.facts - allowed):
        return f"{rule.reason} excludes for {' and '.join(foreign)}"
    if rule.reason == "unreachable":
        facts = subject.playbook.facts_all
        points = grid([condition], facts)
        said = truths(condition, points, facts)
        reachable = [
            any(point.get(optout) is not True for optout in _READS["unreachable"]) for point in points
        ]
        if said.filter(pl.Series(reachable)).any():
            return "unreachable excludes leads with a channel left"
    return None


RULES = (
    Rule(
        "LL002",
        "error",
        dead_signal,
        reason="it tells no lead from another, and who reads the page believes that it does",
        remedy="check the borders of the condition",
    ),
    Rule(
        "LL003",
        "error",
        not_monotone,
        reason="good news must never cost a lead points, or nobody would want to know",
        remedy="let signals add points; what speaks against a lead goes under `minus`",
    ),
    Rule(
        "LL004",
        "error",
        read_back,
        reason="a score that reads itself confirms itself",
        remedy="map the fact to a field that people or forms fill",
        needs=("fields", "written"),
    ),
    Rule(
        "LL005",
        "warn",
        not_in_crm,
        reason="it will be unknown for every lead",
        remedy="map it under `fields:` of the connection, or take it out",
        needs=("known_facts",),
    ),
    Rule(
        "LL006",
        "error",
        quotes_people,
        reason="Leadline stores and copies no person's name and no free text",
        remedy="say it in your own words, or with a fact of kind word",
    ),
    Rule(
        "LL007",
        "warn",
        too_many_calls,
        reason="the CRM will turn calls away, other programs' too",
        remedy="poll less often, or raise api_budget",
        needs=("calls",),
    ),
    Rule(
        "LL008",
        "warn",
        same_version,
        reason="a rep who reads the version on a record must be able to look up what it meant",
        remedy="raise `version`",
        needs=("stored",),
    ),
    Rule(
        "LL009",
        "error",
        wide_range,
        reason="0 and 100 claim a certainty that nobody has",
        remedy="keep the score within 1 to 99",
    ),
    Rule(
        "LL010",
        "warn",
        few_outcomes,
        reason="a handful of deals is luck",
        remedy="keep the weight that you would give by judgement until more deals are closed",
        needs=("outcomes",),
    ),
    Rule(
        "LL012",
        "error",
        open_list,
        reason="the machine may turn nobody away for any other reason; a person may",
        remedy=f"use {', '.join(EXCLUSIONS)} for what they mean, or take minus points",
    ),
)
