"""The Tooling API as far as fields are made and removed with it (salesforce.md §6)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.calls import NO_CONTENT, Answer, Call, Routes, json_object, parameter
from sandbox.salesforce.errors import RequestError, not_found
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.query import Search
from sandbox.salesforce.schema import Field
from sandbox.salesforce.selection import attributes

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

MAX_NAME = 40
MAX_TEXT = 255
MAX_LONG_TEXT = 131_072
MAX_PRECISION = 18
MULTI_LENGTH = 4_099
_FULL_NAME = re.compile(r"(\w+)\.([A-Za-z][A-Za-z0-9_]*)__c")


def add_routes(routes: Routes) -> None:
    """Everything below `/tooling`."""
    routes.add("/tooling/query", get=query)
    routes.add("/tooling/sobjects/CustomField", post=create)
    routes.add("/tooling/sobjects/CustomField/{record}", get=retrieve, patch=update, delete=delete)


def query(org: Org, call: Call) -> Answer:
    """SOQL over CustomField too; Metadata and FullName only for a single row."""
    found = Search(org, call.user, parameter(call, "q"), tooling=True).run()
    heavy = {"Metadata", "FullName"} & {name for name, _ in (found.shape.fields if found.shape else [])}
    if heavy and found.total > 1:
        message = (
            "When retrieving results with Metadata or FullName fields, the query qualifications must specify "
            f"no more than one row for retrieval. Result size: {found.total}"
        )
        raise RequestError(400, "MALFORMED_QUERY", message)
    page = org.cursors.first(call.user, found, call.version, "")
    return Answer(body=page | {"size": len(page["records"]), "entityTypeName": "CustomField"})


def create(org: Org, call: Call) -> Answer:
    """`{"FullName": "Lead.Score__c", "Metadata": {…}}`; the field is unseen until rights are granted."""
    _check_right(org)
    body = json_object(call)
    match = _FULL_NAME.fullmatch(str(body.get("FullName")))
    metadata = body.get("Metadata")
    if match is None or not isinstance(metadata, dict) or match[1] not in org.objects:
        raise _invalid("FullName must be Object.Field__c of a known object, and Metadata an object.")
    object_name, name = match[1], match[2]
    if len(name) > MAX_NAME:
        raise RequestError(
            400, "STRING_TOO_LONG", f"Field Name: data value too large: {name} (max length=40)"
        )
    if org.objects[object_name].find(f"{name}__c") is not None:
        message = f"There is already a field named {name} on {object_name}."
        raise RequestError(400, "DUPLICATE_DEVELOPER_NAME", message, ["DeveloperName"])
    made = field_from(f"{name}__c", metadata)
    record = org.define_field(object_name, made, metadata)
    return Answer(201, {"id": record, "success": True, "errors": [], "warnings": [], "infos": []})


def retrieve(org: Org, call: Call, record: str) -> Answer:
    """A field's row with its metadata."""
    row = _row(org, record)
    return Answer(body={"attributes": attributes(org, row["Id"], call.version)} | row)


def update(org: Org, call: Call, record: str) -> Answer:
    """The whole Metadata anew: values that are left out become inactive (§6)."""
    _check_right(org)
    row = _row(org, record)
    metadata = json_object(call).get("Metadata")
    if not isinstance(metadata, dict):
        raise _invalid("Metadata is missing.")
    name = row["FullName"].partition(".")[2]
    org.redefine_field(row, field_from(name, metadata), metadata)
    return Answer(NO_CONTENT)


def delete(org: Org, _call: Call, record: str) -> Answer:
    """Removes the field unless it is referenced; whether Tooling can is a switch (§6: UNCONFIRMED)."""
    _check_right(org)
    row = _row(org, record)
    if not org.switches.tooling_delete:
        raise RequestError(
            405, "METHOD_NOT_ALLOWED", "HTTP Method 'DELETE' not allowed. Allowed are GET,PATCH"
        )
    object_name, _, name = row["FullName"].partition(".")
    views = org.list_views.using(object_name, name)
    if views:
        message = (
            f"This custom field is referenced elsewhere in salesforce.com: List View - {', '.join(views)}"
        )
        raise RequestError(400, "DEPENDENCY_EXISTS", message, [])
    org.remove_custom_field(object_name, name)
    return Answer(NO_CONTENT)


def field_from(name: str, metadata: Mapping[str, Any]) -> Field:
    """The field that Metadata describes; RequestError 400 where something is missing or out of range."""
    label, kind = metadata.get("label"), metadata.get("type")
    if not isinstance(label, str) or not label:
        raise _invalid("Required fields are missing: [CustomField.label]")
    build = _BUILDERS.get(str(kind))
    if build is None:
        raise _invalid(f"Field type '{kind}' is unknown here.")
    built = build(name, metadata)
    built.label, built.custom = label, True
    built.description = metadata.get("inlineHelpText") or metadata.get("description")
    built.external_id = bool(metadata.get("externalId", False))
    built.required = bool(metadata.get("required", False))
    return built


def _text(name: str, metadata: Mapping[str, Any]) -> Field:
    return Field(name, "string", length=_within(metadata, "length", MAX_TEXT))


def _long_text(name: str, metadata: Mapping[str, Any]) -> Field:
    _within(metadata, "visibleLines", 50)
    return Field(name, "textarea", length=_within(metadata, "length", MAX_LONG_TEXT), filterable=False)


def _plain(kind: str, length: int = 0) -> Callable[[str, Mapping[str, Any]], Field]:
    return lambda name, _metadata: Field(name, kind, length=length)


def _number(kind: str) -> Callable[[str, Mapping[str, Any]], Field]:
    def build(name: str, metadata: Mapping[str, Any]) -> Field:
        precision = _within(metadata, "precision", MAX_PRECISION)
        return Field(name, kind, precision=precision, scale=_within(metadata, "scale", precision, least=0))

    return build


def _checkbox(name: str, metadata: Mapping[str, Any]) -> Field:
    if "defaultValue" not in metadata:
        raise _invalid("Must specify 'defaultValue' for a CustomField of type Checkbox")
    return Field(name, "boolean", default=str(metadata["defaultValue"]).lower() == "true")


def _choices(kind: str, length: int) -> Callable[[str, Mapping[str, Any]], Field]:
    def build(name: str, metadata: Mapping[str, Any]) -> Field:
        value_set = _part(metadata, "valueSet")
        values = _part(value_set, "valueSetDefinition").get("value")
        if not isinstance(values, list) or not values:
            raise _invalid("A picklist needs valueSet.valueSetDefinition.value with at least one value")
        if kind == "multipicklist":
            _within(metadata, "visibleLines", 10)
        active = [one for one in values if one.get("isActive", True) is not False]
        chosen = next((one["fullName"] for one in active if one.get("default")), None)
        names = tuple(str(one["fullName"]) for one in active)
        restricted = bool(value_set.get("restricted", False))
        return Field(name, kind, length=length, values=names, restricted=restricted, default=chosen)

    return build


_BUILDERS: dict[str, Callable[[str, Mapping[str, Any]], Field]] = {
    "Text": _text,
    "LongTextArea": _long_text,
    "TextArea": _plain("textarea", MAX_TEXT),
    "Email": _plain("email", 80),
    "Phone": _plain("phone", 40),
    "Url": _plain("url", 255),
    "Date": _plain("date"),
    "DateTime": _plain("datetime"),
    "Number": _number("double"),
    "Currency": _number("currency"),
    "Percent": _number("percent"),
    "Checkbox": _checkbox,
    "Picklist": _choices("picklist", MAX_TEXT),
    "MultiselectPicklist": _choices("multipicklist", MULTI_LENGTH),
}


def _part(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = metadata.get(name)
    return part if isinstance(part, Mapping) else {}


def _within(metadata: Mapping[str, Any], name: str, most: int, *, least: int = 1) -> int:
    value = metadata.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise _invalid(
            f"Must specify '{name}' between {least} and {most} for a CustomField of type {metadata['type']}"
        )
    return value


def _invalid(message: str) -> RequestError:
    return RequestError(400, "FIELD_INTEGRITY_EXCEPTION", message, [])


def _row(org: Org, record: str) -> Row:
    whole = long_id(record)
    row = org.tables["CustomField"].rows.get(whole) if whole is not None else None
    if row is None:
        raise not_found()
    return row


def _check_right(org: Org) -> None:
    if not org.switches.customize:
        message = "insufficient access rights on cross-reference id"
        raise RequestError(403, "INSUFFICIENT_ACCESS", message)
