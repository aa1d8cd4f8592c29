"""Response clocks are written down as they ran: seen, delivered, settled, brought forward, ended."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from connectors.base import Gone, TouchRecord, Value
from sync.clocks import KEPT
from sync.schema import clocks, leads
from tests.sync.office import Office

COLD: dict[str, Value] = {"industry": "software", "employees": (80.0, 80.0)}
WARM: dict[str, Value] = {**COLD, "solution": "competitor"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def opened(office: Office) -> Office:
    """An office that has known one lead for a pass: from here on the agreement binds."""
    office.crm.put_lead("L1", COLD)
    office.sync()
    return office


def happen(office: Office, source: str, kind: str, **parts: Any) -> datetime:
    """A touch of L1 now."""
    office.crm.put_touch(TouchRecord(source, "L1", kind, office.crm.now, **parts))
    return office.crm.now


def rows(office: Office) -> list[dict[str, Any]]:
    """All clocks, oldest first, with the lead's CRM id."""
    query = select(leads.c.lead_id, clocks).join(leads, leads.c.id == clocks.c.lead).order_by(clocks.c.start)
    with office.store.read() as tx:
        return [dict(row) for row in tx.execute(query).mappings()]


def only(office: Office) -> dict[str, Any]:
    (row,) = rows(office)
    return row


def test_a_hand_raise_starts_a_clock_that_is_seen_and_delivered(opened: Office) -> None:
    raised = happen(opened, "T1", "demo_request")
    opened.sync()
    clock = only(opened)
    assert (clock["lead_id"], clock["start"], clock["due"]) == ("L1", raised, raised + 15 * MINUTE)
    assert (clock["segment"], clock["cause"]) == ("hot", "hand_raise")
    assert raised < clock["seen_at"] <= clock["delivered_at"]
    assert clock["settled"] is None
    assert clock["ended"] is None


def test_later_passes_keep_the_first_sight_and_the_first_delivery(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    before = only(opened)
    opened.crm.edit("L1", role="decider")
    opened.sync()
    assert only(opened) == before


def test_the_first_human_touch_settles_it(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    called = happen(opened, "T2", "call_made", human=True)
    opened.sync()
    happen(opened, "T3", "call_made", human=True)
    opened.sync()
    assert only(opened)["settled"] == called


def test_a_new_lead_has_a_clock_from_its_creation(opened: Office) -> None:
    opened.crm.advance(3600)
    opened.crm.put_lead("L2", WARM)
    created = opened.crm.now
    opened.sync()
    clock = only(opened)
    assert (clock["lead_id"], clock["start"]) == ("L2", created)
    assert (clock["segment"], clock["cause"]) == ("warm", "creation")


def test_a_rise_that_nobody_asked_for_is_told_apart(opened: Office) -> None:
    opened.crm.edit("L1", solution="competitor")
    opened.sync()
    assert (only(opened)["segment"], only(opened)["cause"]) == ("warm", "rise")


def test_a_clock_brought_forward_replaces_the_one_that_waited(opened: Office) -> None:
    opened.crm.edit("L1", solution="competitor")
    opened.sync()
    slow = only(opened)
    opened.crm.advance(60)
    raised = happen(opened, "T1", "demo_request")
    opened.sync()
    clock = only(opened)
    assert clock["start"] == raised > slow["start"]
    assert clock["due"] < slow["due"]


def test_an_answer_and_a_new_hand_raise_in_one_pass_leave_two_clocks(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    opened.crm.advance(60)
    called = happen(opened, "T2", "call_made", human=True)
    opened.crm.advance(60)
    raised = happen(opened, "T3", "contact_request")
    opened.sync()
    first, second = rows(opened)
    assert (first["settled"], first["ended"]) == (called, None)
    assert (second["start"], second["settled"]) == (raised, None)


def test_a_lead_that_is_closed_ends_its_clock_when_it_was_closed(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    opened.crm.advance(60)
    opened.crm.edit("L1", status="closed")
    closed = opened.crm.now
    opened.crm.advance(86_400)
    opened.sync()
    assert (only(opened)["ended"], only(opened)["settled"]) == (closed, None)


def test_a_lead_that_is_gone_ends_its_clock_and_one_that_is_back_goes_on(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    opened.crm.lose(Gone("L1", "deleted"))
    opened.sync()
    opened.crm.advance(86_400)
    opened.sync()
    assert only(opened)["ended"] is not None
    opened.crm.put_lead("L1", {**COLD, "role": "decider"})
    opened.sync()
    assert only(opened)["ended"] is None


def test_what_is_over_for_400_days_is_forgotten(opened: Office) -> None:
    happen(opened, "T1", "demo_request")
    opened.sync()
    opened.crm.advance(KEPT.total_seconds() + 3600)
    opened.crm.edit("L1", role="decider")
    opened.sync()
    opened.sync()
    assert rows(opened) == []
