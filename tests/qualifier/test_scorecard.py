"""The scorecard: figures worked out by hand, sums that hold whatever the groups, nobody shown alone."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.playbook_file import load_playbook
from qualifier.calendar import Calendar
from qualifier.scorecard import (
    CLOCK_COLUMNS,
    HUMAN_COLUMNS,
    OTHER,
    SMALLEST_GROUP,
    Marketing,
    Sales,
    complete_facts,
    merge_small,
    rate,
    respond_figures,
    with_known,
)
from tests.lead_builders import ICP, facts

MONDAY = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
"""The office opens."""
NOW = MONDAY + timedelta(days=2, hours=8)
HOURS = Calendar()
FRIDAY_EVENING = datetime(2026, 5, 1, 17, 50, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def clock(answered: float | None = None, **parts: Any) -> dict[str, Any]:
    """A hot clock of Monday morning, due after 15 minutes, seen after one, delivered after two."""
    start = parts.pop("start", MONDAY)
    return {
        "lead": 1,
        "source": "web",
        "owner": "005A",
        "segment": "hot",
        "cause": "hand_raise",
        "start": start,
        "due": start + minutes(15),
        "settled": None if answered is None else start + minutes(answered),
        "seen_at": start + minutes(1),
        "delivered_at": start + minutes(2),
        **parts,
    }


def sales(
    clocks: Sequence[dict[str, Any]], human: Sequence[dict[str, Any]] = (), now: datetime = NOW
) -> Sales:
    return respond_figures(
        pl.DataFrame(list(clocks), schema=dict(CLOCK_COLUMNS)),
        pl.DataFrame(list(human), schema=dict(HUMAN_COLUMNS)),
        HOURS,
        now,
    )


def total(figures: Sales) -> dict[str, Any]:
    return figures.total.row(0, named=True)


def group(frame: pl.DataFrame, name: str) -> dict[str, Any]:
    return frame.row(by_predicate=pl.col("group") == name, named=True)


def test_met_breached_and_still_due() -> None:
    running = clock(lead=4, start=NOW - minutes(5))
    found = total(sales([clock(12), clock(20, lead=2), clock(lead=3), running]))
    assert (found["clocks"], found["met"], found["breached"], found["due"]) == (4, 1, 2, 1)
    assert found["share_met"] == round(1 / 3, 4)


def test_an_answer_in_the_last_moment_is_in_time() -> None:
    assert total(sales([clock(15)]))["met"] == 1


def test_times_are_working_minutes_over_the_weekend() -> None:
    # Friday 17:50 to Monday 09:20: ten minutes on Friday, twenty on Monday.
    weekend = clock(start=FRIDAY_EVENING, settled=MONDAY + minutes(20), delivered_at=MONDAY)
    found = total(sales([weekend]))
    assert (found["median_minutes"], found["p90_minutes"]) == (30.0, 30.0)
    # The CRM was told on Monday at nine: 63 h 10 min by the wall clock, of which people wait for twenty.
    assert (found["system_median"], found["human_median"]) == (63 * 60 + 10.0, 20.0)


def test_median_and_ninetieth_percentile() -> None:
    found = total(sales([clock(after, lead=number) for number, after in enumerate((2, 4, 6, 8, 14))]))
    assert (found["median_minutes"], found["p90_minutes"]) == (6.0, 11.6)  # 8 + 0.6 · (14 − 8)
    assert (found["seen_median"], found["system_median"], found["system_p90"]) == (1.0, 2.0, 2.0)
    assert (found["human_median"], found["human_p90"]) == (4.0, 9.6)


def test_who_answered_before_the_crm_was_told_has_no_human_delay() -> None:
    found = total(sales([clock(1), clock(12, lead=2)]))
    assert (found["early"], found["human_median"], found["median_minutes"]) == (1, 10.0, 6.5)


def test_a_clock_of_an_older_store_has_no_delays() -> None:
    found = total(sales([clock(12, seen_at=None, delivered_at=None, cause=None)]))
    assert (found["met"], found["system_median"], found["human_median"], found["early"]) == (1, None, None, 0)


@pytest.mark.parametrize(("logged_after", "late"), [(120, 0), (121, 1), (None, 0)])
def test_late_logged_answers_are_counted_apart(logged_after: float | None, late: int) -> None:
    at = MONDAY + minutes(12)
    logged = None if logged_after is None else at + minutes(logged_after)
    other = {"lead": 2, "at": MONDAY, "logged_at": MONDAY + minutes(300)}
    figures = sales([clock(12)], [{"lead": 1, "at": at, "logged_at": logged}, other])
    assert (total(figures)["met"], total(figures)["late_logged"]) == (1, late)
    assert (figures.human_touches, figures.late_logged) == (2, 1 + late)


def test_what_ended_in_time_without_an_answer_is_no_clock_and_what_ended_late_is_breached() -> None:
    figures = sales([clock(ended=MONDAY + minutes(10)), clock(lead=2, ended=MONDAY + minutes(20))])
    assert figures.withdrawn == 1
    assert (total(figures)["clocks"], total(figures)["breached"]) == (1, 1)


def test_warm_hand_raises_have_a_promise_of_their_own() -> None:
    warm = [clock(12, segment="warm", lead=number) for number in range(5)]
    slow = [clock(12, segment="warm", cause="rise", lead=number) for number in range(5, 10)]
    figures = sales([*warm, *slow])
    assert figures.by_promise["group"].to_list() == ["warm", "warm_hand_raise"]
    assert figures.by_segment["group"].to_list() == ["warm"]
    assert figures.by_cause["group"].to_list() == ["hand_raise", "rise"]


def test_small_groups_stand_together_at_the_end() -> None:
    sources = ["fair"] * 5 + ["web"] * 6 + ["list"] * 4 + [None] * 2
    clocks = [clock(12, lead=number, source=source) for number, source in enumerate(sources)]
    frame = sales(clocks).by_source
    assert list(zip(frame["group"], frame["clocks"], strict=True)) == [("web", 6), ("fair", 5), (OTHER, 6)]


def test_nothing_happened_yet() -> None:
    figures = sales([])
    assert (total(figures)["clocks"], total(figures)["share_met"]) == (0, None)
    assert figures.by_source.is_empty()


# --- laws ---------------------------------------------------------------------------------------------------

INSTANTS = st.one_of(st.none(), st.integers(0, 4000).map(lambda number: MONDAY + minutes(number)))
CLOCKS = st.lists(
    st.builds(
        clock,
        lead=st.integers(1, 40),
        start=st.integers(0, 3000).map(lambda number: MONDAY + minutes(number)),
        settled=INSTANTS,
        ended=INSTANTS,
        delivered_at=INSTANTS,
        source=st.sampled_from(["web", "fair", "list", "partner", None]),
        segment=st.sampled_from(["hot", "warm", "cold", None]),
        cause=st.sampled_from(["hand_raise", "rise", "creation", None]),
    ),
    max_size=30,
)


@given(CLOCKS)
def test_every_clock_is_met_breached_or_due_in_every_grouping(clocks: list[dict[str, Any]]) -> None:
    figures = sales(clocks)
    whole = total(figures)
    assert whole["clocks"] + figures.withdrawn == len(clocks)
    assert whole["met"] + whole["breached"] + whole["due"] == whole["clocks"]
    for frame in (figures.by_promise, figures.by_segment, figures.by_source, figures.by_cause):
        assert (frame["met"] + frame["breached"] + frame["due"] == frame["clocks"]).all()
        for column in ("clocks", "met", "breached", "due", "late_logged", "early"):
            assert frame[column].sum() == whole[column], "merging loses nothing"
        assert (frame.filter(pl.col("group") != OTHER)["clocks"] >= SMALLEST_GROUP).all()


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdef")), max_size=40))
def test_merging_shows_no_name_that_fewer_than_five_share(names: list[str | None]) -> None:
    merged = merge_small(pl.Series("name", names, pl.String))
    assert merged.len() == len(names)
    counts = dict(merged.value_counts().iter_rows())
    assert all(count >= SMALLEST_GROUP for name, count in counts.items() if name != OTHER)


# --- marketing ----------------------------------------------------------------------------------------------


def marketing(*leads: dict[str, Any]) -> Marketing:
    playbook = load_playbook()
    converted = [bool(lead.pop("converted", False)) for lead in leads]
    segments = [lead.pop("segment", "warm") for lead in leads]
    known = with_known(facts(*leads), playbook).with_columns(
        pl.Series("converted", converted, pl.Boolean), pl.Series("segment", segments, pl.String)
    )
    return rate(known, playbook)


def test_complete_is_every_profile_fact_that_earns_points() -> None:
    assert complete_facts(load_playbook()) == ("industry", "employees", "country")
    found = marketing({**ICP}, {"industry": "retail", "country": "DE"}, {}).completeness.row(0, named=True)
    assert found["share_complete"] == round(1 / 3, 4)
    assert found["share_industry"] == round(2 / 3, 4)
    assert found["share_employees"] == round(1 / 3, 4)


def test_slots_are_known_by_a_reps_answer_too() -> None:
    found = marketing(
        {"answer_need": "growth"},
        {"answer_need": "asked_not_known"},
        {"timing": "now"},
        {"needs": ["growth"]},
    ).completeness.row(0, named=True)
    assert (found["share_need"], found["share_timing"], found["share_role"]) == (0.5, 0.25, 0.0)


def test_accepted_is_qualified_nurtured_or_converted() -> None:
    verdicts = ("qualified", "nurture", "not_now", None, None)
    leads = [{"verdict": verdict, "converted": number == 4} for number, verdict in enumerate(verdicts)]
    found = marketing(*leads).acceptance.row(0, named=True)
    assert (found["leads"], found["judged"], found["accepted"], found["share_accepted"]) == (5, 4, 3, 0.75)
    assert (found["qualified"], found["nurture"], found["not_now"], found["converted"]) == (1, 1, 1, 1)


def test_a_verdict_and_a_conversion_count_once() -> None:
    found = marketing({"verdict": "qualified", "converted": True}).acceptance.row(0, named=True)
    assert (found["judged"], found["accepted"], found["converted"]) == (1, 1, 0)


def test_feedback_and_its_reasons() -> None:
    said = [("agree", None), ("agree", None), ("agree", None), ("too_high", "not_icp"), ("too_low", "other")]
    leads = [
        {"source": "web", "feedback": word, "feedback_reason": reason, "segment": "hot"}
        for word, reason in [*said, ("too_high", "not_icp")]
    ]
    found = marketing(*leads)
    web, hot = group(found.acceptance_by_source, "web"), group(found.acceptance_by_segment, "hot")
    assert (web["agree"], web["too_high"], web["too_low"], web["share_agree"]) == (3, 2, 1, 0.5)
    assert web.items() - hot.items() == {("group", "web")}
    assert list(found.reasons.items()) == [("not_icp", 2), ("other", 1)]


def test_no_leads_no_shares() -> None:
    found = marketing()
    assert found.acceptance.row(0, named=True)["share_accepted"] is None
    assert found.completeness.row(0, named=True)["share_complete"] is None


def test_owners_of_few_clocks_stand_together() -> None:
    mine = [clock(5, lead=number, owner="005A") for number in range(6)]
    others = [clock(20, lead=10 + number, owner=f"005{number}") for number in range(2)]
    found = sales([*mine, *others, *(clock(lead=20 + number, owner=None) for number in range(5))]).by_owner
    rows = [(row["group"], row["clocks"], row["met"]) for row in found.iter_rows(named=True)]
    assert rows == [("005A", 6, 6), ("unknown", 5, 0), ("other", 2, 0)]
