"""An admin's triggers on a chunk of records, with the platform's three attempts (salesforce.md §4.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sandbox.salesforce.errors import RecordError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.saving import Change
    from sandbox.salesforce.table import Row

CHUNK = 200
ATTEMPTS = 3
TOO_MANY_RETRIES = "Too many batch retries in the presence of Apex triggers and partial failures."


def run_triggers(org: Org, changes: Sequence[Change]) -> None:
    """Run every trigger of every object, by chunks of 200 in the order of the request."""
    for name in dict.fromkeys(change.object.name for change in changes):
        if not org.triggers[name]:
            continue
        own = [change for change in changes if change.object.name == name and change.kind != "delete"]
        for start in range(0, len(own), CHUNK):
            _run_chunk(org, name, own[start : start + CHUNK])


def _run_chunk(org: Org, name: str, chunk: Sequence[Change]) -> None:
    """Survivors of a partial failure are tried again, triggers and all; a third failure fails everything."""
    failed_before = any(change.error for change in chunk)
    attempt = 1
    while True:
        survivors = [change for change in chunk if change.error is None]
        if not survivors:
            return
        _fire(org, name, survivors)
        if not any(change.error for change in survivors) and not (failed_before and attempt == 1):
            return
        failed_before = False
        attempt += 1
        if attempt > ATTEMPTS:
            break
    if any(change.error for change in survivors):
        for change in chunk:
            change.error = RecordError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", TOO_MANY_RETRIES)


def _fire(org: Org, name: str, survivors: Sequence[Change]) -> None:
    pairs: list[tuple[Row | None, Row]] = []
    for change in survivors:
        before = org.tables[name].rows.get(change.id) if change.id is not None else None
        pairs.append((before, (before or {}) | change.values))
    for trigger in org.triggers[name]:
        try:
            refusals = trigger(pairs) or {}
        except Exception as failure:  # noqa: BLE001 - an admin's code may raise anything, as Apex may
            message = f"{trigger.__name__}: execution of BeforeUpdate caused by: {failure}"
            refusals = dict.fromkeys(range(len(survivors)), message)
            code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
        else:
            code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        for place, text in refusals.items():
            survivors[place].error = survivors[place].error or RecordError(code, text)
