"""What measured guardrails need to know of the world. Each piece may be absent: then nothing is claimed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Polling:
    """How a connection polls: time between two polls and the calls that one costs."""

    interval: timedelta
    calls: float


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls a day that a connection makes, and those that it may make."""

    used: float
    allowed: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """Measured over 90 days unless said otherwise; shares are 0–1. None: not measured yet."""

    today: date | None = None
    """The day on which the playbook is looked at; waivers end and reviews age by it."""
    stored: Mapping[str, str] | None = None
    """Version → content hash under which this playbook was in force before."""
    fields: Mapping[str, Mapping[str, str]] | None = None
    """Connection → fact → CRM field that feeds it (`fields:`)."""
    written: Mapping[str, frozenset[str]] | None = None
    """Connection → CRM fields that Leadline writes, in lower case."""
    known_facts: Mapping[str, frozenset[str]] | None = None
    """Connection → facts for which the CRM has a field."""
    filled: Mapping[str, float] | None = None
    """Fact → share of the leads where it is filled."""
    true: Mapping[str, float] | None = None
    """`criterion.signal` → share of the leads where it is TRUE or has a touch."""
    polling: Mapping[str, Polling] | None = None
    """Connection → how it polls."""
    calls: Mapping[str, Calls] | None = None
    """Connection → calls a day."""
    hot_per_week: float | None = None
    """Leads that became hot, per week."""
    hot_or_warm: float | None = None
    """Share of the leads that are hot or warm."""
    answered_in: Mapping[str, timedelta] | None = None
    """Promise (hot, warm_hand_raise, warm) → median business time until the first human touch."""
    outcomes: Mapping[str, int] | None = None
    """`criterion.signal` → closed leads behind a weight that was learned."""
