"""The standard objects that a qualifier reads (salesforce.md §3): fields, types, lengths and values."""

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
    number,
    reference,
    sobject,
    text,
    whole,
)

INDUSTRIES = (
    "Agriculture",
    "Apparel",
    "Banking",
    "Biotechnology",
    "Chemicals",
    "Communications",
    "Construction",
    "Consulting",
    "Education",
    "Electronics",
    "Energy",
    "Engineering",
    "Entertainment",
    "Environmental",
    "Finance",
    "Food & Beverage",
    "Government",
    "Healthcare",
    "Hospitality",
    "Insurance",
    "Machinery",
    "Manufacturing",
    "Media",
    "Not For Profit",
    "Recreation",
    "Retail",
    "Shipping",
    "Technology",
    "Telecommunications",
    "Transportation",
    "Utilities",
    "Other",
)
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")
LEAD_STATUSES = (
    "Open - Not Contacted",
    "Working - Contacted",
    "Closed - Converted",
    "Closed - Not Converted",
)
CONVERTED_STATUS = "Closed - Converted"
RATINGS = ("Hot", "Warm", "Cold")
TASK_STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")
STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Id. Decision Makers",
    "Perception Analysis",
    "Proposal/Price Quote",
    "Negotiation/Review",
    "Closed Won",
    "Closed Lost",
)
MEMBER_STATUSES = ("Sent", "Responded")
SALUTATIONS = ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof.", "Mx.")


def person() -> list[Field]:
    """The name of a person: a compound and its parts."""
    return [
        fixed(text("Name", 121, is_name=True)),
        text("FirstName", 40),
        text("LastName", 80, required=True),
        choice("Salutation", SALUTATIONS, length=40),
    ]


def address(prefix: str = "") -> list[Field]:
    """The parts of an address and their read-only compound."""
    return [
        text(f"{prefix}Street", 255, type="textarea"),
        text(f"{prefix}City", 40),
        text(f"{prefix}State", 80),
        text(f"{prefix}PostalCode", 20),
        text(f"{prefix}Country", 80),
        fixed(Field(f"{prefix}Address", "address", filterable=False)),
    ]


def firmographics() -> list[Field]:
    """What is known of a company."""
    return [
        choice("Industry", INDUSTRIES, length=40),
        whole("NumberOfEmployees"),
        number("AnnualRevenue", 18, 0, type="currency"),
        text("Website", 255, type="url"),
        text("Phone", 40, type="phone"),
        text("Fax", 40, type="phone"),
    ]


def owner(*, queues: bool = False) -> Field:
    """The owner; leads may also belong to a queue."""
    return reference("OwnerId", *(("Group", "User") if queues else ("User",)))


def lead() -> SObject:
    """§3.1."""
    return sobject(
        "Lead",
        "00Q",
        *person(),
        *address(),
        *firmographics(),
        text("Title", 128),
        text("Company", 255, required=True),
        long_text("Description"),
        text("MobilePhone", 40, type="phone"),
        text("Email", 80, type="email"),
        choice("LeadSource", LEAD_SOURCES, length=40),
        choice("Status", LEAD_STATUSES, length=40, required=True, default=LEAD_STATUSES[0]),
        choice("Rating", RATINGS, length=40),
        owner(queues=True),
        flag("HasOptedOutOfEmail"),
        flag("HasOptedOutOfFax"),
        flag("DoNotCall"),
        flag("IsUnreadByOwner"),
        reference("RecordTypeId", "RecordType"),
        reference("IndividualId", "Individual"),
        fixed(moment("EmailBouncedDate")),
        fixed(text("EmailBouncedReason", 255)),
        fixed(day("LastActivityDate")),
        fixed(flag("IsConverted")),
        fixed(day("ConvertedDate")),
        fixed(reference("ConvertedAccountId", "Account")),
        fixed(reference("ConvertedContactId", "Contact")),
        fixed(reference("ConvertedOpportunityId", "Opportunity")),
        fixed(reference("MasterRecordId", "Lead")),
        lookups=("OwnerId",),
        children={
            "Tasks": ("Task", "WhoId"),
            "Events": ("Event", "WhoId"),
            "CampaignMembers": ("CampaignMember", "LeadId"),
            "Histories": ("LeadHistory", "LeadId"),
        },
    )


def activity_links() -> list[Field]:
    """Whom and what an activity is about."""
    return [
        reference("WhoId", "Contact", "Lead"),
        reference("WhatId", "Account", "Campaign", "Opportunity"),
        owner(),
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
        owner(),
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


def account() -> SObject:
    """§3.3."""
    return sobject(
        "Account",
        "001",
        text("Name", 255, required=True, is_name=True),
        *firmographics(),
        *address("Billing"),
        choice(
            "Type",
            (
                "Prospect",
                "Customer - Direct",
                "Customer - Channel",
                "Channel Partner / Reseller",
                "Installation Partner",
                "Technology Partner",
                "Other",
            ),
            length=255,
        ),
        long_text("Description"),
        owner(),
        reference("ParentId", "Account"),
        fixed(day("LastActivityDate")),
        lookups=("OwnerId",),
        children={"Opportunities": ("Opportunity", "AccountId"), "Contacts": ("Contact", "AccountId")},
    )


def contact() -> SObject:
    """§3.3."""
    return sobject(
        "Contact",
        "003",
        *person(),
        *address("Mailing"),
        reference("AccountId", "Account"),
        text("Title", 128),
        text("Department", 80),
        text("Email", 80, type="email"),
        text("Phone", 40, type="phone"),
        text("MobilePhone", 40, type="phone"),
        choice("LeadSource", LEAD_SOURCES, length=40),
        flag("HasOptedOutOfEmail"),
        flag("DoNotCall"),
        owner(),
        long_text("Description"),
        fixed(day("LastActivityDate")),
        lookups=("AccountId", "OwnerId"),
    )


def opportunity() -> SObject:
    """§3.3: IsWon and IsClosed follow the stage."""
    return sobject(
        "Opportunity",
        "006",
        text("Name", 120, required=True, is_name=True),
        reference("AccountId", "Account"),
        choice("StageName", STAGES, required=True),
        day("CloseDate", required=True),
        number("Amount", 18, 2, type="currency"),
        number("Probability", 3, 0, type="percent"),
        choice("Type", ("New Business", "Existing Business"), length=40),
        choice("LeadSource", LEAD_SOURCES, length=40),
        owner(),
        reference("CampaignId", "Campaign"),
        fixed(flag("IsWon")),
        fixed(flag("IsClosed")),
        long_text("Description"),
        reference("ContactId", "Contact"),
        lookups=("AccountId", "OwnerId"),
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


def all_standard() -> dict[str, SObject]:
    """Fresh copies of the objects that a qualifier reads, by name."""
    made = (
        lead(),
        task(),
        event(),
        campaign(),
        campaign_member(),
        account(),
        contact(),
        opportunity(),
        email_message(),
        email_message_relation(),
        lead_history(),
    )
    return {one.name: one for one in made}
