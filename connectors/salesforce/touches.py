"""What happened to a lead: campaign members, tasks, events and mails as touches. Pure functions over rows.

Which record makes which touch: the product's qualification rules, §2 ("Where facts and touches come from")
and §1 (human touch, conversation, late logged). Subjects and bodies are never read: they name people.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

from connectors.base import TouchRecord
from connectors.salesforce.fields import Row, day_of, instant, pluck
from connectors.salesforce.vocabulary import QUIET_CAMPAIGN_TYPES
from connectors.words import Patterns, clean_text, touch_kind

LEAD_PREFIX = "00Q"
CONVERSATION_SECONDS = 60
NOON = time(12)
_CONNECTED = re.compile(r"(?<!\bnot )(?<!\bnot-)\bconnected\b", re.IGNORECASE)
_DRAFT = "5"
"""EmailMessage.Status of a draft."""


@dataclass(frozen=True, slots=True)
class TouchRules:
    """What a connection says about touches. `automation`: 15-character ids of users who are no people."""

    zone: tzinfo
    extra: Patterns = ()
    automation: frozenset[str] = frozenset()

    def is_person(self, user_id: object) -> bool:
        """Whether a user counts as one of our people."""
        return str(user_id or "")[:15] not in self.automation


def source_touches(row: Row, rules: TouchRules) -> tuple[TouchRecord, ...]:
    """The lead source at creation, where it names a touch."""
    name = clean_text(row.get("LeadSource"))
    kind = touch_kind(name, counts_as_form=True, extra=rules.extra, otherwise=None)
    at = instant(row.get("CreatedDate"))
    if kind is None or at is None:
        return ()
    lead_id = str(row["Id"])
    return (TouchRecord(f"{lead_id}:source", lead_id, kind, at, name=name),)


def member_touches(row: Row, rules: TouchRules) -> tuple[TouchRecord, ...]:
    """A campaign member that responded: a form or content by the campaign's name and type."""
    lead_id = str(row.get("LeadId") or "")
    created = instant(row.get("CreatedDate"))
    if not lead_id or created is None or not row.get("HasResponded"):
        return ()
    name = clean_text(pluck(row, "Campaign.Name"))
    quiet = str(pluck(row, "Campaign.Type") or "").lower() in QUIET_CAMPAIGN_TYPES
    kind = touch_kind(name, counts_as_form=not quiet, extra=rules.extra) or "content_download"
    at = _responded_at(row, created, rules.zone)
    return (TouchRecord(str(row["Id"]), lead_id, kind, at, name=name),)


def _responded_at(row: Row, created: datetime, zone: tzinfo) -> datetime:
    """The creation if it falls on the day of the response, else noon of that day: the org keeps a date."""
    day = day_of(row.get("FirstRespondedDate"))
    try:
        if day is None or day == created.astimezone(zone).date():
            return created
        return datetime.combine(day, NOON, tzinfo=zone).astimezone(created.tzinfo)
    except OverflowError:  # a day at the calendar's edge, beyond it in another zone
        return created


def task_touches(row: Row, rules: TouchRules) -> tuple[TouchRecord, ...]:
    """A completed call, mail or meeting that was logged as a task; other tasks are no touch."""
    lead_id = _lead(row)
    created = instant(row.get("CreatedDate"))
    kind = _task_kind(row)
    if lead_id is None or created is None or kind is None or not row.get("IsClosed"):
        return ()
    at = instant(row.get("CompletedDateTime")) or created
    talked = kind == "meeting_held" or (kind in ("call_made", "inbound_call") and _is_conversation(row))
    return (
        TouchRecord(
            str(row["Id"]),
            lead_id,
            kind,
            at,
            human=rules.is_person(row.get("OwnerId")),
            conversation=talked,
            logged_at=max(at, created),
        ),
    )


def _task_kind(row: Row) -> str | None:
    # TaskSubtype is set by the product's own buttons, Type by people: the former is the better witness.
    subtype, by_hand = str(row.get("TaskSubtype") or ""), str(row.get("Type") or "")
    word = subtype if subtype in ("Call", "Email") else by_hand if subtype in ("", "Task") else ""
    if word == "Call":
        return "inbound_call" if row.get("CallType") == "Inbound" else "call_made"
    return {"Email": "email_sent", "Meeting": "meeting_held"}.get(word)


def _is_conversation(row: Row) -> bool:
    seconds = row.get("CallDurationInSeconds") or 0
    return seconds >= CONVERSATION_SECONDS or _CONNECTED.search(row.get("CallDisposition") or "") is not None


def event_touches(row: Row, rules: TouchRules) -> tuple[TouchRecord, ...]:
    """A meeting, at its end; one that lies ahead is dated ahead and does not exist until then."""
    lead_id = _lead(row)
    created = instant(row.get("CreatedDate"))
    ends = (instant(row.get(name)) for name in ("EndDateTime", "StartDateTime", "ActivityDateTime"))
    at = next((moment for moment in ends if moment is not None), None)
    is_copy = row.get("IsChild") or row.get("IsRecurrence")  # an invitee's copy, or the head of a series
    if lead_id is None or created is None or at is None or is_copy:
        return ()
    return (
        TouchRecord(
            str(row["Id"]),
            lead_id,
            "meeting_held",
            at,
            human=rules.is_person(row.get("OwnerId")),
            conversation=True,
            logged_at=max(at, created),
        ),
    )


def mail_touches(row: Row, rules: TouchRules) -> tuple[TouchRecord, ...]:
    """A mail from or to the lead, and its first opening."""
    lead_id = str(row.get("RelationId") or "")
    sent = instant(pluck(row, "EmailMessage.MessageDate")) or instant(row.get("CreatedDate"))
    if not lead_id.startswith(LEAD_PREFIX) or sent is None or pluck(row, "EmailMessage.Status") == _DRAFT:
        return ()
    source = str(row["Id"])
    if pluck(row, "EmailMessage.Incoming"):
        if row.get("RelationType") != "FromAddress":
            return ()
        return (TouchRecord(source, lead_id, "inbound_reply", sent, conversation=True),)
    if row.get("RelationType") != "ToAddress":
        return ()
    human = rules.is_person(row.get("CreatedById"))
    touches = [TouchRecord(source, lead_id, "email_sent", sent, human=human, logged_at=sent)]
    opened = instant(pluck(row, "EmailMessage.FirstOpenedDate"))
    if opened is not None:
        touches.append(TouchRecord(f"{source}:open", lead_id, "email_open", opened))
    return tuple(touches)


def _lead(row: Row) -> str | None:
    who = str(row.get("WhoId") or "")
    return who if who.startswith(LEAD_PREFIX) else None
