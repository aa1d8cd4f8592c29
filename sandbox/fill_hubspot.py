"""Fills a HubSpot portal with a make-believe population, in HubSpot's own words (hubspot.md §3).

Forms become first and recent conversions; calls, meetings and one-to-one mails become engagement records, and
the contact's own engagement properties say when the newest of them was, as HubSpot computes them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Definition, Option
from sandbox.journeys import Touch
from sandbox.people import Company, Person, Population

Properties = dict[str, Any]

INDUSTRIES: Mapping[str, str] = {
    "software": "COMPUTER_SOFTWARE",
    "hardware_electronics": "CONSUMER_ELECTRONICS",
    "telecommunications": "TELECOMMUNICATIONS",
    "media": "MEDIA_PRODUCTION",
    "retail": "RETAIL",
    "manufacturing": "MACHINERY",
    "automotive": "AUTOMOTIVE",
    "energy": "OIL_ENERGY",
    "construction": "CONSTRUCTION",
    "transport_logistics": "LOGISTICS_AND_SUPPLY_CHAIN",
    "financial_services": "FINANCIAL_SERVICES",
    "insurance": "INSURANCE",
    "healthcare": "HOSPITAL_HEALTH_CARE",
    "pharma_biotech": "BIOTECHNOLOGY",
    "education": "HIGHER_EDUCATION",
    "government": "GOVERNMENT_ADMINISTRATION",
    "nonprofit": "NON_PROFIT_ORGANIZATION_MANAGEMENT",
    "professional_services": "MANAGEMENT_CONSULTING",
    "hospitality": "HOSPITALITY",
    "agriculture": "FARMING",
}
STATUSES: Mapping[str, str] = {
    "open": "NEW",
    "working": "IN_PROGRESS",
    "nurture": "BAD_TIMING",
    "closed": "UNQUALIFIED",
}
ROLES: Mapping[str, str] = {
    "decider": "DECISION_MAKER",
    "champion": "CHAMPION",
    "user": "END_USER",
    "influencer": "INFLUENCER",
    "none": "OTHER",
}
SOURCES: Mapping[str, str] = {
    "Web": "ORGANIC_SEARCH",
    "Advertisement": "PAID_SEARCH",
    "Partner Referral": "REFERRALS",
    "Webinar": "OTHER_CAMPAIGNS",
    "Contact form": "DIRECT_TRAFFIC",
}
"""How a first visit came about; every other source is OFFLINE."""
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
CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
"""Call dispositions of every portal."""

FIELDS: Mapping[str, str] = {
    "call_optout": "do_not_call",
    "profiling_optout": "profiling_opt_out",
    "solution": "current_solution",
    "timing": "purchase_timing",
    "source": "lead_source",
}
"""What a connection's `fields:` must say for this portal's own properties: fact → property."""
VALUES: Mapping[str, Mapping[str, str]] = {
    "solution": {shown: word for word, shown in SOLUTIONS.items()},
    "timing": {shown: word for word, shown in TIMINGS.items()},
    "role": {"OTHER": "none"},
}
"""What its `values:` must say: fact → {the portal's value: canonical word}."""

_GROUP = "leadinformation"
_YES_NO = (Option("true", "Yes"), Option("false", "No"))


@dataclass(frozen=True, slots=True)
class _Ids:
    owners: tuple[str, ...]
    companies: tuple[str, ...]


def fill(portal: Portal, population: Population) -> list[str]:
    """Add everybody and everything; the contacts' ids in the order of `population.people`."""
    declare(portal)
    owners = tuple(portal.add_owner(*rep.split(" ", 1)) for rep in population.reps)
    companies = tuple(_add_company(portal, company) for company in population.companies)
    ids = _Ids(owners, companies)
    return [_add_person(portal, person, ids, population.now) for person in population.people]


def declare(portal: Portal) -> None:
    """Make the portal's own contact properties, as an admin would have; those that exist stay."""
    schema = portal.schemas["contacts"]
    for definition in (
        Definition("do_not_call", "bool", "booleancheckbox", "Do not call", _GROUP, options=_YES_NO),
        Definition("profiling_opt_out", "bool", "booleancheckbox", "No profiling", _GROUP, options=_YES_NO),
        _select("current_solution", "Current solution", SOLUTIONS.values()),
        _select("purchase_timing", "Purchase timing", TIMINGS.values()),
        Definition("lead_source", "string", "text", "Lead source", _GROUP),
    ):
        if definition.name not in schema:
            portal.add_property("contacts", definition)


def _select(name: str, label: str, values: Any) -> Definition:
    options = tuple(Option(value, value, display_order=place) for place, value in enumerate(values))
    return Definition(name, "enumeration", "select", label, _GROUP, options=options)


def _add_company(portal: Portal, company: Company) -> str:
    properties: Properties = {
        "name": company.name,
        "domain": company.domain,
        "website": f"https://www.{company.domain}",
        "industry": INDUSTRIES.get(company.industry or ""),
        "numberofemployees": company.employees,
        "country": company.country,
    }
    company_id = portal.create("companies", properties, created_at=company.created_at)
    for deal in company.deals:
        closed_at = datetime.combine(deal.closed_on, time(12), UTC)
        properties = {
            "dealname": deal.name,
            "amount": deal.amount,
            "closedate": closed_at,
            "pipeline": "default",
            "dealstage": "closedwon" if deal.won else "closedlost",
        }
        entered_at = max(closed_at, company.created_at)
        deal_id = portal.create("deals", properties, created_at=entered_at)
        portal.associate("deals", deal_id, "companies", company_id, at=entered_at)
    return company_id


def _add_person(portal: Portal, person: Person, ids: _Ids, now: datetime) -> str:
    properties = _own(person, ids) | conversions(person.touches) | _newest(person.touches, now) | _web(person)
    modified_at = max((person.created_at, *(touch.logged_at for touch in person.touches)))
    contact_id = portal.create(
        "contacts", properties, created_at=person.created_at, modified_at=modified_at, source="FORM"
    )
    if person.company is not None:
        company_id = ids.companies[person.company]
        portal.associate("contacts", contact_id, "companies", company_id, at=modified_at)
    for touch in person.touches:
        if touch.channel != "form":
            add_engagement(portal, contact_id, touch, ids.owners, now)
    return contact_id


def _own(person: Person, ids: _Ids) -> Properties:
    bounced = person.bounced_at is not None
    return {
        "firstname": person.first,
        "lastname": person.last,
        "email": person.email,
        "jobtitle": person.title,
        "company": person.company_name,
        "country": person.country,
        "message": person.message,
        "numemployees": person.employees_between,
        "lifecyclestage": "lead",
        "hs_lead_status": STATUSES[person.status],
        "hs_buying_role": ROLES.get(person.role or ""),
        "hs_analytics_source": SOURCES.get(person.source, "OFFLINE"),
        "lead_source": person.source,
        "current_solution": SOLUTIONS.get(person.solution or ""),
        "purchase_timing": TIMINGS.get(person.timing or ""),
        "hs_email_optout": person.email_optout,
        "do_not_call": person.call_optout,
        "profiling_opt_out": person.profiling_optout,
        "hs_email_bounce": 1 if bounced else None,
        "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER" if bounced else None,
        "hubspot_owner_id": ids.owners[person.owner],
    }


def conversions(touches: Sequence[Touch]) -> Properties:
    """The form submissions as HubSpot keeps them: how many, the first and the newest by name and time."""
    forms = sorted((touch for touch in touches if touch.channel == "form"), key=lambda touch: touch.at)
    if not forms:
        return {}
    return {
        "num_conversion_events": len(forms),
        "num_unique_conversion_events": len({form.name for form in forms}),
        "first_conversion_event_name": forms[0].name,
        "first_conversion_date": forms[0].at,
        "recent_conversion_event_name": forms[-1].name,
        "recent_conversion_date": forms[-1].at,
    }


def add_conversion(portal: Portal, contact_id: str, touch: Touch) -> None:
    """A contact fills in one more form: it becomes the recent conversion."""
    held = portal.get("contacts", contact_id)
    portal.update(
        "contacts",
        contact_id,
        {
            **({} if held.get("first_conversion_date") else conversions([touch])),
            "num_conversion_events": int(held.get("num_conversion_events") or 0) + 1,
            "recent_conversion_event_name": touch.name,
            "recent_conversion_date": touch.at,
        },
    )


def _newest(touches: Sequence[Touch], now: datetime) -> Properties:
    """When the newest of each kind of engagement was, as HubSpot rolls it up onto the contact.

    Not the reply to a tracked sales mail: the replies here are logged mails, and records of their own.
    """
    past = [touch for touch in touches if touch.at <= now and touch.channel != "form"]
    if not touches:
        return {}
    ours = [touch.at for touch in past if touch.direction == "out"]
    meetings = [touch.at for touch in touches if touch.channel == "meeting"]
    booked = [touch.logged_at for touch in touches if touch.channel == "meeting"]
    everything = [touch.at for touch in past]
    found = {
        "notes_last_contacted": ours,
        "notes_last_updated": everything,
        "hs_last_sales_activity_timestamp": everything,
        "hs_latest_meeting_activity": meetings,
        "engagements_last_meeting_booked": booked,
    }
    newest: Properties = {name: max(times) for name, times in found.items() if times}
    if ours:
        newest["hs_sa_first_engagement_date"] = min(ours)
    return newest


def _web(person: Person) -> Properties:
    web = person.web
    if web is None:
        return {}
    return {
        "hs_analytics_num_visits": web.visits,
        "hs_analytics_num_page_views": web.views,
        "hs_analytics_last_url": web.last_url,
        "hs_analytics_last_visit_timestamp": web.last_visit,
        "hs_analytics_last_timestamp": web.last_visit,
        "hs_analytics_first_timestamp": person.created_at,
        "hs_email_open": web.opens or None,
        "hs_email_last_open_date": web.last_open,
        "hs_email_click": web.clicks or None,
        "hs_email_last_click_date": web.last_click,
    }


def add_engagement(
    portal: Portal, contact_id: str, touch: Touch, owners: Sequence[str], now: datetime
) -> str:
    """Add a call, meeting or mail with its contact; its id. A meeting ahead of `now` is only scheduled."""
    properties: Properties = {"hs_timestamp": touch.at}
    if touch.by is not None:
        properties["hubspot_owner_id"] = owners[touch.by]
    object_type, own = _ENGAGEMENTS[touch.channel]
    engagement_id = portal.create(
        object_type, properties | own(touch, now), created_at=touch.logged_at, modified_at=touch.logged_at
    )
    portal.associate(object_type, engagement_id, "contacts", contact_id, at=touch.logged_at)
    return engagement_id


def _call(touch: Touch, _now: datetime) -> Properties:
    return {
        "hs_call_title": touch.name,
        "hs_call_direction": "INBOUND" if touch.direction == "in" else "OUTBOUND",
        "hs_call_duration": (touch.seconds or 0) * 1_000,
        "hs_call_disposition": CONNECTED if touch.connected else NO_ANSWER,
        "hs_call_status": "COMPLETED",
    }


def _meeting(touch: Touch, now: datetime) -> Properties:
    ends_at = touch.at + timedelta(seconds=touch.seconds or 0)
    return {
        "hs_meeting_title": touch.name,
        "hs_meeting_start_time": touch.at,
        "hs_meeting_end_time": ends_at,
        "hs_meeting_outcome": "COMPLETED" if ends_at <= now else "SCHEDULED",
    }


def _email(touch: Touch, _now: datetime) -> Properties:
    return {
        "hs_email_subject": touch.name,
        "hs_email_direction": "INCOMING_EMAIL" if touch.direction == "in" else "EMAIL",
        "hs_email_status": "SENT",
    }


_ENGAGEMENTS = {
    "call": ("calls", _call),
    "meeting": ("meetings", _meeting),
    "email": ("emails", _email),
}
