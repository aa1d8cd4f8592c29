"""The kinds of value a setting can have, each parsed from text with a sentence for what is wrong.

No sentence quotes the text itself: what stands in the wrong place may be a secret.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from apscheduler.triggers.cron import CronTrigger
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    SecretStr,
    WithJsonSchema,
)

from config.faults import suggestion
from qualifier.patterns import WholeWords

# --- durations ----------------------------------------------------------------------------------------------

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DURATION = re.compile(r"([0-9]{1,6})([smhdw])")


def parse_duration(value: object) -> timedelta:
    """`90s`, `15m`, `2h`, `365d`, `4w` as a timedelta; raise ValueError."""
    if isinstance(value, timedelta):
        return value
    match = DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a duration: a whole number and one of s, m, h, d, w, such as 15m")
    return timedelta(seconds=int(match[1]) * UNIT_SECONDS[match[2]])


def format_duration(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back as `value` (whole seconds)."""
    seconds = int(value.total_seconds())
    unit = next(unit for unit, size in reversed(UNIT_SECONDS.items()) if seconds % size == 0 and unit != "w")
    return f"{seconds // UNIT_SECONDS[unit]}{unit}"


def between(low: timedelta, high: timedelta) -> AfterValidator:
    """A duration no shorter than `low` and no longer than `high`."""

    def check(value: timedelta) -> timedelta:
        if low <= value <= high:
            return value
        raise ValueError(f"must lie between {format_duration(low)} and {format_duration(high)}")

    return AfterValidator(check)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{DURATION.pattern}$", "examples": ["2m", "15m", "365d"]}),
]

# --- schedules ----------------------------------------------------------------------------------------------

CRON_FIELDS = ("minute", "hour", "day", "month", "day_of_week")


def parse_cron(value: object) -> str:
    """A five-field cron expression with weekdays by name, spaces made single; raise ValueError.

    Numbered weekdays are refused because schedulers disagree: cron counts Sunday as 0, APScheduler Monday.
    """
    words = value.split() if isinstance(value, str) else []
    if len(words) != len(CRON_FIELDS):
        raise ValueError(
            'must have five fields, minute hour day month weekday, such as "*/5 8-18 * * mon-fri"'
        )
    if re.search(r"[0-9]", re.sub(r"/[0-9]+", "", words[-1])):
        raise ValueError(
            "numbers its weekdays, and whether 0 is Sunday or Monday is disputed; "
            "name them: mon, tue, wed, thu, fri, sat, sun"
        )
    for name, word in zip(CRON_FIELDS, words, strict=True):
        try:
            CronTrigger(**{name: word}, timezone="UTC")
        except (ValueError, TypeError):
            allowed = "minute 0-59, hour 0-23, day 1-31, month 1-12 or jan-dec, weekday mon-sun"
            raise ValueError(f"its {name.replace('_', ' ')} field is not valid; allowed: {allowed}") from None
    return " ".join(words)


Cron = Annotated[
    str,
    BeforeValidator(parse_cron),
    WithJsonSchema({"type": "string", "examples": ["*/5 8-18 * * mon-fri"]}),
]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A daily span in the configured zone, start included, end not; it may cross midnight."""

    start: time
    end: time

    def cover(self, at: time) -> bool:
        """Whether a local time of day falls into the span."""
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


CLOCK_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


def parse_quiet_hours(value: object) -> QuietHours:
    """`22:00-06:00`; raise ValueError."""
    if isinstance(value, QuietHours):
        return value
    match = CLOCK_SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("must be a span of the day such as 22:00-06:00")
    hours = [int(part) for part in match.groups()]
    start, end = time(hours[0], hours[1]), time(hours[2], hours[3])
    if start == end:
        raise ValueError("begins and ends at the same time; leave the key out for no quiet hours")
    return QuietHours(start, end)


QuietSpan = Annotated[
    QuietHours,
    PlainValidator(parse_quiet_hours),
    PlainSerializer(lambda span: f"{span.start:%H:%M}-{span.end:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": f"^{CLOCK_SPAN.pattern}$", "examples": ["22:00-06:00"]}),
]


def parse_zone(value: object) -> ZoneInfo:
    """An IANA time zone; raise ValueError."""
    if isinstance(value, ZoneInfo):
        return value
    name = value if isinstance(value, str) else ""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        near = suggestion(name, sorted(available_timezones()))
        raise ValueError(f"must be an IANA time zone such as Europe/Berlin or UTC{near}") from None


Zone = Annotated[
    ZoneInfo,
    PlainValidator(parse_zone),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["UTC", "Europe/Berlin"]}),
]

# --- budget -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """How many of a CRM's daily calls Leadline may use: a share (0–1) of the CRM's own limit, or a number."""

    share: float | None = None
    calls: int | None = None

    def limit(self, daily_limit: int | None) -> int | None:
        """Calls a day under a CRM limit of `daily_limit`; None where a share is asked of an unknown limit."""
        if self.calls is not None:
            return self.calls
        return None if daily_limit is None or self.share is None else int(daily_limit * self.share)

    def __str__(self) -> str:
        """As it stands in the file."""
        return str(self.calls) if self.share is None else f"{self.share * 100:g}%"


BUDGET = re.compile(r"(?P<percent>[0-9]{1,3}(?:\.[0-9]+)?) ?%|(?P<calls>[0-9]{1,10})")


def parse_budget(value: object) -> ApiBudget:
    """`20%` or a whole number of calls; raise ValueError."""
    if isinstance(value, ApiBudget):
        return value
    match = BUDGET.fullmatch(str(value)) if isinstance(value, str | int) else None
    if match and match["calls"] and int(match["calls"]) > 0:
        return ApiBudget(calls=int(match["calls"]))
    if match and match["percent"] and 0 < float(match["percent"]) <= 100:  # noqa: PLR2004  # per cent
        return ApiBudget(share=float(match["percent"]) / 100)
    raise ValueError(
        "must be a share of the daily calls, from over 0% to 100%, or a number of calls a day from 1"
    )


Budget = Annotated[
    ApiBudget,
    PlainValidator(parse_budget),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": r"^([0-9]{1,3}(\.[0-9]+)? ?%|[0-9]{1,10})$"},
            ],
            "examples": ["20%", 15000],
        }
    ),
]

# --- secrets and words --------------------------------------------------------------------------------------


def check_secret(value: SecretStr) -> SecretStr:
    """A secret that fits into one header line; raise ValueError."""
    text = value.get_secret_value()
    if not text.strip():
        raise ValueError("must not be empty")
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be a single line without control characters or blanks around it")
    return value


def check_private_key(value: SecretStr) -> SecretStr:
    """An unencrypted PEM private key, by its look; raise ValueError."""
    text = value.get_secret_value()
    if "PRIVATE KEY-----" not in text:
        raise ValueError("must be a private key in PEM form (-----BEGIN PRIVATE KEY-----)")
    if "ENCRYPTED" in text:
        raise ValueError("is encrypted with a passphrase; give the key in plain PEM, the file kept private")
    return value


def parse_day(value: object) -> date:
    """A calendar day; raise ValueError."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be a day: YYYY-MM-DD") from None


Word = Annotated[str, Field(min_length=1)]
Day = Annotated[
    date,
    PlainValidator(parse_day),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Secret = Annotated[SecretStr, AfterValidator(check_secret)]
PrivateKey = Annotated[SecretStr, AfterValidator(check_private_key)]


def matching(pattern: str, sentence: str) -> AfterValidator:
    """A text that matches `pattern` as a whole; `sentence` says what is allowed."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if compiled.fullmatch(value):
            return value
        raise ValueError(sentence)

    return AfterValidator(check)


def one_of(words: Sequence[str]) -> AfterValidator:
    """A text that is one of `words`; the sentence suggests the nearest and lists them all."""

    def check(value: str) -> str:
        if value in words:
            return value
        raise ValueError(f"is not a known name{suggestion(value, words)} (allowed: {', '.join(words)})")

    return AfterValidator(check)


def check_pattern(value: str) -> str:
    """A regular expression; raise ValueError."""
    try:
        WholeWords(value)
    except ValueError as error:
        raise ValueError(f"must be a regular expression over names: {error}") from None
    if not value.strip():
        raise ValueError("must not be empty; an empty pattern would match every name")
    return value


Pattern = Annotated[str, AfterValidator(check_pattern)]
