"""The REST resources of an org: describe, query, single records, limits (salesforce.md §1.3, §2, §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.salesforce.calls import NO_CONTENT, Answer, Call, Routes, json_object, parameter
from sandbox.salesforce.errors import RequestError, not_found
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.limits import WINDOW
from sandbox.salesforce.names import value_getter
from sandbox.salesforce.query import Search
from sandbox.salesforce.replication import deleted, updated
from sandbox.salesforce.saving import Change, find_object, save
from sandbox.salesforce.selection import attributes

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import SObject
    from sandbox.salesforce.table import Row

SYSTEM_FIELDS = ("attributes", "Id", "id")


def add_routes(routes: Routes) -> None:
    """Everything below `/services/data/vXX.X` but composite, Tooling and the UI API."""
    routes.add("", get=resources)
    routes.add("/limits", get=limits)
    routes.add("/query", get=query)
    routes.add("/queryAll", get=query_all)
    routes.add("/query(?:All)?/{locator}", get=next_page)
    routes.add("/sobjects", get=global_describe)
    routes.add("/sobjects/{name}", get=basic_info, post=create)
    routes.add("/sobjects/{name}/describe", get=describe)
    routes.add("/sobjects/{name}/updated", get=updated)
    routes.add("/sobjects/{name}/deleted", get=deleted)
    routes.add("/sobjects/{name}/{record}", get=retrieve, patch=update, delete=delete)


def resources(_org: Org, call: Call) -> Answer:
    """What there is below a version."""
    base = f"/services/data/v{call.version}"
    names = ("composite", "jobs", "limits", "query", "queryAll", "sobjects", "tooling", "ui-api")
    return Answer(body={name: f"{base}/{name}" for name in names})


def limits(org: Org, _call: Call) -> Answer:
    """Needs View Setup and Configuration (§5.1)."""
    if not org.switches.limits_allowed:
        message = "Requested resource requires the View Setup and Configuration permission"
        raise RequestError(403, "FUNCTIONALITY_NOT_ENABLED", message)
    return Answer(body=org.limits.report(org.bulk.batches_since(org.now() - WINDOW)))


def query(org: Org, call: Call) -> Answer:
    """`?q=…`, live rows."""
    return _query(org, call, deleted_too=False)


def query_all(org: Org, call: Call) -> Answer:
    """`?q=…`, the recycle bin too (§2.5)."""
    return _query(org, call, deleted_too=True)


def _query(org: Org, call: Call, *, deleted_too: bool) -> Answer:
    found = Search(org, call.user, parameter(call, "q"), deleted=deleted_too).run()
    options = call.headers.get("sforce-query-options", "")
    return Answer(body=org.cursors.first(call.user, found, call.version, options))


def next_page(org: Org, call: Call, locator: str) -> Answer:
    """The page behind `nextRecordsUrl`."""
    return Answer(body=org.cursors.next(call.user, locator, call.version))


def global_describe(org: Org, call: Call) -> Answer:
    """Every object that the user sees."""
    seen = [one for one in org.objects.values() if org.access.find_object(call.user, one.name) is not None]
    listed = [one.summary() | {"urls": _urls(one, call)} for one in sorted(seen, key=lambda one: one.name)]
    return Answer(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": listed})


def basic_info(org: Org, call: Call, name: str) -> Answer:
    """An object's summary."""
    found = _object(org, call, name)
    return Answer(body={"objectDescribe": found.summary() | {"urls": _urls(found, call)}, "recentItems": []})


def describe(org: Org, call: Call, name: str) -> Answer:
    """An object with the fields that the user sees, each updateable or not for this user (§3.1)."""
    found = _object(org, call, name)
    access = org.access
    fields = [found.fields[one] for one in access.readable(call.user, found)]
    body = found.summary() | {
        "childRelationships": [
            {"childSObject": child, "field": link, "relationshipName": relationship, "cascadeDelete": False}
            for relationship, (child, link) in found.children.items()
        ],
        "fields": [one.describe(editable=access.can_edit(call.user, found, one)) for one in fields],
        "recordTypeInfos": [],
        "urls": _urls(found, call),
    }
    return Answer(body=body)


def create(org: Org, call: Call, name: str) -> Answer:
    """201 with the new id."""
    change = Change("create", _object(org, call, name), None, _fields(call))
    _save_one(org, call, change)
    return Answer(201, {"id": change.id, "success": True, "errors": []})


def update(org: Org, call: Call, name: str, record: str) -> Answer:
    """204; 404 for what is unknown or deleted (§2.5, §4.1)."""
    change = Change("update", _object(org, call, name), record, _fields(call))
    _known(org, change.object, record)
    _save_one(org, call, change)
    return Answer(NO_CONTENT)


def delete(org: Org, call: Call, name: str, record: str) -> Answer:
    """204; the record goes to the recycle bin."""
    change = Change("delete", _object(org, call, name), record, {})
    _known(org, change.object, record)
    _save_one(org, call, change)
    return Answer(NO_CONTENT)


def retrieve(org: Org, call: Call, name: str, record: str) -> Answer:
    """A record with all fields that the user sees, or with `?fields=…`."""
    found = _object(org, call, name)
    row = _known(org, found, record)
    if row.get("IsDeleted"):
        raise RequestError(404, "ENTITY_IS_DELETED", "entity is deleted", [])
    wished = call.query.get("fields")
    names = [one.strip() for one in wished.split(",")] if wished else org.access.readable(call.user, found)
    return Answer(body=show(org, call, found, row, names))


def show(org: Org, call: Call, found: SObject, row: Row, names: list[str]) -> dict[str, Any]:
    """A row with these fields; RequestError 400 INVALID_FIELD for one that the user does not see."""
    shown: dict[str, Any] = {"attributes": attributes(org, row["Id"], call.version)}
    for name in names:
        field = found.find(name)
        if field is None or not org.access.can_read(call.user, found, field):
            message = f"No such column '{name}' on sobject of type {found.name}"
            raise RequestError(400, "INVALID_FIELD", message)
        shown[field.name] = value_getter(field)(row)
    return shown


def _object(org: Org, call: Call, name: str) -> SObject:
    """An object in a path: an unknown one is 404 NOT_FOUND."""
    try:
        return find_object(org, call.user, name)
    except RequestError:
        raise not_found() from None


def _fields(call: Call) -> dict[str, Any]:
    return {name: value for name, value in json_object(call).items() if name != "attributes"}


def _known(org: Org, found: SObject, record: str) -> Row:
    whole = long_id(record)
    row = org.tables[found.name].rows.get(whole) if whole is not None else None
    if row is None or row["Id"] in org.access.hidden_rows:
        raise not_found()
    return row


def _save_one(org: Org, call: Call, change: Change) -> None:
    save(org, call.user, [change], headers=call.headers)
    if change.error is not None:
        raise change.error.as_request()


def _urls(found: SObject, call: Call) -> dict[str, str]:
    base = f"/services/data/v{call.version}/sobjects/{found.name}"
    return {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"}
