"""Mistake A1, fixating on titles: a title says little about who decides; the part one plays says more."""

from collections import defaultdict
from collections.abc import Iterator

import polars as pl

from qualifier.guardrails import families
from qualifier.guardrails.grid import hinges
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import Specimen, judged, touched, varied

MOST_SHARE = 0.15
"""Titles may reach so much of all points (rules §4)."""


def title_points(subject: Subject) -> Iterator[Spot]:
    """LL101: signals that read a title reach more than 15 % of all points."""
    named, earned, places = families.titles(subject.playbook), defaultdict[str, int](int), []
    for path, criterion, signal, condition in subject.fit_signals():
        if condition.facts & named and signal.points > 0:
            earned[criterion.id] = min(criterion.cap, earned[criterion.id] + signal.points)
            places.append(path)
    reach, total = sum(earned.values()), sum(criterion.cap for criterion in subject.playbook.criteria)
    if reach > MOST_SHARE * total:
        yield (*places[0], "points"), f"signals that read a title reach {reach} of {total} points"


def title_against(subject: Subject) -> Iterator[Spot]:
    """LL102: a title subtracts points or excludes."""
    named = families.titles(subject.playbook)
    for path, _, signal, condition in subject.fit_signals():
        if condition.facts & named and signal.points < 0:
            yield (*path, "points"), f"a title takes {-signal.points} points"
    for path, condition in subject.conditions("exclusions"):
        if hinges(condition, named, subject.playbook.facts_all):
            yield path, "a title can exclude a lead"


def title_decides_response(subject: Subject) -> Iterator[Spot]:
    """LL103: for leads that differ in nothing but the title, respond-by, track or exclusion differ."""
    named = families.titles(subject.playbook)
    readers = [(path, condition) for path, condition in subject.conditions() if condition.facts & named]
    for path, condition in readers:
        leads = list(varied(subject.playbook, named, [condition]))
        for happened in ((), (touched("demo_request"),)):
            frame = judged(subject.playbook, [Specimen(facts, happened) for _, facts in leads])
            outcome = pl.struct(pl.col("respond_by", "track", "excluded"))
            twins = frame.group_by(pl.Series([number for number, _ in leads])).agg(outcome.n_unique())
            if (twins["respond_by"] > 1).any():
                yield path, "respond-by, track or exclusion changes with the title alone"
                break


def no_role_question(subject: Subject) -> Iterator[Spot]:
    """LL105: there is no question about the role that suits every lead."""
    asked = [criterion.ask for criterion in subject.playbook.fit if criterion.ask]
    general = [one for one in (*asked, *subject.playbook.questions) if not (one.stages or one.needs)]
    if not any(question.slot == "role" for question in general):
        yield ("questions",), "no question about the part in the decision suits every lead"


RULES = (
    Rule(
        "LL101",
        "error",
        title_points,
        reason="a title is a guess at influence, and people without a grand one often start a purchase",
        remedy="earn points by role in the buying group, and let the title word the questions",
    ),
    Rule(
        "LL102",
        "error",
        title_against,
        reason="the person with the small title may be the one whom the decider asked to look around",
        remedy="take the title out; ask who else is involved instead",
    ),
    Rule(
        "LL103",
        "error",
        title_decides_response,
        reason="how soon somebody answers must not hang on a business card",
        remedy="take the title out of this condition",
    ),
    Rule(
        "LL105",
        "warn",
        no_role_question,
        reason="who does not ask who decides falls back on titles",
        remedy="give the people criterion a question with slot role and no stages",
        b2b_only=True,
    ),
)
