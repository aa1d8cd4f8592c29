"""Running a query: the narrowest way to the rows, the conditions, the order, the cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.aggregates import aggregate, is_aggregated
from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.evaluation import Conditions, Predicate
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.names import Names, Resolved
from sandbox.salesforce.selection import Shape, shape_of
from sandbox.salesforce.soql import (
    All,
    Comparison,
    Condition,
    Either,
    Function,
    Membership,
    Query,
    Semijoin,
    Sorting,
    Source,
    Subquery,
    parse,
)
from sandbox.salesforce.stamps import stamp

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row, Table

Bounds = tuple[str | None, str | None]
_INDEXED = [["SystemModstamp"], ["CreatedDate"]]
_NOT_AFTER_STAMP = ("LastModifiedDate", "CreatedDate")
"""A row's SystemModstamp is never before these (salesforce.md §2.2): their lower bound is its lower bound."""


@dataclass
class Found:
    """What a query found: ids to page over, or finished records where it aggregates."""

    total: int
    ids: list[str]
    shape: Shape | None = None
    records: list[dict[str, Any]] | None = None


class Search:
    """One query of one user."""

    def __init__(
        self, org: Org, user: str, text: str, *, deleted: bool = False, tooling: bool = False
    ) -> None:
        """`deleted` shows rows in the recycle bin too, as queryAll does."""
        self.org = org
        self.user = user
        self.text = text
        self.deleted = deleted
        self.tooling = tooling

    def run(self) -> Found:
        """Find the rows; RequestError 400 for whatever the org would not understand."""
        query = parse(self.text)
        names = self._names(query.source)
        if query.offset > self.org.switches.max_offset:
            message = f"Maximum SOQL offset allowed is {self.org.switches.max_offset}"
            raise RequestError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
        if is_aggregated(query):
            total, records = aggregate(query, names, self._matching(query.where, names))
            return Found(total, [], records=records)
        shape = shape_of(query, names, self._children)
        rows = self._in_time(self._ordered(query, names)) if query.order else self._ordered(query, names)
        stop = None if query.limit is None else query.offset + query.limit
        ids = [row["Id"] for row in islice(rows, query.offset, stop)]
        return Found(len(ids), ids, shape)

    def _in_time(self, rows: Iterator[Row]) -> Iterator[Row]:
        """The rows, where they are few enough for the org; RequestError 400 QUERY_TIMEOUT otherwise."""
        most = self.org.switches.slow_query_rows
        if most is None:
            return rows
        found = list(islice(rows, most + 1))
        if len(found) > most:
            raise RequestError(400, "QUERY_TIMEOUT", "Your query request was running for too long.")
        return iter(found)

    def _names(self, source: Source) -> Names:
        return Names(self.org, self.user, source, self.text, tooling=self.tooling)

    def _ordered(self, query: Query, names: Names) -> Iterator[Row]:
        keys = [(sorting, self._sort_key(sorting, names)) for sorting in query.order]
        walk = _index_order(keys) if not _id_set_possible(query.where, names) else None
        if walk is not None and names.object.find(walk[0]) is not None:
            table = self.org.tables[names.object.name]
            name, reverse = walk
            low, high = _stamp_bounds(query.where, name)
            if name == "Id":
                ids = table.ids_between(low, high, reverse=reverse)
            else:
                ids = table.between(name, low, high, reverse=reverse)
            return filter(self._test(query.where, names), _rows(table, ids))
        rows = list(self._matching(query.where, names))
        for sorting, found in reversed(keys):
            sort_rows(rows, sorting, found)
        return iter(rows)

    def _sort_key(self, sorting: Sorting, names: Names) -> Resolved:
        if isinstance(sorting.key, Function):
            raise RequestError(400, "MALFORMED_QUERY", "Ordering by a function needs GROUP BY")
        found = names.resolve(sorting.key)
        if not found.field.describe()["sortable"]:
            message = f"field '{sorting.key}' can not be sorted in a query call"
            raise RequestError(400, "INVALID_FIELD", names.place(sorting.key, message))
        return found

    def _matching(self, where: Condition | None, names: Names) -> Iterator[Row]:
        test = self._test(where, names)
        return filter(test, self._candidates(where, names))

    def _test(self, where: Condition | None, names: Names) -> Predicate:
        hidden = self.org.access.hidden_rows
        deleted = self.deleted
        condition: Predicate | None = None
        if where is not None:
            condition = Conditions(names, self.org.now(), self._values).compile(where)

        def test(row: Row) -> bool:
            if not deleted and row.get("IsDeleted"):
                return False
            return row["Id"] not in hidden and (condition is None or condition(row))

        return test

    def _candidates(self, where: Condition | None, names: Names) -> Iterable[Row]:
        """The rows of the narrowest index; all of them where none fits."""
        table = self.org.tables[names.object.name]
        ids = self._id_set(where, names, table)
        if ids is not None:
            return _rows(table, sorted(ids))
        ways: list[tuple[int, str, Bounds]] = []
        for name in ("SystemModstamp", "CreatedDate"):
            low, high = _stamp_bounds(where, name)
            if (low or high) and names.object.find(name) is not None:
                ways.append((table.count_between(name, low, high), name, (low, high)))
        if ways:
            _, name, (low, high) = min(ways, key=lambda way: way[0])
            return _rows(table, table.between(name, low, high))
        low, high = bounds(where, "Id")
        if low or high:
            return _rows(table, table.ids_between(low, high))
        return table.rows.values()

    def _id_set(self, where: Condition | None, names: Names, table: Table) -> set[str] | None:
        """Ids by equality on an indexed field among the top-level conditions."""
        best: set[str] | None = None
        for part in _conjuncts(where):
            wanted = self._equal_to(part, names)
            if wanted is None:
                continue
            name, values = wanted
            ids = (
                {value for value in values if value in table.rows}
                if name == "Id"
                else table.holding(name, values)
            )
            if best is None or len(ids) < len(best):
                best = ids
        return best

    def _equal_to(self, part: Condition, names: Names) -> tuple[str, set[Any]] | None:
        if not _is_id_test(part, names):
            return None
        found = names.resolve(part.path)  # type: ignore[union-attr]  # _is_id_test let only those with a path pass
        compiler = Conditions(names, self.org.now(), self._values)
        match part:
            case Comparison(_, "=", value):
                return found.field.name, {compiler.constant(found, value)}
            case Membership(_, False, values):
                return found.field.name, {compiler.constant(found, value) for value in values}
            case Semijoin(_, False, query):
                return found.field.name, self._values(query, names)
        return None

    def _values(self, query: Subquery, _outer: Names) -> set[Any]:
        """The values of a semi-join's inner query."""
        names = self._names(query.source)
        found = names.resolve(query.path)
        if found.field.type not in ("id", "reference"):
            message = names.place(
                query.path, "The inner query of a semi-join must select an id or a reference field"
            )
            raise RequestError(400, "MALFORMED_QUERY", message)
        return {value for row in self._matching(query.where, names) if (value := found.key(row)) is not None}

    def _children(self, query: Query, names: Names) -> Callable[[Row, str], Any]:
        """Runs a child query for one row at a time."""
        relationship = next(
            link for name, link in names.object.children.items() if name.lower() == query.source.name.lower()
        )
        child_object, link = relationship
        child = self._names(Source(child_object, query.source.alias, query.source.column))
        shape = shape_of(query, child, self._children)
        test = self._test(query.where, child)
        keys = [(sorting, self._sort_key(sorting, child)) for sorting in query.order]
        table = self.org.tables[child_object]

        def run(row: Row, version: str) -> dict[str, Any] | None:
            rows = [one for one in _rows(table, sorted(table.holding(link, [row["Id"]]))) if test(one)]
            for sorting, found in reversed(keys):
                sort_rows(rows, sorting, found)
            rows = rows[: query.limit]
            if not rows:
                return None
            records = [shape.render(self.org, one, version) for one in rows]
            return {"totalSize": len(records), "done": True, "records": records}

        return run


def sort_rows(rows: list[Row], sorting: Sorting, found: Resolved) -> None:
    """Sort in place by one key; nulls come first unless told otherwise, whatever the direction."""
    places = {value.casefold(): place for place, value in enumerate(found.field.values)}
    listed = found.field.type == "picklist"

    def value_of(row: Row) -> Any:
        value = found.key(row)
        return (places.get(value, len(places)), value) if listed else value

    known = [row for row in rows if found.key(row) is not None]
    nulls = [row for row in rows if found.key(row) is None]
    known.sort(key=value_of, reverse=sorting.descending)
    rows[:] = known + nulls if sorting.nulls_last else nulls + known


def bounds(condition: Condition | None, name: str) -> Bounds:
    """The least and the greatest value (both inclusive) that a field can have where the condition holds."""
    match condition:
        case Comparison(path, sign, value) if path.parts[-1].lower() == name.lower() and len(path.parts) == 1:
            text = _spelt(value.kind, value.value)
            low = text if sign in ("=", ">", ">=") else None
            return low, text if sign in ("=", "<", "<=") else None
        case All(parts):
            every = [bounds(part, name) for part in parts]
            lows = [low for low, _ in every if low is not None]
            highs = [high for _, high in every if high is not None]
            return max(lows, default=None), min(highs, default=None)
        case Either(parts):
            either = [bounds(part, name) for part in parts]
            some_lows = [low for low, _ in either if low is not None]
            some_highs = [high for _, high in either if high is not None]
            low = min(some_lows) if len(some_lows) == len(either) else None
            return low, max(some_highs) if len(some_highs) == len(either) else None
    return None, None


def _stamp_bounds(condition: Condition | None, name: str) -> Bounds:
    low, high = bounds(condition, name)
    if name == "SystemModstamp":
        lows = [low, *(bounds(condition, other)[0] for other in _NOT_AFTER_STAMP)]
        low = max((one for one in lows if one is not None), default=None)
    return low, high


def _spelt(kind: str, value: Any) -> str | None:
    if kind == "datetime":
        return stamp(value)
    return long_id(value) if kind == "string" else None


def _index_order(keys: list[tuple[Sorting, Resolved]]) -> tuple[str, bool] | None:
    """The index that already stands in the wanted order, and whether it is walked backwards."""
    names = [found.field.name for _, found in keys]
    if names != ["Id"] and (names[:1] not in _INDEXED or names[1:] not in ([], ["Id"])):
        return None
    if any(found.parents for _, found in keys) or len({sorting.descending for sorting, _ in keys}) > 1:
        return None
    return names[0], keys[0][0].descending


def _conjuncts(where: Condition | None) -> tuple[Condition, ...]:
    if where is None:
        return ()
    return where.parts if isinstance(where, All) else (where,)


def _is_id_test(part: Condition, names: Names) -> bool:
    match part:
        case Comparison(path, "=", _) | Membership(path, False, _) | Semijoin(path, False, _):
            pass
        case _:
            return False
    if len(path.parts) != 1:
        return False
    field = names.object.find(path.parts[0])
    if field is None or field.type not in ("id", "reference"):
        return False
    return field.name == "Id" or names.org.tables[names.object.name].has_lookup(field.name)


def _id_set_possible(where: Condition | None, names: Names) -> bool:
    return any(_is_id_test(part, names) for part in _conjuncts(where))


def _rows(table: Table, ids: Iterable[str]) -> Iterator[Row]:
    return (table.rows[row_id] for row_id in ids)
