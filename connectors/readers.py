"""How one value of a CRM becomes a fact's value. Pure functions; a value that says nothing gives None."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.base import Value
from connectors.words import clean_text, key, parse_range
from qualifier.countries import country_code
from qualifier.facts import Fact

Read = Callable[[Any], Value]
Rows = Mapping[str, str | None]
"""A CRM's word in the form of `words.key` → canonical word; None: known, and says nothing."""

TRUE_WORDS = frozenset({"true", "yes", "1"})
FALSE_WORDS = frozenset({"false", "no", "0"})
EPOCH_DIGITS = 11
"""Digits alone, this many or more, are milliseconds since 1970 and not a year or a day."""


def reader(name: str, fact: Fact, rows: Rows) -> Read:
    """How to read the fact `name`; `rows` translate its words."""
    if name == "country":
        return lambda raw: rows.get(key(_text(raw))) or country_code(_text(raw))
    if fact.kind == "word":
        return lambda raw: read_word(raw, fact, rows)
    if fact.kind == "words":
        return lambda raw: read_words(raw, fact, rows) or None
    if fact.kind == "flag":
        return lambda raw: read_flag(raw, rows)
    return _READERS[fact.kind]


def read_word(raw: Any, fact: Fact, rows: Rows) -> str | None:
    """By the rows, else by the canonical words themselves; any text where the vocabulary is open."""
    text = clean_text(_text(raw))
    if text is None:
        return None
    word = key(text)
    if word in rows:
        return rows[word]
    if not fact.values:
        return text
    return next((value for value in fact.values if key(value) == word), None)


def read_words(raw: Any, fact: Fact, rows: Rows) -> tuple[str, ...]:
    """The known ones of `a;b`, each once, in order."""
    words = (read_word(part, fact, rows) for part in (_text(raw) or "").split(";"))
    return tuple(dict.fromkeys(word for word in words if word is not None))


def read_number(raw: Any) -> float | None:
    """A finite number; thousands may be separated by commas."""
    try:
        number = float(str(raw).replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def read_range(raw: Any) -> tuple[float, float] | None:
    """`50-100`, `1000+`, or a number, which is its own low and high."""
    number = read_number(raw)
    return parse_range(_text(raw)) if number is None else (number, number)


def read_flag(raw: Any, rows: Rows) -> bool | None:
    """A checkbox, or a word that the rows translate into `true` or `false`."""
    word = (_text(raw) or "").strip().lower()
    word = rows.get(key(word)) or word
    return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None


def read_instant(raw: Any) -> datetime | None:
    """ISO 8601 (UTC where no offset is given) or milliseconds since 1970, as aware UTC."""
    text = (_text(raw) or "").strip()
    try:
        if text.lstrip("-").isdecimal() and len(text) >= EPOCH_DIGITS:
            return _EPOCH + int(text) * _MILLISECOND
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def milliseconds(moment: datetime) -> int:
    """Whole milliseconds since 1970, rounded down; without floats, which would be off by one at times."""
    return (moment - _EPOCH) // _MILLISECOND


def read_day(raw: Any) -> date | None:
    """A date, or the UTC day of an instant."""
    moment = read_instant(raw)
    return None if moment is None else moment.date()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def _text(raw: Any) -> str | None:
    return None if raw is None else str(raw)


_READERS: Mapping[str, Read] = {
    "text": lambda raw: clean_text(_text(raw)),
    "number": read_number,
    "range": read_range,
    "date": read_day,
    "instant": read_instant,
}
