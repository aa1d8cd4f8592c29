"""How a list's outcome falls by segment: looked up in the CRM's own records, after the fact.

The mapping's `outcome:` names a field of the sandbox that no fact reads; only this comparison looks at it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.mapping import Outcome

SEGMENTS = ("hot", "warm", "cold", "excluded")


@dataclass(frozen=True, slots=True)
class Share:
    """Of the leads in one segment, how many had the outcome."""

    segment: str
    leads: int
    won: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.won / self.leads


def shares(rows: Iterable[Mapping[str, Any]], segment_field: str, outcome: Outcome) -> list[Share]:
    """The outcome's share per segment, hottest first; segments that nobody is in are left out."""
    leads, won = dict.fromkeys(SEGMENTS, 0), dict.fromkeys(SEGMENTS, 0)
    for row in rows:
        segment = row.get(segment_field)
        if segment in leads:
            leads[segment] += 1
            won[segment] += row.get(outcome.field) == outcome.won
    return [Share(segment, leads[segment], won[segment]) for segment in SEGMENTS if leads[segment]]
