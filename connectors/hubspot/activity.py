"""What happened to a contact: touches from its own properties, and from logged calls, meetings and e-mails.

Pure functions over HubSpot's values. Definitions of human touch and conversation: qualification rules, §1.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from connectors.base import Total, TouchRecord
from connectors.hubspot.fields import Properties
from connectors.hubspot.vocabulary import CONNECTED
from connectors.readers import milliseconds, read_instant, read_number
from connectors.words import Patterns, clean_text, page_kind, touch_kind

CONVERSIONS = (
    ("first_conversion_event_name", "first_conversion_date"),
    ("recent_conversion_event_name", "recent_conversion_date"),
)
"""Form name and date. HubSpot keeps the first and the newest; polling catches those between."""
REPLY = "hs_sales_email_last_replied"
LAST_PAGE, LAST_PAGE_AT = "hs_analytics_last_url", "hs_analytics_last_timestamp"

TOTALS: tuple[tuple[str, str, str], ...] = (
    ("hs_analytics_num_visits", "site_visit", "hs_analytics_last_visit_timestamp"),
    ("hs_email_open", "email_open", "hs_email_last_open_date"),
    ("hs_email_click", "email_click", "hs_email_last_click_date"),
)
"""Property, kind, and when the newest happened."""
PAGE_VIEWS = ("hs_analytics_num_page_views", "site_visit", LAST_PAGE_AT)
"""Counts only where HubSpot gives no visits: a visit of five pages is one visit."""

MOST_COUNTED = 2**31 - 1
"""A total beyond the store's whole numbers is no count."""

CONTACT_ACTIVITY: tuple[str, ...] = (
    *(name for pair in CONVERSIONS for name in pair),
    REPLY,
    LAST_PAGE,
    LAST_PAGE_AT,
    *(name for total in (*TOTALS, PAGE_VIEWS) for name in (total[0], total[2])),
)
"""Contact properties that this module reads."""

CONVERSATION_MS = 60_000
"""A call this long is a conversation, whatever its disposition says."""
NOT_HELD = frozenset({"CANCELED", "NO_SHOW", "RESCHEDULED"})


@dataclass(frozen=True, slots=True)
class Engagement:
    """How one kind of logged act is read. `read`: id, properties, contact id, whether automated → touches."""

    object_type: str
    properties: tuple[str, ...]
    read: Callable[[str, Properties, str, bool], Iterator[TouchRecord]]


def contact_touches(contact_id: str, properties: Properties, patterns: Patterns) -> Iterator[TouchRecord]:
    """Touches that a contact's properties tell. Sources hold the time, so that a poll finds them again."""
    seen: set[str] = set()
    for name_property, date_property in CONVERSIONS:
        at = read_instant(properties.get(date_property))
        name = clean_text(properties.get(name_property))
        kind = touch_kind(name, counts_as_form=True, extra=patterns)
        if at is None or kind is None:
            continue
        source = f"{_source(contact_id, 'conversion', at)}:{_mark(name)}"
        if source not in seen:  # the only conversion is both the first and the newest
            yield TouchRecord(source, contact_id, kind, at, name=name)
        seen.add(source)
    replied = read_instant(properties.get(REPLY))
    if replied is not None:
        source = _reply_source(contact_id, replied)
        yield TouchRecord(source, contact_id, "inbound_reply", replied, conversation=True)
    kind, viewed = page_kind(properties.get(LAST_PAGE)), read_instant(properties.get(LAST_PAGE_AT))
    if kind is not None and viewed is not None:
        yield TouchRecord(_source(contact_id, "page", viewed), contact_id, kind, viewed)


def source_touch(
    contact_id: str, source: object, created_at: datetime, patterns: Patterns
) -> TouchRecord | None:
    """The lead source at creation, where it names a touch; HubSpot's own sources name none."""
    name = clean_text(source) if isinstance(source, str) else None
    kind = touch_kind(name, counts_as_form=True, extra=patterns, otherwise=None)
    if kind is None:
        return None
    return TouchRecord(f"{contact_id}:source", contact_id, kind, created_at, name=name)


def contact_totals(properties: Properties) -> Iterator[Total]:
    """Running totals: visits, marketing mails opened and clicked."""
    has_visits = read_number(properties.get(TOTALS[0][0])) is not None
    for name, kind, at_property in TOTALS if has_visits else (PAGE_VIEWS, *TOTALS[1:]):
        count = read_number(properties.get(name))
        if count and count <= MOST_COUNTED:
            yield Total(name, kind, int(count), read_instant(properties.get(at_property)))


def _call(call_id: str, properties: Properties, contact_id: str, automated: bool) -> Iterator[TouchRecord]:  # noqa: FBT001  # the one signature of all readers
    at, logged = _times(properties)
    if at is None:
        return
    # A call that somebody typed in has no status: it took place.
    is_completed = properties.get("hs_call_status") in {None, "", "COMPLETED"}
    is_talk = (read_number(properties.get("hs_call_duration")) or 0) >= CONVERSATION_MS or properties.get(
        "hs_call_disposition"
    ) == CONNECTED
    yield TouchRecord(
        f"call:{call_id}:{contact_id}",
        contact_id,
        "inbound_call" if properties.get("hs_call_direction") == "INBOUND" else "call_made",
        at,
        human=is_completed and not automated,
        conversation=is_completed and is_talk,
        logged_at=_known_at(at, logged),
    )


def _meeting(
    meeting_id: str,
    properties: Properties,
    contact_id: str,
    automated: bool,  # noqa: FBT001  # as above
) -> Iterator[TouchRecord]:
    """A booking, and the meeting itself, dated at its end: in the future it does not count yet (rules, §1).

    A meeting that was not held keeps its source with no count, which takes back what an earlier poll said.
    """
    start, logged = _times(properties)
    end = read_instant(properties.get("hs_meeting_end_time")) or start
    if end is None:
        return
    booked_at = min(logged or end, end)
    is_held = (properties.get("hs_meeting_outcome") or "").upper() not in NOT_HELD
    yield TouchRecord(
        f"meeting:{meeting_id}:{contact_id}:booked",
        contact_id,
        "meeting_booked",
        booked_at,
        logged_at=logged,
    )
    yield TouchRecord(
        f"meeting:{meeting_id}:{contact_id}",
        contact_id,
        "meeting_held" if is_held else "meeting_booked",
        end if is_held else booked_at,
        count=int(is_held),
        human=is_held and not automated,
        conversation=is_held,
        logged_at=_known_at(end, logged) if is_held else logged,
    )


def _email(
    email_id: str,
    properties: Properties,
    contact_id: str,
    automated: bool,  # noqa: FBT001  # as above
) -> Iterator[TouchRecord]:
    """A one-to-one mail, sent or received; a forwarded copy does not tell whose it was.

    A received one is the reply that the contact's own property may tell of too: both have one source.
    """
    at, logged = _times(properties)
    direction = properties.get("hs_email_direction")
    if at is None:
        return
    known = _known_at(at, logged)
    if direction == "INCOMING_EMAIL":
        source = _reply_source(contact_id, at)
        yield TouchRecord(source, contact_id, "inbound_reply", at, conversation=True, logged_at=known)
    elif direction == "EMAIL" and properties.get("hs_email_status") in {None, "", "SENT"}:
        source = f"email:{email_id}:{contact_id}"
        yield TouchRecord(source, contact_id, "email_sent", at, human=not automated, logged_at=known)


_TIMES = ("hs_timestamp", "hs_createdate", "hubspot_owner_id", "hs_created_by_user_id")

ENGAGEMENTS: Mapping[str, Engagement] = {
    "call": Engagement(
        "calls",
        (*_TIMES, "hs_call_duration", "hs_call_disposition", "hs_call_direction", "hs_call_status"),
        _call,
    ),
    "meeting": Engagement(
        "meetings",
        (*_TIMES, "hs_meeting_start_time", "hs_meeting_end_time", "hs_meeting_outcome"),
        _meeting,
    ),
    "email": Engagement("emails", (*_TIMES, "hs_email_direction", "hs_email_status"), _email),
}
"""Stream → how it is read."""


def is_automated(properties: Properties, automation_users: Collection[str]) -> bool:
    """Whether the act's user or owner is one whose acts are no human touch."""
    doers = (properties.get("hs_created_by_user_id"), properties.get("hubspot_owner_id"))
    return any(doer in automation_users for doer in doers if doer)


def _times(properties: Properties) -> tuple[datetime | None, datetime | None]:
    """When it happened (else when it was logged), and when it was logged."""
    logged = read_instant(properties.get("hs_createdate"))
    return read_instant(properties.get("hs_timestamp")) or logged, logged


def _known_at(at: datetime, logged: datetime | None) -> datetime | None:
    """When HubSpot knew that it took place: what was planned is known when it happens."""
    return None if logged is None else max(at, logged)


def _source(contact_id: str, what: str, at: datetime) -> str:
    return f"{contact_id}:{what}:{milliseconds(at)}"


def _reply_source(contact_id: str, at: datetime) -> str:
    """Property and logged mail may differ by moments: what comes within one minute is one reply."""
    return _source(contact_id, "reply", at.replace(second=0, microsecond=0))


def _mark(name: str | None) -> str:
    """A form's name in eight digits: two forms of one instant are two touches."""
    return hashlib.blake2s((name or "").encode(), digest_size=4).hexdigest()
