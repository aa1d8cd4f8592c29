"""`leadline explain`: every point that a lead has, why, and what would change it."""

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from commands import console
from commands.exits import Exit
from commands.invocation import Invocation
from sync.explanation import Explanation, UnknownLead, explain_lead

HEAD = ("segment", "score", "grade", "stage", "phase", "data", "track", "sla", "respond_by", "next_touch")
TEXTS = ("why", "why_changed", "ask_next", "proposal", "proposal_why", "tags", "group_line")


def explain(invocation: Invocation, connection: str, lead_id: str, as_of: datetime | None) -> Exit:
    """From the store alone; asks no CRM."""
    with invocation.workplace() as work:
        work.settings.chosen([connection])
        moment = as_of or datetime.now(UTC)
        try:
            found = explain_lead(work.store, work.playbook, connection, lead_id, moment, zone=work.zone)
        except UnknownLead as unknown:
            console.err.print(str(unknown), markup=False, soft_wrap=True)
            return Exit.UNDONE
    if invocation.json:
        console.print_json({"connection": connection, "lead_id": lead_id, "as_of": moment, **_data(found)})
    else:
        _print(found, connection, lead_id, moment)
    return Exit.OK


def _data(found: Explanation) -> dict[str, Any]:
    return {
        "verdict": {name: value for name, value in found.verdict.items() if name not in {"lead", "points"}},
        "facts": found.facts,
        "touches": found.touches,
        "history": found.history,
        "delivered_at": found.delivered_at,
        "gone": found.gone,
    }


def _print(found: Explanation, connection: str, lead_id: str, moment: datetime) -> None:
    verdict = found.verdict
    console.out.print(
        f"[bold]{escape(lead_id)}[/] in {connection}, as of {moment:%d %b %Y %H:%M} UTC: "
        f"{console.segment(verdict['segment'])} {verdict['score'] or ''}"
    )
    if found.gone:
        console.out.print(f"{found.gone} in the CRM: no longer scored or written")
    for name in HEAD:
        if verdict.get(name) is not None:
            console.out.print(f"  {name.replace('_', ' '):14} {verdict[name]}", markup=False)
    for name in TEXTS:
        if verdict.get(name):
            value = verdict[name]
            text = "; ".join(value) if isinstance(value, list) else value
            console.out.print(f"  {name.replace('_', ' '):14} {text}", markup=False)
    console.out.print("\n[bold]Points[/]")
    for line in (verdict["breakdown"] or "none: excluded").splitlines():
        console.out.print(f"  {line}", markup=False)
    _print_evidence(found)


def _print_evidence(found: Explanation) -> None:
    console.out.print("\n[bold]Facts[/]")
    for name, value in sorted(found.facts.items()):
        console.out.print(f"  {name}: {value}", markup=False)
    if found.touches:
        rows = [
            (f"{touch['at']:%Y-%m-%d %H:%M}", touch["kind"], touch["count"], touch["name"])
            for touch in found.touches
        ]
        console.out.print(console.table("Touches", ("at (UTC)", "kind", "count", "name"), rows[:20]))
    if found.history:
        turns = [(f"{turn['at']:%Y-%m-%d %H:%M}", turn["score"], turn["segment"]) for turn in found.history]
        console.out.print(console.table("History", ("at (UTC)", "score", "segment"), turns))
