"""COUNT, SUM, AVG, MIN, MAX and GROUP BY (salesforce.md §3.3: records of type AggregateResult)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.evaluation import ORDERINGS
from sandbox.salesforce.names import Names
from sandbox.salesforce.soql import Function, GroupTest, Having, Item, Path, Query, Sorting

if TYPE_CHECKING:
    from sandbox.salesforce.table import Row

MAX_GROUPS = 2_000
"""There is no next page of groups (§3.3)."""
Fold = Callable[[list["Row"]], Any]


def is_aggregated(query: Query) -> bool:
    """Whether the query gives groups instead of rows."""
    return bool(query.group) or any(isinstance(item.what, Function) for item in query.items)


def aggregate(query: Query, names: Names, rows: Iterable[Row]) -> tuple[int, list[dict[str, Any]]]:
    """Total size and records; for a bare COUNT() the size alone."""
    if len(query.items) == 1 and query.items[0].what == Function("COUNT", None, _column(query.items[0])):
        return sum(1 for _ in rows), []
    groups = _groups(query, names, rows)
    columns = _columns(query, names)
    kept = [group for group in groups if query.having is None or _passes(query.having, group, names)]
    for sorting in reversed(query.order):
        kept = _sorted(kept, _fold(sorting.key, names), sorting)
    stop = None if query.limit is None else query.offset + query.limit
    kept = kept[query.offset : stop]
    if len(kept) > MAX_GROUPS:
        message = (
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to one batch"
        )
        raise RequestError(400, "EXCEEDED_ID_LIMIT", message)
    records = [
        {"attributes": {"type": "AggregateResult"}} | {name: fold(group) for name, fold in columns}
        for group in kept
    ]
    return len(records), records


def _column(item: Item) -> int:
    return item.what.column if isinstance(item.what, Function) else 0


def _groups(query: Query, names: Names, rows: Iterable[Row]) -> list[list[Row]]:
    if not query.group:
        return [list(rows)]
    keys = [names.resolve(path).key for path in query.group]
    found: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(key(row) for key in keys), []).append(row)
    return list(found.values())


def _columns(query: Query, names: Names) -> list[tuple[str, Fold]]:
    columns: list[tuple[str, Fold]] = []
    unnamed = 0
    grouped = {str(path).lower() for path in query.group}
    for item in query.items:
        if isinstance(item.what, Function):
            name = item.alias or f"expr{unnamed}"
            unnamed += item.alias is None
        elif isinstance(item.what, Path):
            if str(item.what).lower() not in grouped:
                message = f"Field must be grouped or aggregated: {item.what}"
                raise RequestError(400, "MALFORMED_QUERY", names.place(item.what, message))
            name = item.alias or names.resolve(item.what).field.name
        else:
            raise RequestError(400, "MALFORMED_QUERY", "Grouped queries select fields and functions only")
        columns.append((name, _fold(item.what, names)))
    return columns


def _fold(what: Path | Function, names: Names) -> Fold:
    if isinstance(what, Path):
        get = names.resolve(what).get
        return lambda group: get(group[0]) if group else None
    if what.path is None:
        if what.name != "COUNT":
            raise _unknown(what)
        return len
    found = names.resolve(what.path)
    fold = _FOLDS.get(what.name)
    if fold is None:
        raise _unknown(what)
    if what.name in ("SUM", "AVG") and not found.field.is_number:
        message = f"field {what.path} does not support aggregate operator {what.name}"
        raise RequestError(400, "MALFORMED_QUERY", names.place(what.path, message))
    return lambda group: fold([value for row in group if (value := found.get(row)) is not None])


_FOLDS: dict[str, Callable[[list[Any]], Any]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(
        {value.casefold() if isinstance(value, str) else value for value in values}
    ),
    "SUM": lambda values: sum(values) if values else None,
    "AVG": lambda values: sum(values) / len(values) if values else None,
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
}


def _unknown(what: Function) -> RequestError:
    return RequestError(400, "MALFORMED_QUERY", f"unexpected token: '{what.name}'")


def _passes(having: Having, group: list[Row], names: Names) -> bool:
    outcomes = (_test(test, group, names) for test in having.tests)
    return all(outcomes) if having.every else any(outcomes)


def _test(test: GroupTest, group: list[Row], names: Names) -> bool:
    value, wanted = _fold(test.key, names)(group), test.value.value
    if test.operator == "=":
        return bool(value == wanted)
    if test.operator == "!=":
        return bool(value != wanted)
    return value is not None and wanted is not None and ORDERINGS[test.operator](value, wanted)


def _sorted(groups: list[list[Row]], key: Fold, sorting: Sorting) -> list[list[Row]]:
    known = sorted((group for group in groups if key(group) is not None), key=key, reverse=sorting.descending)
    nulls = [group for group in groups if key(group) is None]
    return known + nulls if sorting.nulls_last else nulls + known
