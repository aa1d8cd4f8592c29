"""What a playbook's words refer to: facts in curly brackets, title patterns, the calendar.

Looked at when the file is loaded, so that nothing is left to fail, or to be left out, while leads are judged.
"""

import re
from collections.abc import Callable, Iterator
from zoneinfo import available_timezones

import polars as pl

from config.faults import suggestion
from config.vocabulary import word_fault
from qualifier.agreement import CONFIGURED_ZONE
from qualifier.calendar import Calendar, check_holidays, parse_hours
from qualifier.criteria import EngagementCriterion, FitCriterion, Question
from qualifier.patterns import WholeWords
from qualifier.playbook import BusinessHours, Path, Playbook
from qualifier.questions import title_pattern

_BRACES = re.compile(r"\{([^{}]*)\}")
TOUCH = "touch"
"""What a touch signal's because may name beside the facts: the kind of its newest touch."""

Finding = tuple[Path, str]


def word_faults(playbook: Playbook) -> Iterator[Finding]:
    """Every reference that leads nowhere: its place in the YAML and a sentence with the remedy."""
    facts = list(playbook.facts_all)
    for path, text in _becauses(playbook):
        yield from _unknown_names(path, text, facts)
    for path, text in _touch_becauses(playbook):
        yield from _unknown_names(path, text, [TOUCH, *facts])
    for path, question in _questions(playbook):
        yield from _unknown_names((*path, "text"), question.text, facts)
        for pattern, text in question.by_title.items():
            yield from _pattern_faults((*path, "by_title", pattern), pattern)
            yield from _unknown_names((*path, "by_title", pattern), text, facts)
    yield from _stated_faults(playbook)
    for kind, need in playbook.needs.kinds().items():
        yield from _need_pattern_faults(("needs", kind, "pattern"), need.pattern)
        yield from _unknown_names(("needs", kind, "question"), need.question or "", facts)
    yield from _calendar_faults(playbook.agreement.calendar)


def _becauses(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    for at, criterion in enumerate(playbook.criteria):
        if isinstance(criterion, FitCriterion):
            for number, signal in enumerate(criterion.signals):
                yield ("criteria", at, "signals", number, "because"), signal.because


def _touch_becauses(playbook: Playbook) -> Iterator[tuple[Path, str]]:
    for at, criterion in enumerate(playbook.criteria):
        if isinstance(criterion, EngagementCriterion):
            for number, signal in enumerate(criterion.signals):
                yield ("criteria", at, "signals", number, "because"), signal.because
    for number, minus in enumerate(playbook.minus):
        yield ("minus", number, "because"), minus.because


def _questions(playbook: Playbook) -> Iterator[tuple[Path, Question]]:
    for at, criterion in enumerate(playbook.criteria):
        if isinstance(criterion, FitCriterion) and criterion.ask:
            yield ("criteria", at, "ask"), criterion.ask
    for at, question in enumerate(playbook.questions):
        yield ("questions", at), question


def _unknown_names(path: Path, text: str, known: list[str]) -> Iterator[Finding]:
    for name in _BRACES.findall(text):
        if name not in known:
            yield path, f"{{{name}}} is no fact{suggestion(name, known) or '; take the brackets away'}"


def _stated_faults(playbook: Playbook) -> Iterator[Finding]:
    facts = playbook.facts_all
    for at, rule in enumerate(playbook.stages.ladder):
        for name, words in rule.stated.items():
            place: Path = ("stages", "ladder", at, "stated", name)
            if name not in facts:
                yield place, f"is no fact{suggestion(name, sorted(facts))}"
                continue
            for number, word in enumerate(words):
                if problem := word_fault(facts[name], word):
                    yield (*place, number), f"{word!r} is no value of {name}{problem}"


def _pattern_faults(path: Path, pattern: str) -> Iterator[Finding]:
    try:
        pl.Series([""]).str.contains(title_pattern(pattern))
    except pl.exceptions.ComputeError:
        yield path, "is no pattern that can be searched for; write words divided by |, as in 'ceo|founder'"


def _need_pattern_faults(path: Path, pattern: str) -> Iterator[Finding]:
    try:
        WholeWords(pattern)
    except ValueError as error:
        yield path, f"is no regular expression ({error}); write words divided by |, as in 'slow|down'"


def _calendar_faults(written: BusinessHours) -> Iterator[Finding]:
    """Each part by itself, so that all faults are told at once; an absent part is a guardrail's matter."""
    zone = None if written.zone == CONFIGURED_ZONE else written.zone
    parts: tuple[tuple[str, str | None, Callable[[str], object]], ...] = (
        ("zone", zone, lambda text: Calendar(zone=text)),
        ("hours", written.hours, parse_hours),
        ("holidays", written.holidays, check_holidays),
    )
    for name, text, read in parts:
        try:
            if text is not None:
                read(text)
        except ValueError as error:
            near = suggestion(text or "", sorted(available_timezones())) if name == "zone" else ""
            yield ("agreement", "calendar", name), f"{error}{near}"
