"""Batches of records: read, update, create, archive; each row of hubspot.md §4's table has its place here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import bad_values, bad_values_text, invalid
from sandbox.hubspot.moments import to_iso
from sandbox.hubspot.objects import (
    API,
    check_id_property,
    check_unique,
    created,
    fitted,
    present,
    reading,
    writing,
    written,
)

if TYPE_CHECKING:
    from sandbox.hubspot.records import Record
    from sandbox.hubspot.values import BadValue

MAX_INPUTS = 100
MAX_INPUTS_WITH_HISTORY = 50


@dataclass
class Item:
    """One input of a batch and what becomes of it."""

    id: str
    trace: str | None
    record: Record | None
    is_merged: bool
    changes: dict[str, str] = field(default_factory=dict)
    faults: list[BadValue] = field(default_factory=list)


def read(call: Call) -> Reply:
    """POST …/batch/read: 207 with one error for all ids that are not there (§2.4)."""
    asked = parts.texts(call.body, "properties")
    with_history = parts.texts(call.body, "propertiesWithHistory")
    inputs = call.inputs
    if with_history and len(inputs) > MAX_INPUTS_WITH_HISTORY:
        raise invalid(
            f"Batch reads with propertiesWithHistory are limited to {MAX_INPUTS_WITH_HISTORY} objects, "
            f"and {len(inputs)} were asked for."
        )
    _check_count(inputs)
    by = _id_property(call, "read")
    results, missing = [], []
    for text in dict.fromkeys(_id_of(one) for one in inputs):
        record = _find(call, text, by, follow=call.portal.switches.batch_read_follows_merges)
        if record is None:
            missing.append(text)
        else:
            results.append(present(call, record, asked, with_history))
    return answer(call, results, [_not_there(call, missing)] if missing else [])


def update(call: Call) -> Reply:
    """POST …/batch/update: the table of §4."""
    inputs = call.inputs
    _check_count(inputs)
    by = _id_property(call, "update")
    _check_duplicates(inputs)
    items = [_item(call, one, by) for one in inputs]
    faulty = [item for item in items if item.faults]
    if faulty and not _is_traced(call, items):
        raise bad_values([fault for item in faulty for fault in item.faults], call.portal.portal_id)
    for item in items:
        if item.record is not None:
            check_unique(call, item.record.version.id, item.changes)
    results = []
    for item in items:
        if item.record is not None and not item.faults:
            call.portal.write(call.shelf, item.record, item.changes, call.now, API)
            results.append(written(call, item.record, item.changes))
    missing = [item for item in items if item.record is None and not item.is_merged and not item.faults]
    errors = [_not_valid(call, item) for item in faulty]
    if missing:
        traces = [item.trace for item in missing if item.trace]
        errors.append(_not_there(call, [item.id for item in missing], traces))
    return answer(call, results, errors)


def create(call: Call) -> Reply:
    """POST …/batch/create: 201, all or nothing."""
    inputs = call.inputs
    _check_count(inputs)
    items = [fitted(call, None, one.get("properties")) for one in inputs]
    faults = [fault for _, found in items for fault in found]
    if faults:
        raise bad_values(faults, call.portal.portal_id)
    for changes, _ in items:
        check_unique(call, None, changes)
    results = []
    for changes, _ in items:
        check_unique(call, None, changes)  # again: an earlier input may have taken the value
        record = call.portal.insert(call.shelf, changes, call.now, call.now, API)
        results.append(created(call, record))
    return answer(call, results, [], status=201)


def archive(call: Call) -> Reply:
    """POST …/batch/archive: 204, unknown ids included."""
    inputs = call.inputs
    _check_count(inputs)
    for one in inputs:
        record = _find(call, _id_of(one), "", follow=False)
        if record is not None:
            call.portal.archive(call.shelf.object_type.name, record.version.id)
    return Reply(204)


def answer(call: Call, results: list[Any], errors: list[Any], *, status: int = 200) -> Reply:
    """A batch's body: numErrors and errors only with 207 (§2.4, §4)."""
    moment = to_iso(call.now)
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": moment,
        "completedAt": moment,
    }
    if not errors:
        return Reply(status, body)
    return Reply(207, body | {"numErrors": len(errors), "errors": errors})


def _item(call: Call, one: dict[str, Any], by: str) -> Item:
    text = _id_of(one)
    record = _find(call, text, by, follow=False)
    gone = call.shelf.records.get(int(text)) if text.isdecimal() and not by else None
    is_merged = gone is not None and gone.merged_into is not None
    changes, faults = fitted(call, record, one.get("properties"))
    return Item(text, parts.text(one, "objectWriteTraceId") or None, record, is_merged, changes, faults)


def _is_traced(call: Call, items: list[Item]) -> bool:
    """Whether every input has a trace id of its own, and that helps (switch)."""
    traces = {item.trace for item in items}
    return call.portal.switches.trace_ids_save_the_batch and None not in traces and len(traces) == len(items)


def _find(call: Call, text: str, by: str, *, follow: bool) -> Record | None:
    if by:
        return call.shelf.by_unique(by, text)
    if not text.isdecimal():
        return None
    return call.shelf.surviving(int(text)) if follow else call.shelf.at(int(text))


def _id_of(one: dict[str, Any]) -> str:
    found = parts.text(one, "id")
    if not found:
        raise invalid("Every input of a batch needs an id.")
    return found


def _id_property(call: Call, verb: str) -> str:
    """The one idProperty of a batch: in the body for reads, in the inputs for updates."""
    named = {parts.text(one, "idProperty") for one in (call.body, *call.inputs)} - {""}
    if len(named) > 1:
        raise invalid("All inputs of a batch must use the same idProperty.")
    for name in named:
        check_id_property(call, name, verb)
    return next(iter(named), "")


def _check_count(inputs: list[dict[str, Any]]) -> None:
    if len(inputs) > MAX_INPUTS:
        raise invalid(f"The number of inputs ({len(inputs)}) exceeds the batch limit of {MAX_INPUTS}.")


def _check_duplicates(inputs: list[dict[str, Any]]) -> None:
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for one in inputs:
        text = _id_of(one)
        if text in seen:
            twice[text] = None
        seen.add(text)
    if twice:
        ids = list(twice)
        message = f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique"
        raise invalid(message, context={"ids": ids})


def _not_there(call: Call, ids: list[str], traces: list[str] | None = None) -> dict[str, Any]:
    kind = call.shelf.object_type.singular.upper()
    context = {"ids": ids} | ({"objectWriteTraceId": traces} if traces else {})
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": (
            f"Could not get some {kind} objects, they may be deleted or not exist. Check that ids are valid."
        ),
        "context": context,
    }


def _not_valid(call: Call, item: Item) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "VALIDATION_ERROR",
        "message": bad_values_text(item.faults, call.portal.portal_id),
        "context": {"objectWriteTraceId": [item.trace]},
    }


_BASE = "/crm/v3/objects/{type}/batch"
ROUTES = (
    Route("POST", f"{_BASE}/read", read, reading),
    Route("POST", f"{_BASE}/update", update, writing),
    Route("POST", f"{_BASE}/create", create, writing),
    Route("POST", f"{_BASE}/archive", archive, writing),
)
