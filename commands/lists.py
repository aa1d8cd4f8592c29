"""A rep's list as text: the sandbox CRM's records, sorted by Respond_Rank."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from commands import console
from sandbox.desk import Desk, Lead

TOP = 10
"""Leads shown from the top of the list; below them one of everything that is not among them."""
KINDS = ("segment", "sla")
COLUMNS = (
    ("rank", "respond_rank"),
    ("score", "score"),
    ("segment", "segment"),
    ("stage", "stage"),
    ("response", "sla"),
    ("respond by", "respond_by"),
    ("why", "why"),
    ("ask next", "ask_next"),
)


def print_list(desk: Desk, crm: str) -> None:
    """The top of the list, then one lead of every segment and response state further down."""
    leads = sorted(
        (lead for lead in desk.leads() if lead.get("respond_rank") is not None),
        key=lambda lead: (float(str(lead.get("respond_rank"))), lead.id),
    )
    top = leads[:TOP]
    grid = Table(title=f"{crm}: call now ({len(leads):,} leads)", title_justify="left", header_style="bold")
    grid.add_column("lead", max_width=22)
    for title, column in COLUMNS:
        grid.add_column(title, max_width=44 if column in {"why", "ask_next"} else None)
    for lead in top:
        grid.add_row(*_cells(lead))
    grid.add_section()
    for lead in _one_of_each(leads[TOP:], top):
        grid.add_row(*_cells(lead))
    console.out.print(grid)


def _one_of_each(rest: Sequence[Lead], shown: Sequence[Lead]) -> Iterator[Lead]:
    seen = {(kind, lead.get(kind)) for lead in shown for kind in KINDS}
    for lead in rest:
        new = {(kind, lead.get(kind)) for kind in KINDS if lead.get(kind) is not None} - seen
        if new:
            seen |= new
            yield lead


def _cells(lead: Lead) -> list[Text]:
    cells = [Text(lead.name), *(_cell(lead, column) for _, column in COLUMNS)]
    cells[3].stylize(console.SEGMENT_STYLES.get(str(lead.get("segment")), ""))
    return cells


def _cell(lead: Lead, column: str) -> Text:
    value = lead.get(column)
    if isinstance(value, datetime):
        return Text(f"{value:%d %b %H:%M}")
    if isinstance(value, float):
        return Text(f"{value:g}")
    return Text("" if value is None else str(value))
