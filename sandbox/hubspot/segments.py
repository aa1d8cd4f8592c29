"""Lists, which HubSpot calls segments: filters over properties, or ids put in by hand (hubspot.md §6.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.moments import to_iso
from sandbox.hubspot.search import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sandbox.hubspot.schema import Schema

    Condition = Callable[[Mapping[str, str]], bool]

PROCESSING_TYPES = ("DYNAMIC", "MANUAL", "SNAPSHOT")
BRANCH_TYPES = {"OR": any, "AND": all}


@dataclass
class Segment:
    """One list. Times in ms; `members` holds joining times of ids put in by hand or frozen by a snapshot."""

    id: int
    name: str
    object_type_id: str
    processing_type: str
    filter_branch: dict[str, Any] | None
    created: int
    updated: int
    version: int = 1
    deleted: int | None = None
    members: dict[int, int] = field(default_factory=dict)

    def as_json(self, *, size: int | None = None, with_filters: bool = True) -> dict[str, Any]:
        """The list as answers show it."""
        body: dict[str, Any] = {
            "listId": str(self.id),
            "listVersion": self.version,
            "createdAt": to_iso(self.created),
            "updatedAt": to_iso(self.updated),
            "filtersUpdatedAt": to_iso(self.updated),
            "processingStatus": "COMPLETE",
            "createdById": "1",
            "updatedById": "1",
            "processingType": self.processing_type,
            "objectTypeId": self.object_type_id,
            "name": self.name,
        }
        if with_filters and self.filter_branch is not None:
            body["filterBranch"] = self.filter_branch
        if size is not None:
            body["size"] = size
        if self.deleted is not None:
            body["deletedAt"] = to_iso(self.deleted)
        return body


class Segments:
    """All lists of a portal, deleted ones included."""

    def __init__(self) -> None:
        self.all: dict[int, Segment] = {}

    def add(self, **what: Any) -> Segment:
        """Keep a new list under the next id."""
        segment = Segment(id=max(self.all, default=0) + 1, **what)
        self.all[segment.id] = segment
        return segment

    def live(self) -> Iterator[Segment]:
        """The lists that are not deleted."""
        return (one for one in self.all.values() if one.deleted is None)

    def named(self, object_type_id: str, name: str) -> Segment | None:
        """The live list of that name, whatever its case."""
        same = (one for one in self.live() if one.object_type_id == object_type_id)
        return next((one for one in same if one.name.lower() == name.lower()), None)

    def using(self, object_type_id: str, property_name: str) -> list[Segment]:
        """The live lists that filter by a property."""
        same = (one for one in self.live() if one.object_type_id == object_type_id)
        return [one for one in same if property_name in properties_in(one.filter_branch)]


def properties_in(branch: Mapping[str, Any] | None) -> set[str]:
    """The properties that a filter branch reads."""
    if branch is None:
        return set()
    own = {parts.text(one, "property") for one in parts.mappings(branch, "filters")}
    return own.union(*(properties_in(one) for one in parts.mappings(branch, "filterBranches")))


def checked_root(branch: Any, schema: Schema) -> Condition:
    """The condition of a whole list: an OR of ANDs, as HubSpot demands (§6.2). Refusal otherwise."""
    if not isinstance(branch, dict) or branch.get("filterBranchType") != "OR":
        raise invalid("The root filter branch must be of type OR.")
    if branch.get("filters"):
        raise invalid("The root OR branch takes filter branches only: move its filters into an AND branch.")
    if any(child.get("filterBranchType") != "AND" for child in parts.mappings(branch, "filterBranches")):
        raise invalid("The branches under the root OR must be of type AND.")
    return _branch(branch, schema)


def _branch(branch: Mapping[str, Any], schema: Schema) -> Condition:
    kind = parts.text(branch, "filterBranchType")
    if kind not in BRANCH_TYPES:
        raise invalid(f"This portal knows no filter branch of type {kind!r}: use OR and AND.")
    joined = BRANCH_TYPES[kind]
    conditions = [_filter(one, schema) for one in parts.mappings(branch, "filters")]
    conditions += [_branch(one, schema) for one in parts.mappings(branch, "filterBranches")]
    return lambda values: joined(condition(values) for condition in conditions)


def _filter(one: Mapping[str, Any], schema: Schema) -> Condition:
    if one.get("filterType") != "PROPERTY":
        raise invalid("This portal's lists filter by properties only: use filterType PROPERTY.")
    name = parts.text(one, "property")
    definition = schema.get(name)
    if definition is None:
        raise invalid(f"The list filters by a property {name!r} that does not exist.")
    operation = parts.mapping(one, "operation")
    kind, operator = parts.text(operation, "operationType"), parts.text(operation, "operator")
    if operator in ("IS_KNOWN", "IS_UNKNOWN"):
        wanted = operator == "IS_KNOWN"
        return lambda values: (name in values) is wanted
    if kind not in _FITTING or definition.type not in _FITTING[kind] or operator not in _TESTS[kind]:
        raise invalid(f"{kind} {operator} does not fit the {definition.type} property {name!r}.")
    operand = _operand(operation, kind, name)
    test = _TESTS[kind][operator]
    unset = parts.flag(operation, "includeObjectsWithNoValueSet")
    return lambda values: test(values[name], operand) if name in values else unset


def _operand(operation: Mapping[str, Any], kind: str, name: str) -> Any:
    """`values` of texts for choices and texts, `value` of the property's own type for the others."""
    if kind in ("ENUMERATION", "MULTISTRING"):
        operand: Any = parts.texts(operation, "values")
        fits = bool(operand)
    else:
        operand = operation.get("value")
        fits = isinstance(operand, bool) if kind == "BOOL" else isinstance(operand, int | float)
    if not fits:
        raise invalid(f"{kind} on {name!r} needs a value of its type.")
    return operand


def _any_part(text: str, operand: list[str]) -> bool:
    return not set(text.split(";")).isdisjoint(operand)


def _equal(text: str, operand: list[str]) -> bool:
    return text.lower() in (str(one).lower() for one in operand)


def _contains(text: str, operand: list[str]) -> bool:
    return any(str(one).lower() in text.lower() for one in operand)


_FITTING: dict[str, tuple[str, ...]] = {
    "NUMBER": ("number",),
    "BOOL": ("bool",),
    "ENUMERATION": ("enumeration",),
    "MULTISTRING": ("string",),
}
"""Which operations go with which property types."""

_TESTS: dict[str, dict[str, Callable[[str, Any], bool]]] = {
    "NUMBER": {
        "IS_EQUAL_TO": lambda text, operand: number(text) == operand,
        "IS_NOT_EQUAL_TO": lambda text, operand: number(text) != operand,
        "IS_GREATER_THAN": lambda text, operand: number(text) > operand,
        "IS_GREATER_THAN_OR_EQUAL_TO": lambda text, operand: number(text) >= operand,
        "IS_LESS_THAN": lambda text, operand: number(text) < operand,
        "IS_LESS_THAN_OR_EQUAL_TO": lambda text, operand: number(text) <= operand,
    },
    "BOOL": {
        "IS_EQUAL_TO": lambda text, operand: (text == "true") is bool(operand),
        "IS_NOT_EQUAL_TO": lambda text, operand: (text == "true") is not bool(operand),
    },
    "ENUMERATION": {
        "IS_ANY_OF": _any_part,
        "IS_NONE_OF": lambda text, operand: not _any_part(text, operand),
        "IS_EXACTLY": lambda text, operand: set(text.split(";")) == set(operand),
    },
    "MULTISTRING": {
        "IS_EQUAL_TO": _equal,
        "IS_NOT_EQUAL_TO": lambda text, operand: not _equal(text, operand),
        "CONTAINS": _contains,
        "DOES_NOT_CONTAIN": lambda text, operand: not _contains(text, operand),
    },
}
