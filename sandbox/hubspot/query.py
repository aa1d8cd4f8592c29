"""A search request, read and checked: filters, one sort, limit and offset (hubspot.md §2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.errors import bad_json, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_GROUPS = 5
MAX_FILTERS_PER_GROUP = 6
MAX_FILTERS = 18
DEFAULT_LIMIT = 10
MAX_LIMIT = 200
WALL = 10_000
"""A query shows its first 10,000 results and no more."""
MAX_QUERY_CHARS = 3_000
OPERATORS = frozenset({
    "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN",
    "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN",
})  # fmt: skip
ASSOCIATIONS = "associations."


@dataclass(frozen=True)
class Filter:
    """One condition as sent; values are text."""

    name: str
    operator: str
    value: str | None = None
    high: str | None = None
    values: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Sort:
    """The one sort rule."""

    name: str
    descending: bool = False


@dataclass(frozen=True)
class Query:
    """A whole request. `groups` are OR-ed, the filters inside one AND-ed."""

    groups: tuple[tuple[Filter, ...], ...]
    text: str
    sort: Sort | None
    properties: tuple[str, ...]
    limit: int
    offset: int


def read_query(body: Mapping[str, Any], wall: int = WALL) -> Query:
    """Read a request body; Refusal with HubSpot's 400 where it breaks a limit or has the wrong JSON types.

    `wall`: how many of its results a query shows.
    """
    groups = tuple(_group(group) for group in parts.mappings(body, "filterGroups"))
    _check_counts(groups)
    text = parts.text(body, "query")
    if len(text) > MAX_QUERY_CHARS:
        raise invalid(f"The search query is longer than {MAX_QUERY_CHARS} characters.")
    limit, offset = _window(body, wall)
    properties = tuple(parts.texts(body, "properties"))
    return Query(groups, text, _sort(parts.array(body, "sorts")), properties, limit, offset)


def _check_counts(groups: tuple[tuple[Filter, ...], ...]) -> None:
    if len(groups) > MAX_GROUPS:
        raise invalid(f"Number of filter groups ({len(groups)}) exceeds the maximum of {MAX_GROUPS}.")
    for group in groups:
        if len(group) > MAX_FILTERS_PER_GROUP:
            raise invalid(
                f"Number of filters in a group ({len(group)}) exceeds the maximum of {MAX_FILTERS_PER_GROUP}."
            )
    total = sum(map(len, groups))
    if total > MAX_FILTERS:
        raise invalid(f"Number of filters ({total}) exceeds the maximum of {MAX_FILTERS}.")


def _window(body: Mapping[str, Any], wall: int) -> tuple[int, int]:
    limit = _whole(body.get("limit"), "limit", DEFAULT_LIMIT)
    if not 0 <= limit <= MAX_LIMIT:
        raise invalid(f"The limit of {limit} is not between 0 and {MAX_LIMIT}.")
    offset = _whole(body.get("after") or None, "after", 0)
    if offset < 0:
        raise invalid(f"The paging cursor {offset} is negative.")
    if offset + limit > wall:
        raise invalid(f"A query shows at most {wall} results: {offset} + {limit} asks for more.")
    return limit, offset


def _whole(value: Any, name: str, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise bad_json(f"Cannot deserialize value of `{name}`")
    try:
        return int(value)
    except ValueError:
        raise invalid(f"{name} must be a whole number, and {value!r} is none.") from None


def _group(group: Mapping[str, Any]) -> tuple[Filter, ...]:
    return tuple(_filter(one) for one in parts.mappings(group, "filters"))


def _filter(raw: Mapping[str, Any]) -> Filter:
    missing = [key for key in ("propertyName", "operator") if not raw.get(key)]
    if missing:
        raise bad_json(f"Cannot build Filter, some of required attributes are not set [{', '.join(missing)}]")
    operator = parts.text(raw, "operator")
    if operator not in OPERATORS:
        raise bad_json(f"Cannot deserialize value of type `Operator` from String {operator!r}")
    found = Filter(
        parts.text(raw, "propertyName"),
        operator,
        None if raw.get("value") is None else parts.text(raw, "value"),
        None if raw.get("highValue") is None else parts.text(raw, "highValue"),
        None if raw.get("values") is None else tuple(parts.texts(raw, "values")),
    )
    _check_operands(found)
    return found


def _check_operands(one: Filter) -> None:
    if one.operator in ("IN", "NOT_IN"):
        if not one.values:
            raise invalid(f"The operator {one.operator} on {one.name} needs `values`.")
    elif one.operator == "BETWEEN":
        if one.value is None or one.high is None:
            raise invalid(f"The operator BETWEEN on {one.name} needs `value` and `highValue`.")
    elif one.operator not in ("HAS_PROPERTY", "NOT_HAS_PROPERTY") and one.value is None:
        raise invalid(f"The operator {one.operator} on {one.name} needs a `value`.")


def _sort(rules: list[Any]) -> Sort | None:
    """One rule, as an object, as `name` or as `-name`."""
    if len(rules) > 1:
        raise invalid(f"Only one sort rule is supported, and {len(rules)} were sent.")
    if not rules:
        return None
    rule = rules[0]
    if isinstance(rule, str):
        return Sort(rule.removeprefix("-"), descending=rule.startswith("-"))
    if not isinstance(rule, dict) or not rule.get("propertyName"):
        raise bad_json("Cannot construct instance of `Sort`")
    direction = rule.get("direction", "ASCENDING")
    if direction not in ("ASCENDING", "DESCENDING"):
        raise bad_json(f"Cannot deserialize value of type `Direction` from String {direction!r}")
    return Sort(parts.text(rule, "propertyName"), descending=direction == "DESCENDING")
