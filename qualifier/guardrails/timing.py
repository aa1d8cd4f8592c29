"""Mistake B5, ignoring timing: the right lead at the wrong moment is won by patience, not by pitching."""

from collections.abc import Iterator

import polars as pl

from qualifier.guardrails import families
from qualifier.guardrails.nurturing import cells
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import population

LEAST_STAGES = 3
LEAST_HALF_LIFE_DAYS = 2
_PITCH_WORDS = frozenset(
    {"demo", "offer", "quote", "proposal", "pitch", "pricing", "price", "prices", "discount", "trial"}
)


def few_stages(subject: Subject) -> Iterator[Spot]:
    """LL901: fewer than three stages, or a lead without evidence is not unknown."""
    stages = subject.playbook.stages
    if len(stages.ladder) < LEAST_STAGES:
        yield ("stages", "ladder"), f"the ladder has {len(stages.ladder)} stages"
    silent = population(subject.playbook).row(0, named=True)
    if silent["stage"] != "unknown":
        yield ("stages", "otherwise"), f"a lead of whom nothing is known is at stage {silent['stage']}"


def stage_of_ours(subject: Subject) -> Iterator[Spot]:
    """LL902: the stage follows a score or the pipeline."""
    named = families.pipeline(subject.playbook)
    for number, rule in enumerate(subject.playbook.stages.ladder):
        for fact in sorted(rule.stated.keys() & named):
            yield ("stages", "ladder", number, "stated", fact), f"{rule.id} follows from {fact}"


def no_decay(subject: Subject) -> Iterator[Spot]:
    """LL903: touches earn points for ever."""
    for path, _, signal in subject.touch_signals():
        if signal.points > 0 and signal.half_life_days is None:
            yield path, f"{signal.id} has no half-life"


def fast_decay(subject: Subject) -> Iterator[Spot]:
    """LL904: points halve in less than two days."""
    for path, _, signal in subject.touch_signals():
        if signal.half_life_days is not None and signal.half_life_days < LEAST_HALF_LIFE_DAYS:
            yield (*path, "half_life_days"), f"{signal.id} halves within {signal.half_life_days:g} days"


def early_pitch(subject: Subject) -> Iterator[Spot]:
    """LL905: a lead that is only aware, and raised no hand, is pitched to."""
    table = cells(subject.playbook).filter(pl.col("stage") == "awareness")
    taken = set(table.drop_nulls("track")["track"])
    for number, track in enumerate(subject.playbook.tracks):
        pitches = [
            kind for kind in track.content if _PITCH_WORDS & set(kind.lower().replace("-", "_").split("_"))
        ]
        if track.id in taken and pitches:
            yield ("tracks", number), f"the track {track.id} offers {pitches[0]} to leads that are only aware"


def old_decisions(subject: Subject) -> Iterator[Spot]:
    """LL907: evidence of a decision never grows old."""
    for number, rule in enumerate(subject.playbook.stages.ladder):
        if rule.id == "decision" and rule.within_days is None:
            yield ("stages", "ladder", number), "evidence of a decision counts however old it is"


RULES = (
    Rule(
        "LL901",
        "error",
        few_stages,
        reason="who cannot tell early from late treats both alike; and not knowing is a stage, too",
        remedy="describe awareness, consideration and decision, and leave `otherwise: unknown`",
    ),
    Rule(
        "LL902",
        "error",
        stage_of_ours,
        reason="where a buyer stands shows in what the buyer does, not in our own lists",
        remedy="take it out; let touches and stated facts speak",
    ),
    Rule(
        "LL903",
        "error",
        no_decay,
        reason="interest fades, and last year's visit is no reason to call today",
        remedy="set half_life_days",
    ),
    Rule(
        "LL904",
        "warn",
        fast_decay,
        reason="a weekend would wipe it out before anybody is back at a desk",
        remedy="let points halve in two days or more",
    ),
    Rule(
        "LL905",
        "error",
        early_pitch,
        reason="who is pitched to while still finding out what the problem is, leaves",
        remedy="keep offers for consideration and decision, and teach before",
    ),
    Rule(
        "LL907",
        "error",
        old_decisions,
        reason="who wanted to decide last year has decided",
        remedy="set within_days for decision",
    ),
)
