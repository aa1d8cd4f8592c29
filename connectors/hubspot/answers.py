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


def has_all(answer: Row, name: str, *keys: str) -> bool:
    """Whether an answer lists under `name` objects, be it none, that all say something under `keys`."""
    listed = answer.get(name)
    return isinstance(listed, list) and all(
        isinstance(one, Mapping) and all(one.get(key) is not None for key in keys) for one in listed
    )


def has_records(answer: Row) -> bool:
    """Whether an answer lists records, be it none; their ids are numbers, by which walks get on."""
    return has_all(answer, "results", "id") and all(
        str(row["id"]).isdecimal() and isinstance(row.get("properties"), Mapping) for row in answer["results"]
    )


def has_links(answer: Row) -> bool:
    """Whether an answer lists what records are associated with."""
    return has_all(answer, "results", "from") and all(
        isinstance(row["from"], Mapping)
        and row["from"].get("id") is not None
        and has_all({"to": row.get("to") or []}, "to", "toObjectId")
        for row in answer["results"]
    )


def has_content(answer: Row) -> bool:
    """A batch that shows neither a written record nor a fault did nothing (rudder's story, §9 no. 8)."""
    listed = {"results": answer.get("results") or [], "errors": answer.get("errors") or []}
    return any(listed.values()) and has_all(listed, "results") and has_all(listed, "errors")


def batch_of(answer: Row) -> Batch:
    """A batch's answer, read."""
    faults = tuple(fault for error in answer.get("errors") or () for fault in value_faults(error))
    return Batch(tuple(answer.get("results") or ()), faults)


def target_of(link: Row) -> tuple[bool, str]:
    """Whether a link is the primary one, and the id at its other end."""
    types = link.get("associationTypes") or ()
    return any(one.get("label") == "Primary" for one in types), str(link["toObjectId"])
