"""The org: objects, rows, users, and what people do in it. What API users do goes through `saving`."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.access import RIGHTS_OBJECTS, Access
from sandbox.salesforce.automation import derive, follow_up, refresh_last_activity
from sandbox.salesforce.bulk import BulkJobs
from sandbox.salesforce.ids import long_id, make_id
from sandbox.salesforce.lifecycle import Conversion, convert, merge
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.list_views import ListViews
from sandbox.salesforce.paging import Cursors
from sandbox.salesforce.population import People, populate
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.sessions import Sessions
from sandbox.salesforce.setup_objects import all_setup, all_tooling
from sandbox.salesforce.stamps import parse_stamp, stamp
from sandbox.salesforce.standard import all_standard
from sandbox.salesforce.switches import SalesforceSwitches
from sandbox.salesforce.table import Row, Table
from sandbox.salesforce.transactions import Transaction

if TYPE_CHECKING:
    from sandbox.clock import Clock

ValidationRule = Callable[[Row | None, Row], str | tuple[str, str] | None]
"""(before, after) -> the admin's error text, or (text, field), or None where all is well."""
Trigger = Callable[[list[tuple[Row | None, Row]]], dict[int, str] | None]
"""Gets (before, after) of a chunk of up to 200; may answer errors by position; an exception fails all."""
OwnerRule = Callable[[Row], str | None]
"""The active assignment rule: a lead's new owner, or None to leave it."""


class Org:
    """A Salesforce org in memory. `lock` guards it: requests and fillers may come from different threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        switches: SalesforceSwitches | None = None,
        daily_calls: int = 100_000,
        my_domain: str = "acme.my.salesforce.com",
    ) -> None:
        """An org with users, a queue and its standard objects, but without leads."""
        self.clock = clock
        self.lock = threading.RLock()
        self.switches = switches or SalesforceSwitches()
        self.my_domain = my_domain
        self.objects: dict[str, SObject] = all_standard() | all_setup()
        self.tooling_objects: dict[str, SObject] = all_tooling()
        self.tables: dict[str, Table] = {
            name: Table(one.lookups) for name, one in (self.objects | self.tooling_objects).items()
        }
        self.validation_rules: dict[str, list[ValidationRule]] = defaultdict(list)
        self.triggers: dict[str, list[Trigger]] = defaultdict(list)
        self.assignment_rule: OwnerRule | None = None
        self.locked: dict[str, int | None] = {}
        """Ids of rows that somebody else holds, and for how many more attempts; None is until unlocked."""
        self.in_approval: set[str] = set()
        """Ids locked by an approval process."""
        self.access = Access(self)
        self.limits = Limits(clock, daily_calls)
        self._pending: list[Transaction] = []
        self.serials: dict[str, int] = defaultdict(int)
        """The last id of each object."""
        self._pod = "5" + Random(seed).choice("efghijk")
        self._by_prefix = {
            one.prefix: one.name for one in (*self.objects.values(), *self.tooling_objects.values())
        }
        self._by_lower = {name.lower(): one for name, one in self.objects.items()}
        self.people: People = populate(self)
        self.sessions = Sessions(self)
        self.cursors = Cursors(self)
        self.list_views = ListViews(self)
        self.bulk = BulkJobs(self)

    # ------------------------------------------------------------------ looking

    def now(self) -> datetime:
        """The org's time."""
        return self.clock.now()

    @property
    def org_id(self) -> str:
        """The org's own id."""
        return self.people.organization

    @property
    def integration_user(self) -> str:
        """The user whom Leadline logs in as."""
        return self.people.integration_user

    @property
    def reps(self) -> tuple[str, ...]:
        """The human users."""
        return self.people.reps

    @property
    def queue(self) -> str:
        """A queue that may own leads."""
        return self.people.queue

    def find_object(self, name: str, *, tooling: bool = False) -> SObject | None:
        """An object by its name in any case; with `tooling` the Tooling API's own too."""
        if tooling:
            for one in self.tooling_objects.values():
                if one.name.lower() == name.lower():
                    return one
        return self._by_lower.get(name.lower())

    def object_name(self, row_id: str) -> str:
        """The object that an id belongs to; KeyError for an unknown prefix."""
        return self._by_prefix[row_id[:3]]

    def kind_of(self, row_id: str) -> str:
        """What a polymorphic parent's Type says: the object, but Queue for a queue."""
        name = self.object_name(row_id)
        row = self.tables[name].rows[row_id]
        return "Queue" if name == "Group" and row.get("Type") == "Queue" else name

    def row(self, row_id: str | None) -> Row | None:
        """The stored row behind an 18-character id, deleted or not; None where there is none."""
        if row_id is None:
            return None
        name = self._by_prefix.get(row_id[:3])
        return None if name is None else self.tables[name].rows.get(row_id)

    def get(self, object_name: str, row_id: str) -> Row:
        """A copy of a row with every field, null ones too; KeyError where there is none."""
        with self.lock:
            row = self.tables[object_name].rows[_whole(row_id)]
            fields = self.objects.get(object_name, self.tooling_objects.get(object_name))
            assert fields is not None  # noqa: S101 - every table has its object
            blank = {one.name: False if one.type == "boolean" else None for one in fields.fields.values()}
            return blank | row

    def rows(self, object_name: str, *, deleted: bool = False) -> list[Row]:
        """Copies of the stored rows (without null fields), oldest id first."""
        with self.lock:
            table = self.tables[object_name]
            return [dict(row) for row in table.rows.values() if deleted or not row.get("IsDeleted")]

    # ------------------------------------------------------------------ what people do

    def insert(
        self,
        object_name: str,
        fields: Row,
        *,
        created_at: datetime | None = None,
        created_by: str | None = None,
        row_id: str | None = None,
    ) -> str:
        """Add a record as a person would, now or at a past moment; its id. ValueError for unknown fields."""
        with self.lock:
            at = stamp(created_at or self.now())
            by = created_by or self.people.reps[0]
            row_id = row_id or self.new_id(object_name)
            schema = self._schema(object_name)
            values = dict(schema.defaults)
            if "OwnerId" in schema.fields:
                values["OwnerId"] = by
            values |= _stored(schema, fields)
            stamps = {"CreatedDate": at, "CreatedById": by, "LastModifiedDate": at, "LastModifiedById": by}
            row = {"Id": row_id} | values | stamps | {"SystemModstamp": at}
            row |= derive(self, object_name, row)
            row = {name: value for name, value in row.items() if value is not None and name in schema.fields}
            self.tables[object_name].put(row)
            self._saved(object_name, None, row, at)
            return row_id

    def update(
        self,
        object_name: str,
        row_id: str,
        fields: Row,
        *,
        by: str | None = None,
        at: datetime | None = None,
    ) -> None:
        """Change a record as a person would: every stamp moves, also where no value does."""
        with self.lock:
            self._change(object_name, _whole(row_id), _stored(self._schema(object_name), fields), by, at)

    def delete(
        self, object_name: str, row_id: str, *, by: str | None = None, at: datetime | None = None
    ) -> None:
        """Move a record to the recycle bin: only queryAll shows it from now on (§2.5)."""
        with self.lock:
            row_id = _whole(row_id)
            if object_name in RIGHTS_OBJECTS:
                self.access.erase(object_name, row_id)
                return
            self._change(object_name, row_id, {"IsDeleted": True}, by, at)
            row = self.tables[object_name].rows[row_id]
            if object_name in ("Task", "Event"):
                for parent in {row.get("WhoId"), row.get("WhatId")}:
                    refresh_last_activity(self, parent, row["SystemModstamp"])

    def undelete(self, object_name: str, row_id: str) -> None:
        """Take a record out of the recycle bin."""
        with self.lock:
            self._change(object_name, _whole(row_id), {"IsDeleted": None}, None, None)

    def convert_lead(self, lead_id: str, **wishes: Any) -> Conversion:
        """Convert a lead; see `lifecycle.convert`."""
        with self.lock:
            return convert(self, _whole(lead_id), **wishes)

    def merge_leads(self, winner: str, losers: Iterable[str], *, by: str | None = None) -> None:
        """Merge leads; see `lifecycle.merge`."""
        with self.lock:
            merge(self, _whole(winner), [_whole(loser) for loser in losers], by=by)

    def touch(self, row_id: str, changes: Row, at: str) -> None:
        """An automatic change: SystemModstamp moves (never back), LastModifiedDate stays (§2.2)."""
        with self.lock:
            row_id = _whole(row_id)
            table = self.tables[self.object_name(row_id)]
            latest = max(at, table.rows[row_id]["SystemModstamp"])
            table.change(row_id, changes | {"SystemModstamp": latest})

    @contextmanager
    def undoable(self) -> Iterator[Callable[[], None]]:
        """Within the block, the given function takes back every change of rows since its beginning."""
        steps: list[Callable[[], None]] = []

        def undo() -> None:
            for table in self.tables.values():
                table.undo = None
            while steps:
                steps.pop()()
            self.access.forget()

        for table in self.tables.values():
            table.undo = steps
        try:
            yield undo
        finally:
            for table in self.tables.values():
                table.undo = None

    def begin(self, visible_in: float | None = None) -> Transaction:
        """A transaction that stamps its records now and shows them later (§2.3).

        It commits after `visible_in` seconds of the org's clock, or at `commit()`; until then the rows that
        it changes are locked.
        """
        with self.lock:
            one = Transaction(self, visible_in)
            self._pending.append(one)
            return one

    def settle(self) -> None:
        """Commit the transactions, and work off the jobs, whose time has come; every request calls this."""
        self.bulk.advance()
        if not self._pending:
            return
        with self.lock:
            for one in [one for one in self._pending if one.is_due()]:
                one.commit()
            self._pending = [one for one in self._pending if not one.is_done]

    def oldest_transaction(self) -> datetime | None:
        """When the oldest transaction in flight began; None where there is none."""
        return min((one.stamped_at for one in self._pending if not one.is_done), default=None)

    # ------------------------------------------------------------------ fields

    def add_custom_field(
        self,
        object_name: str,
        name: str,
        type: str,  # noqa: A002 - the word that describe uses
        *,
        grant: bool = True,
        **attributes: Any,
    ) -> Field:
        """Add a field such as `Score__c` of a describe type; `grant` lets every user read and write it."""
        if not name.endswith("__c"):
            raise ValueError(f"A custom field's name ends in __c, and '{name}' does not.")
        with self.lock:
            one = Field(name, type, custom=True, **attributes)
            self.define_field(object_name, one, {})
            if grant:
                rights = {
                    "SobjectType": object_name,
                    "Field": f"{object_name}.{name}",
                    "PermissionsRead": True,
                }
                rights |= {"ParentId": self.people.everybody, "PermissionsEdit": one.updateable}
                self.insert("FieldPermissions", rights)
            return one

    def define_field(self, object_name: str, one: Field, metadata: Row) -> str:
        """Add a field as the Tooling API does, unseen until rights are granted; the id of its CustomField."""
        self._schema(object_name).add(one)
        self.access.bear(object_name, one.name)
        full_name = f"{object_name}.{one.name}"
        row = {
            "DeveloperName": one.name.removesuffix("__c"),
            "TableEnumOrId": object_name,
            "FullName": full_name,
        }
        return self.insert("CustomField", row | {"Metadata": metadata}, created_by=self.integration_user)

    def redefine_field(self, row: Row, one: Field, metadata: Row) -> None:
        """Replace the definition behind a CustomField row; values in records stay."""
        self._schema(row["TableEnumOrId"]).add(one)
        self.update("CustomField", row["Id"], {"Metadata": metadata}, by=self.integration_user)

    def remove_custom_field(self, object_name: str, name: str) -> None:
        """Take a custom field, its values and its rights away."""
        with self.lock:
            self._schema(object_name).remove(name)
            for row in self.tables[object_name].rows.values():
                row.pop(name, None)
            full_name = f"{object_name}.{name}"
            for table, link in (("FieldPermissions", "Field"), ("CustomField", "FullName")):
                rows = self.tables[table].rows.values()
                for one in [row["Id"] for row in rows if row[link] == full_name]:
                    self.tables[table].erase(one)
            self.access.forget()

    # ------------------------------------------------------------------ inner parts

    def new_id(self, object_name: str) -> str:
        """The next id of an object."""
        self.serials[object_name] += 1
        return make_id(self._schema(object_name).prefix, self._pod, self.serials[object_name])

    def _schema(self, object_name: str) -> SObject:
        return self.objects.get(object_name) or self.tooling_objects[object_name]

    def _change(
        self, object_name: str, row_id: str, values: Row, by: str | None, at: datetime | None
    ) -> None:
        table = self.tables[object_name]
        before = dict(table.rows[row_id])
        when = stamp(at or self.now())
        changes = values | {"LastModifiedDate": when, "LastModifiedById": by or self.people.reps[0]}
        changes["SystemModstamp"] = max(when, before.get("SystemModstamp", when))
        after = before | changes
        changes |= derive(
            self, object_name, {name: value for name, value in after.items() if value is not None}
        )
        schema = self._schema(object_name)
        table.change(row_id, {name: value for name, value in changes.items() if name in schema.fields})
        self._saved(object_name, before, table.rows[row_id], when)

    def _saved(self, object_name: str, before: Row | None, after: Row, at: str) -> None:
        if object_name in RIGHTS_OBJECTS:
            self.access.forget()
        follow_up(self, object_name, before, after, at)


def _whole(row_id: str) -> str:
    whole = long_id(row_id)
    if whole is None:
        raise ValueError(f"'{row_id}' is no Salesforce id: 15 characters, or 18 with the right suffix.")
    return whole


def _stored(schema: SObject, fields: Row) -> Row:
    """Values in the spelling of the API; None for what is to be cleared."""
    values: Row = {}
    for name, value in fields.items():
        field = schema.fields.get(name)
        if field is None:
            raise ValueError(
                f"{schema.name} has no field '{name}': see schema, or add it with add_custom_field."
            )
        values[name] = _spelt(field, value)
    return values


def _spelt(field: Field, value: Any) -> Any:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, datetime):
        return stamp(value) if field.type == "datetime" else value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if field.type == "datetime":
        return stamp(parse_stamp(value))
    if field.type in ("id", "reference"):
        return _whole(value)
    if field.type in ("double", "currency", "percent"):
        return float(value)
    return value
