"""Records and their versions.

A version never changes: a write makes the next one, so that the search index, which lags behind, can go on
holding the old one at no cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sortedcontainers import SortedList

from sandbox.hubspot.moments import to_iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.hubspot.schema import ObjectType


class Version(NamedTuple):
    """A record's values at one time. Times in milliseconds; `properties` is never changed in place."""

    id: int
    properties: Mapping[str, str]
    created: int
    modified: int


class Change(NamedTuple):
    """One entry of a property's history (§2.4)."""

    value: str
    at: int
    source: str
    source_id: str | None


class Record:
    """One record: its present version, its fate and the history of what changed after its creation."""

    __slots__ = ("archived", "history", "merged_into", "source", "version")

    def __init__(self, version: Version, source: str) -> None:
        self.version = version
        self.source = source
        self.archived: int | None = None
        self.merged_into: int | None = None
        self.history: dict[str, list[Change]] | None = None

    def note(self, name: str, change: Change) -> None:
        """Remember that a property took a new value."""
        if self.history is None:
            self.history = {}
        if name not in self.history:
            first = self.version.properties.get(name)
            born = Change(first, self.version.created, self.source, None) if first is not None else None
            self.history[name] = [born] if born else []
        self.history[name].append(change)

    def history_of(self, name: str) -> list[Change]:
        """All values of a property, newest first; what it had at creation dates from then."""
        if self.history and name in self.history:
            return self.history[name][::-1]
        value = self.version.properties.get(name)
        return [] if value is None else [Change(value, self.version.created, self.source, None)]


class Shelf:
    """All records of one object type, by id, with its unique values."""

    def __init__(self, object_type: ObjectType) -> None:
        self.object_type = object_type
        self.records: dict[int, Record] = {}
        self.live: SortedList[int] = SortedList()
        self.archived: SortedList[int] = SortedList()
        self.unique: dict[str, dict[str, int]] = {}
        """property → lower-case value → id of the live record that has it"""

    def value(self, version: Version, name: str) -> str | None:
        """A property of a version as text; None where it is unset."""
        if name == "hs_object_id":
            return str(version.id)
        if name == self.object_type.modified:
            return to_iso(version.modified)
        if name in (self.object_type.created, "hs_createdate") and name not in version.properties:
            return to_iso(version.created)
        return version.properties.get(name)

    def at(self, record_id: int) -> Record | None:
        """The live record of that id: neither archived nor merged away."""
        record = self.records.get(record_id)
        return (
            None
            if record is None or record.archived is not None or record.merged_into is not None
            else record
        )

    def surviving(self, record_id: int) -> Record | None:
        """The live record that an id leads to, through merges."""
        record = self.records.get(record_id)
        while record is not None and record.merged_into is not None:
            record = self.records.get(record.merged_into)
        return None if record is None or record.archived is not None else record

    def by_unique(self, name: str, value: str) -> Record | None:
        """The live record with that value of a unique property."""
        found = self.unique.get(name, {}).get(value.lower())
        return None if found is None else self.at(found)
