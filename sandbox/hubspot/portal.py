"""The portal's state, and what a person in HubSpot can do with it: the API that fillers and tests use.

Ids are texts, as in HubSpot's JSON; numbers are taken too. Times are aware datetimes outside, milliseconds
inside. Everything is safe to call while the HTTP side is being served.
"""

from __future__ import annotations

import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.hubspot.access import Access
from sandbox.hubspot.index import SearchIndex
from sandbox.hubspot.limits import Limits, Tier
from sandbox.hubspot.links import LINK_TYPES, Links, LinkType, unlabelled
from sandbox.hubspot.moments import iso_to_ms, to_ms
from sandbox.hubspot.pipelines import Owner, standard_pipelines
from sandbox.hubspot.records import Change, Record, Shelf, Version
from sandbox.hubspot.ripples import CALCULATED, own_values, ripple, roll_up
from sandbox.hubspot.schema import Definition, Group
from sandbox.hubspot.search import Search
from sandbox.hubspot.segments import Segments
from sandbox.hubspot.standard import OBJECT_TYPES, standard_schema
from sandbox.hubspot.switches import HubSpotSwitches
from sandbox.hubspot.values import BadValue, Scalar, normalise, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sandbox.clock import Clock
    from sandbox.hubspot.schema import ObjectType

MAX_ID_GAP = 9
"""Ids grow in steps of 1 to this, so that nobody can count on the next one."""
_TYPES: dict[str, ObjectType] = {
    alias: one for one in OBJECT_TYPES for alias in (one.name, one.singular, one.type_id)
}


class Portal:
    """One HubSpot account."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        tier: Tier | None = None,
        switches: HubSpotSwitches | None = None,
        portal_id: int = 4_711_000,
        time_zone: str = "UTC",
    ) -> None:
        """Open an empty portal; `seed` decides ids and tokens, `tier` the limits (default: Starter)."""
        self.clock = clock
        self.lock = threading.RLock()
        self.random = random.Random(seed)
        self.switches = switches or HubSpotSwitches()
        self.portal_id = portal_id
        self.time_zone = time_zone
        self.born = self.now()
        self.access = Access(self.random)
        self.limits = Limits(tier or Tier(), time_zone, self.switches)
        self.schemas = {one.name: standard_schema(one.name) for one in OBJECT_TYPES}
        self.shelves = {one.name: Shelf(one) for one in OBJECT_TYPES}
        self.indexes = {one.name: SearchIndex() for one in OBJECT_TYPES}
        self.next_ids = {one.name: one.first_id for one in OBJECT_TYPES}
        self.links = Links()
        self.pipelines = standard_pipelines()
        self.owners: dict[int, Owner] = {}
        self.segments = Segments()
        for first, last in (("Ada", "Lind"), ("Ben", "Okafor"), ("Chloé", "Marín")):
            self.add_owner(first, last)

    # ------------------------------------------------------------ looking

    def now(self) -> int:
        """The present in ms."""
        return to_ms(self.clock.now())

    def type_named(self, name: str) -> ObjectType | None:
        """The object type by plural, singular, any case, or type id such as 0-1."""
        return _TYPES.get(name.lower())

    def get(self, object_type: str, record_id: str | int) -> dict[str, str]:
        """All values of a live record, hs_object_id and dates included; KeyError where there is none."""
        with self.lock:
            shelf = self._shelf(object_type)
            return self.values(shelf, self._record(shelf, record_id).version)

    def rows(self, object_type: str) -> Iterator[dict[str, str]]:
        """All live records as `get` shows them, by id."""
        shelf = self._shelf(object_type)
        with self.lock:
            versions = [shelf.records[record_id].version for record_id in shelf.live]
        return (self.values(shelf, version) for version in versions)

    def count(self, object_type: str) -> int:
        """How many live records there are."""
        return len(self._shelf(object_type).live)

    def history(self, object_type: str, record_id: str | int, name: str) -> list[Change]:
        """All values that a property had, newest first."""
        with self.lock:
            return self._record(self._shelf(object_type), record_id).history_of(name)

    def associated(self, object_type: str, record_id: str | int, other_type: str) -> list[str]:
        """The ids of another type's records that are associated with this one."""
        with self.lock:
            source, target = self._shelf(object_type).object_type, self._shelf(other_type).object_type
            return [str(one) for one in self.links.ids(source.name, int(record_id), target.name)]

    def values(self, shelf: Shelf, version: Version) -> dict[str, str]:
        """A version's set values, system ones included."""
        system = {name: shelf.value(version, name) or "" for name in shelf.object_type.always}
        return {**version.properties, **system}

    def search(self, object_type: str) -> Search:
        """The search of one object type."""
        shelf = self._shelf(object_type)
        name = shelf.object_type.name

        def linked(other: str, record_id: int) -> list[int]:
            other_type = self.type_named(other)
            return [] if other_type is None else self.links.ids(other_type.name, record_id, name)

        return Search(shelf, self.schemas[name], self.indexes[name], linked, self.switches)

    # ------------------------------------------------------------ doing

    def create(
        self,
        object_type: str,
        properties: Mapping[str, Scalar | None],
        *,
        created_at: datetime | None = None,
        modified_at: datetime | None = None,
        source: str = "CRM_UI",
    ) -> str:
        """Add a record and return its id. Read-only properties may be set; BadValue for unfit ones.

        `created_at` defaults to now, `modified_at` to `created_at`.
        """
        with self.lock:
            shelf = self._shelf(object_type)
            changes = self.fit(
                shelf, {name: value for name, value in properties.items() if value is not None}
            )
            created = to_ms(created_at) if created_at else self.now()
            given = [
                changes.pop(name, None) for name in (shelf.object_type.created, shelf.object_type.modified)
            ]
            created = iso_to_ms(given[0]) if given[0] else created
            modified = to_ms(modified_at) if modified_at else iso_to_ms(given[1]) if given[1] else created
            return str(self.insert(shelf, changes, created, max(created, modified), source).version.id)

    def update(
        self,
        object_type: str,
        record_id: str | int,
        properties: Mapping[str, Scalar | None],
        *,
        source: str = "CRM_UI",
        at: datetime | None = None,
    ) -> None:
        """Change a record as a person would; None or "" clears. Read-only properties may be set."""
        with self.lock:
            shelf = self._shelf(object_type)
            changes = self.fit(shelf, properties)
            self.write(
                shelf, self._record(shelf, record_id), changes, to_ms(at) if at else self.now(), source
            )

    def archive(self, object_type: str, record_id: str | int) -> None:
        """Put a record into the recycle bin; its associations end."""
        with self.lock:
            shelf = self._shelf(object_type)
            record = self._record(shelf, record_id)
            record.archived = self.now()
            shelf.archived.add(record.version.id)
            self._leave(shelf, record)
            for other, other_id in self.links.neighbours(shelf.object_type.name, record.version.id):
                self.links.remove(shelf.object_type.name, record.version.id, other, other_id)
                roll_up(self, other, other_id, self.now())

    def merge(self, object_type: str, winner_id: str | int, loser_id: str | int) -> None:
        """Merge `loser` into `winner`: it fills gaps, its associations move, its id leads to the winner."""
        with self.lock:
            shelf = self._shelf(object_type)
            winner, loser = self._record(shelf, winner_id), self._record(shelf, loser_id)
            kept, lost = winner.version, loser.version
            gaps = {name: value for name, value in lost.properties.items() if name not in kept.properties}
            traces = ("hs_merged_object_ids", "hs_calculated_merged_vids")
            for name in (name for name in traces if name in self.schemas[shelf.object_type.name]):
                held = [kept.properties.get(name), lost.properties.get(name), str(lost.id)]
                gaps[name] = ";".join(one for one in held if one)
            loser.merged_into = kept.id
            self._leave(shelf, loser)
            self.links.move(shelf.object_type.name, lost.id, kept.id)
            self.write(shelf, winner, gaps, self.now(), "MERGE_OBJECTS")
            ripple(self, shelf, winner, set(), self.now(), linked=True)

    def associate(
        self,
        from_type: str,
        from_id: str | int,
        to_type: str,
        to_id: str | int,
        type_id: int | None = None,
        *,
        at: datetime | None = None,
    ) -> None:
        """Associate two records; without `type_id` as Primary where that exists. KeyError, ValueError."""
        with self.lock:
            source, target = self._shelf(from_type), self._shelf(to_type)
            here, there = self._record(source, from_id), self._record(target, to_id)
            names = (source.object_type.name, target.object_type.name)
            kind = LINK_TYPES.get(type_id) if type_id else _default_link(*names)
            if kind is None or (kind.source, kind.target) != names:
                raise ValueError(f"No association type {type_id} leads from {names[0]} to {names[1]}.")
            moment = to_ms(at) if at else self.now()
            self.links.add(kind, here.version.id, there.version.id)
            for shelf, record in ((source, here), (target, there)):
                if self.switches.association_bumps:
                    self.store(
                        shelf, record, record.version._replace(modified=max(record.version.modified, moment))
                    )
                ripple(self, shelf, record, set(), moment, linked=True)

    def dissociate(self, from_type: str, from_id: str | int, to_type: str, to_id: str | int) -> None:
        """End every association between two records."""
        with self.lock:
            source, target = self._shelf(from_type), self._shelf(to_type)
            here, there = self._record(source, from_id), self._record(target, to_id)
            self.links.remove(
                source.object_type.name, here.version.id, target.object_type.name, there.version.id
            )
            for shelf, record in ((source, here), (target, there)):
                ripple(self, shelf, record, set(), self.now(), linked=True)

    def add_property(self, object_type: str, definition: Definition) -> None:
        """Add a custom property, with its group where that is new; ValueError where the name is taken."""
        with self.lock:
            schema = self.schemas[self._shelf(object_type).object_type.name]
            if definition.name in schema:
                raise ValueError(f"{object_type} already has a property {definition.name}.")
            schema.groups.setdefault(definition.group, Group(definition.group, definition.group))
            now = self.now()
            schema.put(
                replace(definition, created=now, updated=now, label=definition.label or definition.name)
            )

    def add_owner(self, first_name: str, last_name: str, email: str | None = None) -> str:
        """Add an owner and return the id that hubspot_owner_id takes."""
        with self.lock:
            number = len(self.owners)
            owner_id, user_id = 41_000_000 + 1_009 * number, 9_000_000 + 17 * number
            address = email or f"{first_name}.{last_name}@vendor.example".lower()
            self.owners[owner_id] = Owner(owner_id, user_id, address, first_name, last_name, self.born)
            return str(owner_id)

    # ------------------------------------------------------------ what both sides share

    def fit(self, shelf: Shelf, properties: Mapping[str, Scalar | None]) -> dict[str, str]:
        """The texts to store, "" for clearing; BadValue for the first that does not fit."""
        schema = self.schemas[shelf.object_type.name]
        changes: dict[str, str] = {}
        for name, value in properties.items():
            definition = schema.get(name)
            if definition is None or name == "hs_object_id":
                raise BadValue(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
            text = "" if value is None else text_of(value)
            changes[name] = self.check(definition, text) if text else ""
        return changes

    def check(self, definition: Definition, text: str) -> str:
        """`normalise`, with the options that other records make: owners."""
        if definition.name == "hubspot_owner_id" and not (text.isdecimal() and int(text) in self.owners):
            message = f"{text} was not one of the allowed options: owner ids"
            raise BadValue(definition.name, "INVALID_OPTION", message)
        return normalise(definition, text)

    def insert(
        self, shelf: Shelf, changes: Mapping[str, str], created: int, modified: int, source: str
    ) -> Record:
        """Add a record of fitted values."""
        name = shelf.object_type.name
        record_id = self.next_ids[name]
        self.next_ids[name] += self.random.randint(1, MAX_ID_GAP)
        record = Record(Version(record_id, {}, created, modified), source)
        shelf.records[record_id] = record
        shelf.live.add(record_id)
        values = {key: value for key, value in changes.items() if value}
        values |= {key: value for key, value in own_values(self, shelf, values, created).items() if value}
        self.claim(shelf, record_id, {}, values)
        self.store(shelf, record, Version(record_id, values, created, modified))
        ripple(self, shelf, record, set(values), modified)
        return record

    def write(self, shelf: Shelf, record: Record, changes: Mapping[str, str], at: int, source: str) -> None:
        """Change a live record by fitted values; "" clears."""
        old = record.version
        changed = {name: value for name, value in changes.items() if old.properties.get(name, "") != value}
        if not changed and not (self.switches.equal_write_bumps and source != CALCULATED):
            return
        values = _changed(old.properties, changed)
        if source != CALCULATED:
            derived_values = own_values(self, shelf, values, old.created)
            more = {name: value for name, value in derived_values.items() if values.get(name, "") != value}
            values, changed = _changed(values, more), changed | more
        for name, value in changed.items():
            record.note(name, Change(value, at, source, None))
        self.claim(shelf, old.id, old.properties, values)
        self.store(shelf, record, Version(old.id, values, old.created, max(old.modified, at)))
        ripple(self, shelf, record, set(changed), at)

    def claim(self, shelf: Shelf, record_id: int, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Keep the look-up of unique values; the caller has seen to it that they are free."""
        for name in self.schemas[shelf.object_type.name].unique:
            before, after = old.get(name), new.get(name)
            if before != after:
                taken = shelf.unique.setdefault(name, {})
                if before is not None and taken.get(before.lower()) == record_id:
                    del taken[before.lower()]
                if after is not None:
                    taken[after.lower()] = record_id

    def store(self, shelf: Shelf, record: Record, version: Version) -> None:
        """Make a version the present one, which search sees after the index lag."""
        record.version = version
        due = self.now() + int(self.switches.index_lag_seconds * 1_000)
        self.indexes[shelf.object_type.name].change(version.id, version, due)

    # ------------------------------------------------------------ inside

    def _shelf(self, object_type: str) -> Shelf:
        found = self.type_named(object_type)
        if found is None:
            raise KeyError(f"The portal has no object type {object_type!r}.")
        return self.shelves[found.name]

    def _record(self, shelf: Shelf, record_id: str | int) -> Record:
        record = shelf.at(int(record_id))
        if record is None:
            raise KeyError(f"There is no live {shelf.object_type.singular} {record_id}.")
        return record

    def _leave(self, shelf: Shelf, record: Record) -> None:
        shelf.live.remove(record.version.id)
        self.claim(shelf, record.version.id, record.version.properties, {})
        due = self.now() + int(self.switches.index_lag_seconds * 1_000)
        self.indexes[shelf.object_type.name].change(record.version.id, None, due)


def _changed(old: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    values = {**old, **changes}
    for name, value in changes.items():
        if not value:
            del values[name]
    return values


def _default_link(source: str, target: str) -> LinkType | None:
    found = [one for one in LINK_TYPES.values() if (one.source, one.target) == (source, target)]
    return next((one for one in found if one.is_primary), unlabelled(source, target))
