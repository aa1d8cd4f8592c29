"""`leadline setup`: Leadline's fields, permission sets, list views; properties, groups, lists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from rich.text import Text

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from commands.signals import stop_on_signal
from commands.workplace import workplace
from connectors.base import Connector, ConnectorError, Step

What = Literal["plan", "apply", "remove"]
MARKS = {"create": "+", "change": "~", "keep": "=", "remove": "-", "refuse": "!"}


def setup(invocation: Invocation, names: Sequence[str], what: What) -> Exit:
    """Show what set-up would do, or do it. `keep` steps are counted, not listed."""
    with workplace(invocation) as work, stop_on_signal() as stop:
        vocabulary = work.playbook.vocabulary()
        holds = True
        with work.connected(names, stop.event) as pairs:
            for _, connector in pairs:
                holds &= _one(invocation, connector, vocabulary, what)
        return stop.exit_code(Exit.OK if holds else Exit.UNDONE)


def setup_quietly(connector: Connector, vocabulary: Mapping[str, Sequence[str]]) -> int:
    """Apply without showing each step; returns how many were made or changed."""
    return sum(step.action in {"create", "change"} for step in connector.apply(vocabulary))


def _one(
    invocation: Invocation, connector: Connector, vocabulary: Mapping[str, Sequence[str]], what: What
) -> bool:
    kept = done = 0
    holds = True
    if not invocation.json:
        console.out.print(f"[bold]{connector.name}[/]")
    try:
        for step in _steps(connector, vocabulary, what):
            kept += step.action == "keep" and step.kind != "check"  # a look at what was made, no part of it
            done += step.action in {"create", "change", "remove"}
            holds &= step.action != "refuse"
            _show(invocation, connector.name, step)
    except ConnectorError as error:
        _show(invocation, connector.name, Step("set-up", connector.name, "refuse", str(error)))
        return False
    if not invocation.json:
        does = "; `leadline setup --apply` does them" if done else ""
        verb = f"to do{does}" if what == "plan" else "done"
        console.out.print(f"  {done} {verb}; {kept} already as wanted")
    return holds


def _steps(connector: Connector, vocabulary: Mapping[str, Sequence[str]], what: What) -> Iterator[Step]:
    match what:
        case "plan":
            yield from connector.plan(vocabulary)
        case "apply":
            yield from connector.apply(vocabulary)
        case "remove":
            yield from connector.remove()


def _show(invocation: Invocation, connection: str, step: Step) -> None:
    if invocation.json:
        console.print_json(
            {
                "connection": connection,
                "kind": step.kind,
                "name": step.name,
                "action": step.action,
                "detail": step.detail,
            }
        )
    elif step.action != "keep":
        detail = f" - {step.detail}" if step.detail else ""
        text = console.Wordwise(f"{step.kind} {step.name}{detail}")
        console.out.print(console.marked(Text(MARKS[step.action]), text))
