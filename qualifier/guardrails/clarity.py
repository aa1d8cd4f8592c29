"""Mistake B1, no clear criteria: a good lead must be something that two people can read off the same page."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal

from qualifier.facts import OWN_ACTS, Evidence
from qualifier.guardrails import families
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import Specimen, population, scored, touched
from qualifier.playbook import Path

LEAST_FIRMOGRAPHICS = 2
LEAST_AXIS = 0.2
MOST_FOR_OPENS = 3
_MANY = 1000
"""Opens of one zealous mail client."""


def no_profile(subject: Subject) -> Iterator[Spot]:
    """LL501: no ideal customer profile, or one of fewer than two firmographics."""
    named = families.of_evidence(subject.playbook, Evidence.PROFILE) - families.money(subject.playbook)
    read = {fact for fact in _earning(subject) if fact in named}
    if len(read) < LEAST_FIRMOGRAPHICS:
        yield ("criteria",), f"the profile rests on {' and '.join(sorted(read)) or 'nothing'}"


def lopsided(subject: Subject) -> Iterator[Spot]:
    """LL502: one axis has less than 20 % of the reach."""
    axes: tuple[Literal["fit", "engagement"], ...] = ("fit", "engagement")
    reach = {axis: subject.playbook.reach(axis) for axis in axes}
    for axis, points in reach.items():
        if points < LEAST_AXIS * sum(reach.values()):
            yield ("criteria",), f"{axis} has {points} of {sum(reach.values())} points"


def missing_side(subject: Subject) -> Iterator[Spot]:
    """LL503: profile, behaviour, capacity or role earns nothing, or no stage asks how recent evidence is."""
    read = _earning(subject)
    people = families.of_evidence(subject.playbook, Evidence.PEOPLE)
    roles = people - families.titles(subject.playbook) - {"colleague_active"}
    sides = {
        "profile": families.of_evidence(subject.playbook, Evidence.PROFILE),
        "capacity": families.of_evidence(subject.playbook, Evidence.CAPACITY),
        "role": roles,
    }
    for side, facts in sides.items():
        if not read & (facts - families.money(subject.playbook)):
            yield ("criteria",), f"nothing about {side} earns points"
    if not subject.playbook.engagement:
        yield ("criteria",), "nothing about behaviour earns points"
    if not any(rule.within_days for rule in subject.playbook.stages.ladder):
        yield ("stages", "ladder"), "no stage says how recent its evidence must be"


def _earning(subject: Subject) -> set[str]:
    """The facts that some signal with points reads."""
    return {
        fact
        for _, _, signal, condition in subject.fit_signals()
        if signal.points > 0
        for fact in condition.facts
    }


def dead_borders(subject: Subject) -> Iterator[Spot]:
    """LL504: borders do not fall strictly, or a segment is out of everybody's reach."""
    segments, grades = subject.playbook.segments, subject.playbook.grades
    if segments.hot.score <= segments.warm.score:
        found = f"hot begins at {segments.hot.score}, warm at {segments.warm.score}"
        yield ("segments", "warm", "score"), found
        return
    for axis, borders in (("fit", grades.fit), ("engagement", grades.engagement)):
        if not borders[0] > borders[1] > borders[2]:
            yield ("grades", axis), f"the borders {', '.join(map(str, borders))} do not fall"
    reached = set(population(subject.playbook)["earned"])
    for segment in ("hot", "warm", "cold"):
        if segment not in reached:
            place = ("segments", "hot" if segment == "hot" else "warm", "score")
            yield place, f"no lead can be {segment}"


def nameless(subject: Subject) -> Iterator[Spot]:
    """LL505: a signal without a because (the schema sees to the id and to a text, here it must be words)."""
    for path, signal in subject.signals():
        if not any(letter.isalpha() for letter in signal.because):
            yield (*path, "because"), f"{signal.id} gives no reason in words"


def private(subject: Subject) -> Iterator[Spot]:
    """LL506: age, gender, religion, health or ethnicity is read, by its name."""
    named = families.private(subject.playbook)
    for path, condition in subject.conditions():
        for fact in sorted(condition.facts & named):
            yield path, f"{fact} is read"
    for number, rule in enumerate(subject.playbook.stages.ladder):
        for fact in sorted(rule.stated.keys() & named):
            yield ("stages", "ladder", number, "stated", fact), f"{fact} is read"


def opens(subject: Subject) -> Iterator[Spot]:
    """LL507: opened mails can earn more than three points."""
    leads = [Specimen({}), Specimen({}, (touched("email_open", count=_MANY),))]
    silent, zealous = scored(subject.playbook, leads)["engagement_points"]
    if zealous - silent > MOST_FOR_OPENS:
        places = (path for path, _, signal in subject.touch_signals() if "email_open" in signal.touches)
        yield next(places), f"opened mails can earn {zealous - silent} points"


def counted_twice(subject: Subject) -> Iterator[Spot]:
    """LL508: two signals read the same evidence without a shared cap."""
    readers: dict[str, dict[str, Path]] = defaultdict(dict)
    for path, fit, _, condition in subject.fit_signals():
        for fact in condition.facts:
            readers[fact].setdefault(fit.id, path)
    for path, engagement, signal in subject.touch_signals():
        for kind in signal.touches:
            readers[kind].setdefault(engagement.id, path)
    for path, minus in subject.minus_signals():
        for kind in minus.touches:
            readers[f"minus {kind}"][minus.id] = path
    for evidence, groups in sorted(readers.items()):
        if len(groups) > 1:
            yield list(groups.values())[1], f"{evidence} counts in {' and in '.join(groups)}"


def own_acts(subject: Subject) -> Iterator[Spot]:
    """LL509: what our own people do earns or takes points: a loop that confirms itself."""
    named = families.own_acts(subject.playbook)
    for path, _, fit, condition in subject.fit_signals():
        for fact in sorted(condition.facts & named):
            yield (*path, "when"), f"{fit.id} reads {fact}, which our own people make"
    for path, signal in subject.signals():
        for kind in sorted(set(OWN_ACTS).intersection(getattr(signal, "touches", ()))):
            yield (*path, "touches"), f"{signal.id} counts {kind}, which our own people do"


RULES = (
    Rule(
        "LL501",
        "error",
        no_profile,
        reason="without a picture of the right company every rep draws a different one",
        remedy="read at least two of industry, employees, country or facts of your own with evidence profile",
        b2b_only=True,
    ),
    Rule(
        "LL502",
        "error",
        lopsided,
        reason="who fits but never calls, and who calls but never fits, must not look alike",
        remedy="give each axis at least a fifth of the points",
    ),
    Rule(
        "LL503",
        "error",
        missing_side,
        reason="a definition needs who they are, what they do, whether they can buy, who decides, and when",
        remedy="add the missing side",
        b2b_only=True,
    ),
    Rule(
        "LL504",
        "error",
        dead_borders,
        reason="a border that nobody crosses is a promise that nobody keeps",
        remedy="set hot over warm, grades from high to low, and each within reach",
    ),
    Rule(
        "LL505",
        "error",
        nameless,
        reason="points that cannot be explained convince no rep",
        remedy="say in a few words what the signal saw; braces take a fact's name",
    ),
    Rule(
        "LL506",
        "error",
        private,
        reason=(
            "nobody is a better lead for such a thing, and the law agrees; only names can be checked here, "
            "so look out for stand-ins such as a postcode or a first name yourselves"
        ),
        remedy="take the fact out of the playbook",
    ),
    Rule(
        "LL507",
        "warn",
        opens,
        reason="mail programs open mails by themselves; an open is hardly a person",
        remedy="keep opened mails at three points together",
    ),
    Rule(
        "LL508",
        "error",
        counted_twice,
        reason="one thing that happened must not look like two",
        remedy="move the signals into one criterion, so that they share its cap",
    ),
    Rule(
        "LL509",
        "error",
        own_acts,
        reason="who is called because the score is high must not score higher because of the call",
        remedy="count what the lead does: a reply, a call to us, a meeting held",
    ),
)
