"""Associations over HTTP, v4: batch read, one record's, and the default association (hubspot.md §3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.batches import answer
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import bad_json, invalid, not_found
from sandbox.hubspot.links import LINK_TYPES, unlabelled

if TYPE_CHECKING:
    from sandbox.hubspot.schema import ObjectType

MAX_INPUTS = 1_000
MAX_TARGETS = 500
"""Targets of one record in one answer; then paging (unconfirmed figure)."""


def read_batch(call: Call) -> Reply:
    """POST …/{type}/{to}/batch/read: an error entry for each record without any."""
    inputs = call.inputs
    if len(inputs) > MAX_INPUTS:
        raise invalid(f"The number of inputs ({len(inputs)}) exceeds the batch limit of {MAX_INPUTS}.")
    source, target = _ends(call)
    results, errors = [], []
    for one in inputs:
        text = parts.text(one, "id")
        if not text:
            raise bad_json(
                "Cannot build PublicFetchAssociationsBatchRequest, "
                "some of required attributes are not set [id]"
            )
        after = parts.text(one, "after", "0")
        found, paging = _targets(call, source, target, text, after, MAX_TARGETS)
        if found:
            results.append({"from": {"id": text}, "to": found} | ({"paging": paging} if paging else {}))
        else:
            errors.append(_none_found(source, target, text))
    if errors and call.portal.switches.no_associations_status == 200:  # noqa: PLR2004 - HTTP status
        errors = []
    return answer(call, results, errors)


def read_one(call: Call) -> Reply:
    """GET …/objects/{type}/{id}/associations/{to}: an empty list where there are none."""
    source, target = _ends(call)
    if call.shelf.surviving(call.record_id()) is None:
        raise not_found()
    after = call.query.get("after", ["0"])[-1]
    found, paging = _targets(
        call, source, target, call.parts["id"], after, call.whole("limit", MAX_TARGETS, MAX_TARGETS)
    )
    return Reply(200, {"results": found} | ({"paging": paging} if paging else {}))


def associate(call: Call) -> Reply:
    """PUT …/associations/default/{to}/{to_id}."""
    source, target = _ends(call)
    other = call.shelf_named(target.name)
    kind = unlabelled(source.name, target.name)
    here, there = call.shelf.at(call.record_id()), other.at(call.record_id("to_id"))
    if here is None or there is None:
        raise not_found()
    if kind is None:
        raise invalid(f"No association leads from {source.name} to {target.name}.")
    call.portal.associate(source.name, here.version.id, target.name, there.version.id, kind.type_id)
    pair = {
        "from": {"id": str(here.version.id)},
        "to": {"id": str(there.version.id)},
        "associationSpec": {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind.type_id},
    }
    return answer(call, [pair], [])


def labels(call: Call) -> Reply:
    """GET …/associations/{type}/{to}/labels: the association types between two object types."""
    source, target = _ends(call)
    kinds = [one for one in LINK_TYPES.values() if (one.source, one.target) == (source.name, target.name)]
    return Reply(200, {"results": [_type(one.type_id) for one in kinds]})


def _ends(call: Call) -> tuple[ObjectType, ObjectType]:
    return call.shelf.object_type, call.shelf_named(call.parts["to"]).object_type


def _targets(
    call: Call, source: ObjectType, target: ObjectType, text: str, after: str, limit: int
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """One page of a record's targets by id; `after` is the number of targets passed."""
    if not after.isdecimal():
        raise invalid(f"The paging cursor {after!r} is not valid.")
    held = call.portal.links.between(source.name, int(text), target.name) if text.isdecimal() else {}
    start = int(after)
    page = sorted(held.items())[start : start + limit]
    found = [{"toObjectId": one, "associationTypes": [_type(kind) for kind in kinds]} for one, kinds in page]
    more = start + len(page) < len(held)
    following = str(start + len(page))
    return found, {"next": {"after": following, "link": f"{call.path}?after={following}"}} if more else None


def _type(type_id: int) -> dict[str, Any]:
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": LINK_TYPES[type_id].label}


def _none_found(source: ObjectType, target: ObjectType, text: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {target.singular} is associated with {source.singular} {text}.",
        "context": {
            "fromObjectId": [text],
            "fromObjectType": [source.singular],
            "toObjectType": [target.singular],
        },
    }


def _reading(call: Call) -> tuple[str, ...]:
    return (f"crm.objects.{call.shelf.object_type.scope}.read",)


def _writing(call: Call) -> tuple[str, ...]:
    return (f"crm.objects.{call.shelf.object_type.scope}.write",)


ROUTES = (
    Route("POST", "/crm/v4/associations/{type}/{to}/batch/read", read_batch, _reading),
    Route("GET", "/crm/v4/associations/{type}/{to}/labels", labels, _reading),
    Route("GET", "/crm/v4/objects/{type}/{id}/associations/{to}", read_one, _reading),
    Route("PUT", "/crm/v4/objects/{type}/{id}/associations/default/{to}/{to_id}", associate, _writing),
)
