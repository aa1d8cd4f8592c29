"""`leadline lint`: a playbook's faults and guardrails, and the page that sales and marketing sign."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from commands import console, evidence
from commands.exits import Exit
from commands.invocation import Invocation
from commands.refusals import Unusable
from commands.workplace import read_settings
from config.faults import ConfigFault
from config.playbook_file import load_playbook
from config.playbook_page import PAGES, render_page
from config.settings import Settings
from config.valid_playbook import Located, located, stops
from qualifier.guardrails import Evidence, guardrails, unmeasured
from qualifier.playbook import Playbook
from sync.store import StoreFault, open_store

BUILT_IN = "built-in playbook"


def lint(invocation: Invocation, file: Path | None, page: Path | None) -> Exit:
    """Say what is wrong with a playbook, by default the configured one; render its page where asked.

    A fault raises ConfigFault (exit 2), a page that cannot be written Unusable.
    """
    settings = _settings(invocation, optional=file is not None)
    if file is None and settings is not None:
        file = settings.playbook
    playbook = load_playbook(file)
    known = _evidence(settings, playbook)
    findings = located(guardrails(playbook, known), file)
    if page is not None:
        _write(page, playbook)
    refused = any(stops(one.finding) for one in findings)
    if invocation.json:
        console.print_json(_as_data(file, playbook, findings, known))
    else:
        for one in findings:
            console.out.print(str(one), markup=False, soft_wrap=True)
        console.out.print(_summary(file, playbook, findings, known), markup=False, soft_wrap=True)
        if page is not None:
            console.out.print(f"wrote {page}", markup=False, soft_wrap=True)
    return Exit.UNDONE if refused else Exit.OK


def _settings(invocation: Invocation, *, optional: bool) -> Settings | None:
    """The configuration, where there is one; beside a named playbook a faulty one does not matter."""
    if not invocation.config.exists():
        return None
    try:
        return read_settings(invocation)
    except ConfigFault:
        if optional:
            return None
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


def _summary(file: Path | None, playbook: Playbook, findings: Sequence[Located], known: Evidence) -> str:
    live = [one.finding for one in findings if one.finding.waiver is None]
    counts = [
        (sum(one.severity == "error" for one in live), "error"),
        (sum(one.severity == "warn" for one in live), "warning"),
        (len(findings) - len(live), "waived"),
    ]
    said = [
        f"{number} {word}{'s' if number != 1 and word != 'waived' else ''}"
        for number, word in counts
        if number
    ]
    waiting = unmeasured(known)
    later = f"; not measured yet: {', '.join(waiting)}" if waiting else ""
    return f"{file or BUILT_IN}: {playbook.label}: {', '.join(said) or 'nothing to mend'}{later}"


def _as_data(
    file: Path | None, playbook: Playbook, findings: Sequence[Located], known: Evidence
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
    }
