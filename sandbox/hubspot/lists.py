"""Lists over HTTP (hubspot.md §6.2)."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot import parts
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import Refusal, bad_json, invalid, not_found
from sandbox.hubspot.moments import to_iso
from sandbox.hubspot.segments import PROCESSING_TYPES, Segment, checked_root

DEFAULT_MEMBERS = 100
MAX_MEMBERS = 250
DEFAULT_FOUND = 20
MAX_FOUND = 500


def create(call: Call) -> Reply:
    """POST …/lists: 200, not 201."""
    missing = [key for key in ("name", "objectTypeId", "processingType") if not call.body.get(key)]
    if missing:
        raise bad_json(
            f"Cannot build ListCreateRequest, some of required attributes are not set [{', '.join(missing)}]"
        )
    kind = parts.text(call.body, "processingType")
    if kind not in PROCESSING_TYPES:
        raise invalid(f"The processingType {kind} is none of {', '.join(PROCESSING_TYPES)}.")
    shelf = call.shelf_named(parts.text(call.body, "objectTypeId"))
    object_type = shelf.object_type
    branch = call.body.get("filterBranch")
    if kind == "DYNAMIC" or branch is not None:
        checked_root(branch, call.portal.schemas[object_type.name])
    name = parts.text(call.body, "name")
    _check_name(call, object_type.type_id, name)
    segment = call.portal.segments.add(
        name=name,
        object_type_id=object_type.type_id,
        processing_type=kind,
        filter_branch=branch,
        created=call.now,
        updated=call.now,
    )
    if kind == "SNAPSHOT" and branch is not None:
        segment.members = dict.fromkeys(_matching(call, segment), call.now)
    return Reply(200, {"list": _shown(call, segment)})


def read(call: Call) -> Reply:
    """GET …/lists/{id}?includeFilters=."""
    return Reply(200, {"list": _shown(call, _wanted(call), with_filters=call.flag("includeFilters"))})


def read_many(call: Call) -> Reply:
    """GET …/lists?listIds=: those that exist."""
    ids = [int(text) for text in call.names("listIds") if text.isdecimal()]
    held = call.portal.segments.all
    found = [held[one] for one in ids if one in held and held[one].deleted is None]
    return Reply(
        200, {"lists": [_shown(call, one, with_filters=call.flag("includeFilters")) for one in found]}
    )


def read_named(call: Call) -> Reply:
    """GET …/lists/object-type-id/{type}/name/{name}: 404 if there is none."""
    found = call.portal.segments.named(call.shelf.object_type.type_id, call.parts["name"])
    if found is None:
        raise not_found(f"List not found with name '{call.parts['name']}'.")
    return Reply(200, {"list": _shown(call, found, with_filters=call.flag("includeFilters"))})


def search(call: Call) -> Reply:
    """POST …/lists/search: by name, ids and kind, in pages by offset."""
    text = parts.text(call.body, "query").lower()
    ids = parts.texts(call.body, "listIds")
    kinds = parts.texts(call.body, "processingTypes")
    offset, count = parts.whole(call.body, "offset", 0), parts.whole(call.body, "count", DEFAULT_FOUND)
    if not 0 < count <= MAX_FOUND or offset < 0:
        raise invalid(f"count must be from 1 to {MAX_FOUND}, offset from 0 on.")
    found = [
        one
        for one in call.portal.segments.live()
        if text in one.name.lower()
        and (not ids or str(one.id) in ids)
        and (not kinds or one.processing_type in kinds)
    ]
    page = found[offset : offset + count]
    shown = [_shown(call, one, with_filters=False) | {"additionalProperties": {}} for one in page]
    more = offset + len(page) < len(found)
    return Reply(200, {"lists": shown, "offset": offset + len(page), "hasMore": more, "total": len(found)})


def update_filters(call: Call) -> Reply:
    """PUT …/lists/{id}/update-list-filters."""
    segment = _wanted(call)
    if segment.processing_type != "DYNAMIC":
        raise invalid("Only the filters of a DYNAMIC list can change.")
    shelf = call.shelf_named(segment.object_type_id)
    checked_root(call.body.get("filterBranch"), call.portal.schemas[shelf.object_type.name])
    segment.filter_branch = call.body["filterBranch"]
    _touch(call, segment)
    return Reply(200, {"updatedList": _shown(call, segment)})


def rename(call: Call) -> Reply:
    """PUT …/lists/{id}/update-list-name?listName=."""
    segment = _wanted(call)
    name = call.query.get("listName", [""])[-1]
    if not name:
        raise invalid("listName must not be empty.")
    if name.lower() != segment.name.lower():
        _check_name(call, segment.object_type_id, name)
    segment.name = name
    _touch(call, segment)
    return Reply(200, {"updatedList": _shown(call, segment)})


def delete(call: Call) -> Reply:
    """DELETE …/lists/{id}: 204, can be restored."""
    _wanted(call).deleted = call.now
    return Reply(204)


def restore(call: Call) -> Reply:
    """PUT …/lists/{id}/restore: 204."""
    segment = call.portal.segments.all.get(call.record_id("list"))
    if segment is None:
        raise not_found()
    _check_name(call, segment.object_type_id, segment.name)
    segment.deleted = None
    return Reply(204)


def members(call: Call) -> Reply:
    """GET …/lists/{id}/memberships: by record id, `after` is the last id seen."""
    segment = _wanted(call)
    joined = segment.members
    if segment.processing_type == "DYNAMIC":
        joined = dict.fromkeys(_matching(call, segment), segment.updated)
    limit = call.whole("limit", DEFAULT_MEMBERS, MAX_MEMBERS)
    after = call.query.get("after", ["0"])[-1]
    if not after.isdecimal():
        raise invalid(f"The paging cursor {after!r} is not valid.")
    shelf = call.shelf_named(segment.object_type_id)
    ids = [one for one in sorted(joined) if one > int(after) and shelf.at(one) is not None]
    results = [{"recordId": str(one), "membershipTimestamp": to_iso(joined[one])} for one in ids[:limit]]
    body: dict[str, Any] = {"results": results, "total": len(joined)}
    if len(ids) > limit:
        following = str(ids[limit - 1])
        body["paging"] = {"next": {"after": following, "link": f"{call.path}?after={following}"}}
    return Reply(200, body)


def add_members(call: Call) -> Reply:
    """PUT …/lists/{id}/memberships/add: a JSON array of ids."""
    segment = _by_hand(call)
    shelf = call.shelf_named(segment.object_type_id)
    ids = _ids(call)
    known = [one for one in ids if shelf.at(one) is not None]
    fresh = [one for one in known if one not in segment.members]
    segment.members |= dict.fromkeys(fresh, call.now)
    missing = [str(one) for one in ids if one not in known]
    return Reply(
        200,
        {"recordIdsAdded": [str(one) for one in fresh], "recordIdsRemoved": [], "recordIdsMissing": missing},
    )


def remove_members(call: Call) -> Reply:
    """PUT …/lists/{id}/memberships/remove: a JSON array of ids."""
    segment = _by_hand(call)
    ids = _ids(call)
    gone = [one for one in ids if segment.members.pop(one, None) is not None]
    return Reply(
        200, {"recordIdsAdded": [], "recordIdsRemoved": [str(one) for one in gone], "recordIdsMissing": []}
    )


def _by_hand(call: Call) -> Segment:
    segment = _wanted(call)
    if segment.processing_type == "DYNAMIC":
        raise invalid("The members of a DYNAMIC list follow its filters and cannot be changed by hand.")
    return segment


def _ids(call: Call) -> list[int]:
    raw = call.array
    texts = [str(one) for one in raw]
    if not all(text.isdecimal() for text in texts):
        raise invalid("Record ids must be whole numbers.")
    return [int(text) for text in texts]


def _shown(call: Call, segment: Segment, *, with_filters: bool = True) -> dict[str, Any]:
    count = len(segment.members) if segment.processing_type != "DYNAMIC" else len(_matching(call, segment))
    return segment.as_json(size=count, with_filters=with_filters)


def _matching(call: Call, segment: Segment) -> list[int]:
    """The ids of the records that the filters let in now."""
    shelf = call.shelf_named(segment.object_type_id)
    try:
        condition = checked_root(segment.filter_branch, call.portal.schemas[shelf.object_type.name])
    except Refusal:  # a property of it is gone: HubSpot leaves such a list empty
        return []
    return [one for one in shelf.live if condition(call.portal.values(shelf, shelf.records[one].version))]


def _touch(call: Call, segment: Segment) -> None:
    segment.updated = call.now
    segment.version += 1


def _check_name(call: Call, object_type_id: str, name: str) -> None:
    if call.portal.segments.named(object_type_id, name) is not None:
        status = call.portal.switches.list_name_conflict_status
        message = f"A list named '{name}' already exists."
        raise Refusal(status, message, "VALIDATION_ERROR", subCategory="ILS.DUPLICATE_LIST_NAMES")


def _wanted(call: Call) -> Segment:
    found = call.portal.segments.all.get(call.record_id("list"))
    if found is None or found.deleted is not None:
        raise not_found(f"List {call.parts['list']} does not exist.")
    return found


def _reading(_: Call) -> tuple[str, ...]:
    return ("crm.lists.read",)


def _writing(_: Call) -> tuple[str, ...]:
    return ("crm.lists.write",)


_BASE = "/crm/v3/lists"
ROUTES = (
    Route("POST", _BASE, create, _writing),
    Route("GET", _BASE, read_many, _reading),
    Route("POST", f"{_BASE}/search", search, _reading),
    Route("GET", f"{_BASE}/object-type-id/{{type}}/name/{{name}}", read_named, _reading),
    Route("GET", f"{_BASE}/{{list}}", read, _reading),
    Route("DELETE", f"{_BASE}/{{list}}", delete, _writing),
    Route("PUT", f"{_BASE}/{{list}}/restore", restore, _writing),
    Route("PUT", f"{_BASE}/{{list}}/update-list-filters", update_filters, _writing),
    Route("PUT", f"{_BASE}/{{list}}/update-list-name", rename, _writing),
    Route("GET", f"{_BASE}/{{list}}/memberships", members, _reading),
    Route("PUT", f"{_BASE}/{{list}}/memberships/add", add_members, _writing),
    Route("PUT", f"{_BASE}/{{list}}/memberships/remove", remove_members, _writing),
)
