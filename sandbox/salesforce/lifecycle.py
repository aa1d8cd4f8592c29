"""The two turns in a lead's life that move other records: conversion and merge (salesforce.md §2.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce.standard import CONVERTED_STATUS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.salesforce.org import Org

_CHILDREN = (
    ("Task", "WhoId"),
    ("Event", "WhoId"),
    ("CampaignMember", "LeadId"),
    ("EmailMessageRelation", "RelationId"),
)
_COPIED = ("FirstName", "LastName", "Salutation", "Title", "Email", "Phone", "MobilePhone", "LeadSource")
_CLOSE_AFTER = timedelta(days=90)


@dataclass(frozen=True)
class Conversion:
    """The ids that a conversion made."""

    account: str
    contact: str
    opportunity: str | None


def convert(
    org: Org,
    lead_id: str,
    *,
    account: str | None = None,
    opportunity: bool = True,
    by: str | None = None,
    at: datetime | None = None,
) -> Conversion:
    """Turn a lead into a contact of `account` (or of a new one) and, unless refused, an opportunity."""
    lead = org.tables["Lead"].rows[lead_id]
    if lead.get("IsConverted"):
        raise ValueError(f"Lead {lead_id} is converted already.")
    when, who = at or org.now(), by or org.reps[0]
    owner = lead["OwnerId"] if org.object_name(lead["OwnerId"]) == "User" else who
    if account is None:
        firm = {"Name": lead["Company"], "Website": lead.get("Website"), "OwnerId": owner}
        account = org.insert("Account", firm, created_at=when, created_by=who)
    person = {name: lead.get(name) for name in _COPIED} | {"AccountId": account, "OwnerId": owner}
    contact = org.insert("Contact", person, created_at=when, created_by=who)
    deal = None
    if opportunity:
        wish = {
            "Name": f"{lead['Company']}-",
            "AccountId": account,
            "StageName": "Prospecting",
            "OwnerId": owner,
        }
        wish |= {"CloseDate": (when + _CLOSE_AFTER).date()}
        deal = org.insert("Opportunity", wish, created_at=when, created_by=who)
    org.update(
        "Lead",
        lead_id,
        {
            "IsConverted": True,
            "Status": CONVERTED_STATUS,
            "ConvertedDate": when.date(),
            "ConvertedAccountId": account,
            "ConvertedContactId": contact,
            "ConvertedOpportunityId": deal,
        },
        by=who,
        at=when,
    )
    _move_children(org, lead_id, contact, who, when)
    return Conversion(account, contact, deal)


def merge(org: Org, winner: str, losers: Iterable[str], *, by: str | None = None) -> None:
    """Move the losers' activities to the winner, then delete them with MasterRecordId = winner."""
    when, who = org.now(), by or org.reps[0]
    for loser in losers:
        _move_children(org, loser, winner, who, when)
        org.update("Lead", loser, {"MasterRecordId": winner}, by=who, at=when)
        org.delete("Lead", loser, by=who, at=when)
    org.update("Lead", winner, {}, by=who, at=when)


def _move_children(org: Org, lead_id: str, target: str, by: str, at: datetime) -> None:
    to_contact = org.object_name(target) == "Contact"
    for object_name, link in _CHILDREN:
        table = org.tables[object_name]
        for child in sorted(table.holding(link, [lead_id])):
            moved: dict[str, str | None] = {link: target}
            if link == "LeadId" and to_contact:
                moved = {"LeadId": None, "ContactId": target}
            org.update(object_name, child, moved, by=by, at=at)
