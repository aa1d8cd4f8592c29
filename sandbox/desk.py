"""What a rep's desk shows of a lead in either sandbox CRM: its fields, what happened, the rep's answers.

Leadline's fields are found by their prefix (`Leadline_…__c`, `leadline_…`) and described by the CRM itself:
labels, help and values are those that set-up created. A *column* is the bare name: `respond_by`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

Shown = str | int | float | date | datetime
"""A value ready to be shown; instants are aware."""

REP_COLUMNS = (
    *("answer_need", "answer_goal", "answer_role", "answer_capacity", "answer_timing"),
    *("verdict", "feedback", "feedback_reason", "override", "override_until"),
)
"""The fields that a rep fills in, in the order of the page."""


@dataclass(frozen=True, slots=True)
class Column:
    """One of Leadline's fields as set-up made it. `kind`: text, number, pick, date or instant."""

    column: str
    name: str
    """The CRM's own name for it."""
    label: str
    help: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as its page shows it. `values`: by column, without empty ones. `facts`: label and text."""

    id: str
    name: str
    title: str | None
    company: str | None
    values: Mapping[str, Shown]
    facts: tuple[tuple[str, str], ...] = ()

    def get(self, column: str) -> Shown | None:
        """One of Leadline's values."""
        return self.values.get(column)


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a lead's history."""

    at: datetime
    icon: str
    text: str
    detail: str = ""


class Desk(Protocol):
    """One CRM as a rep sees it."""

    key: str
    label: str
    noun: str

    def now(self) -> datetime:
        """The CRM's present."""
        ...

    def columns(self) -> dict[str, Column]:
        """Leadline's fields, by column; empty before set-up."""
        ...

    def leads(self) -> list[Lead]:
        """Everybody, without facts, in no order."""
        ...

    def lead(self, lead_id: str) -> Lead | None:
        """One lead with its facts."""
        ...

    def history(self, lead_id: str) -> list[Happening]:
        """What happened to it, newest first."""
        ...

    def save(self, lead_id: str, answers: Mapping[str, str]) -> None:
        """Store a rep's answers by column, "" clears; ValueError with a sentence where one does not fit."""
        ...


def newest_first(happenings: Iterable[Happening]) -> list[Happening]:
    """In the order of the page."""
    return sorted(happenings, key=lambda one: one.at, reverse=True)


def birth(at: datetime | None) -> list[Happening]:
    """The first line of every history."""
    return [Happening(at, "+", "Record created")] if at else []


def check(column: Column, value: str) -> None:
    """ValueError where a rep's answer does not fit its field."""
    if value and column.values and value not in column.values:
        raise ValueError(f"{column.label}: {value!r} is no choice; take one of {', '.join(column.values)}.")
    if value and column.kind == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{column.label}: {value!r} is no date; write it as 2026-12-31.") from None


def shown(kind: str, stored: Any) -> Shown:
    """A stored value of one of Leadline's fields, ready to be shown."""
    if kind == "number":
        number = float(stored)
        return int(number) if number.is_integer() else number
    if kind == "instant":
        return instant(stored) or str(stored)
    return str(stored)


def instant(text: str | None) -> datetime | None:
    """A CRM's time as an aware datetime; None for an empty one."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def plain(value: Any) -> str:
    """A value of the CRM's own, as text for people."""
    if value in (True, "true"):
        return "Yes"
    if value in (False, "false"):
        return "No"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    if len(text) > len("2026-11-21T") and text[10] == "T" and text[:4].isdigit():
        return f"{instant(text):%d %b %Y, %H:%M}"
    return text


def minutes(seconds: float | None) -> str:
    """`12 min`, `40 s`, or nothing."""
    if not seconds:
        return ""
    return f"{round(seconds / 60)} min" if seconds >= 60 else f"{round(seconds)} s"  # noqa: PLR2004  # a minute


def joined(parts: Iterable[str]) -> str:
    """What there is, with dots between."""
    return " · ".join(part for part in parts if part)
