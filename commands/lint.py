"""`leadline lint`: a playbook's faults and guardrails, and the page that sales and marketing sign."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from commands import console, evidence
from commands.evidence import MEASURES
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import Unusable
from commands.workplace import read_settings
from config.faults import ConfigFault, KeyPath
from config.playbook_file import load_playbook
from config.playbook_page import PAGES, render_page
from config.settings import Settings
from config.valid_playbook import Located, located, stops
from qualifier.conditions import conditions_of
from qualifier.guardrails import RULES, Evidence, guardrails, unmeasured
from qualifier.guardrails.across import COMPUTED
from qualifier.guardrails.criteria import LEAST_FILLED
from qualifier.playbook import Playbook
from sync.store import StoreFault, open_store

BUILT_IN = "built-in playbook"
GUIDE = "docs/guardrails.md"
NO_FIELD, RARELY_FILLED, NEVER_TRUE = "LL005", "LL402", "LL405"
"""A fact that has no field is never filled, and what reads it never true: one cause is told once."""


def lint(invocation: Invocation, file: Path | None, page: Path | None) -> Exit:
    """Say what is wrong with a playbook, by default the configured one; render its page where asked.

    A fault raises ConfigFault (exit 2), a page that cannot be written Unusable.
    """
    settings, lacking = _settings(invocation, optional=file is not None)
    if file is None and settings is not None:
        file = settings.playbook
    playbook = load_playbook(file)
    known = _evidence(settings, playbook)
    findings = located(guardrails(playbook, known), file)
    if page is not None:
        _write(page, playbook)
    refused = any(stops(one.finding) for one in findings)
    if invocation.json:
        console.print_json(_as_data(file, playbook, findings, known, lacking))
    else:
        shown, hushed = _own_causes(findings, playbook, known)
        lines = [
            *map(str, _by_place(shown)),
            _summary(file, playbook, shown, hushed),
            *_unmeasured(known, lacking),
        ]
        if findings or unmeasured(known):
            lines.append(f"{GUIDE} explains every number.")
        for line in lines:
            console.out.print(line, markup=False, soft_wrap=True)
        if page is not None:
            console.out.print(f"wrote {page}", markup=False, soft_wrap=True)
    return Exit.UNDONE if refused else Exit.OK


def _settings(invocation: Invocation, *, optional: bool) -> tuple[Settings | None, str]:
    """The configuration or, without one, what it takes; beside a named playbook a faulty one is none."""
    if not invocation.config.exists():
        return None, "a leadline.yaml here, and then `leadline sync --dry-run`"
    try:
        return read_settings(invocation), ""
    except ConfigFault as fault:
        if optional:
            return None, f"a {invocation.config.name} that can be read: {fault.faults[0]}"
        raise


def _evidence(settings: Settings | None, playbook: Playbook) -> Evidence:
    if settings is None:
        return evidence.today()
    database = settings.state.database
    if settings.state.get_backend_name() == "sqlite" and not (database and Path(database).exists()):
        return evidence.of_settings(settings)  # no pass has run yet, and looking makes no store
    try:
        with closing(open_store(settings.state.render_as_string(hide_password=False))) as store:
            return evidence.measured(settings, playbook, store)
    except StoreFault:
        return evidence.of_settings(settings)


def _write(page: Path, playbook: Playbook) -> None:
    if page.suffix not in PAGES:
        raise Unusable(f"--page {page}: must end in {' or '.join(PAGES)}")
    try:
        page.write_text(render_page(playbook, PAGES[page.suffix]), encoding="utf-8")
    except OSError as error:
        reason = (error.strerror or "not possible").lower()
        raise Unusable(f"--page {page}: cannot be written ({reason}); choose a place that is yours") from None


def _own_causes(
    findings: Sequence[Located], playbook: Playbook, known: Evidence
) -> tuple[list[Located], list[Located]]:
    """Findings to mend, and those that go with them: what no CRM has a field for is never filled or true."""
    found = COMPUTED.union(*(known.known_facts or {}).values())
    reads = _reads(playbook)
    told = {one.finding.path for one in findings if one.finding.id == NO_FIELD}
    absent = {fact for path in told for fact in reads.get(path, frozenset()) - found}
    shown: list[Located] = []
    hushed: list[Located] = []
    for one in findings:
        facts = reads.get((*one.finding.path[:4], "when"), frozenset())
        scarce = {fact for fact in facts if (known.filled or {}).get(fact, 1.0) < LEAST_FILLED}
        cause = {RARELY_FILLED: scarce, NEVER_TRUE: facts}.get(one.finding.id)
        (hushed if cause and cause <= absent else shown).append(one)
    return shown, hushed


def _reads(playbook: Playbook) -> dict[KeyPath, frozenset[str]]:
    """Place of a condition → the facts that it reads."""
    compiled = conditions_of(playbook)
    return {path: compiled[sql].facts for path, sql in playbook.conditions()}


def _by_place(findings: Sequence[Located]) -> Iterator[Located]:
    """One line for what one guardrail found at one place, as for each of two connections."""
    for _, alike in groupby(findings, key=lambda one: (one.line, one.finding.id, one.finding.path)):
        first, *others = alike
        found = "; ".join([first.finding.found, *(one.finding.found for one in others)])
        yield replace(first, finding=replace(first.finding, found=found))


def _summary(
    file: Path | None, playbook: Playbook, findings: Sequence[Located], hushed: Sequence[Located]
) -> str:
    live = [one.finding for one in _by_place(findings) if one.finding.waiver is None]
    counts = [
        (sum(one.severity == "error" for one in live), "error"),
        (sum(one.severity == "warn" for one in live), "warning"),
        (sum(one.finding.waiver is not None for one in findings), "waived"),
    ]
    said = [
        f"{number} {word}{'s' if number != 1 and word != 'waived' else ''}"
        for number, word in counts
        if number
    ]
    ids = ", ".join(sorted({one.finding.id for one in hushed}))
    rest = f"; {len(hushed)} more ({ids}) will go with {NO_FIELD}" if hushed else ""
    return f"{file or BUILT_IN}: {playbook.label}: {', '.join(said) or 'nothing to mend'}{rest}"


def _unmeasured(known: Evidence, lacking: str) -> Iterator[str]:
    """What is not measured yet, and what it takes (`lacking`: without settings): a line for each cause."""
    causes: dict[str, list[str]] = {}
    for name, needs in _wanting(known, lacking).items():
        causes.setdefault(needs, []).append(name)
    for needs, names in causes.items():
        yield f"not measured yet: {', '.join(names)}; it takes {needs}"


def _wanting(known: Evidence, lacking: str) -> dict[str, str]:
    """Guardrail → what it takes to measure it; the first step alone where that has not been taken."""
    waiting = unmeasured(known)
    if known.fields is None:
        return dict.fromkeys(waiting, lacking)
    if known.known_facts is None:
        return dict.fromkeys(waiting, "leads: `leadline sync --dry-run` reads them, and writes nothing")
    missing = {
        rule.id: [piece for piece in rule.needs if getattr(known, piece) is None]
        for rule in RULES
        if rule.id in waiting
    }
    return {name: MEASURES[pieces[0]].needs for name, pieces in missing.items()}


def _as_data(
    file: Path | None, playbook: Playbook, findings: Sequence[Located], known: Evidence, lacking: str
) -> dict[str, Any]:
    return {
        "playbook": str(file) if file else None,
        "name": playbook.name,
        "version": playbook.version,
        "content": playbook.content_hash,
        "findings": [
            {
                "id": one.finding.id,
                "severity": one.finding.severity,
                "file": str(one.file),
                "line": one.line,
                "key": one.key,
                "found": one.finding.found,
                "reason": one.finding.reason,
                "remedy": one.finding.remedy,
                "waived": one.finding.waiver and one.finding.waiver.model_dump(mode="json"),
            }
            for one in findings
        ],
        "not_measured": unmeasured(known),
        "measuring_takes": _wanting(known, lacking),
    }
