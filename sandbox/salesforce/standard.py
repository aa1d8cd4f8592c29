"""People and companies: Lead, Contact, Account, Opportunity (salesforce.md §3.1, §3.3)."""

from __future__ import annotations

from sandbox.salesforce.engagement import all_engagement
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


def all_standard() -> dict[str, SObject]:
    """Fresh copies of the objects that a qualifier reads, by name."""
    made = (lead(), account(), contact(), opportunity(), *all_engagement())
    return {one.name: one for one in made}
