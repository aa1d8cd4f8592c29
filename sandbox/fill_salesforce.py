"""Fills a Salesforce org with a make-believe population, in Salesforce's own words (salesforce.md §3).

Forms become responses to campaigns; calls and mails sent become completed Tasks, mails received EmailMessages
with their relations, meetings Events; companies become Accounts whose Website tells their domain.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sandbox.journeys import Touch
from sandbox.people import Company, Person, Population
from sandbox.salesforce.org import Org

Fields = dict[str, Any]

INDUSTRIES: Mapping[str, str] = {
    "software": "Technology",
    "hardware_electronics": "Electronics",
    "telecommunications": "Telecommunications",
    "media": "Media",
    "retail": "Retail",
    "manufacturing": "Manufacturing",
    "energy": "Energy",
    "construction": "Construction",
    "transport_logistics": "Transportation",
    "financial_services": "Finance",
    "insurance": "Insurance",
    "healthcare": "Healthcare",
    "pharma_biotech": "Biotechnology",
    "education": "Education",
    "government": "Government",
    "nonprofit": "Not For Profit",
    "professional_services": "Consulting",
    "hospitality": "Hospitality",
    "agriculture": "Agriculture",
}
STATUSES: Mapping[str, str] = {
    "open": "Open - Not Contacted",
    "working": "Working - Contacted",
    "nurture": "Nurturing",
    "closed": "Closed - Not Converted",
}
ROLES: Mapping[str, str] = {
    "decider": "Decision Maker",
    "champion": "Champion",
    "user": "End User",
    "influencer": "Influencer",
    "none": "Not involved",
}
SOLUTIONS: Mapping[str, str] = {
    "competitor": "Competing product",
    "similar": "Something similar",
    "none": "Nothing yet",
}
TIMINGS: Mapping[str, str] = {
    "now": "Now",
    "quarter": "This quarter",
    "half_year": "In six months",
    "later": "Later",
}
CAMPAIGN_TYPES: Mapping[str, str] = {"webinar": "Webinar", "fair": "Trade Show", "conference": "Conference"}
"""A word in a campaign's name → its Type; every other campaign is a web form, Type Other."""
NO_COMPANY = "[not provided]"
"""What Salesforce users type where Company is required and nobody knows it."""

FIELDS: Mapping[str, str] = {
    "role": "Buying_Role__c",
    "solution": "Current_Solution__c",
    "timing": "Purchase_Timing__c",
    "profiling_optout": "Profiling_Opt_Out__c",
}
"""What a connection's `fields:` must say for this org's own fields: fact → field."""
VALUES: Mapping[str, Mapping[str, str]] = {
    "role": {shown: word for word, shown in ROLES.items()},
    "solution": {shown: word for word, shown in SOLUTIONS.items()},
    "timing": {shown: word for word, shown in TIMINGS.items()},
}
"""What its `values:` must say: fact → {the org's value: canonical word}."""


@dataclass(slots=True)
class Campaigns:
    """The campaigns of an org by name; one is made when it is first asked for."""

    org: Org
    ids: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """The campaign's id."""
        if name not in self.ids:
            words = name.lower()
            kind = next((kind for word, kind in CAMPAIGN_TYPES.items() if word in words), "Other")
            self.ids[name] = self.org.insert("Campaign", {"Name": name, "Type": kind, "IsActive": True})
        return self.ids[name]


@dataclass(frozen=True, slots=True)
class _Ids:
    reps: tuple[str, ...]
    campaigns: Campaigns


def fill(org: Org, population: Population) -> list[str]:
    """Add everybody and everything; the leads' ids in the order of `population.people`."""
    declare(org)
    ids = _Ids(add_reps(org, population.reps), Campaigns(org))
    for company in population.companies:
        _add_account(org, company)
    return [_add_lead(org, person, ids) for person in population.people]


def declare(org: Org) -> None:
    """Make the org's own Lead fields, as an admin would have; those that exist stay."""
    held = org.objects["Lead"].fields
    for name, label, words in (
        ("Buying_Role__c", "Buying role", ROLES),
        ("Current_Solution__c", "Current solution", SOLUTIONS),
        ("Purchase_Timing__c", "Purchase timing", TIMINGS),
    ):
        if name not in held:
            org.add_custom_field(
                "Lead", name, "picklist", label=label, values=tuple(words.values()), length=255
            )
    if "Profiling_Opt_Out__c" not in held:
        org.add_custom_field("Lead", "Profiling_Opt_Out__c", "boolean", label="No profiling", default=False)


def add_reps(org: Org, reps: Iterable[str]) -> tuple[str, ...]:
    """Users for the reps, who own leads and act."""
    return tuple(_add_user(org, *rep.split(" ", 1)) for rep in reps)


def _add_user(org: Org, first: str, last: str) -> str:
    address = f"{first}.{last}@vendor.example".lower().replace(" ", "")
    return org.insert(
        "User",
        {"FirstName": first, "LastName": last, "Username": address, "Email": address, "IsActive": True},
    )


def _add_account(org: Org, company: Company) -> str:
    account: Fields = {
        "Name": company.name,
        "Website": f"https://www.{company.domain}",
        "Industry": INDUSTRIES.get(company.industry or ""),
        "NumberOfEmployees": company.employees,
        "BillingCountry": company.country,
    }
    account_id = org.insert("Account", account, created_at=company.created_at)
    for deal in company.deals:
        opportunity: Fields = {
            "Name": deal.name,
            "AccountId": account_id,
            "Amount": deal.amount,
            "CloseDate": deal.closed_on,
            "StageName": "Closed Won" if deal.won else "Closed Lost",
        }
        closed_at = datetime.combine(deal.closed_on, time(12), UTC)
        org.insert("Opportunity", opportunity, created_at=max(closed_at, company.created_at))
    return account_id


def _add_lead(org: Org, person: Person, ids: _Ids) -> str:
    lead: Fields = {
        "FirstName": person.first,
        "LastName": person.last,
        "Email": person.email,
        "Title": person.title,
        "Company": person.company_name or NO_COMPANY,
        "Country": person.country,
        "Description": person.message,
        "LeadSource": person.source,
        "Status": STATUSES[person.status],
        "HasOptedOutOfEmail": person.email_optout,
        "DoNotCall": person.call_optout,
        "Profiling_Opt_Out__c": person.profiling_optout,
        "EmailBouncedDate": person.bounced_at,
        "EmailBouncedReason": "550 mailbox unknown" if person.bounced_at else None,
        "Buying_Role__c": ROLES.get(person.role or ""),
        "Current_Solution__c": SOLUTIONS.get(person.solution or ""),
        "Purchase_Timing__c": TIMINGS.get(person.timing or ""),
        "OwnerId": ids.reps[person.owner],
    }
    lead_id = org.insert("Lead", lead, created_at=person.created_at)
    for touch in person.touches:
        add_touch(org, lead_id, touch, ids.reps, ids.campaigns)
    return lead_id


def add_touch(org: Org, lead_id: str, touch: Touch, reps: Sequence[str], campaigns: Campaigns) -> str:
    """Add what a touch leaves behind on a lead; the id of the campaign member, task, event or mail."""
    user = None if touch.by is None else reps[touch.by]
    if touch.channel == "form":
        member = {"CampaignId": campaigns[touch.name], "LeadId": lead_id, "Status": "Responded"}
        return org.insert("CampaignMember", member, created_at=touch.at)
    if touch.channel == "meeting":
        return org.insert("Event", _event(lead_id, touch, user), created_at=touch.logged_at, created_by=user)
    if touch.channel == "email" and touch.direction == "in":
        return _add_reply(org, lead_id, touch, user)
    return org.insert("Task", _task(lead_id, touch, user), created_at=touch.logged_at, created_by=user)


def _event(lead_id: str, touch: Touch, user: str | None) -> Fields:
    return {
        "WhoId": lead_id,
        "OwnerId": user,
        "Subject": touch.name,
        "StartDateTime": touch.at,
        "EndDateTime": touch.at + timedelta(seconds=touch.seconds or 0),
    }


def _task(lead_id: str, touch: Touch, user: str | None) -> Fields:
    task: Fields = {
        "WhoId": lead_id,
        "OwnerId": user,
        "Subject": touch.name,
        "Status": "Completed",
        "ActivityDate": touch.at.date(),
        "CompletedDateTime": touch.at,
    }
    if touch.channel == "email":
        return task | {"TaskSubtype": "Email", "Type": "Email", "Subject": f"Email: {touch.name}"}
    return task | {
        "TaskSubtype": "Call",
        "Type": "Call",
        "CallType": "Inbound" if touch.direction == "in" else "Outbound",
        "CallDurationInSeconds": touch.seconds,
        "CallDisposition": "Connected" if touch.connected else "No answer",
    }


def _add_reply(org: Org, lead_id: str, touch: Touch, user: str | None) -> str:
    mail: Fields = {"Subject": touch.name, "Incoming": True, "MessageDate": touch.at, "Status": "2"}
    mail_id = org.insert("EmailMessage", mail, created_at=touch.logged_at, created_by=user)
    relation: Fields = {"EmailMessageId": mail_id, "RelationId": lead_id, "RelationType": "FromAddress"}
    org.insert("EmailMessageRelation", relation, created_at=touch.logged_at, created_by=user)
    return mail_id
