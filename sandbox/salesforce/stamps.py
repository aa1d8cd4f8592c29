"""Times as the API spells them. The org stores them so: texts of one form in UTC sort as times do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def stamp(moment: datetime) -> str:
    """`2026-11-21T20:51:40.000+0000`: whole seconds, no colon in the offset (salesforce.md §2.2)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def parse_stamp(text: str) -> datetime:
    """The moment of any ISO 8601 text with a zone; ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone: add Z or an offset.")
    return moment.astimezone(UTC)


def midnight(day: date) -> datetime:
    """The first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)
