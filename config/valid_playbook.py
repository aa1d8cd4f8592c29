"""A playbook file against the guardrails: findings with file and line, and no invalid playbook in force."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.faults import Fault, dotted
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from config.yaml_source import read_source
from qualifier.guardrails import Evidence, Finding, guardrails
from qualifier.playbook import Playbook

IN_FORCE = frozenset({"LL008"})
"""Warnings while a playbook is written that are errors once it is to be used."""


@dataclass(frozen=True, slots=True)
class Located:
    """A finding and its line in the file."""

    finding: Finding
    file: Path
    line: int

    @property
    def key(self) -> str:
        """The key path as people write it."""
        return dotted(self.finding.path)

    def __str__(self) -> str:
        """`file:line: LLnnn severity: what was found: reason → remedy`, on one line."""
        one, waiver = self.finding, self.finding.waiver
        if waiver is None:
            text = f"{one.id} {one.severity}: {one.sentence}"
        else:
            text = f"{one.id} waived until {waiver.until} by {waiver.by} ({waiver.reason}): {one.found}"
        return str(Fault(self.file, self.line, "", text))


class PlaybookRefused(Exception):
    """A playbook breaks guardrails and is not put in force; `findings` holds what must be mended first."""

    def __init__(self, playbook: Playbook, findings: Sequence[Located]) -> None:
        self.playbook, self.findings = playbook, tuple(findings)
        super().__init__("\n".join(map(str, findings)))


def load_valid_playbook(file: Path | None = None, evidence: Evidence | None = None) -> Playbook:
    """Read a playbook that may be put in force; raise ConfigFault for faults, PlaybookRefused for errors."""
    playbook = load_playbook(file)
    refuse_invalid(playbook, file, evidence)
    return playbook


def refuse_invalid(playbook: Playbook, file: Path | None, evidence: Evidence | None = None) -> None:
    """Raise PlaybookRefused where a guardrail forbids to put this playbook in force."""
    found = guardrails(playbook, evidence)
    stopping = [replace(one, severity="error") for one in found if stops(one, IN_FORCE)]
    if stopping:
        raise PlaybookRefused(playbook, located(stopping, file))


def stops(finding: Finding, binding: Collection[str] = ()) -> bool:
    """Whether a finding keeps the playbook out; `binding` names warnings that count as errors here."""
    return finding.stops or (finding.id in binding and finding.waiver is None)


def located(findings: Iterable[Finding], file: Path | None) -> list[Located]:
    """Findings with their lines, in the order of the file."""
    source = read_source(file or DEFAULT_PLAYBOOK)
    found = [Located(one, source.file, source.fault(one.path, "").line) for one in findings]
    return sorted(found, key=lambda one: (one.line, one.finding.id))
