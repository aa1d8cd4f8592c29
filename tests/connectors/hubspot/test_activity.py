"""What happened to a contact, from its properties and from logged acts: qualification rules, §1 and §2."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.base import Total, TouchRecord
from connectors.hubspot.activity import ENGAGEMENTS, contact_totals, contact_touches, is_automated
from connectors.hubspot.vocabulary import CONNECTED
from connectors.words import compile_patterns
from sandbox.hubspot.schema import Definition
from tests.connectors.hubspot.world import NOW, World, window

AT = "2026-11-19T10:00:00.734Z"
MOMENT = datetime(2026, 11, 19, 10, 0, 0, 734_000, tzinfo=UTC)


def touches(**properties: str) -> list[TouchRecord]:
    return list(contact_touches("7", properties, ()))


def test_one_conversion_is_one_touch_though_it_is_first_and_recent() -> None:
    (touch,) = touches(
        first_conversion_event_name="Home: Request a demo",
        first_conversion_date=AT,
        recent_conversion_event_name="Home: Request a demo",
        recent_conversion_date=AT,
    )
    assert (touch.kind, touch.at, touch.name) == ("demo_request", MOMENT, "Home: Request a demo")


def test_a_second_conversion_leaves_the_first_one_its_source() -> None:
    (first,) = touches(first_conversion_event_name="White paper", first_conversion_date=AT)
    both = touches(
        first_conversion_event_name="White paper",
        first_conversion_date=AT,
        recent_conversion_event_name="Contact us",
        recent_conversion_date="2026-11-20T10:00:00Z",
    )
    assert both[0] == first
    assert [touch.kind for touch in both] == ["content_download", "contact_request"]
    assert len({touch.source for touch in both}) == 2


def test_two_forms_of_one_instant_are_two_touches() -> None:
    both = touches(
        first_conversion_event_name="White paper",
        first_conversion_date=AT,
        recent_conversion_event_name="Contact us",
        recent_conversion_date=AT,
    )
    assert [touch.kind for touch in both] == ["content_download", "contact_request"]
    assert len({touch.source for touch in both}) == 2


def test_a_reply_that_the_contact_and_a_logged_mail_tell_of_is_one_touch() -> None:
    (told,) = touches(hs_sales_email_last_replied=AT)
    (logged,) = act("email", hs_email_direction="INCOMING_EMAIL", hs_timestamp="2026-11-19T10:00:07Z")
    assert told.source == logged.source
    (later,) = act("email", hs_email_direction="INCOMING_EMAIL", hs_timestamp="2026-11-19T10:05:00Z")
    assert later.source != told.source


def test_the_connections_own_patterns_name_a_form() -> None:
    own = compile_patterns({"quote_request": "Preisanfrage"})
    properties = {"recent_conversion_event_name": "Preisanfrage", "recent_conversion_date": AT}
    assert [touch.kind for touch in contact_touches("7", properties, own)] == ["quote_request"]


def test_a_replied_sales_mail_is_a_conversation() -> None:
    (touch,) = touches(hs_sales_email_last_replied=AT)
    assert (touch.kind, touch.conversation, touch.human) == ("inbound_reply", True, False)


@pytest.mark.parametrize(
    ("url", "kinds"),
    [
        ("https://acme.example/pricing", ["pricing_page"]),
        ("https://acme.example/products/x", ["product_page"]),
        ("https://acme.example/blog", []),
    ],
)
def test_the_last_page_may_be_a_telling_one(url: str, kinds: list[str]) -> None:
    found = touches(hs_analytics_last_url=url, hs_analytics_last_timestamp=AT)
    assert [touch.kind for touch in found] == kinds


def test_a_lead_source_of_the_customers_own_may_name_a_touch(world: World) -> None:
    world.portal.add_property("contacts", Definition("lead_source", "string", "text", group="shop"))
    first, second = world.contacts(2, lead_source="Contact form", hs_analytics_source="EMAIL_MARKETING")
    world.portal.update("contacts", second, {"lead_source": "Partner"})
    leads = world.connector(fields={"source": "lead_source"}).read([first, second]).leads
    assert [[(touch.kind, touch.at) for touch in lead.touches] for lead in leads] == [
        [("contact_request", NOW)],
        [],
    ]
    assert not world.connector().read([first]).leads[0].touches  # HubSpot's own sources name none


def test_totals_come_with_the_date_of_the_newest() -> None:
    totals = contact_totals(
        {
            "hs_analytics_num_visits": "3",
            "hs_analytics_last_visit_timestamp": AT,
            "hs_analytics_num_page_views": "9",
            "hs_email_open": "12",
            "hs_email_last_open_date": AT,
            "hs_email_click": "0",
        }
    )
    assert list(totals) == [
        Total("hs_analytics_num_visits", "site_visit", 3, MOMENT),
        Total("hs_email_open", "email_open", 12, MOMENT),
    ]


def test_a_total_beyond_the_stores_numbers_is_none() -> None:
    assert list(contact_totals({"hs_analytics_num_visits": "1e300", "hs_email_open": str(2**31)})) == []


def test_page_views_count_only_without_visits() -> None:
    properties = {"hs_analytics_num_page_views": "9", "hs_analytics_last_timestamp": AT}
    assert [(total.kind, total.count) for total in contact_totals(properties)] == [("site_visit", 9)]


def act(stream: str, automated: bool = False, /, **properties: str) -> list[TouchRecord]:
    given = {"hs_timestamp": AT, "hs_createdate": "2026-11-19T12:30:00Z"} | properties
    return list(ENGAGEMENTS[stream].read("55", given, "7", automated))


@pytest.mark.parametrize(
    ("properties", "kind", "human", "conversation"),
    [
        ({"hs_call_direction": "OUTBOUND", "hs_call_duration": "60000"}, "call_made", True, True),
        ({"hs_call_direction": "OUTBOUND", "hs_call_duration": "59999"}, "call_made", True, False),
        ({"hs_call_direction": "OUTBOUND", "hs_call_disposition": CONNECTED}, "call_made", True, True),
        ({"hs_call_direction": "INBOUND", "hs_call_duration": "90000"}, "inbound_call", True, True),
        ({"hs_call_status": "NO_ANSWER", "hs_call_duration": "90000"}, "call_made", False, False),
        ({"hs_call_status": "COMPLETED"}, "call_made", True, False),
        ({}, "call_made", True, False),
    ],
)
def test_a_call(properties: dict[str, str], kind: str, human: bool, conversation: bool) -> None:
    (touch,) = act("call", **properties)
    assert (touch.kind, touch.human, touch.conversation, touch.at) == (kind, human, conversation, MOMENT)
    assert touch.logged_at == datetime(2026, 11, 19, 12, 30, tzinfo=UTC)


def test_an_automated_call_is_no_human_touch() -> None:
    (touch,) = act("call", True, hs_call_duration="90000")
    assert not touch.human
    assert is_automated({"hubspot_owner_id": "5"}, ("5",))
    assert is_automated({"hs_created_by_user_id": "9"}, ("9",))
    assert not is_automated({"hubspot_owner_id": "5"}, ("9",))


def test_a_meeting_is_booked_when_made_and_held_at_its_end() -> None:
    booked, held = act("meeting", hs_meeting_end_time="2026-12-01T10:00:00Z", hs_meeting_outcome="SCHEDULED")
    assert (booked.kind, booked.at, booked.human) == (
        "meeting_booked",
        datetime(2026, 11, 19, 12, 30, tzinfo=UTC),
        False,
    )
    assert (held.kind, held.at, held.human, held.conversation) == (
        "meeting_held",
        datetime(2026, 12, 1, 10, tzinfo=UTC),
        True,
        True,
    )
    assert held.logged_at == held.at  # planned before, known to be held at its end


@pytest.mark.parametrize("outcome", ["CANCELED", "NO_SHOW", "RESCHEDULED"])
def test_a_meeting_that_did_not_take_place_takes_the_held_one_back(outcome: str) -> None:
    end = "2026-12-01T10:00:00Z"
    _, held = act("meeting", hs_meeting_end_time=end)
    _, undone = act("meeting", hs_meeting_end_time=end, hs_meeting_outcome=outcome)
    assert undone.source == held.source
    assert (undone.kind, undone.count, undone.human, undone.conversation) == (
        "meeting_booked",
        0,
        False,
        False,
    )


@pytest.mark.parametrize(
    ("direction", "status", "expected"),
    [
        ("EMAIL", "SENT", [("email_sent", True, False)]),
        ("EMAIL", "BOUNCED", []),
        ("EMAIL", "SCHEDULED", []),
        ("INCOMING_EMAIL", "SENT", [("inbound_reply", False, True)]),
        ("FORWARDED_EMAIL", "SENT", []),
    ],
)
def test_an_email(direction: str, status: str, expected: list[tuple[str, bool, bool]]) -> None:
    found = act("email", hs_email_direction=direction, hs_email_status=status)
    assert [(touch.kind, touch.human, touch.conversation) for touch in found] == expected


def test_acts_reach_every_contact_that_took_part(world: World) -> None:
    one, two = world.contacts(2)
    call = world.portal.create(
        "calls", {"hs_timestamp": AT, "hs_call_duration": "90000", "hs_call_direction": "OUTBOUND"}
    )
    alone = world.portal.create("calls", {"hs_timestamp": AT})
    for contact in (one, two):
        world.portal.associate("calls", call, "contacts", contact)
    (page,) = world.connector().changes("call", window())
    assert {(touch.lead_id, touch.source) for touch in page.touches} == {
        (one, f"call:{call}:{one}"),
        (two, f"call:{call}:{two}"),
    }
    assert alone


def test_an_act_with_very_many_contacts_is_followed_over_pages(world: World) -> None:
    one, two = world.contacts(2)
    call = world.portal.create("calls", {"hs_timestamp": AT})

    def linked(contact: str, **more: object) -> dict[str, object]:
        return {"results": [{"from": {"id": call}, "to": [{"toObjectId": int(contact)}]} | more]}

    path = "*/associations/calls/contacts/batch/read"
    world.fault(path=path, status=200, body=linked(one, paging={"next": {"after": "500"}}))
    world.fault(path=path, status=200, body=linked(two), containing='"after": "500"')
    (page,) = world.connector().changes("call", window())
    assert {touch.lead_id for touch in page.touches} == {one, two}


def test_meetings_and_emails_are_read_too(world: World) -> None:
    contact = world.contacts(1)[0]
    end = (NOW - timedelta(hours=1)).isoformat()
    meeting = world.portal.create("meetings", {"hs_timestamp": AT, "hs_meeting_end_time": end})
    mail = world.portal.create("emails", {"hs_timestamp": AT, "hs_email_direction": "INCOMING_EMAIL"})
    world.portal.associate("meetings", meeting, "contacts", contact)
    world.portal.associate("emails", mail, "contacts", contact)
    connector = world.connector()
    kinds = [
        touch.kind
        for stream in ("meeting", "email")
        for page in connector.changes(stream, window())
        for touch in page.touches
    ]
    assert kinds == ["meeting_booked", "meeting_held", "inbound_reply"]


@pytest.mark.parametrize(("stream", "path"), [("email", "*/emails/search"), ("deal", "*/deals/search")])
def test_a_stream_without_its_scope_gives_no_page_that_a_mark_could_follow(
    world: World, stream: str, path: str
) -> None:
    world.fault(path=path, status=403, body={"category": "MISSING_SCOPES"}, times=None)
    connector = world.connector()
    for _ in range(3):
        assert list(connector.changes(stream, window())) == []
    assert world.journal.calls() == 1  # an error is not asked for again and again


def test_a_stream_without_its_scope_is_shown_by_check(world: World) -> None:
    world.fault(path="*/emails/search", status=403, body={"category": "MISSING_SCOPES"}, times=None)
    connector = world.connector()
    findings = {finding.what: finding for finding in connector.check()}
    assert findings["scope sales-email-read"].level == "warn"
