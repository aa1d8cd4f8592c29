"""Who sees what: objects, fields and rows (salesforce.md §6: a new field is unseen until granted)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce.schema import Field, SObject

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.salesforce.org import Org

RIGHTS_OBJECTS = {"PermissionSet", "PermissionSetAssignment", "FieldPermissions", "ObjectPermissions"}
PARTS_OF_A_SET = (
    ("PermissionSetAssignment", "PermissionSetId"),
    ("FieldPermissions", "ParentId"),
    ("ObjectPermissions", "ParentId"),
)
"""What hangs on a permission set, and by which field."""
Grants = dict[tuple[str, str], bool]
"""(object, field) -> whether it may be edited; what is absent may not even be read."""


class Access:
    """Field-level security, hidden objects and sharing, for every user of an org."""

    def __init__(self, org: Org) -> None:
        self.hidden_rows: set[str] = set()
        """Ids that no API user sees, as if they were not shared."""
        self.hidden_objects: set[str] = set()
        """Objects that the org does not have, such as CampaignMember without the marketing feature."""
        self._org = org
        self._withdrawn: dict[tuple[str, str], bool] = {}
        self._born: dict[tuple[str, str], datetime] = {}
        self._grants: dict[str, Grants] = {}

    def find_object(self, _user: str, name: str, *, tooling: bool = False) -> SObject | None:
        """An object by its name in any case, as far as users see it."""
        found = self._org.find_object(name, tooling=tooling)
        return None if found is None or found.name in self.hidden_objects else found

    def can_read(self, user: str, where: SObject, field: Field) -> bool:
        """Whether the user sees the field at all."""
        place = (where.name, field.name)
        if self._withdrawn.get(place):
            return False
        if not field.custom or where.name not in self._org.tables:
            return True
        return place in self._granted(user) and self._is_grown(place)

    def can_edit(self, user: str, where: SObject, field: Field) -> bool:
        """Whether the user may write the field, its own nature aside."""
        place = (where.name, field.name)
        if place in self._withdrawn or not self.can_read(user, where, field):
            return False
        return not field.custom or self._granted(user)[place]

    def readable(self, user: str, where: SObject) -> list[str]:
        """Names of the fields that the user sees."""
        return [field.name for field in where.fields.values() if self.can_read(user, where, field)]

    def withdraw_field(self, object_name: str, field_name: str, *, read: bool = True) -> None:
        """Take the right to edit a field from everybody, and with `read` the right to see it."""
        self._withdrawn[object_name, field_name] = read

    def restore_field(self, object_name: str, field_name: str) -> None:
        """Undo `withdraw_field`."""
        self._withdrawn.pop((object_name, field_name), None)

    def erase(self, object_name: str, row_id: str) -> None:
        """Take a row of rights away: it knows no recycle bin, and a set takes what it grants along (§6)."""
        tables = self._org.tables
        if object_name == "PermissionSet":
            for name, link in PARTS_OF_A_SET:
                for part in tables[name].holding(link, [row_id]):
                    tables[name].erase(part)
        tables[object_name].erase(row_id)
        self.forget()

    def bear(self, object_name: str, field_name: str) -> None:
        """Note that a field was made now: it may stay unseen for a while."""
        self._born[object_name, field_name] = self._org.now()
        self.forget()

    def forget(self) -> None:
        """Rights have changed: work them out anew."""
        self._grants.clear()

    def _is_grown(self, place: tuple[str, str]) -> bool:
        delay = self._org.switches.field_delay_seconds
        if not delay or place not in self._born:
            return True
        return self._org.now() >= self._born[place] + timedelta(seconds=delay)

    def _granted(self, user: str) -> Grants:
        if user not in self._grants:
            self._grants[user] = self._work_out(user)
        return self._grants[user]

    def _work_out(self, user: str) -> Grants:
        tables = self._org.tables
        assigned = tables["PermissionSetAssignment"]
        sets = {assigned.rows[one]["PermissionSetId"] for one in assigned.holding("AssigneeId", [user])}
        rights = tables["FieldPermissions"]
        grants: Grants = {}
        for one in rights.holding("ParentId", sets):
            row = rights.rows[one]
            field = row["Field"].partition(".")[2]
            place = (row["SobjectType"], field)
            grants[place] = grants.get(place, False) or row.get("PermissionsEdit", False)
        return grants
