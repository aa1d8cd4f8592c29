"""A rep's list as text: the sandbox CRM's records by Respond_Rank, a card each."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from commands import console
from sandbox.desk import Desk, Lead

TOP = 8
"""Cards from the top of the list; below them one of everything that is not among them."""
KINDS = ("segment", "sla")
RESPONSES = {
    "due": "due, respond by {at}",
    "at_risk": "at_risk, respond by {at}",
    "breached": "breached, was due {at}",
    "met": "met, was due {at}",
    "none": "no response due",
}
RESPONSE_STYLES = {"at_risk": "yellow", "breached": "red", "met": "green"}


def pick(desk: Desk) -> tuple[int, list[Lead], list[Lead]]:
    """How many leads have a rank, the first of them, and one of each segment and response state below."""
    ranked = sorted(
        (lead for lead in desk.leads() if lead.get("respond_rank") is not None),
        key=lambda lead: (float(str(lead.get("respond_rank"))), lead.id),
    )
    top = ranked[:TOP]
    return len(ranked), top, list(_one_of_each(ranked[TOP:], top))


def _one_of_each(rest: Sequence[Lead], shown: Sequence[Lead]) -> Iterator[Lead]:
    seen = {(kind, lead.get(kind)) for lead in shown for kind in KINDS}
    for lead in rest:
        new = {(kind, lead.get(kind)) for kind in KINDS if lead.get(kind) is not None} - seen
        if new:
            seen |= new
            yield lead


def print_list(desk: Desk) -> None:
    """The top of the list, then one lead of every segment and response state further down."""
    total, top, others = pick(desk)
    console.heading(f"{desk.label}: what a rep sees", f"{total:,} {desk.noun}s by Respond rank; times in UTC")
    console.out.print(_cards(top))
    if others:
        console.out.print("Further down, one of each segment and response state not shown yet:", style="bold")
        console.out.print(_cards(others))


def as_data(lead: Lead) -> dict[str, Any]:
    """A card for `--json`: the record's id and Leadline's values, no name."""
    return {"id": lead.id, **lead.values}


def _cards(leads: Sequence[Lead]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", min_width=4)
    grid.add_column(min_width=len("excluded"))
    grid.add_column(overflow="fold")
    for lead in leads:
        score = lead.get("score")
        grid.add_row(
            Text("–" if score is None else f"{score:g}", "bold"),
            console.segment(str(lead.get("segment"))),
            _headline(lead),
        )
        for label, column in (("why", "why"), ("ask", "ask_next")):
            if lead.get(column):
                grid.add_row("", Text(label, "dim"), Text(str(lead.get(column))))
    return grid


def _headline(lead: Lead) -> Text:
    """`Ruth Hartwell, Corvantis Media · decision · due, respond by Mon 23 Nov 09:13`."""
    line = Text(lead.name, "bold")
    line.append(f", {lead.company}" if lead.company else "", "default not bold")
    if lead.get("stage"):
        line.append(f" · {lead.get('stage')}", "default not bold")
    state, at = str(lead.get("sla") or ""), lead.get("respond_by")
    if state in RESPONSES:
        said = RESPONSES[state].format(at=console.moment(at) if isinstance(at, datetime) else "")
        line.append(f" · {said}", f"{RESPONSE_STYLES.get(state, 'default')} not bold")
    return line
