"""Mistake B3, qualifying too early: the machine puts in order at once, a person concludes after a talk."""

import re
from collections.abc import Iterator
from functools import lru_cache

import polars as pl

from qualifier.criteria import FitCriterion, Question
from qualifier.facts import Evidence
from qualifier.guardrails.rule import Rule, Spot, Subject
from qualifier.guardrails.specimens import Specimen, best_profile, discoveries, judged
from qualifier.playbook import Path, Playbook
from qualifier.verdict import OUTPUTS

LEAST_SLOTS = 3
MOST_CLOSED = 0.4
MOST_AT_ONCE = 3
LONGEST = 160
_CONDEMNING = re.compile(r"unqualif|disqualif|(?<![a-z])bad(?![a-z])", re.IGNORECASE)
_SLOTS = {
    Evidence.PROFILE: {"goal"},
    Evidence.PEOPLE: {"role"},
    Evidence.NEED: {"need", "goal"},
    Evidence.CAPACITY: {"capacity"},
    Evidence.TIMING: {"timing"},
}
"""Which slots of discovery a fact of each kind helps to fill: what a company does leads to its goal."""


@lru_cache(maxsize=64)
def _proposals(playbook: Playbook) -> pl.DataFrame:
    """Discoveries, of the best and of an unknown profile, with what the machine proposes."""
    found = list(discoveries())
    best = [Specimen({**best_profile(playbook), **one.facts}, one.happened) for one in found]
    return judged(playbook, [*found, *best]).filter(pl.col("proposal") != "none")


def without_conversation(subject: Subject) -> Iterator[Spot]:
    """LL701: the machine proposes though nobody has talked to the lead."""
    if not _proposals(subject.playbook)["conversation"].all():
        yield ("proposal", "needs_conversation"), "a verdict is proposed before anybody talked to the lead"


def with_few_slots(subject: Subject) -> Iterator[Spot]:
    """LL702: the machine proposes with fewer than three slots known."""
    fewest = min(_proposals(subject.playbook)["evidence"].to_list(), default=LEAST_SLOTS)
    if fewest < LEAST_SLOTS:
        yield ("proposal", "min_slots"), f"a verdict is proposed with {fewest} of five things known"


def closed_questions(subject: Subject) -> Iterator[Spot]:
    """LL703: more than 40 % of the questions can be answered with yes or no."""
    kinds = [question.kind for _, question in subject.questions()]
    closed = kinds.count("closed")
    if closed > MOST_CLOSED * len(kinds):
        yield ("questions",), f"{closed} of {len(kinds)} questions are closed"


def stray_question(subject: Subject) -> Iterator[Spot]:
    """LL704: a criterion asks for a slot that none of its facts fills."""
    facts = subject.playbook.facts_all
    for path, criterion in subject.criteria():
        if not isinstance(criterion, FitCriterion) or criterion.ask is None:
            continue
        read = [name for signal in criterion.signals for name in subject.condition(signal.when).facts]
        slots = {slot for name in read for slot in _SLOTS.get(facts[name].evidence, ())}
        if criterion.ask.slot not in slots:
            filled = " or ".join(sorted(slots)) or "none"
            found = f"{criterion.id} asks for {criterion.ask.slot}, its facts fill {filled}"
            yield (*path, "ask", "slot"), found


def long_questions(subject: Subject) -> Iterator[Spot]:
    """LL705: a text asks more than three things at once or is longer than 160 characters."""
    for path, question in subject.questions():
        for text in _wordings(question):
            if text.count("?") > MOST_AT_ONCE:
                yield path, f"one text asks {text.count('?')} things at once"
            elif len(text) > LONGEST:
                yield path, f"a question has {len(text)} characters"


def _wordings(question: Question) -> Iterator[str]:
    yield question.text
    yield from question.by_title.values()


def condemning_label(subject: Subject) -> Iterator[Spot]:
    """LL706: a label that a rep reads condemns the lead."""
    playbook = subject.playbook
    labels: list[tuple[Path, str]] = [
        (("tracks", number, "id"), track.id) for number, track in enumerate(playbook.tracks)
    ]
    labels += [(("tags", number, "id"), tag.id) for number, tag in enumerate(playbook.tags)]
    labels += [((), value) for output in OUTPUTS for value in output.values]
    for path, label in labels:
        if _CONDEMNING.search(label):
            yield path, f"the label {label!r} condemns a lead"


RULES = (
    Rule(
        "LL701",
        "error",
        without_conversation,
        reason="what a form says is a beginning and no verdict",
        remedy="set proposal.needs_conversation to true",
    ),
    Rule(
        "LL702",
        "error",
        with_few_slots,
        reason="who knows less than half of the story should ask on",
        remedy="set proposal.min_slots to 3 or more",
    ),
    Rule(
        "LL703",
        "warn",
        closed_questions,
        reason="yes and no end a talk; an open question lets the lead tell what you would not have asked",
        remedy="ask with what, how and why",
    ),
    Rule(
        "LL704",
        "error",
        stray_question,
        reason="the answer would not settle what made the question worth asking",
        remedy="ask for what the criterion reads, or move the question to `questions:`",
    ),
    Rule(
        "LL705",
        "warn",
        long_questions,
        reason="a rep reads it with the telephone at the ear",
        remedy="one question at a time, in 160 characters",
    ),
    Rule(
        "LL706",
        "error",
        condemning_label,
        reason="a label sticks; people stop calling whom it is stuck on",
        remedy="name what happens next, not what the lead is not",
    ),
)
