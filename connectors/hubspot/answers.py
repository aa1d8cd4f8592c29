"""HubSpot's answers in the shapes that the rooms beside this one work with (fact sheet §2.1, §3.4, §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.base import Rejected
from connectors.hubspot.transport import ValueFault, value_faults

Row = Mapping[str, Any]
"""A record as HubSpot sends it: id, properties, createdAt, updatedAt."""


class Invalid(Rejected):
    """A 400 or 409 with what HubSpot said about single values and records."""

    def __init__(self, message: str, *, code: str, faults: tuple[ValueFault, ...] = ()) -> None:
        super().__init__(message, code=code)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search. `has_more` as HubSpot says, for a short page may still not be the last (§2.3)."""

    rows: tuple[Row, ...]
    has_more: bool
    total: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of a batch: the rows that came back, and what was said about the others."""

    rows: tuple[Row, ...]
    faults: tuple[ValueFault, ...] = ()


def whole_number(headers: Mapping[str, str], name: str) -> int | None:
    """A header that holds digits alone; None for any other."""
    text = headers.get(name) or ""
    return int(text) if text.isdecimal() else None


def has_results(answer: Row) -> bool:
    """Whether an answer lists records, be it none."""
    return isinstance(answer.get("results"), list)


def has_content(answer: Row) -> bool:
    """A batch that shows neither a written record nor a fault did nothing (rudder's story, §9 no. 8)."""
    return bool(answer.get("results") or answer.get("errors"))


def batch_of(answer: Row) -> Batch:
    """A batch's answer, read."""
    faults = tuple(fault for error in answer.get("errors") or () for fault in value_faults(error))
    return Batch(tuple(answer.get("results") or ()), faults)


def target_of(link: Row) -> tuple[bool, str]:
    """Whether a link is the primary one, and the id at its other end."""
    types = link.get("associationTypes") or ()
    return any(one.get("label") == "Primary" for one in types), str(link["toObjectId"])
