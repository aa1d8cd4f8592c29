"""Working time: openings, holidays, clock changes, and the laws that make it arithmetic."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qualifier.calendar import Calendar, check_holidays, parse_hours
from qualifier.facts import INSTANT

OFFICE = Calendar()
BAVARIA = Calendar(zone="Europe/Berlin", holidays="DE-BY")
CALENDARS = (
    OFFICE,
    BAVARIA,
    Calendar(zone="America/New_York", hours="mon-fri 9-12 13-17:30, sat 10-12", holidays="US"),
    Calendar(zone="Pacific/Auckland", hours="mon-sun 0-24"),
    Calendar(zone="Asia/Dubai", hours="sun-thu 8:30-16:15", holidays="AE"),
    Calendar(zone="Europe/London", hours="sun 0:30-2:30 2:45-4"),
)


def add(calendar: Calendar, start: datetime, duration: timedelta) -> datetime:
    starts = pl.Series([start], dtype=INSTANT)
    end: datetime = calendar.add(starts, pl.Series([duration], dtype=pl.Duration("us"))).item()
    return end.astimezone(UTC)


def between(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    spent: timedelta = calendar.between(
        pl.Series([start], dtype=INSTANT), pl.Series([end], dtype=INSTANT)
    ).item()
    return spent


def berlin(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo("Europe/Berlin"))


def test_an_hour_from_friday_17_55_is_monday_09_55() -> None:
    friday = datetime(2026, 11, 20, 17, 55, tzinfo=UTC)
    assert add(OFFICE, friday, timedelta(hours=1)) == datetime(2026, 11, 23, 9, 55, tzinfo=UTC)


def test_over_a_holiday_monday_it_is_tuesday_09_55() -> None:
    before_easter_monday = berlin(2026, 4, 2, 17, 55)  # Thursday; Good Friday and Easter Monday are free
    assert add(BAVARIA, before_easter_monday, timedelta(hours=1)) == berlin(2026, 4, 7, 9, 55)
    before_whit_monday = berlin(2026, 5, 22, 17, 55)
    assert add(BAVARIA, before_whit_monday, timedelta(hours=1)) == berlin(2026, 5, 26, 9, 55)


def test_a_regional_holiday_counts_in_its_region_only() -> None:
    monday_before_epiphany = berlin(2026, 1, 5, 17, 55)
    assert add(BAVARIA, monday_before_epiphany, timedelta(hours=1)) == berlin(2026, 1, 7, 9, 55)
    country = Calendar(zone="Europe/Berlin", holidays="DE")
    assert add(country, monday_before_epiphany, timedelta(hours=1)) == berlin(2026, 1, 6, 9, 55)


@pytest.mark.parametrize(
    ("friday", "monday"),
    [
        (berlin(2026, 3, 27, 17, 55), berlin(2026, 3, 30, 9, 55)),  # the clock springs forward on the 29th
        (berlin(2026, 10, 23, 17, 55), berlin(2026, 10, 26, 9, 55)),  # and falls back on the 25th
    ],
)
def test_a_clock_change_over_the_weekend_moves_nothing_on_the_wall(
    friday: datetime, monday: datetime
) -> None:
    assert add(BAVARIA, friday, timedelta(hours=1)) == monday


def test_the_day_of_a_clock_change_has_the_hours_that_people_work() -> None:
    always = Calendar(zone="Europe/Berlin", hours="mon-sun 0-24")
    assert between(always, berlin(2026, 3, 29), berlin(2026, 3, 30)) == timedelta(hours=23)
    assert between(always, berlin(2026, 10, 25), berlin(2026, 10, 26)) == timedelta(hours=25)
    night = Calendar(zone="Europe/Berlin", hours="sun 1-4")
    assert between(night, berlin(2026, 3, 29), berlin(2026, 3, 30)) == timedelta(hours=2)
    assert between(night, berlin(2026, 10, 25), berlin(2026, 10, 26)) == timedelta(hours=4)


def test_a_lunch_break_and_a_short_friday() -> None:
    split = Calendar(hours="mon-thu 9-12 13-17:30, fri 9-15")
    thursday = datetime(2026, 11, 19, 11, 30, tzinfo=UTC)
    assert add(split, thursday, timedelta(hours=1)) == datetime(2026, 11, 19, 13, 30, tzinfo=UTC)
    assert add(split, thursday, timedelta(hours=6)) == datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
    assert add(split, thursday, timedelta(hours=12)) == datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def test_a_duration_used_up_at_closing_time_ends_there() -> None:
    assert add(OFFICE, datetime(2026, 11, 20, 17, tzinfo=UTC), timedelta(hours=1)).hour == 18
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert add(OFFICE, sunday, timedelta(0)) == sunday
    assert add(OFFICE, sunday, timedelta(minutes=15)) == datetime(2026, 11, 23, 9, 15, tzinfo=UTC)


def test_a_business_day_is_the_share_of_a_working_day() -> None:
    assert OFFICE.day == timedelta(hours=9)
    assert Calendar(hours="mon-thu 9-17, fri 9-13").day == timedelta(hours=36) / 5


def test_a_week_may_wrap_and_spans_merge() -> None:
    assert parse_hours("sun-mon 9-12 11-13") == (((540, 780),), (), (), (), (), (), ((540, 780),))
    assert parse_hours("mon 9-12 12-13")[0] == ((540, 780),)


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        ("", "cannot be read"),
        ("9-18", "cannot be read"),
        ("mon-fri", "cannot be read"),
        ("mon-fri 18-9", "must begin before it ends"),
        ("mon-fri 9-25", "must begin before it ends"),
        ("mon-fri 9:75-10", "no span of hours"),
        ("mon-fre 9-18", "no day is called 'fre'"),
        ("mon-fri 9-18,", "cannot be read"),
    ],
)
def test_hours_that_cannot_be_read_say_so(hours: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Calendar(hours=hours)


@pytest.mark.parametrize("zone", ["", "Europe", "Mars/Olympus", "../etc/passwd"])
def test_an_unknown_zone_says_so(zone: str) -> None:
    with pytest.raises(ValueError, match="is not known"):
        Calendar(zone=zone)


@pytest.mark.parametrize(
    ("text", "reason"), [("XX", "unknown country"), ("DE-ZZ", "no region 'ZZ'"), ("", "unknown country")]
)
def test_unknown_holidays_say_so(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_holidays(text)


def test_nulls_and_empty_columns_pass_through() -> None:
    starts = pl.Series("at", [None, datetime(2026, 11, 20, 10, tzinfo=UTC)], dtype=INSTANT)
    hour = pl.Series([timedelta(hours=1), None], dtype=pl.Duration("us"))
    assert OFFICE.add(starts, hour).to_list() == [None, None]
    assert OFFICE.between(starts, starts.reverse()).to_list() == [None, None]
    assert OFFICE.add(starts.clear(), hour.clear()).dtype == INSTANT
    assert OFFICE.add(starts, hour).name == "at"


calendars = st.sampled_from(CALENDARS)
GERMAN_HOLIDAYS_2026 = {(1, 1), (4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (10, 3), (12, 25), (12, 26)}

FIRST_INSTANT = datetime(2024, 1, 1, tzinfo=UTC)
instants = st.timedeltas(timedelta(0), timedelta(days=8 * 365)).map(FIRST_INSTANT.__add__)
durations = st.timedeltas(timedelta(0), timedelta(days=20))


@given(calendars, st.lists(instants, min_size=2, max_size=20), durations)
def test_law_a_later_start_never_ends_earlier(
    calendar: Calendar, starts: list[datetime], duration: timedelta
) -> None:
    column = pl.Series(sorted(starts), dtype=INSTANT)
    ends = calendar.add(column, pl.Series([duration] * len(starts), dtype=pl.Duration("us"))).to_list()
    assert all(earlier <= later for earlier, later in pairwise(ends))


@given(calendars, instants, durations, durations)
def test_law_two_steps_are_one(
    calendar: Calendar, start: datetime, first: timedelta, second: timedelta
) -> None:
    assert add(calendar, add(calendar, start, first), second) == add(calendar, start, first + second)


@given(calendars, instants, durations)
def test_law_between_is_the_inverse_of_add(calendar: Calendar, start: datetime, duration: timedelta) -> None:
    end = add(calendar, start, duration)
    assert between(calendar, start, end) == duration
    assume(duration)
    assert between(calendar, start, end - timedelta(microseconds=1)) < duration


@given(calendars, st.lists(instants, min_size=3, max_size=3))
def test_law_working_time_is_additive_and_never_longer_than_time(
    calendar: Calendar, points: list[datetime]
) -> None:
    a, b, c = sorted(points)
    assert between(calendar, a, b) + between(calendar, b, c) == between(calendar, a, c) <= c - a


@given(st.lists(st.tuples(instants, durations), min_size=1, max_size=12))
def test_law_a_column_is_its_rows(pairs: list[tuple[datetime, timedelta]]) -> None:
    starts = pl.Series([start for start, _ in pairs], dtype=INSTANT)
    spans = pl.Series([span for _, span in pairs], dtype=pl.Duration("us"))
    assert BAVARIA.add(starts, spans).to_list() == [add(BAVARIA, *pair) for pair in pairs]


@given(
    st.integers(0, 340 * 24 * 60),
    st.integers(0, 30 * 60),
)
def test_law_agrees_with_counting_minutes(first_minute: int, left: int) -> None:
    """An oracle of another kind: walk the wall clock of 2026 minute by minute."""
    office, zone = (
        Calendar(zone="Europe/Berlin", hours="mon-sat 9-18", holidays="DE"),
        ZoneInfo("Europe/Berlin"),
    )
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=first_minute)
    expected = add(office, at, timedelta(minutes=left))
    while left:
        local = at.astimezone(zone)
        free = local.weekday() == 6 or (local.month, local.day) in GERMAN_HOLIDAYS_2026
        left -= 9 <= local.hour < 18 and not free
        at += timedelta(minutes=1)
    assert at == expected
