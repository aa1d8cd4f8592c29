"""Guardrails: what a playbook must not say, each rule a small function named after what it finds.

Grouped by the mistake that they keep a customer from: `titles` (LL1xx), `needs` (LL2xx), `budget` (LL3xx),
`criteria` (LL4xx), `clarity` (LL5xx), `nurturing` (LL6xx), `verdicts` (LL7xx), `agreement` (LL8xx), `timing`
(LL9xx), `across` (LL0xx). LL001 (keys, SQL, units) is a fault of the file and found by its loader. Source:
qualification rules, §4.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from qualifier.guardrails import (
    across,
    agreement,
    budget,
    clarity,
    criteria,
    needs,
    nurturing,
    timing,
    titles,
    verdicts,
)
from qualifier.guardrails.evidence import Evidence
from qualifier.guardrails.rule import NEVER_WAIVED, Finding, Rule, Subject
from qualifier.playbook import Playbook, Waiver

RULES: tuple[Rule, ...] = (
    *across.RULES,
    *titles.RULES,
    *needs.RULES,
    *budget.RULES,
    *criteria.RULES,
    *clarity.RULES,
    *nurturing.RULES,
    *verdicts.RULES,
    *agreement.RULES,
    *timing.RULES,
)
"""Every guardrail, in the order of the ids."""


def guardrails(
    playbook: Playbook, evidence: Evidence | None = None, *, rules: Sequence[Rule] = RULES
) -> list[Finding]:
    """All findings, waived ones with their waiver; a rule without its evidence claims nothing."""
    subject = Subject(playbook, evidence or Evidence())
    findings = [
        Finding(rule.id, rule.severity, path, found, rule.reason, rule.remedy)
        for rule in rules
        if rule.applies(playbook) and rule.measured(subject.evidence)
        for path, found in rule.check(subject)
    ]
    return [*_waived(subject, findings), *_idle_waivers(subject)]


def unmeasured(evidence: Evidence, rules: Iterable[Rule] = RULES) -> list[str]:
    """The ids of the rules that nothing has been measured for yet."""
    return [rule.id for rule in rules if not rule.measured(evidence)]


def _waived(subject: Subject, findings: Iterable[Finding]) -> Iterator[Finding]:
    waivers = {waiver.id: waiver for waiver in subject.playbook.waive if _in_force(waiver, subject)}
    return (replace(finding, waiver=waivers.get(finding.id)) for finding in findings)


def _in_force(waiver: Waiver, subject: Subject) -> bool:
    today = subject.evidence.today
    return waiver.id not in NEVER_WAIVED and (today is None or today <= waiver.until)


def _idle_waivers(subject: Subject) -> Iterator[Finding]:
    """Waivers that nobody may write: of a guardrail that protects the lead, or of none at all."""
    ids = {rule.id for rule in RULES}
    for number, waiver in enumerate(subject.playbook.waive):
        if waiver.id in NEVER_WAIVED:
            reason = "it protects the lead, and no signature sets it aside"
        elif waiver.id not in ids:
            reason = "there is no such guardrail"
        else:
            continue
        yield Finding(
            waiver.id, "error", ("waive", number), f"{waiver.id} is waived", reason, "remove the waiver"
        )


__all__ = ["NEVER_WAIVED", "RULES", "Evidence", "Finding", "Rule", "guardrails", "unmeasured"]
