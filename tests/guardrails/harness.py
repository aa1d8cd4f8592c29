"""One way to try every guardrail: break the default playbook by one value, and look who notices.

A case fails when the rule does not speak (so also when it was taken out of the registry), when another rule
speaks that need not, and when the rule speaks about the default or about a value just inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

from config.playbook_file import load_playbook
from qualifier.guardrails import RULES, Evidence, Rule, guardrails
from qualifier.playbook import Playbook

GONE = object()
"""Instead of a value: the key or item is removed."""
Way = tuple[str | int, ...]
Edit = tuple[Way, Any]
"""Where and what; list items are found by `id`, `reason` or position."""
UNSIGNED = "LL804"
"""What the default shows until somebody approves it."""


@dataclass(frozen=True)
class Case:
    """A playbook that breaks rule `id` by `edits`. `implied`: rules that speak as well and must, and why."""

    id: str
    edits: Sequence[Edit] = ()
    implied: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)
    sound: Sequence[Edit] = ()
    """Edits just inside the rule; the default where there are none."""
    sound_evidence: Evidence | None = None
    """Measured just inside the rule."""
    at: str | None = None
    """The last key of the finding's place, where it matters."""


def edited(edits: Sequence[Edit]) -> Playbook:
    """The default playbook with other values at some places."""
    data = load_playbook().model_dump(mode="json", exclude_none=True)
    for way, value in edits:
        *above, last = way
        here: Any = data
        for step in above:
            here = here[_key(here, step)]
        if value is GONE:
            del here[_key(here, last)]
        elif isinstance(here, list) and last == "+":
            here.append(value)
        else:
            here[_key(here, last) if isinstance(here, list) else last] = value
    return Playbook.model_validate(data)


def _key(here: Any, step: str | int) -> Any:
    if not isinstance(here, list) or isinstance(step, int):
        return step
    return next(place for place, item in enumerate(here) if step in {item.get("id"), item.get("reason")})


@cache
def _speakers_on_default(evidence: Evidence) -> frozenset[str]:
    return frozenset(finding.id for finding in guardrails(edited(()), evidence))


def holds(case: Case, rules: Sequence[Rule] = RULES) -> None:
    """Try a case on a registry: the rule alone, the other rules alone, and all on a sound playbook."""
    broken = edited(case.edits)
    rule = [rule for rule in rules if rule.id == case.id]
    findings = guardrails(broken, case.evidence, rules=rule)
    assert findings, f"nobody speaks for {case.id}"
    for finding in findings:
        assert (finding.id, finding.severity) == (case.id, rule[0].severity)
        assert case.at is None or finding.path[-1] == case.at
        assert finding.found in finding.sentence
        assert finding.remedy in finding.sentence
    others = guardrails(broken, case.evidence, rules=[one for one in rules if one.id != case.id])
    assert {one.id for one in others} - {UNSIGNED} == set(case.implied) - {case.id}, [
        f"{one.id} {one.sentence}" for one in others
    ]
    sound = case.sound_evidence or Evidence()
    if case.sound:
        assert not guardrails(edited(case.sound), sound, rules=rule)
    elif case.sound_evidence:
        assert not guardrails(edited(()), sound, rules=rule)
    assert case.id == UNSIGNED or case.id not in _speakers_on_default(Evidence())


def named(case: Case) -> str:
    """What a case is called in the list of tests."""
    way = ".".join(str(step) for step in case.edits[0][0]) if case.edits else "measured"
    return f"{case.id} {way}"


def each(cases: Sequence[Case]) -> pytest.MarkDecorator:
    """Parametrise a test over cases."""
    return pytest.mark.parametrize("case", cases, ids=map(named, cases))
