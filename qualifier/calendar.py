"""Working time: `mon-fri 9-18` in a zone, without holidays, as arithmetic on whole columns of instants.

Opening hours become a table of intervals in UTC with the time worked before each; then "an hour of working
time later" is one binary search, however many leads there are. Local hours are laid out day by day in their
zone, so a day with a clock change has the hours that people really work. Source: qualification rules, §3.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as public_holidays
import polars as pl

from qualifier.facts import INSTANT

NO_HOLIDAYS = "none"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS_HELP = "write days and hours like 'mon-fri 9-18' or 'mon-thu 9-12 13-17:30, fri 9-15'"
_DAY_PART = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?(?P<spans>(?:\s+[\d:]+-[\d:]+)+)")
_SPAN = re.compile(r"(\d{1,2})(?::([0-5]\d))?-(\d{1,2})(?::([0-5]\d))?")
_MINUTES_A_DAY = 24 * 60
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Span = tuple[int, int]
"""Minutes of a local day: open from, open until (exclusive)."""


@lru_cache(maxsize=64)
def parse_hours(text: str) -> tuple[tuple[Span, ...], ...]:
    """Seven tuples of spans, Monday first, sorted and merged; ValueError says what cannot be read."""
    week: list[list[Span]] = [[] for _ in _DAYS]
    for part in text.lower().split(","):
        found = _DAY_PART.fullmatch(part.strip())
        if not found:
            raise ValueError(f"hours {text!r}: {part.strip()!r} cannot be read; {_HOURS_HELP}")
        spans = [_span(word, text) for word in found["spans"].split()]
        for day in _weekdays(found["first"], found["last"] or found["first"], text):
            week[day] += spans
    return tuple(tuple(_merged(spans)) for spans in week)


def _weekdays(first: str, last: str, text: str) -> Iterator[int]:
    for name in (first, last):
        if name not in _DAYS:
            raise ValueError(f"hours {text!r}: no day is called {name!r}; {_HOURS_HELP}")
    start = _DAYS.index(first)
    return ((start + step) % 7 for step in range((_DAYS.index(last) - start) % 7 + 1))


def _span(word: str, text: str) -> Span:
    found = _SPAN.fullmatch(word)
    if not found:
        raise ValueError(f"hours {text!r}: {word!r} is no span of hours; {_HOURS_HELP}")
    start, end = (int(found[hour]) * 60 + int(found[hour + 1] or 0) for hour in (1, 3))
    if not 0 <= start < end <= _MINUTES_A_DAY:
        raise ValueError(
            f"hours {text!r}: {word!r} must begin before it ends, within 0-24; split a night at midnight"
        )
    return start, end


def _merged(spans: list[Span]) -> Iterator[Span]:
    """Overlapping and adjacent spans as one, so that no minute counts twice."""
    start = end = -1
    for next_start, next_end in sorted(spans):
        if next_start > end:
            if end > start:
                yield start, end
            start = next_start
        end = max(end, next_end)
    if end > start:
        yield start, end


def check_holidays(text: str) -> None:
    """Raise ValueError unless `text` is `none`, a country (`DE`) or a country and region (`DE-BY`)."""
    if text == NO_HOLIDAYS:
        return
    country, _, region = text.partition("-")
    known = public_holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        raise ValueError(f"holidays {text!r}: unknown country {country!r}; write 'none', 'DE' or 'DE-BY'")
    if region and region not in known[country]:
        regions = ", ".join(known[country]) or "none"
        raise ValueError(f"holidays {text!r}: {country} has no region {region!r}; known regions: {regions}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """When somebody is there to respond. `hours` is local time of `zone`; `holidays` as in `check_holidays`.

    Raises ValueError with a sentence for an admin when a part cannot be read.
    """

    zone: str = "UTC"
    hours: str = "mon-fri 9-18"
    holidays: str = NO_HOLIDAYS

    def __post_init__(self) -> None:
        """Refuse at load what could only fail in a pass."""
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                f"zone {self.zone!r} is not known; write one like 'UTC' or 'Europe/Berlin'"
            ) from error
        parse_hours(self.hours)
        check_holidays(self.holidays)

    @property
    def day(self) -> timedelta:
        """One business day: the hours of a week, shared out over its working days."""
        lengths = [sum(end - start for start, end in spans) for spans in parse_hours(self.hours) if spans]
        return timedelta(minutes=sum(lengths)) / len(lengths)

    def add(self, starts: pl.Series, durations: pl.Series) -> pl.Series:
        """The instants at which `durations` of working time after `starts` are over; nulls stay null.

        A duration that is used up exactly at closing time ends there; none at all ends where it began.
        """
        begin, span = _microseconds(starts), _microseconds(durations)
        if begin.len() == begin.null_count() or span.len() == span.null_count():
            return pl.Series(starts.name, [None] * len(starts), dtype=INSTANT)
        table = _Openings.until(self, begin, span)
        ends = table.instant(table.worked(begin) + span)
        return _instants(pl.select(pl.when(span == 0).then(begin).otherwise(ends)).to_series()).alias(
            starts.name
        )

    def between(self, starts: pl.Series, ends: pl.Series) -> pl.Series:
        """Working time from `starts` to `ends` as Duration; 0 where the end is not later; nulls stay null."""
        begin, end = _microseconds(starts), _microseconds(ends)
        if begin.len() == begin.null_count() or end.len() == end.null_count():
            return pl.Series(starts.name, [None] * len(starts), dtype=pl.Duration("us"))
        table = _Openings.over(self, pl.concat([begin, end]))
        spent = (table.worked(end) - table.worked(begin)).clip(lower_bound=0)
        return spent.cast(pl.Duration("us")).alias(starts.name)


@dataclass(frozen=True, slots=True)
class _Openings:
    """Working intervals (microseconds since 1970 UTC, ascending) and the time worked before and after."""

    opens: pl.Series
    closes: pl.Series
    before: pl.Series
    after: pl.Series

    @staticmethod
    def over(calendar: Calendar, instants: pl.Series) -> "_Openings":
        """Every interval of the years that `instants` touch, and one more on either side for the zones."""
        return _openings(calendar, _year(instants.min()) - 1, _year(instants.max()) + 1)

    @staticmethod
    def until(calendar: Calendar, starts: pl.Series, durations: pl.Series) -> "_Openings":
        """Intervals from the first start until even the longest duration has room after the last start."""
        first, last = _year(starts.min()) - 1, _year(starts.max()) + 1
        while True:
            table = _openings(calendar, first, last)
            if not (table.worked(starts) + durations > table.after[-1]).any():
                return table
            last += 1 + (last - first)

    def worked(self, instants: pl.Series) -> pl.Series:
        """Working time since the beginning of the table."""
        row = self.opens.search_sorted(instants.fill_null(0), side="right").cast(pl.Int64) - 1
        row = row.clip(lower_bound=0)
        since = instants - self.opens.gather(row)
        length = self.closes.gather(row) - self.opens.gather(row)
        within = pl.select(pl.min_horizontal(since.clip(lower_bound=0), length)).to_series()
        return self.before.gather(row) + pl.select(pl.when(instants.is_not_null()).then(within)).to_series()

    def instant(self, worked: pl.Series) -> pl.Series:
        """The earliest instant at which so much has been worked: the inverse of `worked`."""
        row = self.after.search_sorted(worked.fill_null(0), side="left").cast(pl.Int64)
        return self.opens.gather(row) + worked - self.before.gather(row)


@lru_cache(maxsize=32)
def _openings(calendar: Calendar, first_year: int, last_year: int) -> _Openings:
    opens: list[int] = []
    closes: list[int] = []
    for year in range(first_year, last_year + 1):
        for start, end in _open_in(calendar, year):
            # A clock that springs forward can push an end past the next beginning.
            start = max(start, closes[-1]) if closes else start  # noqa: PLW2901 # the corrected start is meant
            if end > start:
                opens.append(start)
                closes.append(end)
    table = pl.DataFrame({"opens": opens, "closes": closes}, schema={"opens": pl.Int64, "closes": pl.Int64})
    after = (table["closes"] - table["opens"]).cum_sum()
    return _Openings(table["opens"], table["closes"], after - (table["closes"] - table["opens"]), after)


@lru_cache(maxsize=256)
def _open_in(calendar: Calendar, year: int) -> tuple[Span, ...]:
    """Open and close of every working interval of a local year, in microseconds since 1970 UTC."""
    zone, week, free = (
        ZoneInfo(calendar.zone),
        parse_hours(calendar.hours),
        _holidays(calendar.holidays, year),
    )
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days))
    return tuple(
        (_utc(day, start, zone), _utc(day, end, zone))
        for day in days
        if day not in free
        for start, end in week[day.weekday()]
    )


def _holidays(text: str, year: int) -> frozenset[date]:
    if text == NO_HOLIDAYS:
        return frozenset()
    country, _, region = text.partition("-")
    return frozenset(
        public_holidays.country_holidays(country, subdiv=region or None, years=[year], expand=False)
    )


def _utc(day: date, minute: int, zone: ZoneInfo) -> int:
    if minute == _MINUTES_A_DAY:
        day, minute = day + timedelta(days=1), 0
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    return (local.astimezone(UTC) - _EPOCH) // _MICROSECOND


def _year(microseconds: object) -> int:
    return (_EPOCH + int(microseconds) * _MICROSECOND).year  # type: ignore[call-overload, no-any-return] # Int64


def _microseconds(values: pl.Series) -> pl.Series:
    unit = INSTANT if isinstance(values.dtype, pl.Datetime) else pl.Duration("us")
    return values.cast(unit).cast(pl.Int64)


def _instants(microseconds: pl.Series) -> pl.Series:
    return microseconds.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
