"""`leadline check`: the doctor. A tick, warning or cross per line, with its remedy; writes nothing."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.text import Text
from sqlalchemy import func, select

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.signals import stop_on_signal
from commands.workplace import Workplace, put_in_force, workplace
from config.valid_playbook import PlaybookRefused
from connectors.base import Connector, ConnectorError, Finding
from qualifier.phrases import counted
from sync.schema import leads, quarantine
from sync.store import Store

MARKS = {"ok": Text("✔", "green"), "warn": Text("!", "bold yellow"), "fail": Text("✘", "bold red")}
FACTS = "facts"
FAMILIES = (
    ("fact ", FACTS),
    ("scope ", "scopes"),
    ("property leadline_", "own fields"),
    ("Leadline_", "own fields"),
)
"""What many findings of one kind begin with, and what they are called where all is well."""


def check(invocation: Invocation, names: Sequence[str]) -> Exit:
    """Look at configuration, playbook, store and every named connection; exit 1 where one line is a cross."""
    counts: Counter[str] = Counter()
    with workplace(invocation) as work, stop_on_signal() as stop, work.connected(names, stop.event) as pairs:
        sections = [("leadline", list(_here(invocation, work)))]
        _show(invocation, *sections[0])
        for connection, connector in pairs:
            sections.append((connection.name, list(_there(work.store, connector))))
            _show(invocation, *sections[-1])
        for _, findings in sections:
            counts.update(finding.level for finding in findings)
        if not invocation.json:
            console.out.print(_closing(counts), markup=False)
        return stop.exit_code(Exit.UNDONE if counts["fail"] else Exit.OK)


def _here(invocation: Invocation, work: Workplace) -> Iterator[Finding]:
    yield Finding("ok", "configuration", f"{invocation.config}, {len(work.settings.connections)} connections")
    yield from _playbook(work)
    with work.store.read() as tx:
        known = tx.scalar(select(func.count()).select_from(leads)) or 0
    yield Finding("ok", "store", f"{work.settings.state.render_as_string()}, {known:,} leads known")


def _playbook(work: Workplace) -> Iterator[Finding]:
    """Whether `sync` and `run` would take the playbook: the same gate."""
    try:
        put_in_force(work.settings, work.store, lasting=False)
    except PlaybookRefused as refusal:
        for one in refusal.findings:
            said = f"{one.file}:{one.line}: {one.finding.id}: {one.finding.found}: {one.finding.reason}"
            remedy = f"{one.finding.remedy}; until then nothing is read or written"
            yield Finding("fail", "playbook", said, remedy)
        return
    source = work.settings.playbook or "built in"
    yield Finding("ok", "playbook", f"{work.playbook.label} ({source})")


def _there(store: Store, connector: Connector) -> Iterator[Finding]:
    try:
        yield from connector.check()
    except ConnectorError as error:
        yield Finding("fail", "connection", str(error), "mend this, then run `leadline check` again")
    with store.read() as tx:
        held = tx.scalar(
            select(func.count()).where(
                quarantine.c.connection == connector.name, quarantine.c.next_try_at.is_not(None)
            )
        )
    if held:
        remedy = f"see `leadline quarantine list {connector.name}`"
        yield Finding("warn", "quarantine", f"{counted(held, 'record')} refused", remedy)


def _show(invocation: Invocation, name: str, findings: Sequence[Finding]) -> None:
    if invocation.json:
        for finding in findings:
            console.print_json(
                {
                    "connection": name,
                    "level": finding.level,
                    "what": finding.what,
                    "evidence": finding.evidence,
                    "remedy": finding.remedy,
                }
            )
        return
    console.out.print(name, style="bold", markup=False)
    for finding in _gathered(findings):
        text = console.Wordwise()
        text.append(f"{finding.what}: ", "dim" if finding.level == "ok" else "").append(finding.evidence)
        if finding.remedy and finding.level != "ok":
            text.append(f"\n→ {finding.remedy}")
        console.out.print(console.marked(MARKS[finding.level], text))
    console.out.print()


def _gathered(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Findings of one kind that say the same share a line, where the first of them stood."""
    alike: dict[Finding, list[str]] = {}
    for finding in findings:
        family = _family(finding.what)
        shared = _shared(finding, family[1]) if family else finding
        alike.setdefault(shared, []).append(_member(finding, *family) if family else "")
    for shared, members in alike.items():
        if members == [""] * len(members):
            yield shared
        elif len(members) == 1 and shared.level != "ok":
            yield replace(shared, what=f"{shared.what}, {members[0]}")
        else:
            said = shared.evidence or "in order"
            yield replace(shared, evidence=f"{len(members)} {said}: {', '.join(members)}")


def _member(finding: Finding, prefix: str, family: str) -> str:
    """What tells a finding from others of its kind; of a fact in order also the field that feeds it."""
    name = finding.what.removeprefix(prefix).removesuffix("__c")
    return f"{name} ({finding.evidence})" if family == FACTS and finding.level == "ok" else name


def _shared(finding: Finding, family: str) -> Finding:
    """What a finding has in common with others of its kind; the evidence of ticks is left to `--json`."""
    evidence = "" if finding.level == "ok" else finding.evidence
    return Finding(finding.level, family, evidence, "" if finding.level == "ok" else finding.remedy)


def _family(what: str) -> tuple[str, str] | None:
    return next((family for family in FAMILIES if what.startswith(family[0])), None)


def _closing(counts: Counter[str]) -> str:
    said = f"{counts['ok']} in order, {counts['warn']} to look at, {counts['fail']} to mend."
    return said if counts["fail"] else f"{said} Leadline can work like this."
