"""Rows of one object with the indexes that keep a million of them quick.

A row is a plain dictionary of what is not null, in the API's spelling; times are texts that sort as times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sortedcontainers import SortedList

Row = dict[str, Any]
SORTED_FIELDS = ("SystemModstamp", "CreatedDate")
_AFTER_ANY_ID = "~"


class Table:
    """The rows of one object by their 18-character id, deleted ones among them."""

    def __init__(self, lookups: Iterable[str] = ()) -> None:
        self.rows: dict[str, Row] = {}
        self.undo: list[Callable[[], None]] | None = None
        """While it is a list, every change leaves here what takes it back."""
        self._ids: SortedList[str] = SortedList()
        self._sorted: dict[str, SortedList[tuple[str, str]]] = {name: SortedList() for name in SORTED_FIELDS}
        self._lookups: dict[str, dict[Any, set[str]]] = {name: defaultdict(set) for name in lookups}

    def put(self, row: Row) -> None:
        """Add a new row."""
        row_id = row["Id"]
        self.rows[row_id] = row
        self._ids.add(row_id)
        for name, index in self._sorted.items():
            if name in row:
                index.add((row[name], row_id))
        for name, lookup in self._lookups.items():
            if name in row:
                lookup[row[name]].add(row_id)
        if self.undo is not None:
            self.undo.append(lambda: self.erase(row_id))

    def change(self, row_id: str, changes: Row) -> None:
        """Change fields of a row; None takes a value away."""
        row = self.rows[row_id]
        if self.undo is not None:
            before = {name: row.get(name) for name in changes}
            self.undo.append(lambda: self.change(row_id, before))
        for name, index in self._sorted.items():
            if name in changes and changes[name] != row.get(name):
                if name in row:
                    index.remove((row[name], row_id))
                index.add((changes[name], row_id))
        for name, lookup in self._lookups.items():
            if name in changes:
                lookup[row.get(name)].discard(row_id)
                if changes[name] is not None:
                    lookup[changes[name]].add(row_id)
        for name, value in changes.items():
            if value is None:
                row.pop(name, None)
            else:
                row[name] = value

    def erase(self, row_id: str) -> None:
        """Take a row out for good."""
        row = self.rows.pop(row_id)
        if self.undo is not None:
            self.undo.append(lambda: self.put(row))
        self._ids.remove(row_id)
        for name, index in self._sorted.items():
            if name in row:
                index.remove((row[name], row_id))
        for name, lookup in self._lookups.items():
            lookup[row.get(name)].discard(row_id)

    def has_lookup(self, name: str) -> bool:
        """Whether equality on a field is indexed."""
        return name in self._lookups

    def holding(self, name: str, values: Iterable[Any]) -> set[str]:
        """Ids of the rows whose indexed field has one of these values."""
        lookup = self._lookups[name]
        found: set[str] = set()
        for value in values:
            found |= lookup.get(value, set())
        return found

    def count_between(self, name: str, low: str | None, high: str | None) -> int:
        """How many rows `between` would walk over."""
        index = self._sorted[name]
        first = index.bisect_left((low, "")) if low is not None else 0
        last = index.bisect_right((high, _AFTER_ANY_ID)) if high is not None else len(index)
        return max(last - first, 0)

    def between(
        self, name: str, low: str | None, high: str | None, *, reverse: bool = False
    ) -> Iterator[str]:
        """Ids of the rows with `low <= field <= high`, ordered by (field, id)."""
        least = (low, "") if low is not None else None
        most = (high, _AFTER_ANY_ID) if high is not None else None
        return (row_id for _, row_id in self._sorted[name].irange(least, most, reverse=reverse))

    def ids_between(self, low: str | None, high: str | None, *, reverse: bool = False) -> Iterator[str]:
        """Ids from `low` to `high`, in order."""
        return iter(self._ids.irange(low, high, reverse=reverse))

    def live(self) -> Iterator[Row]:
        """Rows that are not deleted."""
        return (row for row in self.rows.values() if not row.get("IsDeleted"))

    def __len__(self) -> int:
        """All rows, deleted ones among them."""
        return len(self.rows)
