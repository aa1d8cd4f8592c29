"""The response clock: what starts it, what settles it, and that the number of passes does not matter."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qualifier.agreement import CLOCK_COLUMNS, Agreement, resolve, respond, working_time
from qualifier.calendar import Calendar
from qualifier.facts import INSTANT, TOUCH_COLUMNS
from qualifier.playbook import AgreementTerms

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
AGREEMENT = Agreement(
    hot=timedelta(minutes=15),
    warm_hand_raise=timedelta(hours=4),
    warm=timedelta(hours=9),
    cold=None,
    calendar=Calendar(),
    effective_from=MONDAY - timedelta(days=7),
)
LEAD_COLUMNS: dict[str, Any] = {
    "lead": pl.Int64,
    "segment": pl.String,
    "clock_segment": pl.String,
    "overridden": pl.Boolean,
    "created_at": INSTANT,
    "imported": pl.Boolean,
    "closed": pl.Boolean,
    "closed_since": INSTANT,
    "previous_segment": pl.String,
    "previous_clock_segment": pl.String,
    "previous_scored_at": INSTANT,
    "previous_hand_raise_at": INSTANT,
    "previous_clock_start": INSTANT,
    "previous_clock_due": INSTANT,
    "previous_clock_settled": INSTANT,
}
Touch = tuple[str, datetime]


def minutes(count: float) -> datetime:
    """So many minutes after Monday, nine o'clock."""
    return MONDAY + timedelta(minutes=count)


def leads(*rows: dict[str, Any]) -> pl.DataFrame:
    """Leads of long ago, warm and in the same segment as before, unless a row says otherwise."""
    usual = {"created_at": MONDAY - timedelta(days=100), "segment": "warm"}
    full = [
        {"lead": number, **usual, "previous_segment": row.get("segment", "warm"), **row}
        for number, row in enumerate(rows)
    ]
    frame = pl.DataFrame(full, schema=LEAD_COLUMNS)
    return frame.with_columns(
        pl.coalesce("clock_segment", "segment").alias("clock_segment"),
        pl.coalesce("previous_clock_segment", "previous_segment").alias("previous_clock_segment"),
    )


def history(*touches: Touch, lead: int = 0) -> pl.DataFrame:
    """Touches of one lead; the kinds of our own people are human."""
    human = {"call_made", "email_sent", "meeting_held"}
    rows = [
        {"lead": lead, "kind": kind, "at": at, "count": 1, "human": kind in human} for kind, at in touches
    ]
    return pl.DataFrame(rows, schema=TOUCH_COLUMNS)


def clock(
    lead: dict[str, Any], *touches: Touch, as_of: datetime, terms: Agreement = AGREEMENT
) -> dict[str, Any]:
    return respond(leads(lead), history(*touches), terms, as_of).select(CLOCK_COLUMNS).row(0, named=True)


def test_a_hand_raise_starts_the_clock_of_its_segment() -> None:
    raised = ("demo_request", minutes(0))
    assert clock({"segment": "hot"}, raised, as_of=minutes(1))["respond_by"] == minutes(15)
    assert clock({"segment": "warm"}, raised, as_of=minutes(1))["respond_by"] == minutes(240)
    cold = clock({"segment": "cold"}, raised, as_of=minutes(1))
    assert (cold["respond_by"], cold["sla"]) == (None, "none")


@pytest.mark.parametrize(
    ("as_of", "state"),
    [(11.24, "due"), (11.25, "at_risk"), (15, "at_risk"), (15.01, "breached"), (9000, "breached")],
)
def test_due_then_at_risk_then_breached(as_of: float, state: str) -> None:
    found = clock({"segment": "hot"}, ("demo_request", minutes(0)), as_of=minutes(as_of))
    assert found["sla"] == state
    assert found["clock_risk"] == minutes(11.25)


def test_at_risk_counts_working_time() -> None:
    friday = datetime(2026, 11, 20, 17, 55, tzinfo=UTC)
    hour = replace(AGREEMENT, hot=timedelta(hours=1))
    found = clock({"segment": "hot"}, ("demo_request", friday), as_of=friday + timedelta(days=2), terms=hour)
    assert found["respond_by"] == datetime(2026, 11, 23, 9, 55, tzinfo=UTC)
    assert found["sla"] == "due"
    assert found["clock_risk"] == datetime(2026, 11, 23, 9, 40, tzinfo=UTC)


@pytest.mark.parametrize(("after", "state"), [(0, "met"), (12, "met"), (15, "met"), (15.1, "breached")])
def test_the_first_human_touch_settles(after: float, state: str) -> None:
    touches = [("demo_request", minutes(0)), ("call_made", minutes(after)), ("call_made", minutes(30))]
    found = clock({"segment": "hot"}, *touches, as_of=minutes(60))
    assert found["sla"] == state
    assert found["clock_settled"] == minutes(after)
    assert found["respond_by"] == minutes(15)
    assert found["clock_risk"] is None


def test_a_touch_before_the_start_settles_nothing() -> None:
    touches = [("call_made", minutes(-1)), ("demo_request", minutes(0))]
    assert clock({"segment": "hot"}, *touches, as_of=minutes(5))["sla"] == "due"


def test_what_the_lead_does_is_no_answer() -> None:
    touches = [("demo_request", minutes(0)), ("inbound_reply", minutes(3)), ("pricing_page", minutes(4))]
    assert clock({"segment": "hot"}, *touches, as_of=minutes(5))["sla"] == "due"


def test_nothing_before_the_agreement_binds() -> None:
    early = AGREEMENT.effective_from - timedelta(seconds=1) if AGREEMENT.effective_from else MONDAY
    for lead in ({"segment": "hot"}, {"segment": "hot", "previous_segment": None, "created_at": early}):
        found = clock(lead, ("demo_request", early), as_of=MONDAY)
        assert (found["respond_by"], found["sla"], found["clock_start"]) == (None, "none", None)
    unbound = replace(AGREEMENT, effective_from=None)
    assert (
        clock({"segment": "hot"}, ("demo_request", MONDAY), as_of=minutes(1), terms=unbound)["sla"] == "none"
    )


def test_a_touch_after_as_of_does_not_exist() -> None:
    assert clock({}, ("demo_request", minutes(2)), as_of=minutes(1))["sla"] == "none"
    touches = [("demo_request", minutes(0)), ("call_made", minutes(2))]
    assert clock({"segment": "hot"}, *touches, as_of=minutes(1))["sla"] == "due"


def test_a_rise_starts_a_clock_a_fall_or_a_first_verdict_does_not() -> None:
    risen = clock({"segment": "hot", "previous_segment": "cold"}, as_of=MONDAY)
    assert (risen["clock_start"], risen["respond_by"]) == (MONDAY, minutes(15))
    assert clock({"segment": "warm", "previous_segment": "hot"}, as_of=MONDAY)["sla"] == "none"
    assert clock({"segment": "hot", "previous_segment": None}, as_of=MONDAY)["sla"] == "none"
    assert clock({"segment": "hot", "previous_segment": "excluded"}, as_of=MONDAY)["sla"] == "none"


def test_a_rise_is_dated_by_the_touch_that_is_new_since_the_previous_verdict() -> None:
    lead = {"segment": "warm", "previous_segment": "cold", "previous_scored_at": minutes(0)}
    touches = [("webinar", minutes(-5)), ("pricing_page", minutes(3)), ("call_made", minutes(-9))]
    assert clock(lead, *touches, as_of=minutes(60))["clock_start"] == minutes(3)
    assert clock(lead, touches[0], as_of=minutes(60))["clock_start"] == minutes(60)


def test_a_new_lead_rises_at_its_creation() -> None:
    new = {"segment": "warm", "previous_segment": None, "created_at": minutes(0)}
    assert clock(new, as_of=minutes(1))["respond_by"] == minutes(540)
    raised = clock(new, ("quote_request", minutes(1)), as_of=minutes(2))
    assert (raised["clock_start"], raised["respond_by"]) == (minutes(1), minutes(241))


def test_an_import_starts_no_clock_a_later_hand_raise_does() -> None:
    imported = {"segment": "hot", "previous_segment": None, "created_at": minutes(0), "imported": True}
    brought = ("demo_request", minutes(0.5))
    assert clock(imported, brought, as_of=minutes(5))["sla"] == "none"
    assert clock(imported, brought, ("demo_request", minutes(60)), as_of=minutes(61))["sla"] == "due"


def test_an_override_starts_none_and_its_segment_stands() -> None:
    up = {"segment": "hot", "clock_segment": "cold", "previous_segment": "cold", "overridden": True}
    assert clock(up, as_of=MONDAY)["sla"] == "none"
    assert clock(up, ("demo_request", minutes(0)), as_of=minutes(1))["respond_by"] == minutes(15)
    down = {"segment": "cold", "clock_segment": "hot", "previous_segment": "warm", "overridden": True}
    assert clock(down, ("demo_request", minutes(0)), as_of=minutes(1))["sla"] == "none"


def test_titles_do_not_move_the_clock() -> None:
    by_title = {"segment": "hot", "clock_segment": "warm", "previous_segment": "warm"}
    assert clock(by_title, ("demo_request", minutes(0)), as_of=minutes(1))["respond_by"] == minutes(240)


def running(start: float, due: float, settled: float | None = None) -> dict[str, Any]:
    return {
        "previous_clock_start": minutes(start),
        "previous_clock_due": minutes(due),
        "previous_clock_settled": None if settled is None else minutes(settled),
        "previous_hand_raise_at": minutes(start),
    }


def test_a_new_event_can_only_bring_a_running_clock_forward() -> None:
    later = clock({"segment": "hot", **running(0, 15)}, ("demo_request", minutes(5)), as_of=minutes(6))
    assert (later["clock_start"], later["respond_by"]) == (minutes(0), minutes(15))
    sooner = clock({"segment": "hot", **running(0, 240)}, ("demo_request", minutes(5)), as_of=minutes(6))
    assert (sooner["clock_start"], sooner["respond_by"]) == (minutes(5), minutes(20))


def test_a_seen_hand_raise_is_not_judged_again_by_a_later_segment() -> None:
    lead = {"segment": "hot", "previous_segment": "warm", **running(0, 240)}
    lead["previous_hand_raise_at"] = minutes(100)
    touches = [("demo_request", minutes(0)), ("demo_request", minutes(100))]
    assert clock(lead, *touches, as_of=minutes(200))["respond_by"] == minutes(215)


def test_respond_by_keeps_its_value_until_the_next_clock() -> None:
    touches = [("demo_request", minutes(0)), ("call_made", minutes(5))]
    fallen = {"segment": "cold", "previous_segment": "hot", **running(0, 15, settled=5)}
    kept = clock(fallen, *touches, as_of=minutes(5000))
    assert (kept["respond_by"], kept["sla"]) == (minutes(15), "met")
    forgotten = clock(fallen, as_of=minutes(5000))  # the store no longer holds the touches
    assert forgotten == kept
    again = clock({**fallen, "segment": "hot"}, *touches, ("demo_request", minutes(90)), as_of=minutes(91))
    assert (again["clock_start"], again["sla"]) == (minutes(90), "due")


def test_a_late_logged_touch_still_counts_from_its_own_time() -> None:
    lead = {"segment": "hot", **running(0, 15, settled=40)}
    touches = [("demo_request", minutes(0)), ("call_made", minutes(10)), ("call_made", minutes(40))]
    assert clock(lead, *touches, as_of=minutes(60))["sla"] == "met"


def test_closed_ends_the_clock_and_only_a_newer_hand_raise_starts_one() -> None:
    closed = {"segment": "hot", "closed": True, "closed_since": minutes(30), **running(0, 15)}
    found = clock(closed, ("demo_request", minutes(0)), as_of=minutes(31))
    assert (found["sla"], found["clock_start"], found["respond_by"]) == ("none", None, minutes(15))
    assert clock({**closed, "previous_segment": "cold"}, as_of=minutes(31))["sla"] == "none"
    back = {**closed, "closed": False}
    touches = [("demo_request", minutes(0)), ("contact_request", minutes(90))]
    assert clock(back, *touches, as_of=minutes(91))["respond_by"] == minutes(105)
    unseen = {"segment": "hot", "closed_since": minutes(30)}
    assert clock(unseen, *touches, as_of=minutes(91))["respond_by"] == minutes(105)


def test_rows_keep_their_order_and_frames_may_be_empty() -> None:
    frame = leads({"lead": 7, "segment": "hot"}, {"lead": 3, "segment": "hot"}, {"lead": 5})
    found = respond(frame, history(("demo_request", minutes(0)), lead=3), AGREEMENT, minutes(1))
    assert found["lead"].to_list() == [7, 3, 5]
    assert found["sla"].to_list() == ["none", "due", "none"]
    empty = respond(frame.clear(), history(), AGREEMENT, MONDAY)
    assert empty.is_empty()
    assert set(CLOCK_COLUMNS) <= set(empty.columns)


def test_the_playbooks_terms_are_resolved() -> None:
    terms = AgreementTerms.model_validate(
        {
            "respond": {"hot": "15m", "warm_hand_raise": "4h", "warm": "1d"},
            "calendar": {"zone": "configured", "hours": "mon-fri 8-16", "holidays": "DE-BY"},
        }
    )
    found = resolve(terms, zone="Europe/Berlin", effective_from=MONDAY)
    assert found.calendar == Calendar("Europe/Berlin", "mon-fri 8-16", "DE-BY")
    assert (found.hot, found.warm_hand_raise) == (timedelta(minutes=15), timedelta(hours=4))
    assert (found.warm, found.cold) == (timedelta(hours=8), None)
    assert found.effective_from == MONDAY
    own = terms.model_copy(update={"effective_from": datetime(2026, 1, 1)})  # noqa: DTZ001 # YAML has such dates
    assert resolve(own, zone=None, effective_from=MONDAY).effective_from == datetime(2026, 1, 1, tzinfo=UTC)
    assert resolve(own, zone=None, effective_from=None).calendar.zone == "UTC"
    assert working_time("2d", Calendar()) == timedelta(hours=18)


# ---------------------------------------------------------------- laws

instants = st.integers(0, 4000).map(minutes)
raises = st.lists(instants, max_size=6).map(lambda found: [("demo_request", at) for at in found])
answers = st.lists(instants, max_size=4).map(lambda found: [("call_made", at) for at in found])
STATE = ("clock_start", "clock_due", "clock_settled")


def in_order(touches: list[Touch], promise: timedelta, as_of: datetime) -> tuple[datetime | None, ...]:
    """The agreement in plain words, one event after the other: start, due, settled."""
    start = due = settled = None
    for kind, at in sorted(touches, key=lambda touch: (touch[1], touch[0] == "call_made")):
        if at > as_of:
            continue
        if kind == "call_made":
            settled = at if start and not settled else settled
            continue
        ends = AGREEMENT.calendar.add(
            pl.Series([at], dtype=INSTANT), pl.Series([promise], dtype=pl.Duration("us"))
        ).item()
        if start is None or settled or ends < due:
            start, due, settled = at, ends, None
    return start, due, settled


@given(raises, answers, instants)
def test_law_one_pass_is_every_event_in_order(
    raised: list[Touch], answered: list[Touch], as_of: datetime
) -> None:
    found = clock({"segment": "hot"}, *raised, *answered, as_of=as_of)
    assert tuple(found[name] for name in STATE) == in_order(raised + answered, timedelta(minutes=15), as_of)


@given(raises, answers, st.lists(instants, min_size=1, max_size=5))
def test_law_many_passes_are_one(raised: list[Touch], answered: list[Touch], passes: list[datetime]) -> None:
    touches, state = raised + answered, dict[str, Any](segment="warm")
    for as_of in sorted(passes):
        found = clock(state, *touches, as_of=as_of)
        seen = [at for kind, at in raised if at <= as_of]
        state |= {f"previous_{name}": found[name] for name in STATE}
        state |= {"previous_hand_raise_at": max(seen, default=None)}
    assert found == clock({"segment": "warm"}, *touches, as_of=max(passes))


@given(st.lists(st.tuples(raises, answers, st.sampled_from(["hot", "warm", "cold"])), min_size=1, max_size=5))
def test_law_a_batch_is_its_leads(people: list[tuple[list[Touch], list[Touch], str]]) -> None:
    as_of = minutes(2000)
    frame = leads(*({"segment": segment} for _, _, segment in people))
    touches = pl.concat(history(*found, *calls, lead=lead) for lead, (found, calls, _) in enumerate(people))
    together = respond(frame, touches, AGREEMENT, as_of).select(CLOCK_COLUMNS).rows(named=True)
    alone = [clock({"segment": segment}, *found, *calls, as_of=as_of) for found, calls, segment in people]
    assert together == alone
