"""What an API user writes: the checks that a real org makes, then the save (salesforce.md §4, §7.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.salesforce.errors import RecordError, RequestError, invalid_type
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.rights import check_removal, check_rights
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.triggers import run_triggers
from sandbox.salesforce.values import TypeMismatch, store_value

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

LOCKED_ROW = "unable to obtain exclusive access to this record or 1 records: {id}"
CLOSED_FOR_MAINTENANCE = "Updates can't be made during maintenance. Try again when maintenance is complete."
ROLLED_BACK = (
    "Record rolled back because not all records were valid and the request was using AllOrNone header"
)
_NOT_WRITABLE = (
    "Unable to create/update fields: {names}. Please check the security settings of this field and verify "
    "that it is read/write for your profile or permission set."
)
_NO_COLUMN = "No such column '{name}' on sobject of type {object}"


@dataclass
class Change:
    """One record of a request, on its way."""

    kind: Literal["create", "update", "delete"]
    object: SObject
    id: str | None
    fields: Mapping[str, Any]
    values: Row = field(default_factory=dict)
    error: RecordError | None = None

    def result(self, *, id_on_failure: bool) -> dict[str, Any]:
        """The element of a collection's answer (§4.1)."""
        if self.error is None:
            return {"id": self.id, "success": True, "errors": []}
        shown = {"id": self.id} if id_on_failure and self.id is not None else {}
        return shown | {"success": False, "errors": [self.error.element()]}


def auto_assigns(headers: Mapping[str, str]) -> bool:
    """Whether the assignment rule runs: it does unless the request says FALSE (§4.2)."""
    return headers.get("sforce-auto-assign", "TRUE").strip().upper() != "FALSE"


def save(
    org: Org,
    user: str,
    changes: Sequence[Change],
    *,
    headers: Mapping[str, str],
    all_or_none: bool = False,
) -> None:
    """Carry the changes out; each one then has its id or its error. One with an error already is left alone.

    Raises RequestError where one of them spoils the whole request.
    """
    permits = _Permits(org, user)
    for change in changes:
        if change.error is None:
            _attempt(org, permits, change, headers)
    run_triggers(org, changes)
    if all_or_none and any(change.error for change in changes):
        for change in changes:
            change.error = change.error or RecordError("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK)
    for change in changes:
        if change.error is None:
            _carry_out(org, user, change)


class _Permits:
    """Which fields a user sees and may write, worked out once for a request."""

    def __init__(self, org: Org, user: str) -> None:
        self._access = org.access
        self._user = user
        self._known: dict[tuple[str, str, str], tuple[Field | None, bool]] = {}

    def look_up(self, change: Change, name: str) -> tuple[Field | None, bool]:
        """The field, None where the user sees none of that name, and whether this change may write it."""
        key = (change.kind, change.object.name, name)
        if key not in self._known:
            self._known[key] = self._work_out(change, name)
        return self._known[key]

    def _work_out(self, change: Change, name: str) -> tuple[Field | None, bool]:
        found = change.object.find(name)
        if found is None or not self._access.can_read(self._user, change.object, found):
            return None, False
        allowed = found.createable if change.kind == "create" else found.updateable
        can_edit = self._access.can_edit(self._user, change.object, found)
        return found, allowed and not found.calculated and can_edit


def find_object(org: Org, user: str, name: Any) -> SObject:
    """The object that a request names; RequestError INVALID_TYPE where the user sees none."""
    found = org.access.find_object(user, name) if isinstance(name, str) else None
    if found is None:
        raise invalid_type(str(name))
    return found


def _attempt(org: Org, permits: _Permits, change: Change, headers: Mapping[str, str]) -> None:
    try:
        _check_maintenance(org)
        before = None if change.kind == "create" else _existing(org, change)
        if change.kind == "delete":
            check_removal(org, change.object.name, (before or {})["Id"])
            return
        change.values = _checked(org, permits, change)
        _check_required(change, before)
        _assign(org, change, before, headers)
        after = (before or {}) | change.values
        check_rights(org, change.object.name, after, change.id)
        _check_rules(org, change.object.name, before, after)
    except RecordError as error:
        change.error = error


def _check_maintenance(org: Org) -> None:
    if org.switches.read_only:
        raise RecordError("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", CLOSED_FOR_MAINTENANCE)


def _existing(org: Org, change: Change) -> Row:
    """The row that is to be changed; RecordError for every reason why it may not be."""
    whole = long_id(change.id) if isinstance(change.id, str) else None
    if whole is None:
        raise RecordError(
            "MALFORMED_ID", f"{change.object.name} ID: id value of incorrect type: {change.id}", ["Id"]
        )
    change.id = whole
    row = org.tables[change.object.name].rows.get(whole)
    if row is None:
        wrong_kind = whole[:3] != change.object.prefix
        code = "MALFORMED_ID" if wrong_kind else "INVALID_CROSS_REFERENCE_KEY"
        message = (
            f"{change.object.name} ID: id value of incorrect type: {whole}"
            if wrong_kind
            else "invalid cross reference id"
        )
        raise RecordError(code, message, ["Id"] if wrong_kind else [])
    if row.get("IsDeleted"):
        raise RecordError("ENTITY_IS_DELETED", "entity is deleted")
    if whole in org.access.hidden_rows:
        message = "insufficient access rights on cross-reference id"
        raise RecordError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message)
    _check_locks(org, whole)
    if row.get("IsConverted") and not org.switches.edit_converted:
        raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    return row


def _check_locks(org: Org, row_id: str) -> None:
    if row_id in org.in_approval:
        raise RecordError("ENTITY_IS_LOCKED", "the entity is locked for editing")
    if row_id not in org.locked:
        return
    attempts = org.locked[row_id]
    if attempts is not None:
        if attempts <= 1:
            del org.locked[row_id]
        else:
            org.locked[row_id] = attempts - 1
    raise RecordError("UNABLE_TO_LOCK_ROW", LOCKED_ROW.format(id=row_id))


def _checked(org: Org, permits: _Permits, change: Change) -> Row:
    """The values as stored. What may not be written is told all at once, as a real org does."""
    values: Row = {}
    refused: list[str] = []
    for name, value in change.fields.items():
        found, may_write = permits.look_up(change, name)
        if found is None:
            raise _unknown(org, change, name)
        if not may_write:
            refused.append(found.name)
            continue
        try:
            values[found.name] = (
                _reference(org, change, found, value)
                if found.type == "reference"
                else store_value(
                    found,
                    value,
                    multi_order=org.switches.multi_order,
                )
            )
        except TypeMismatch as mismatch:
            raise _mismatch(org, mismatch) from None
    if refused:
        names = ", ".join(refused)
        raise RecordError("INVALID_FIELD_FOR_INSERT_UPDATE", _NOT_WRITABLE.format(names=names), refused)
    return values


def _unknown(org: Org, change: Change, name: str) -> RequestError | RecordError:
    message = _NO_COLUMN.format(name=name, object=change.object.name)
    if org.switches.unknown_field == "request":
        return RequestError(400, "INVALID_FIELD", message)
    return RecordError(org.switches.unknown_field_code, message, [name])


def _mismatch(org: Org, mismatch: TypeMismatch) -> RequestError | RecordError:
    if org.switches.type_mismatch == "request":
        return RequestError(400, "JSON_PARSER_ERROR", f"{mismatch} at [line:1, column:1]")
    return RecordError("INVALID_TYPE_ON_FIELD_IN_RECORD", str(mismatch), [mismatch.field.name])


def _reference(org: Org, change: Change, link: Field, value: Any) -> str | None:
    if value is None or value == "":
        return None
    whole = long_id(value) if isinstance(value, str) else None
    if whole is None:
        raise RecordError("MALFORMED_ID", f"{link.label}: id value of incorrect type: {value}", [link.name])
    row = org.row(whole)
    if row is None or row.get("IsDeleted") or org.object_name(whole) not in link.refers_to:
        raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [link.name])
    if link.name == "OwnerId" and org.object_name(whole) == "User" and not row.get("IsActive"):
        message = f"operation performed with inactive user [{whole}] as owner of {change.object.name.lower()}"
        raise RecordError("INACTIVE_OWNER_OR_USER", message, [link.name])
    return whole


def _check_required(change: Change, before: Row | None) -> None:
    values = change.values
    missing = [
        one.name
        for one in change.object.fields.values()
        if one.required
        and one.writable
        and values.get(one.name, (before or {}).get(one.name) if before is not None else one.default) is None
        and (before is None or one.name in values)
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise RecordError("REQUIRED_FIELD_MISSING", message, missing)


def _assign(org: Org, change: Change, before: Row | None, headers: Mapping[str, str]) -> None:
    """The assignment rule moves the owner, on updates too, unless the header says FALSE (§4.2)."""
    runs = before is None or org.switches.assignment_on_update
    if change.object.name == "Lead" and org.assignment_rule is not None and runs and auto_assigns(headers):
        owner = org.assignment_rule((before or {}) | change.values)
        if owner is not None:
            change.values["OwnerId"] = owner


def _check_rules(org: Org, object_name: str, before: Row | None, after: Row) -> None:
    for rule in org.validation_rules[object_name]:
        refusal = rule(before, after)
        if refusal is not None:
            text, fields = (refusal, []) if isinstance(refusal, str) else (refusal[0], [refusal[1]])
            raise RecordError("FIELD_CUSTOM_VALIDATION_EXCEPTION", text, fields)


def _carry_out(org: Org, user: str, change: Change) -> None:
    if change.kind == "create":
        change.id = org.insert(change.object.name, change.values, created_by=user)
    elif change.id is None:
        raise RuntimeError("A change without an id went past the checks.")
    elif change.kind == "update":
        org.update(change.object.name, change.id, change.values, by=user)
    else:
        org.delete(change.object.name, change.id, by=user)
