"""sObject collections: up to 200 records a call, each with a result of its own (salesforce.md §4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.calls import Answer, Call, Routes, json_object, parameter
from sandbox.salesforce.errors import RecordError, RequestError
from sandbox.salesforce.ids import long_id
from sandbox.salesforce.rest import show
from sandbox.salesforce.saving import Change, find_object, save

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

MAX_RECORDS = 200
MAX_CHUNKS = 10
MAX_RETRIEVED = 2_000


def add_routes(routes: Routes) -> None:
    """Everything below `/composite/sobjects`."""
    routes.add("/composite/sobjects", post=create, patch=update, delete=delete)
    routes.add("/composite/sobjects/{name}", get=retrieve, post=retrieve)


def create(org: Org, call: Call) -> Answer:
    """New records; results in the order of the request."""
    return _save(org, call, "create")


def update(org: Org, call: Call) -> Answer:
    """Changed records; 200 also where every one of them failed."""
    return _save(org, call, "update")


def delete(org: Org, call: Call) -> Answer:
    """`?ids=a,b&allOrNone=false`."""
    changes: list[Change] = []
    for one in parameter(call, "ids").split(","):
        try:
            name = org.object_name(one)
        except KeyError:
            raise RequestError(400, "MALFORMED_ID", f"malformed id {one}") from None
        changes.append(Change("delete", find_object(org, call.user, name), one, {}))
    _check_size(changes)
    all_or_none = call.query.get("allOrNone", "false").lower() == "true"
    return _answer(org, call, changes, all_or_none=all_or_none)


def retrieve(org: Org, call: Call, name: str) -> Answer:
    """Records by id, null where there is none; ids and fields in the body, or in the query string for GET."""
    found = find_object(org, call.user, name)
    if call.method == "POST":
        ids, fields = json_object(call).get("ids"), json_object(call).get("fields")
    else:
        ids, fields = parameter(call, "ids").split(","), parameter(call, "fields").split(",")
    if not isinstance(ids, list) or not isinstance(fields, list) or not fields:
        raise RequestError(
            400, "JSON_PARSER_ERROR", "The request body must hold the lists 'ids' and 'fields'."
        )
    if len(ids) > MAX_RETRIEVED:
        raise RequestError(
            400, "EXCEEDED_ID_LIMIT", f"cannot retrieve more than {MAX_RETRIEVED} records in one call"
        )
    rows = org.tables[found.name].rows
    shown: list[dict[str, Any] | None] = []
    for one in ids:
        whole = long_id(str(one))
        if whole is None:
            raise RequestError(400, "MALFORMED_ID", f"malformed id {one}")
        row = rows.get(whole)
        gone = row is None or row.get("IsDeleted") or whole in org.access.hidden_rows
        shown.append(None if gone or row is None else show(org, call, found, row, fields))
    return Answer(body=shown)


def _save(org: Org, call: Call, kind: str) -> Answer:
    body = json_object(call)
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise RequestError(400, "JSON_PARSER_ERROR", "The request body must hold the list 'records'.")
    changes = [_change(org, call, kind, record) for record in records]
    _check_size(changes)
    if kind == "update":
        _check_ids(org, changes)
    return _answer(org, call, changes, all_or_none=bool(body.get("allOrNone", False)))


def _change(org: Org, call: Call, kind: str, record: Mapping[str, Any]) -> Change:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or "type" not in attributes:
        raise RequestError(400, "INVALID_INPUT", "Every record needs attributes with a type.")
    found = find_object(org, call.user, attributes["type"])
    fields = {name: value for name, value in record.items() if name not in ("attributes", "id", "Id")}
    row_id = record.get("id", record.get("Id"))
    if kind == "create":
        return Change("create", found, None, fields)
    change = Change("update", found, row_id, fields)
    if row_id is None:
        change.error = RecordError("MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    return change


def _check_size(changes: list[Change]) -> None:
    if len(changes) > MAX_RECORDS:
        message = f"record limit reached. cannot submit more than {MAX_RECORDS} records into this call"
        raise RequestError(400, "EXCEEDED_ID_LIMIT", message)
    chunks = sum(1 for _ in groupby(changes, key=lambda change: change.object.name))
    if chunks > MAX_CHUNKS:
        message = f"Operation may have no more than {MAX_CHUNKS} chunks of consecutive records of one type"
        raise RequestError(400, "INVALID_INPUT", message)


def _check_ids(org: Org, changes: list[Change]) -> None:
    """The same id twice: what happens is a switch (§4.1)."""
    if org.switches.duplicate_id == "accept":
        return
    seen: set[str] = set()
    for change in changes:
        whole = long_id(change.id) if isinstance(change.id, str) else None
        if whole is None:
            continue
        if whole in seen:
            message = f"duplicate id in list: {whole}"
            if org.switches.duplicate_id == "request":
                raise RequestError(400, "DUPLICATE_VALUE", message)
            change.error = RecordError("DUPLICATE_VALUE", message, ["Id"])
        seen.add(whole)


def _answer(org: Org, call: Call, changes: list[Change], *, all_or_none: bool) -> Answer:
    save(org, call.user, changes, headers=call.headers, all_or_none=all_or_none)
    return Answer(body=[change.result(id_on_failure=org.switches.id_on_failure) for change in changes])
