"""What happens between a lead and the firm: activities, campaigns, mail, history (salesforce.md §3.2)."""

from __future__ import annotations

from sandbox.salesforce.schema import (
    Field,
    SObject,
    choice,
    day,
    fixed,
    flag,
    long_text,
    moment,
    reference,
    sobject,
    text,
    whole,
)

TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")
MEMBER_STATUSES = ("Sent", "Responded")


def activity_links() -> list[Field]:
    """Whom and what an activity is about."""
    return [
        reference("WhoId", "Contact", "Lead"),
        reference("WhatId", "Account", "Campaign", "Opportunity"),
        reference("OwnerId", "User"),
        text("Subject", 255, type="combobox"),
        day("ActivityDate"),
        long_text("Description"),
        fixed(flag("IsArchived")),
        fixed(reference("AccountId", "Account")),
    ]


def task() -> SObject:
    """§3.2."""
    return sobject(
        "Task",
        "00T",
        *activity_links(),
        choice("Status", TASK_STATUSES, length=40, required=True, default=TASK_STATUSES[0]),
        choice("Priority", ("High", "Normal", "Low"), length=40, default="Normal"),
        choice("Type", ("Call", "Meeting", "Email", "Other"), length=40),
        choice(
            "TaskSubtype",
            ("Task", "Email", "Call", "List Email", "Cadence", "LinkedIn"),
            length=40,
            restricted=True,
            updateable=False,
            default="Task",
        ),
        fixed(flag("IsClosed")),
        fixed(moment("CompletedDateTime")),
        whole("CallDurationInSeconds"),
        text("CallDisposition", 255),
        choice("CallType", ("Internal", "Inbound", "Outbound"), length=40),
        lookups=("WhoId", "WhatId", "OwnerId"),
    )


def event() -> SObject:
    """§3.2."""
    return sobject(
        "Event",
        "00U",
        *activity_links(),
        moment("StartDateTime"),
        moment("EndDateTime"),
        moment("ActivityDateTime"),
        whole("DurationInMinutes"),
        flag("IsAllDayEvent"),
        text("Location", 255),
        choice("Type", ("Call", "Meeting", "Email", "Other"), length=40),
        choice("EventSubtype", ("Event",), length=40, updateable=False, default="Event"),
        lookups=("WhoId", "WhatId", "OwnerId"),
    )


def campaign() -> SObject:
    """§3.2: what a member belongs to."""
    return sobject(
        "Campaign",
        "701",
        text("Name", 80, required=True, is_name=True),
        choice(
            "Type",
            (
                "Conference",
                "Webinar",
                "Trade Show",
                "Public Relations",
                "Partners",
                "Referral Program",
                "Advertisement",
                "Banner Ads",
                "Direct Mail",
                "Email",
                "Telemarketing",
                "Other",
            ),
            length=40,
        ),
        choice("Status", ("Planned", "In Progress", "Completed", "Aborted"), length=40),
        flag("IsActive"),
        day("StartDate"),
        day("EndDate"),
        long_text("Description"),
        reference("OwnerId", "User"),
        reference("ParentId", "Campaign"),
        children={"CampaignMembers": ("CampaignMember", "CampaignId")},
    )


def campaign_member() -> SObject:
    """§3.2: HasResponded is set through Status."""
    return sobject(
        "CampaignMember",
        "00v",
        reference("CampaignId", "Campaign", required=True, updateable=False),
        reference("LeadId", "Lead", updateable=False),
        reference("ContactId", "Contact", updateable=False),
        fixed(reference("LeadOrContactId", "Contact", "Lead", relationship=None)),
        choice("Status", MEMBER_STATUSES, length=40, default=MEMBER_STATUSES[0]),
        fixed(flag("HasResponded")),
        fixed(day("FirstRespondedDate")),
        fixed(text("Name", 255, is_name=True)),
        fixed(text("Type", 40)),
        lookups=("LeadId", "ContactId", "CampaignId"),
    )


def email_message() -> SObject:
    """§3.2: needs Enhanced Email."""
    return sobject(
        "EmailMessage",
        "02s",
        reference("ParentId", "Case"),
        reference("RelatedToId", "Account", "Opportunity"),
        text("Subject", 3000),
        text("FromAddress", 1000, type="email"),
        text("ToAddress", 4000),
        long_text("TextBody"),
        flag("Incoming"),
        moment("MessageDate"),
        reference("ActivityId", "Task"),
        choice("Status", ("0", "1", "2", "3", "4", "5"), length=40),
        flag("IsTracked"),
        fixed(flag("IsOpened")),
        fixed(moment("FirstOpenedDate")),
        fixed(moment("LastOpenedDate")),
        fixed(flag("IsBounced")),
        lookups=("ActivityId", "RelatedToId"),
    )


def email_message_relation() -> SObject:
    """§3.2: ties a mail to a lead."""
    return sobject(
        "EmailMessageRelation",
        "0CZ",
        reference("EmailMessageId", "EmailMessage", required=True),
        reference("RelationId", "Contact", "Lead", "User"),
        choice("RelationType", ("ToAddress", "CcAddress", "BccAddress", "FromAddress"), length=40),
        text("RelationAddress", 254),
        fixed(text("RelationObjectType", 40)),
        lookups=("RelationId", "EmailMessageId"),
    )


def lead_history() -> SObject:
    """§3.2: CreatedDate only, and values that cannot be filtered."""
    made = sobject(
        "LeadHistory",
        "017",
        reference("LeadId", "Lead"),
        text("Field", 255),
        text("DataType", 40),
        Field("OldValue", "anyType", length=255, filterable=False),
        Field("NewValue", "anyType", length=255, filterable=False),
        lookups=("LeadId",),
        createable=False,
    )
    for name in ("LastModifiedDate", "LastModifiedById", "SystemModstamp"):
        made.remove(name)
    return made


def all_engagement() -> tuple[SObject, ...]:
    """Fresh copies."""
    return (
        task(),
        event(),
        campaign(),
        campaign_member(),
        email_message(),
        email_message_relation(),
        lead_history(),
    )
