"""Stamps, late commits, activities, conversion, replication (salesforce.md §2.2, §2.3, §2.5, §3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

ALL_STAMPS = "SELECT Id, CreatedDate, LastModifiedDate, SystemModstamp FROM Lead"


def test_a_late_commit_appears_below_the_watermark(crm: Any) -> None:
    """§2.3, §8 story 1: stamped at t, visible at t + d."""
    late = crm.org.begin(visible_in=570)
    lead = late.insert("Lead", {"LastName": "Late", "Company": "Late Ltd"})
    crm.clock.advance(300)
    early = crm.add_lead()
    assert [row["Id"] for row in crm.query("SELECT Id FROM Lead")["records"]] == [early]
    crm.clock.advance(270)
    rows = crm.query("SELECT Id, SystemModstamp FROM Lead ORDER BY SystemModstamp")["records"]
    assert [row["Id"] for row in rows] == [lead, early]
    assert rows[0]["SystemModstamp"] == "2026-11-21T12:00:00.000+0000"


def test_a_row_in_a_transaction_is_locked_until_the_commit(crm: Any) -> None:
    """§2.3, §8 story 9: others meet UNABLE_TO_LOCK_ROW meanwhile; roll back leaves no trace."""
    lead = crm.add_lead(Title="old")
    work = crm.org.begin()
    work.update("Lead", lead, {"Title": "new"})
    crm.clock.advance(60)
    [error] = crm.patch([{"id": lead, "Rating": "Hot"}]).json()[0]["errors"]
    assert error["statusCode"] == "UNABLE_TO_LOCK_ROW"
    work.commit()
    row = crm.org.get("Lead", lead)
    assert (row["Title"], row["SystemModstamp"]) == ("new", "2026-11-21T12:00:00.000+0000")
    assert crm.patch([{"id": lead, "Rating": "Hot"}]).json()[0]["success"] is True
    lost = crm.org.begin(visible_in=1)
    lost.delete("Lead", lead)
    lost.rollback()
    crm.clock.advance(10)
    assert crm.query("SELECT Id FROM Lead")["totalSize"] == 1


def test_a_closed_task_moves_only_system_modstamp(crm: Any) -> None:
    """§2.2: LastActivityDate moves SystemModstamp without LastModifiedDate, if it is the maximum."""
    lead = crm.add_lead()
    crm.clock.advance(60)
    task = crm.org.insert("Task", {"WhoId": lead, "Subject": "Call", "ActivityDate": "2026-11-20"})
    assert crm.org.get("Lead", lead)["LastActivityDate"] is None
    crm.org.update("Task", task, {"Status": "Completed"})
    row = crm.org.get("Lead", lead)
    assert row["LastActivityDate"] == "2026-11-20"
    assert row["SystemModstamp"] == "2026-11-21T12:01:00.000+0000"
    assert row["LastModifiedDate"] == "2026-11-21T12:00:00.000+0000"
    crm.clock.advance(60)
    crm.org.insert("Task", {"WhoId": lead, "Status": "Completed", "ActivityDate": "2026-11-01"})
    assert crm.org.get("Lead", lead)["SystemModstamp"] == "2026-11-21T12:01:00.000+0000"
    crm.org.insert("Event", {"WhoId": lead, "StartDateTime": crm.clock.now() + timedelta(days=30)})
    assert crm.org.get("Lead", lead)["LastActivityDate"] == "2026-12-21"
    crm.org.delete("Task", task)


def test_a_past_record_carries_past_stamps(crm: Any) -> None:
    """Fillers may tell what happened before; an activity surfaces its lead at its own moment."""
    past = crm.clock.now() - timedelta(days=10)
    lead = crm.org.insert(
        "Lead", {"LastName": "A", "Company": "B"}, created_at=past, created_by=crm.org.reps[1]
    )
    done = {"WhoId": lead, "Status": "Completed", "ActivityDate": "2026-11-14"}
    crm.org.insert("Task", done, created_at=past + timedelta(days=3))
    row = crm.query(ALL_STAMPS)["records"][0]
    assert row["CreatedDate"] == row["LastModifiedDate"] == "2026-11-11T12:00:00.000+0000"
    assert row["SystemModstamp"] == "2026-11-14T12:00:00.000+0000"
    assert crm.org.get("Lead", lead)["CreatedById"] == crm.org.reps[1]


def test_campaign_members_respond_through_their_status(crm: Any) -> None:
    """§3.2: HasResponded is set through Status; FirstRespondedDate is a date."""
    lead = crm.add_lead()
    campaign = crm.org.insert("Campaign", {"Name": "Fair", "Type": "Trade Show"})
    member = crm.org.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    assert crm.org.get("CampaignMember", member)["HasResponded"] is False
    crm.org.update("CampaignMember", member, {"Status": "Responded"})
    row = crm.query("SELECT HasResponded, FirstRespondedDate, Campaign.Name, Lead.Name FROM CampaignMember")[
        "records"
    ][0]
    assert (row["HasResponded"], row["FirstRespondedDate"]) == (True, "2026-11-21")
    assert (row["Campaign"]["Name"], row["Lead"]["Name"]) == ("Fair", "Müller")


def test_a_conversion_moves_activities_to_the_contact(crm: Any) -> None:
    """§2.2, §2.5: the lead row is updated and stays; members and activities point to the contact."""
    lead = crm.add_lead(Email="a@b.example")
    campaign = crm.org.insert("Campaign", {"Name": "Fair"})
    member = crm.org.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead})
    task = crm.org.insert("Task", {"WhoId": lead, "Subject": "Call"})
    crm.clock.advance(5)
    made = crm.org.convert_lead(lead)
    row = crm.query(
        "SELECT IsConverted, ConvertedDate, ConvertedContactId, Status, SystemModstamp FROM Lead"
    )["records"][0]
    assert (row["IsConverted"], row["ConvertedDate"], row["Status"]) == (
        True,
        "2026-11-21",
        "Closed - Converted",
    )
    assert row["SystemModstamp"] == "2026-11-21T12:00:05.000+0000"
    assert crm.org.get("Task", task)["WhoId"] == made.contact
    moved = crm.org.get("CampaignMember", member)
    assert (moved["LeadId"], moved["ContactId"]) == (None, made.contact)
    assert crm.org.get("Opportunity", made.opportunity)["AccountId"] == made.account


def test_deleted_and_merged_rows_are_for_query_all(crm: Any) -> None:
    """§2.5: gone from query, IsDeleted in queryAll; a merge's loser names its winner."""
    winner, loser = crm.add_lead(), crm.add_lead()
    crm.clock.advance(5)
    crm.org.merge_leads(winner, [loser])
    assert crm.query("SELECT Id FROM Lead")["totalSize"] == 1
    soql = "SELECT Id, MasterRecordId, SystemModstamp FROM Lead WHERE IsDeleted = true"
    [row] = crm.query(soql, "/queryAll")["records"]
    assert (row["Id"], row["MasterRecordId"]) == (loser, winner)
    assert row["SystemModstamp"] == "2026-11-21T12:00:05.000+0000"


def test_updated_and_deleted_between_two_moments(crm: Any) -> None:
    """§2.3, §2.5: latestDateCovered falls back to the oldest transaction in flight; windows over a minute."""
    changed, gone = crm.add_lead(), crm.add_lead()
    crm.org.delete("Lead", gone)
    crm.clock.advance(60)
    crm.org.begin()
    crm.clock.advance(540)
    window = {"start": "2026-11-21T11:59:59+00:00", "end": "2026-11-21T12:10:00+00:00"}
    updated = crm.call("GET", "/sobjects/Lead/updated/", params=window).json()
    assert updated == {"ids": [changed], "latestDateCovered": "2026-11-21T12:01:00.000+0000"}
    deleted = crm.call("GET", "/sobjects/Lead/deleted/", params=window).json()["deletedRecords"]
    assert deleted == [{"id": gone, "deletedDate": "2026-11-21T12:00:00.000+0000"}]
    short = crm.call("GET", "/sobjects/Lead/updated", params=window | {"end": "2026-11-21T12:00:00+00:00"})
    assert (short.status_code, short.json()[0]["errorCode"]) == (400, "INVALID_REPLICATION_DATE")


def test_tracked_fields_leave_history(crm: Any) -> None:
    """§3.2: changes of tracked fields only; CreatedDate is the only stamp."""
    lead = crm.add_lead()
    crm.org.update("Lead", lead, {"Status": "Working - Contacted", "Description": "x"}, by=crm.org.reps[1])
    [row] = crm.query("SELECT LeadId, Field, OldValue, NewValue, CreatedById FROM LeadHistory")["records"]
    assert (row["LeadId"], row["Field"], row["NewValue"]) == (lead, "Status", "Working - Contacted")
    assert row["CreatedById"] == crm.org.reps[1]
    assert crm.refusal("SELECT SystemModstamp FROM LeadHistory")["errorCode"] == "INVALID_FIELD"
