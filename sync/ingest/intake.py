"""What ingest carries from page to page."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qualifier.facts import Fact
from sync.needs import NeedsFinder


@dataclass(slots=True)
class Intake:
    """What ingest needs to know of the world, and what it counted."""

    connection: str
    facts: Mapping[str, Fact]
    needs_in: NeedsFinder
    key: bytes
    seen_at: datetime
    """The CRM's time at the start of the pass: when a value found for the first time was first seen."""
    mapped_facts: frozenset[str] = frozenset()
    """Facts that the connection maps: one that a record does not name may not be read now."""
    owners: bool = False
    """Whether to keep who owns a lead: only for figures by owner, which a playbook must ask for."""
    full: bool = False
    """Whether a fact that may not be read any more is dropped; else it stays as it was last read."""
    counts: Counter[str] = field(default_factory=Counter)
    mapped: dict[str, str] = field(default_factory=dict)
    """Kind of record (lead, company) → the facts that it names, as last written down."""
    unsure: list[str] = field(default_factory=list)
    """Leads whose search index differs from the store: to be read from the primary store."""
    unknown: set[str] = field(default_factory=set)
    """Leads that a touch names and the store does not know."""
