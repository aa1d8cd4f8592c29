"""Leads and touches for tests, written as people speak of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from config.playbook_file import load_playbook
from qualifier.agreement import Agreement, resolve
from qualifier.facts import INSTANT, TOUCH_COLUMNS, Fact, column_types
from qualifier.groups import ACTIVITY_COLUMNS, KNOWN_COLUMNS, Companies
from qualifier.playbook import Playbook
from qualifier.qualify import PREVIOUS_COLUMNS, evaluate, qualify

AS_OF = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
"""A Wednesday at noon."""
ICP: Mapping[str, Any] = {
    "company": "Acme",
    "domain": "acme.example",
    "industry": "software",
    "employees": 500,
    "country": "DE",
    "won_deals": 0,
}
OFF_PROFILE = {**ICP, "industry": "agriculture", "employees": 5, "country": "BR"}


def days_ago(days: float) -> datetime:
    """An instant before `AS_OF`."""
    return AS_OF - timedelta(days=days)


def facts(*leads: Mapping[str, Any], known: Mapping[str, Fact] | None = None) -> pl.DataFrame:
    """A facts frame: `employees=500` or `employees=(50, 100)`; leads are numbered from 1."""
    types = {**column_types(known or load_playbook().facts_all), "person": pl.String()}
    rows = []
    for number, lead in enumerate(leads, start=1):
        row: dict[str, Any] = {"lead": number, "person": f"person {number}", "created_at": days_ago(100)}
        for name, value in lead.items():
            if f"{name}_low" in types:
                low, high = value if isinstance(value, tuple) else (value, value)
                row |= {f"{name}_low": float(low), f"{name}_high": float(high)}
            else:
                row[name] = float(value) if types[name] == pl.Float64 and value is not None else value
        rows.append(row)
    return pl.DataFrame(rows, schema=types)


def touch(kind: str, days: float = 0, *, lead: int = 1, **more: Any) -> dict[str, Any]:
    """One touch, so many days before `AS_OF`."""
    return {"lead": lead, "kind": kind, "at": days_ago(days), "count": 1, **more}


def touches(*rows: Mapping[str, Any]) -> pl.DataFrame:
    """A touches frame."""
    return pl.DataFrame(list(rows), schema=dict(TOUCH_COLUMNS))


def companies(
    active: Sequence[tuple[str, str, float, str | None]] = (), known: Mapping[str, int] | None = None
) -> Companies:
    """Who was active when: (domain, person, days ago, role); known leads per domain."""
    rows = [(domain, person, days_ago(days), role) for domain, person, days, role in active]
    return Companies(
        pl.DataFrame(rows, schema=ACTIVITY_COLUMNS, orient="row"),
        pl.DataFrame(list((known or {}).items()), schema=KNOWN_COLUMNS, orient="row"),
    )


def nobody() -> pl.DataFrame:
    """An empty previous."""
    return pl.DataFrame(schema=PREVIOUS_COLUMNS)


def bound(playbook: Playbook, since_days: float = 400) -> Agreement:
    """The playbook's agreement, in force since so many days before `AS_OF`."""
    return resolve(playbook.agreement, zone="UTC", effective_from=days_ago(since_days))


def judge(
    leads: pl.DataFrame,
    happened: pl.DataFrame | None = None,
    *,
    around: Companies | None = None,
    before: pl.DataFrame | None = None,
    playbook: Playbook | None = None,
    as_of: datetime = AS_OF,
) -> pl.DataFrame:
    """`qualify` with what a test leaves out filled in."""
    book = playbook or load_playbook()
    happened = touches() if happened is None else happened
    before = nobody() if before is None else before
    return qualify(leads, happened, around or Companies.none(), before, book, bound(book), as_of)


def look(
    leads: pl.DataFrame,
    happened: pl.DataFrame | None = None,
    *,
    around: Companies | None = None,
    before: pl.DataFrame | None = None,
    playbook: Playbook | None = None,
    as_of: datetime = AS_OF,
) -> pl.DataFrame:
    """`evaluate`, the wide frame behind `judge`."""
    book = playbook or load_playbook()
    happened = touches() if happened is None else happened
    before = nobody() if before is None else before
    return evaluate(leads, happened, around or Companies.none(), before, book, bound(book), as_of)


__all__ = ["AS_OF", "ICP", "INSTANT", "OFF_PROFILE"]
