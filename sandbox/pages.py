"""What a rep sees: the list of leads by respond rank, and a lead's record with the rep's own answers.

Plain HTML made on the server, style inline, nothing loaded from elsewhere. Saving an answer changes the
record in the sandbox CRM, as a rep would.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.desk import REP_COLUMNS, Column, Desk, Lead, Shown

HOME = "/rep"
"""Where the pages hang below a sandbox CRM's address."""
PAGE_SIZE = 50
SEGMENTS = ("hot", "warm", "cold", "excluded")
NEVER_SCORED = 99_999
"""Behind everybody who has a rank."""
TEMPLATES = Path(__file__).parent / "templates"

GLANCE = (
    *("stage", "track", "need", "capacity", "evidence", "phase", "next_touch", "last_touch_at"),
    *("hand_raise_at", "group_size", "data"),
)
ELSEWHERE = {
    *GLANCE,
    *REP_COLUMNS,
    *("score", "segment", "grade", "why", "why_changed", "breakdown", "ask_next", "respond_by", "sla"),
    *("tags", "proposal", "proposal_why"),
}
ANSWER_GROUPS = (
    ("What you learned", REP_COLUMNS[:5]),
    ("What you decide", ("verdict",)),
    ("Was the score right?", ("feedback", "feedback_reason")),
    ("Your segment, for a while", ("override", "override_until")),
)
POINTS_LAST = re.compile(r"(.*\S)\s+([+−±-]?\d+)")
"""A line of the breakdown ends in its points."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A labelled value."""

    column: str
    label: str
    value: Shown | None
    shown: str


@dataclass(frozen=True, slots=True)
class Input:
    """A field of the rep's form."""

    name: str
    label: str
    help: str
    type: str
    values: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the breakdown: its points, and what they are for."""

    points: str
    text: str
    tone: str


class Pages:
    """The pages of one sandbox CRM, as an ASGI application in `app`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        loader = FileSystemLoader(TEMPLATES)
        self.templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self.templates.filters |= {
            "bare": _bare,
            "lines": _lines,
            "moment": self._moment,
            "parts": _parts,
            "reasons": _reasons,
            "words": _words,
        }
        self.app = Starlette(
            routes=[
                Route("/", lambda _: RedirectResponse(HOME)),
                Route(HOME, self.show_list),
                Route(f"{HOME}/{{lead_id}}", self.show_record, methods=["GET"]),
                Route(f"{HOME}/{{lead_id}}", self.save, methods=["POST"]),
            ]
        )

    def show_list(self, request: Request) -> Response:
        """The list view: `segment`, `q` and `page` narrow it."""
        segment, search = request.query_params.get("segment", ""), request.query_params.get("q", "").strip()
        everybody = self.desk.leads()
        counts = Counter(str(lead.get("segment") or "") for lead in everybody)
        found = [lead for lead in everybody if _matches(lead, segment, search)]
        found.sort(key=_rank)
        page = max(1, _number(request.query_params.get("page", "1")))
        first = (page - 1) * PAGE_SIZE
        shown = found[first : first + PAGE_SIZE]
        return self._page(
            "list.html",
            view=f"{_words(segment)} {self.desk.noun}s" if segment else f"All {self.desk.noun}s",
            segment=segment,
            search=search,
            segments=_chips(counts, len(everybody), search),
            leads=shown,
            total=len(found),
            first=first + 1,
            newer=_link(segment, search, page - 1) if page > 1 else "",
            older=_link(segment, search, page + 1) if first + PAGE_SIZE < len(found) else "",
        )

    def show_record(self, request: Request) -> Response:
        """The record page; `saved` says that the last form was stored."""
        return self._record(request.path_params["lead_id"], saved="saved" in request.query_params)

    async def save(self, request: Request) -> Response:
        """Store the rep's form; only the rep's own fields, whatever else was sent."""
        lead_id = request.path_params["lead_id"]
        # Read by hand: no dependency on a form parser for ten short fields.
        sent = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        columns = self.desk.columns()
        answers = {name: sent[name].strip() for name in REP_COLUMNS if name in sent and name in columns}
        lead = self.desk.lead(lead_id)
        if lead is None:
            return self._missing()
        changed = {name: value for name, value in answers.items() if value != str(lead.get(name) or "")}
        try:
            if changed:
                self.desk.save(lead_id, changed)
        except ValueError as error:
            return self._record(lead_id, refused=str(error), status=422)
        return RedirectResponse(f"{HOME}/{lead_id}?saved", status_code=303)

    def _record(self, lead_id: str, *, saved: bool = False, refused: str = "", status: int = 200) -> Response:
        lead = self.desk.lead(lead_id)
        if lead is None:
            return self._missing()
        columns = self.desk.columns()
        more = [name for name in columns if name not in ELSEWHERE and lead.get(name) is not None]
        return self._page(
            "record.html",
            status,
            lead=lead,
            saved=saved,
            refused=refused,
            glance=[self._cell(columns[name], lead) for name in GLANCE if name in columns],
            more=[self._cell(columns[name], lead) for name in more],
            answers=_answer_groups(columns, lead),
            history=self.desk.history(lead_id),
        )

    def _missing(self) -> Response:
        return self._page("missing.html", 404)

    def _cell(self, column: Column, lead: Lead) -> Cell:
        value = lead.get(column.column)
        return Cell(column.column, _label(column), value, self._show(column, value))

    def _show(self, column: Column, value: Shown | None) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return self._moment(value)
        if column.kind == "date":
            return _day(date.fromisoformat(str(value)))
        if column.values:
            return ", ".join(_words(part) for part in _parts(value))
        return str(value)

    def _moment(self, at: datetime | str) -> str:
        """`today 14:35`, `Fri 20 Nov 14:35`, with the year when it is another one."""
        if isinstance(at, str):
            return at
        at, today = at.astimezone(UTC), self.desk.now().date()
        if at.date() == today:
            return f"today {at:%H:%M}"
        return f"{at:%a} {at.day} {at:%b %H:%M}" if at.year == today.year else f"{at.day} {at:%b %Y %H:%M}"

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        html = self.templates.get_template(template).render(
            crm=self.desk, home=HOME, now=self.desk.now(), **values
        )
        return HTMLResponse(html, status_code=status, headers={"cache-control": "no-store"})


def _matches(lead: Lead, segment: str, search: str) -> bool:
    text = f"{lead.name} {lead.company or ''}".casefold()
    return (not segment or lead.get("segment") == segment) and search.casefold() in text


def _rank(lead: Lead) -> tuple[float, str]:
    rank = lead.get("respond_rank")
    return (float(rank) if isinstance(rank, int | float) else NEVER_SCORED, lead.id)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 1


def _chips(counts: Mapping[str, int], total: int, search: str) -> list[dict[str, Any]]:
    """The segments with their sizes; those that nobody is in are left out."""
    chips = [{"key": "", "label": "All", "count": total, "href": _link("", search, 1)}]
    return chips + [
        {"key": one, "label": _words(one), "count": counts[one], "href": _link(one, search, 1)}
        for one in SEGMENTS
        if counts[one]
    ]


def _link(segment: str, search: str, page: int) -> str:
    said = {"segment": segment, "q": search, "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{HOME}?{query}" if query else HOME


def _answer_groups(columns: Mapping[str, Column], lead: Lead) -> list[dict[str, Any]]:
    groups = [
        {
            "title": title,
            "inputs": [_input(columns[name], lead) for name in names if name in columns],
        }
        for title, names in ANSWER_GROUPS
    ]
    return [group for group in groups if group["inputs"]]


def _input(column: Column, lead: Lead) -> Input:
    return Input(
        name=column.column,
        label=_label(column),
        help=column.help,
        type="date" if column.kind == "date" else "text",
        values=column.values,
        value=str(lead.get(column.column) or ""),
    )


def _label(column: Column) -> str:
    """A field's label without what the page says anyway: `Leadline answer: need` → `Need`."""
    label = re.sub(r"^(leadline\s+)?(answer:\s*)?", "", column.label, flags=re.IGNORECASE)
    return label[:1].upper() + label[1:]


def _words(value: Shown | None) -> str:
    """`at_risk` → `At risk`; `excluded:test` → `Excluded: test`."""
    text = str(value or "").replace("_", " ").replace("-", " ").replace(":", ": ")
    return text[:1].upper() + text[1:]


def _parts(value: Shown | None) -> list[str]:
    return [part for part in str(value or "").split(";") if part]


def _reasons(text: Shown | None) -> list[str]:
    return [part.strip() for part in str(text or "").split(";") if part.strip()]


def _bare(reason: str) -> str:
    return reason.lstrip("+-−? ")


def _lines(breakdown: Shown | None) -> list[Line]:
    """Each line of the breakdown, `demo request 20 Nov +20`: its points apart from its text."""
    made = []
    for line in str(breakdown or "").splitlines():
        found = POINTS_LAST.fullmatch(line.strip())
        text, points = (found[1], found[2]) if found else (line.strip(), "")
        made.append(Line(points, text, "down" if points[:1] in ("-", "−") else "up"))
    return [line for line in made if line.text]


def _day(at: date) -> str:
    return f"{at.day} {at:%b %Y}"
