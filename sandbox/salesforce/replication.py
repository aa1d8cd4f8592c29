"""getUpdated and getDeleted: what changed between two moments (salesforce.md §2.3, §2.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce.calls import Answer, Call, parameter
from sandbox.salesforce.errors import RequestError, not_found
from sandbox.salesforce.stamps import parse_stamp, stamp

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

UPDATED_DAYS = 30
DELETED_DAYS = 15
_MINUTE = timedelta(minutes=1)


def updated(org: Org, call: Call, name: str) -> Answer:
    """Ids whose row was saved in the window, and how far the answer can be trusted."""
    table_name, start, end = _window(org, call, name, UPDATED_DAYS)
    table = org.tables[table_name]
    ids = [
        one
        for one in table.between("SystemModstamp", stamp(start), stamp(end))
        if not table.rows[one].get("IsDeleted") and one not in org.access.hidden_rows
    ]
    return Answer(body={"ids": ids, "latestDateCovered": stamp(_covered(org, end))})


def deleted(org: Org, call: Call, name: str) -> Answer:
    """Ids of the rows deleted in the window, with the moment."""
    table_name, start, end = _window(org, call, name, DELETED_DAYS)
    table = org.tables[table_name]
    rows = (table.rows[one] for one in table.between("SystemModstamp", stamp(start), stamp(end)))
    gone = [{"id": row["Id"], "deletedDate": row["LastModifiedDate"]} for row in rows if row.get("IsDeleted")]
    earliest = org.now() - timedelta(days=DELETED_DAYS)
    body = {"deletedRecords": gone, "earliestDateAvailable": stamp(earliest)}
    return Answer(body=body | {"latestDateCovered": stamp(_covered(org, end))})


def _window(org: Org, call: Call, name: str, days: int) -> tuple[str, datetime, datetime]:
    """Seconds are ignored; the start lies before the end by more than a minute, and not too far back."""
    found = org.access.find_object(call.user, name)
    if found is None or "SystemModstamp" not in found.fields:
        raise not_found()
    try:
        start, end = (parse_stamp(parameter(call, side)).replace(second=0) for side in ("start", "end"))
    except ValueError:
        raise RequestError(
            400, "INVALID_REPLICATION_DATE", "startDate and endDate must be ISO 8601 times"
        ) from None
    if end - start <= _MINUTE:
        raise RequestError(
            400, "INVALID_REPLICATION_DATE", "startDate must precede endDate by more than one minute"
        )
    if start < org.now() - timedelta(days=days):
        raise RequestError(400, "INVALID_REPLICATION_DATE", f"startDate cannot be more than {days} days ago")
    return found.name, start, end


def _covered(org: Org, end: datetime) -> datetime:
    """Not beyond the start of the oldest transaction in flight."""
    oldest = org.oldest_transaction()
    latest = min(end, org.now())
    return latest if oldest is None else min(latest, oldest)
