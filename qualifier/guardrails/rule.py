"""What a guardrail is: one small function over a playbook, with its id, weight, reason and remedy."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from qualifier.conditions import Condition, conditions_of
from qualifier.criteria import (
    Criterion,
    EngagementCriterion,
    FitCriterion,
    FitSignal,
    MinusSignal,
    Question,
    TouchSignal,
)
from qualifier.guardrails.evidence import Evidence
from qualifier.playbook import Path, Playbook, Waiver

Severity = Literal["error", "warn"]
"""An error keeps a playbook from being loaded; a warning is printed."""
Signal = FitSignal | TouchSignal | MinusSignal
"""Anything that earns or takes points."""
Spot = tuple[Path, str]
"""Where in the playbook, and what was found there."""

NEVER_WAIVED = frozenset({"LL001", "LL102", "LL203", "LL302", "LL506", "LL607", "LL701", "LL706"})
"""Guardrails that protect the lead: nobody signs them away (LL001 is a fault of the loader)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A playbook under examination, and what was measured of its use."""

    playbook: Playbook
    evidence: Evidence

    def condition(self, sql: str) -> Condition:
        """The compiled condition."""
        return conditions_of(self.playbook)[sql]

    def fit_signals(self) -> Iterator[tuple[Path, FitCriterion, FitSignal, Condition]]:
        """Every fit signal with its place, criterion and condition."""
        for path, criterion in self.criteria():
            if isinstance(criterion, FitCriterion):
                for number, signal in enumerate(criterion.signals):
                    yield (*path, "signals", number), criterion, signal, self.condition(signal.when)

    def touch_signals(self) -> Iterator[tuple[Path, EngagementCriterion, TouchSignal]]:
        """Every touch signal with its place and criterion."""
        for path, criterion in self.criteria():
            if isinstance(criterion, EngagementCriterion):
                for number, signal in enumerate(criterion.signals):
                    yield (*path, "signals", number), criterion, signal

    def minus_signals(self) -> Iterator[tuple[Path, MinusSignal]]:
        """Every minus signal with its place."""
        for number, signal in enumerate(self.playbook.minus):
            yield ("minus", number), signal

    def signals(self) -> Iterator[tuple[Path, Signal]]:
        """Every signal of any kind with its place."""
        yield from ((path, signal) for path, _, signal, _ in self.fit_signals())
        yield from ((path, signal) for path, _, signal in self.touch_signals())
        yield from self.minus_signals()

    def criteria(self) -> Iterator[tuple[Path, Criterion]]:
        """Every criterion with its place."""
        for number, criterion in enumerate(self.playbook.criteria):
            yield ("criteria", number), criterion

    def questions(self) -> Iterator[tuple[Path, Question]]:
        """Every question that may be asked, with its place; those of the needs ask for the goal."""
        for path, criterion in self.criteria():
            if isinstance(criterion, FitCriterion) and criterion.ask:
                yield (*path, "ask"), criterion.ask
        for number, question in enumerate(self.playbook.questions):
            yield ("questions", number), question
        for kind, need in self.playbook.needs.kinds().items():
            if need.question:
                yield ("needs", kind, "question"), Question(slot="goal", text=need.question, needs=(kind,))

    def conditions(self, *parts: str) -> Iterator[tuple[Path, Condition]]:
        """The conditions under these top-level keys (all without any) with their places."""
        for path, sql in self.playbook.conditions():
            if not parts or path[0] in parts:
                yield path, self.condition(sql)


@dataclass(frozen=True, slots=True)
class Rule:
    """One guardrail. `check` yields a spot for each place that breaks it, nothing where all is well.

    `reason`: why it matters, as the end of a sentence after what was found. `needs`: the pieces of evidence
    without which it cannot be judged. `b2b_only`: it speaks of companies, so `market: b2c` switches it off.
    """

    id: str
    severity: Severity
    check: Callable[[Subject], Iterable[Spot]]
    reason: str
    remedy: str
    needs: tuple[str, ...] = ()
    b2b_only: bool = False

    def applies(self, playbook: Playbook) -> bool:
        """Whether the rule speaks of this market."""
        return not (self.b2b_only and playbook.market == "b2c")

    def measured(self, evidence: Evidence) -> bool:
        """Whether all the evidence that it needs is there."""
        return all(getattr(evidence, piece) is not None for piece in self.needs)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a guardrail found. `path` leads to the place in the YAML; `waiver`: it is set aside, by whom."""

    id: str
    severity: Severity
    path: Path
    found: str
    reason: str
    remedy: str
    waiver: Waiver | None = None

    @property
    def stops(self) -> bool:
        """Whether a playbook with this finding must not be loaded."""
        return self.severity == "error" and self.waiver is None

    @property
    def sentence(self) -> str:
        """What was found, why it matters, and what to do."""
        return f"{self.found}: {self.reason} → {self.remedy}"
