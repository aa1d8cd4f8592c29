"""Checks of the rows by which an admin's tool grants rights (salesforce.md §6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sandbox.salesforce.errors import RecordError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

_GUARDED = ("PermissionSet", "PermissionSetAssignment", "ObjectPermissions", "FieldPermissions")
_UNIQUE = {
    "PermissionSet": ("Name",),
    "PermissionSetAssignment": ("PermissionSetId", "AssigneeId"),
    "ObjectPermissions": ("ParentId", "SobjectType"),
    "FieldPermissions": ("ParentId", "Field"),
}


def check_rights(org: Org, object_name: str, row: Row, row_id: str | None) -> None:
    """RecordError where a row of permissions makes no sense or stands there already."""
    if object_name not in _GUARDED:
        return
    if not org.switches.customize:
        message = "insufficient access rights on cross-reference id"
        raise RecordError("INSUFFICIENT_ACCESS_OR_READONLY", message)
    _check_unique(org, object_name, row, row_id)
    check = _CHECKS.get(object_name)
    if check is not None:
        check(org, row)


def check_removal(org: Org, object_name: str, row_id: str) -> None:
    """RecordError where a permission set is still assigned to somebody."""
    if object_name == "PermissionSet" and org.tables["PermissionSetAssignment"].holding(
        "PermissionSetId", [row_id]
    ):
        message = "Your attempt to delete the permission set could not be completed: it is assigned to users."
        raise RecordError("DELETE_FAILED", message)


def _check_unique(org: Org, object_name: str, row: Row, row_id: str | None) -> None:
    names = _UNIQUE[object_name]
    key = [row.get(name) for name in names]
    for other in org.tables[object_name].rows.values():
        if other["Id"] != row_id and [other.get(name) for name in names] == key:
            if object_name == "PermissionSet":
                message = f"The name '{row['Name']}' is already used on component type: Permission Set."
                raise RecordError("DUPLICATE_DEVELOPER_NAME", message, ["Name"])
            message = (
                f"duplicate value found: <unknown> duplicates value on record with id: {other['Id'][:15]}"
            )
            raise RecordError("DUPLICATE_VALUE", message)


def _check_field(org: Org, row: Row) -> None:
    """Edit requires read; formulas are read only; required and system fields take no rights."""
    object_name, _, name = row["Field"].partition(".")
    schema = org.objects.get(object_name)
    field = schema.fields.get(name) if schema is not None else None
    if field is None or object_name != row["SobjectType"] or field.required or name == "Id":
        message = f"Field Name: bad value for restricted picklist field: {row['Field']}"
        raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["Field"])
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        message = "Permission to edit a field requires permission to read it"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionsEdit"])
    if row.get("PermissionsEdit") and (field.calculated or not field.updateable):
        message = f"Field {row['Field']} is read only"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionsEdit"])


def _check_object(org: Org, row: Row) -> None:
    if row["SobjectType"] not in org.objects:
        message = f"Sobject Type Name: bad value for restricted picklist field: {row['SobjectType']}"
        raise RecordError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["SobjectType"])
    if row.get("PermissionsEdit") and not row.get("PermissionsRead"):
        message = "Permission to edit records requires permission to read them"
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", message, ["PermissionsEdit"])


_CHECKS: dict[str, Callable[[Org, Row], None]] = {
    "FieldPermissions": _check_field,
    "ObjectPermissions": _check_object,
}
