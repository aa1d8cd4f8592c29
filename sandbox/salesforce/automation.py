"""What the platform does by itself at a save: names, closed flags, last activity, field history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.stamps import parse_stamp

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

TRACKED_FIELDS = ("Status", "OwnerId", "Rating", "LeadSource", "Company", "Email", "Title")
"""Fields of Lead whose changes LeadHistory keeps (an org may track 20, §3.2)."""
_WON_STAGE = "Closed Won"
_LOST_STAGE = "Closed Lost"
_PARENTS_OF_ACTIVITY = ("WhoId", "WhatId")


def derive(org: Org, object_name: str, row: Row) -> Row:
    """Fields that follow from the others; `row` is the record as it will be, without them."""
    rule = _DERIVED.get(object_name)
    return rule(org, row) if rule is not None else {}


def _person(_org: Org, row: Row) -> Row:
    names = (row.get("FirstName"), row.get("LastName"))
    return {"Name": " ".join(name for name in names if name) or None}


def _task(_org: Org, row: Row) -> Row:
    closed = row.get("Status") == "Completed"
    done = row.get("CompletedDateTime") or row["LastModifiedDate"]
    return {"IsClosed": closed or None, "CompletedDateTime": done if closed else None}


def _event(_org: Org, row: Row) -> Row:
    start = row.get("StartDateTime") or row.get("ActivityDateTime")
    return (
        {}
        if start is None
        else {"ActivityDate": start[:10], "ActivityDateTime": start, "StartDateTime": start}
    )


def _opportunity(_org: Org, row: Row) -> Row:
    stage = row.get("StageName")
    return {"IsWon": (stage == _WON_STAGE) or None, "IsClosed": stage in (_WON_STAGE, _LOST_STAGE) or None}


def _campaign_member(org: Org, row: Row) -> Row:
    statuses = org.tables["CampaignMemberStatus"]
    own = [statuses.rows[one] for one in statuses.holding("CampaignId", [row.get("CampaignId")])]
    status = row.get("Status", "")
    if own:
        responded = any(one.get("HasResponded") for one in own if one["Label"] == status)
    else:
        responded = status == "Responded"
    who = org.row(row.get("ContactId") or row.get("LeadId")) or {}
    first = row.get("FirstRespondedDate") or row["SystemModstamp"][:10]
    return {
        "HasResponded": responded or None,
        "FirstRespondedDate": first if responded else None,
        "LeadOrContactId": who.get("Id"),
        "Name": who.get("Name"),
        "Type": org.object_name(who["Id"]) if who else None,
        # With both ids only the contact is kept (§3.2).
        "LeadId": None if row.get("ContactId") else row.get("LeadId"),
    }


def _email_relation(org: Org, row: Row) -> Row:
    whom = row.get("RelationId")
    return {"RelationObjectType": org.object_name(whom) if whom else None}


_DERIVED: dict[str, Callable[[Org, Row], Row]] = {
    "Lead": _person,
    "Contact": _person,
    "User": _person,
    "Task": _task,
    "Event": _event,
    "Opportunity": _opportunity,
    "CampaignMember": _campaign_member,
    "EmailMessageRelation": _email_relation,
}


def follow_up(org: Org, object_name: str, before: Row | None, after: Row, at: str) -> None:
    """Consequences for other records, at the stamp of the save; `before` is None for a new record."""
    if object_name in ("Task", "Event"):
        for name in _PARENTS_OF_ACTIVITY:
            for parent in {after.get(name), (before or {}).get(name)}:
                refresh_last_activity(org, parent, at)
    elif object_name == "Lead" and before is not None:
        _keep_history(org, before, after, at)


def refresh_last_activity(org: Org, parent_id: str | None, at: str) -> None:
    """LastActivityDate is the latest date of closed tasks and of events, also one in the future (§3.1).

    It moves SystemModstamp without LastModifiedDate, and only where the maximum changes (§2.2).
    """
    parent = org.row(parent_id)
    if (
        parent_id is None
        or parent is None
        or "LastActivityDate" not in org.objects[org.object_name(parent_id)].fields
    ):
        return
    latest = max(_activity_dates(org, parent_id), default=None)
    if latest != parent.get("LastActivityDate"):
        org.touch(parent_id, {"LastActivityDate": latest}, at)


def _activity_dates(org: Org, parent_id: str) -> list[str]:
    dates: list[str] = []
    for name in ("Task", "Event"):
        table = org.tables[name]
        for link in _PARENTS_OF_ACTIVITY:
            for one in table.holding(link, [parent_id]):
                row = table.rows[one]
                counts = name == "Event" or row.get("IsClosed")
                if counts and "ActivityDate" in row and not row.get("IsDeleted"):
                    dates.append(row["ActivityDate"])
    return dates


def _keep_history(org: Org, before: Row, after: Row, at: str) -> None:
    for name in TRACKED_FIELDS:
        if before.get(name) != after.get(name):
            values: dict[str, Any] = {"LeadId": after["Id"], "Field": "Owner" if name == "OwnerId" else name}
            values |= {"OldValue": before.get(name), "NewValue": after.get(name), "DataType": "Text"}
            org.insert(
                "LeadHistory", values, created_at=parse_stamp(at), created_by=after["LastModifiedById"]
            )
