"""`leadline check`: the doctor. A tick, warning or cross per line, with its remedy; writes nothing."""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, select

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation, Workplace
from commands.signals import stop_on_signal
from connectors.base import Connector, ConnectorError, Finding
from sync.schema import leads, quarantine
from sync.store import Store


def check(invocation: Invocation, names: Sequence[str]) -> Exit:
    """Look at configuration, playbook, store and every named connection."""
    failed = False
    with invocation.workplace() as work, stop_on_signal() as stop, work.connected(names, stop.event) as pairs:
        sections: list[tuple[str, Iterator[Finding]]] = [("leadline", _here(invocation, work))]
        sections += [(connection.name, _there(work.store, connector)) for connection, connector in pairs]
        for name, findings in sections:
            if not invocation.json:
                console.out.print(f"[bold]{name}[/]")
            for finding in findings:
                failed |= finding.level == "fail"
                _show(invocation, name, finding)
        return stop.exit_code(Exit.UNDONE if failed else Exit.OK)


def _here(invocation: Invocation, work: Workplace) -> Iterator[Finding]:
    yield Finding("ok", "configuration", f"{invocation.config}: {len(work.settings.connections)} connections")
    source = work.settings.playbook or "built in"
    yield Finding("ok", "playbook", f"{work.playbook.name} {work.playbook.version} ({source})")
    with work.store.read() as tx:
        known = tx.scalar(select(func.count()).select_from(leads)) or 0
    yield Finding("ok", "store", f"{work.settings.state.render_as_string()}: {known:,} leads")


def _there(store: Store, connector: Connector) -> Iterator[Finding]:
    try:
        yield from connector.check()
    except ConnectorError as error:
        yield Finding("fail", "connection", str(error), "mend this, then run `leadline check` again")
    with store.read() as tx:
        held = tx.scalar(
            select(func.count()).select_from(quarantine).where(quarantine.c.connection == connector.name)
        )
    if held:
        yield Finding(
            "warn",
            "quarantine",
            f"{held:,} records refused",
            f"see `leadline quarantine list {connector.name}`",
        )


def _show(invocation: Invocation, name: str, finding: Finding) -> None:
    if invocation.json:
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
    console.out.print(f"  {console.LEVEL_MARKS[finding.level]} ", end="")
    console.out.print(f"{finding.what}: {finding.evidence}", markup=False)
    if finding.remedy and finding.level != "ok":
        console.out.print(f"      → {finding.remedy}", markup=False)
