"""Times as the portal keeps them: whole milliseconds since 1970 inside, ISO 8601 text with Z outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY_MS = 86_400_000


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware datetime; a naive one is a ValueError."""
    if moment.tzinfo is None:
        message = f"{moment.isoformat()} has no time zone: give the portal aware datetimes."
        raise ValueError(message)
    return (moment - EPOCH) // MILLISECOND


def to_iso(ms: int) -> str:
    """`2022-02-17T19:23:18.734Z`: how answers write a datetime (§2.2)."""
    moment = EPOCH + timedelta(milliseconds=ms)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def iso_to_ms(text: str) -> int:
    """Milliseconds of an ISO text; without an offset it is UTC. ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def day_to_iso(day: date) -> str:
    """`2022-02-17`: how answers write a date."""
    return f"{day.year:04d}-{day:%m-%d}"


def ms_to_day(ms: int) -> str:
    """The UTC day of a moment."""
    return day_to_iso((EPOCH + timedelta(milliseconds=ms)).date())
