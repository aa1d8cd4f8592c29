"""Single records and lists of them: read, write, delete, merge and search (hubspot.md §2.1, §2.4, §4)."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import bad_json, bad_values, conflict, invalid, not_found
from sandbox.hubspot.moments import to_iso
from sandbox.hubspot.options import LIFECYCLE_STAGES
from sandbox.hubspot.query import read_query
from sandbox.hubspot.values import BadValue, append_parts, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.hubspot.records import Change, Record, Shelf, Version

DEFAULT_PAGE = 10
MAX_PAGE = 100
MAX_PAGE_WITH_HISTORY = 50
API = "INTEGRATION"
_STAGES = LIFECYCLE_STAGES.split()


# ---------------------------------------------------------------- what answers show


def shown(shelf: Shelf, version: Version, asked: Iterable[str], known: Any) -> dict[str, str | None]:
    """An answer's properties: those asked for, unset as null, unknown left out, and some in any case."""
    asked = [name for name in asked if name in known]
    names = dict.fromkeys([*asked, *shelf.object_type.always] if asked else shelf.object_type.defaults)
    return {name: shelf.value(version, name) for name in sorted(names)}


def envelope(record: Record, properties: dict[str, str | None], version: Version) -> dict[str, Any]:
    """A record as answers show it; `updatedAt` equals the property (§2.2)."""
    body: dict[str, Any] = {
        "id": str(version.id),
        "properties": properties,
        "createdAt": to_iso(version.created),
        "updatedAt": to_iso(version.modified),
        "archived": record.archived is not None,
    }
    if record.archived is not None:
        body["archivedAt"] = to_iso(record.archived)
    return body


def present(
    call: Call, record: Record, asked: Sequence[str], with_history: Sequence[str] = ()
) -> dict[str, Any]:
    """A record's present version, with histories where asked for (§2.4)."""
    shelf = call.shelf
    properties = shown(shelf, record.version, [*asked, *with_history] if asked else asked, call.schema)
    body = envelope(record, properties, record.version)
    if with_history:
        names = [name for name in with_history if name in call.schema]
        body["propertiesWithHistory"] = {
            name: [_history_item(change) for change in record.history_of(name)] for name in names
        }
    return body


def _history_item(change: Change) -> dict[str, Any]:
    item = {"value": change.value, "timestamp": to_iso(change.at), "sourceType": change.source}
    return item | ({"sourceId": change.source_id} if change.source_id else {})


# ---------------------------------------------------------------- what is written


def fitted(call: Call, record: Record | None, raw: Any) -> tuple[dict[str, str], list[BadValue]]:
    """The values to store from a request's `properties`, and those that do not fit (§4 value rules)."""
    if raw is None:
        return {}, []
    if not isinstance(raw, dict):
        raise bad_json("Cannot deserialize value of type `java.util.Map` from `properties`")
    changes: dict[str, str] = {}
    faults: list[BadValue] = []
    for name, value in raw.items():
        try:
            changes |= _fit_one(call, record, name, value)
        except BadValue as fault:
            faults.append(fault)
    return changes, faults


def _fit_one(call: Call, record: Record | None, name: str, value: Any) -> dict[str, str]:
    definition = call.schema.get(name)
    switches = call.portal.switches
    if definition is None:
        raise BadValue(name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist')
    if definition.read_only or definition.calculated:
        message = f'"{name}" is a read only property; its value cannot be set.'
        raise BadValue(name, switches.read_only_code, message)
    if value is None:
        if switches.null_write == "refuse":
            raise BadValue(name, "NULL_VALUE", f'"{name}" cannot be set to null: send "" to clear it.')
        return {} if switches.null_write == "ignore" else {name: ""}
    if isinstance(value, dict | list):
        raise bad_json("Cannot deserialize value of type `java.lang.String`")
    text = text_of(value)
    if not text:
        return {name: ""}
    current = record.version.properties.get(name) if record else None
    if definition.is_multiple and text.startswith(";"):
        text = append_parts(current, call.portal.check(definition, text))
    fit = call.portal.check(definition, text)
    return {} if name == "lifecyclestage" and _is_step_back(current, fit) else {name: fit}


def _is_step_back(current: str | None, wanted: str) -> bool:
    """A lifecycle stage set backwards is silently ignored (§9)."""
    if current not in _STAGES or wanted not in _STAGES:
        return False
    return _STAGES.index(wanted) < _STAGES.index(current)


def check_unique(call: Call, owner_id: int | None, changes: dict[str, str]) -> None:
    """Refusal 409 where a unique value belongs to another record (§4)."""
    for name in call.schema.unique:
        value = changes.get(name)
        found = call.shelf.by_unique(name, value) if value else None
        if found is not None and found.version.id != owner_id:
            label = call.shelf.object_type.singular.capitalize()
            raise conflict(f"{label} already exists. Existing ID: {found.version.id}")


# ---------------------------------------------------------------- routes


def search(call: Call) -> Reply:
    """POST …/search."""
    portal, shelf = call.portal, call.shelf
    query = read_query(call.body, portal.switches.search_wall)
    total, versions = portal.search(shelf.object_type.name).find(query, call.now)
    results = []
    for version in versions:
        record = shelf.records[version.id]
        seen = version if portal.switches.stale_search_values else record.version
        properties = shown(shelf, seen, query.properties, call.schema)
        results.append(envelope(record, properties, seen) | {"archived": False})
    body: dict[str, Any] = {"total": total, "results": results}
    following = query.offset + len(results)
    if results and following < total:
        body["paging"] = {"next": {"after": str(following), "link": f"{call.path}?after={following}"}}
    return Reply(200, body)


def list_page(call: Call) -> Reply:
    """GET …/{type}: by id, `after` is the id to go on from (§2.4)."""
    asked, with_history = call.names("properties"), call.names("propertiesWithHistory")
    limit = call.whole("limit", DEFAULT_PAGE, MAX_PAGE_WITH_HISTORY if with_history else MAX_PAGE)
    after = call.query.get("after", ["0"])[-1]
    if not after.isdecimal():
        raise invalid(f"The paging cursor {after!r} is not valid.")
    ids = call.shelf.archived if call.flag("archived") else call.shelf.live
    found = list(islice(ids.irange(minimum=int(after)), limit + 1))
    records = [call.shelf.records[one] for one in found[:limit]]
    results = [
        _with_associations(call, record, present(call, record, asked, with_history)) for record in records
    ]
    body: dict[str, Any] = {"results": results}
    if len(found) > limit:
        following = str(found[limit - 1] + 1)
        body["paging"] = {"next": {"after": following, "link": f"{call.path}?after={following}"}}
    return Reply(200, body)


def read(call: Call) -> Reply:
    """GET …/{type}/{id}: merged ids lead to the survivor."""
    record = _wanted(call)
    asked, with_history = call.names("properties"), call.names("propertiesWithHistory")
    return Reply(200, _with_associations(call, record, present(call, record, asked, with_history)))


def create(call: Call) -> Reply:
    """POST …/{type}."""
    changes, faults = fitted(call, None, call.body.get("properties"))
    if faults:
        raise bad_values(faults, call.portal.portal_id)
    check_unique(call, None, changes)
    record = call.portal.insert(call.shelf, changes, call.now, call.now, API)
    return Reply(201, created(call, record))


def update(call: Call) -> Reply:
    """PATCH …/{type}/{id}: accepts merged ids, unlike the batch (§4)."""
    record = _wanted(call)
    changes, faults = fitted(call, record, call.body.get("properties"))
    if faults:
        raise bad_values(faults, call.portal.portal_id)
    check_unique(call, record.version.id, changes)
    call.portal.write(call.shelf, record, changes, call.now, API)
    return Reply(200, written(call, record, changes))


def delete(call: Call) -> Reply:
    """DELETE …/{type}/{id}: into the recycle bin; 204 whether it was there or not."""
    record = call.shelf.at(call.record_id())
    if record is not None:
        call.portal.archive(call.shelf.object_type.name, record.version.id)
    return Reply(204)


def merge(call: Call) -> Reply:
    """POST …/{type}/merge."""
    ids = [parts.text(call.body, key) for key in ("primaryObjectId", "objectIdToMerge")]
    records = [call.shelf.at(int(one)) if one.isdecimal() else None for one in ids]
    if None in records or ids[0] == ids[1]:
        raise invalid("Both records of a merge must exist and differ.")
    call.portal.merge(call.shelf.object_type.name, *ids)
    winner = call.shelf.records[int(ids[0])]
    return Reply(200, present(call, winner, ()))


def written(call: Call, record: Record, changes: Iterable[str]) -> dict[str, Any]:
    """The answer to an update: only the written properties, some calculated ones, and the date (§4)."""
    shelf = call.shelf
    values = {name: shelf.value(record.version, name) for name in changes}
    values |= _calculated(call, record) | {shelf.object_type.modified: to_iso(record.version.modified)}
    return envelope(record, values, record.version)


def created(call: Call, record: Record) -> dict[str, Any]:
    """The answer to a create: all that the record holds."""
    values: dict[str, str | None] = {**call.portal.values(call.shelf, record.version)}
    return envelope(record, values, record.version)


def _calculated(call: Call, record: Record) -> dict[str, str | None]:
    held = record.version.properties
    return {one.name: held[one.name] for one in call.schema if one.calculated and one.name in held}


def _wanted(call: Call) -> Record:
    """The record of the path, by id (through merges) or by a unique property."""
    by = call.query.get("idProperty", [""])[-1]
    if by:
        check_id_property(call, by, "read")
        record = call.shelf.by_unique(by, call.parts["id"])
    elif call.flag("archived"):
        record = call.shelf.records.get(call.record_id())
        record = record if record is not None and record.archived is not None else None
    else:
        record = call.shelf.surviving(call.record_id())
    if record is None:
        raise not_found()
    return record


def check_id_property(call: Call, name: str, verb: str) -> None:
    """Refusal 400 unless a property has unique values: hs_object_id does not count as one (§4)."""
    if name not in call.schema.unique:
        raise invalid(
            f"Unable to perform {verb} by non-unique {call.shelf.object_type.type_id} property: {name}"
        )


def _with_associations(call: Call, record: Record, body: dict[str, Any]) -> dict[str, Any]:
    """`associations=companies` on single and list reads."""
    found: dict[str, Any] = {}
    source = call.shelf.object_type
    for other in call.names("associations"):
        target = call.shelf_named(other).object_type
        ids = call.portal.links.ids(source.name, record.version.id, target.name)
        kind = f"{source.singular}_to_{target.singular}"
        if ids:
            found[target.name] = {"results": [{"id": str(one), "type": kind} for one in ids]}
    return body | ({"associations": found} if found else {})


def reading(call: Call) -> tuple[str, ...]:
    """The scope for reading the object type in the path."""
    return (f"crm.objects.{call.shelf.object_type.scope}.read",)


def writing(call: Call) -> tuple[str, ...]:
    """The scope for writing it."""
    return (f"crm.objects.{call.shelf.object_type.scope}.write",)


_BASE = "/crm/v3/objects/{type}"
ROUTES = (
    Route("POST", f"{_BASE}/search", search, reading, search=True),
    Route("POST", f"{_BASE}/merge", merge, writing),
    Route("GET", _BASE, list_page, reading),
    Route("POST", _BASE, create, writing),
    Route("GET", f"{_BASE}/{{id}}", read, reading),
    Route("PATCH", f"{_BASE}/{{id}}", update, writing),
    Route("DELETE", f"{_BASE}/{{id}}", delete, writing),
)
