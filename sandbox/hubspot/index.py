"""What search knows: every record's indexed version, ordered by time and by id, a configurable while behind.

Search answers from here; reads by id do not (hubspot.md §2.1 freshness). Changes wait in a queue until due.
A result that needed a scan is kept up to date as changes arrive, so that walking it by keyset stays quick.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Any, NamedTuple

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from sandbox.hubspot.records import Version

    Predicate = Callable[[Version], bool]
    Key = Callable[[Version], tuple[Any, ...]]

BULK = 5_000
"""From so many changes on, the orders are rebuilt at once."""
MAX_STANDING = 8
"""How many scanned results are kept."""


class _Pending(NamedTuple):
    due: int
    id: int
    version: Version | None


class Standing:
    """A scanned result in its order, kept up to date. Rows are `key(version)`; the id comes last."""

    def __init__(self, matches: Predicate, key: Key, versions: Iterable[Version]) -> None:
        self.matches = matches
        self.key = key
        self.rows: SortedList[tuple[Any, ...]] = SortedList(key(one) for one in versions if matches(one))

    def replace(self, old: Version | None, new: Version | None) -> None:
        """Take a record's change in."""
        if old is not None and self.matches(old):
            self.rows.discard(self.key(old))
        if new is not None and self.matches(new):
            self.rows.add(self.key(new))


class SearchIndex:
    """The searchable versions of one object type."""

    def __init__(self) -> None:
        self.seen: dict[int, Version] = {}
        self.by_modified: SortedList[tuple[int, int]] = SortedList()
        """(modified in ms, id)"""
        self.by_id: SortedList[int] = SortedList()
        self._pending: deque[_Pending] = deque()
        self._standing: OrderedDict[Hashable, Standing] = OrderedDict()

    def change(self, record_id: int, version: Version | None, due: int) -> None:
        """Make a new version visible at `due` (ms), but never before an earlier change; None: it is gone."""
        self._pending.append(_Pending(due, record_id, version))

    def settle(self, now: int) -> None:
        """Take in every change that is due at `now` (ms)."""
        latest: dict[int, Version | None] = {}
        while self._pending and self._pending[0].due <= now:
            _, record_id, version = self._pending.popleft()
            latest[record_id] = version
        if not latest:
            return
        for standing in self._standing.values():
            for record_id, version in latest.items():
                standing.replace(self.seen.get(record_id), version)
        self._reorder(latest)
        for record_id, version in latest.items():
            if version is None:
                self.seen.pop(record_id, None)
            else:
                self.seen[record_id] = version

    def _reorder(self, latest: dict[int, Version | None]) -> None:
        for record_id, version in latest.items():
            old = self.seen.get(record_id)
            if old is not None:
                self.by_modified.remove((old.modified, record_id))
                if version is None:
                    self.by_id.remove(record_id)
        fresh = [(one.modified, one.id) for one in latest.values() if one is not None]
        new = [one.id for one in latest.values() if one is not None and one.id not in self.seen]
        if len(fresh) >= BULK:
            self.by_modified.update(fresh)
            self.by_id.update(new)
            return
        for pair in fresh:
            self.by_modified.add(pair)
        for record_id in new:
            self.by_id.add(record_id)

    def standing(
        self, name: Hashable, matches: Predicate, key: Key, versions: Callable[[], Iterable[Version]]
    ) -> Standing:
        """The kept result of that name, or a new one scanned from `versions()`."""
        found = self._standing.get(name)
        if found is None:
            found = self._standing[name] = Standing(matches, key, versions())
            if len(self._standing) > MAX_STANDING:
                self._standing.popitem(last=False)
        self._standing.move_to_end(name)
        return found

    def forget(self) -> None:
        """Drop the kept results: the schema that they were scanned by has changed."""
        self._standing.clear()
