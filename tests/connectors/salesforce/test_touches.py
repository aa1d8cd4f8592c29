"""Which record becomes which touch, when, and whether it was human or a conversation."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from connectors.base import Page
from connectors.salesforce.touches import (
    TouchRules,
    event_touches,
    mail_touches,
    member_touches,
    task_touches,
)

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
RULES = TouchRules(BERLIN, automation=frozenset({"005000000000009"}))
LEAD = "00Q000000000001AAA"
REP = "005000000000001AAA"
ROBOT = "005000000000009AAM"
MORNING = "2026-11-20T08:00:00.000+0000"
EVENING = "2026-11-20T18:00:00.000+0000"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def task(**fields: Any) -> dict[str, Any]:
    base = {"Id": "00T1", "WhoId": LEAD, "OwnerId": REP, "CreatedDate": MORNING, "IsClosed": True}
    return base | {"TaskSubtype": "Task"} | fields


@pytest.mark.parametrize(
    ("fields", "kind", "conversation"),
    [
        ({"TaskSubtype": "Call", "CallDurationInSeconds": 59}, "call_made", False),
        ({"TaskSubtype": "Call", "CallDurationInSeconds": 60}, "call_made", True),
        ({"Type": "Call", "CallDisposition": "Connected - interested"}, "call_made", True),
        ({"Type": "Call", "CallDisposition": "Not connected"}, "call_made", False),
        ({"Type": "Call", "CallDisposition": "Disconnected"}, "call_made", False),
        ({"Type": "Call", "CallType": "Inbound"}, "inbound_call", False),
        ({"TaskSubtype": "Email"}, "email_sent", False),
        ({"Type": "Email", "CallDurationInSeconds": 900}, "email_sent", False),
        ({"Type": "Meeting"}, "meeting_held", True),
        ({"TaskSubtype": "List Email", "Type": "Email"}, None, False),
        ({"TaskSubtype": "Cadence"}, None, False),
        ({"Type": "Other"}, None, False),
        ({}, None, False),
        ({"TaskSubtype": "Call", "IsClosed": False}, None, False),
        ({"TaskSubtype": "Call", "WhoId": "003000000000001AAA"}, None, False),
        ({"TaskSubtype": "Call", "WhoId": None}, None, False),
    ],
)
def test_a_completed_task(fields: dict[str, Any], kind: str | None, conversation: bool) -> None:
    touches = task_touches(task(**fields), RULES)
    assert [(one.kind, one.conversation, one.human) for one in touches] == (
        [] if kind is None else [(kind, conversation, True)]
    )


def test_a_call_counts_when_it_was_completed_never_when_it_was_due() -> None:
    call = task(TaskSubtype="Call", CompletedDateTime=EVENING, ActivityDate="2026-12-24")
    [touch] = task_touches(call, RULES)
    assert (touch.at, touch.logged_at) == (at(EVENING), at(EVENING))
    [touch] = task_touches(task(TaskSubtype="Call", ActivityDate="2026-12-24"), RULES)
    assert touch.at == at(MORNING)


def test_a_call_logged_later_says_so() -> None:
    call = task(TaskSubtype="Call", CreatedDate=EVENING, CompletedDateTime=MORNING)
    [touch] = task_touches(call, RULES)
    assert (touch.at, touch.logged_at) == (at(MORNING), at(EVENING))


def test_what_automation_does_is_no_human_touch() -> None:
    [touch] = task_touches(task(TaskSubtype="Email", OwnerId=ROBOT), RULES)
    assert not touch.human


def event(**fields: Any) -> dict[str, Any]:
    base = {"Id": "00U1", "WhoId": LEAD, "OwnerId": REP, "CreatedDate": MORNING}
    return base | {"StartDateTime": MORNING, "EndDateTime": EVENING} | fields


def test_a_meeting_counts_at_its_end() -> None:
    [touch] = event_touches(event(), RULES)
    assert (touch.kind, touch.at, touch.human, touch.conversation) == (
        "meeting_held",
        at(EVENING),
        True,
        True,
    )
    assert event_touches(event(IsChild=True), RULES) == ()
    assert event_touches(event(IsRecurrence=True), RULES) == ()
    assert event_touches(event(EndDateTime=None, StartDateTime=None), RULES) == ()


def member(name: str, kind: str | None = None, **fields: Any) -> dict[str, Any]:
    base = {"Id": "00v1", "LeadId": LEAD, "HasResponded": True, "CreatedDate": "2026-11-20T22:30:00.000+0000"}
    return base | {"FirstRespondedDate": "2026-11-20", "Campaign": {"Name": name, "Type": kind}} | fields


@pytest.mark.parametrize(
    ("name", "type_", "kind"),
    [
        ("Book a demo", None, "demo_request"),
        ("Book a demo", "Email", "content_download"),
        ("Demo offer", "Direct Mail", "content_download"),
        ("Demo offer", "telemarketing", "content_download"),
        ("Demo offer", "Advertisement", "content_download"),
        ("Spring webinar", "Webinar", "webinar"),
        ("Trade show Hannover", "Trade Show", "event"),
        ("Something else", "Other", "content_download"),
        ("Demographics report", None, "content_download"),
        ("Newsletter signup", None, "content_download"),
    ],
)
def test_a_campaign_that_was_answered(name: str, type_: str | None, kind: str) -> None:
    [touch] = member_touches(member(name, type_), RULES)
    assert (touch.kind, touch.name, touch.lead_id) == (kind, name, LEAD)


def test_who_did_not_respond_did_nothing() -> None:
    assert member_touches(member("Book a demo", HasResponded=False), RULES) == ()
    assert member_touches(member("Book a demo", LeadId=None), RULES) == ()


@pytest.mark.parametrize(
    ("responded", "moment"),
    [
        ("2026-11-20", "2026-11-20T12:00:00+01:00"),
        # 22:30 UTC is 23:30 in Berlin: still the 20th. 23:30 UTC is the 21st there.
        ("2026-11-21", "2026-11-20T23:30:00+00:00"),
        (None, "2026-11-20T23:30:00+00:00"),
        ("2026-07-01", "2026-07-01T12:00:00+02:00"),
    ],
)
def test_a_response_without_a_time_of_day(responded: str | None, moment: str) -> None:
    row = member("demo", FirstRespondedDate=responded, CreatedDate="2026-11-20T23:30:00.000+0000")
    [touch] = member_touches(row, RULES)
    assert touch.at == at(moment)
    assert touch.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(("zone", "day"), [("Etc/GMT-14", "0001-01-01"), ("Etc/GMT+12", "9999-12-31")])
def test_a_response_beyond_the_calendar_counts_at_the_creation(zone: str, day: str) -> None:
    row = member("demo", FirstRespondedDate=day, CreatedDate="2026-11-20T23:30:00.000+0000")
    [touch] = member_touches(row, TouchRules(ZoneInfo(zone)))
    assert touch.at == at("2026-11-20T23:30:00+00:00")


def mail(**fields: Any) -> dict[str, Any]:
    message = {"Incoming": False, "MessageDate": EVENING, "Status": "3", "FirstOpenedDate": None}
    message |= fields.pop("message", {})
    base = {"Id": "0CZ1", "RelationId": LEAD, "RelationType": "ToAddress", "CreatedById": REP}
    return base | {"CreatedDate": MORNING, "EmailMessage": message} | fields


def test_mails() -> None:
    [sent] = mail_touches(mail(), RULES)
    assert (sent.kind, sent.at, sent.human) == ("email_sent", at(EVENING), True)
    [_, opened] = mail_touches(mail(message={"FirstOpenedDate": EVENING}), RULES)
    assert (opened.kind, opened.source, opened.human) == ("email_open", "0CZ1:open", False)
    [reply] = mail_touches(mail(message={"Incoming": True}, RelationType="FromAddress"), RULES)
    assert (reply.kind, reply.conversation, reply.human) == ("inbound_reply", True, False)
    assert mail_touches(mail(RelationType="CcAddress"), RULES) == ()
    assert mail_touches(mail(message={"Status": "5"}), RULES) == ()
    assert mail_touches(mail(RelationId=REP), RULES) == ()
    assert mail_touches(mail(message={"Incoming": True}), RULES) == ()


def test_touches_over_the_wire(acme: "Acme", read_all: Callable[..., Page]) -> None:
    lead, contact = acme.lead(LeadSource="Contact form"), acme.org.insert("Contact", {"LastName": "No lead"})
    call = {"WhoId": lead, "Status": "Completed", "TaskSubtype": "Call", "Subject": "Call Marie Curie"}
    acme.org.insert("Task", call | {"CallDurationInSeconds": 300})
    acme.org.insert("Task", call | {"WhoId": contact})
    acme.org.insert("Task", call | {"Status": "Not Started"})
    acme.org.insert("Event", {"WhoId": lead, "StartDateTime": MORNING, "EndDateTime": EVENING})
    campaign = acme.org.insert("Campaign", {"Name": "Request a quote"})
    acme.org.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    acme.org.insert("CampaignMember", {"CampaignId": campaign, "ContactId": contact, "Status": "Responded"})
    message = acme.org.insert("EmailMessage", {"Incoming": True, "MessageDate": EVENING, "Status": "0"})
    acme.org.insert(
        "EmailMessageRelation",
        {
            "EmailMessageId": message,
            "RelationId": lead,
            "RelationType": "FromAddress",
            "RelationObjectType": "Lead",
        },
    )
    connector = acme.connector()
    [read] = read_all(connector, "lead").leads
    found = {
        stream: [one.kind for one in read_all(connector, stream).touches]
        for stream in ("task", "event", "campaign_member", "email")
    }
    assert [one.kind for one in read.touches] == ["contact_request"]
    assert found == {
        "task": ["call_made"],
        "event": ["meeting_held"],
        "campaign_member": ["quote_request"],
        "email": ["inbound_reply"],
    }
    everything = [one for stream in found for one in read_all(connector, stream).touches]
    assert {one.lead_id for one in everything} == {lead}
    assert "Marie" not in repr(everything)


def test_the_configurations_own_patterns_come_first(acme: "Acme", read_all: Callable[..., Page]) -> None:
    acme.lead(LeadSource="Showroom visit")
    connector = acme.connector(touches={"trial_request": ["showroom( visit)?"]})
    [lead] = read_all(connector, "lead").leads
    assert [one.kind for one in lead.touches] == ["trial_request"]
