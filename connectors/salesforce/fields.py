"""Which fields of the org feed which fact, and how their values become canonical ones.

The describe of the org decides what is selected: a field that is not there or not readable is left out, since
one such name fails the whole query (§4.4).
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from config.connections import SalesforceConnection
from connectors.base import Value
from connectors.salesforce.vocabulary import (
    COMPANY_FIELDS,
    LEAD_FIELDS,
    NO_COMPANY,
    STATUSES,
    WORDS,
    own_field,
)
from connectors.words import clean_text, key, parse_range
from qualifier.countries import country_code
from qualifier.facts import SINCE, Fact
from qualifier.verdict import OUTPUTS, REP_FIELDS, Output

Row = Mapping[str, Any]
"""One record of a query, parents nested as the org nests them."""
Read = Callable[[Any], Value]
"""Turns one value of the org into a fact's value; None where it says nothing that we know."""

TRUE_WORDS = frozenset({"true", "yes", "y", "1", "on"})
FALSE_WORDS = frozenset({"false", "no", "n", "0", "off"})


@dataclass(frozen=True, slots=True)
class Mapped:
    """A fact, the fields it is read from (first that holds something counts), and how."""

    fact: str
    paths: tuple[str, ...]
    read: Read

    def value(self, row: Row) -> Value:
        """The fact's value in `row`."""
        raw = next((found for path in self.paths if (found := pluck(row, path)) not in (None, "")), None)
        return self.read(raw)


def lead_map(connection: SalesforceConnection, facts: Mapping[str, Fact]) -> dict[str, tuple[str, ...]]:
    """Fact → Lead fields: the built-in map, the rep's answer fields, then `fields:` over both."""
    stamped = set(SINCE.values())
    answers = {field.column: (crm_name(field, connection),) for field in REP_FIELDS}
    chosen = {name: (path,) for name, path in connection.fields.items()}
    merged = {**LEAD_FIELDS, **answers, **chosen}
    return {name: paths for name, paths in merged.items() if name in facts and name not in stamped}


def crm_name(field: Output, connection: SalesforceConnection) -> str:
    """The API name of one of Leadline's fields, `write.rename` respected."""
    return connection.write.rename.get(field.name, own_field(field.name))


def own_outputs(connection: SalesforceConnection) -> tuple[Output, ...]:
    """The outputs that the configured profile writes."""
    return tuple(output for output in OUTPUTS if output.minimal or connection.write.profile == "full")


def readable(paths: Iterable[str], describes: Callable[[str], Any], sobject: str) -> list[str]:
    """Those of `paths` (`Industry`, `Campaign.Name`) that exist and are visible to our user, in order."""
    return [path for path in dict.fromkeys(paths) if field_at(path, describes, sobject)]


def field_of(describe: Any, name: str) -> Row | None:
    """One field's entry of a describe, by its name in any case."""
    wanted = name.lower()
    found = (one for one in (describe or {}).get("fields", ()) if one["name"].lower() == wanted)
    return next(found, None)


def pluck(row: Row, path: str) -> Any:
    """The value at a dotted path; None where a parent is empty. Names match in any case, as in SOQL."""
    value: Any = row
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        if part not in value:
            part = next((name for name in value if name.lower() == part.lower()), part)  # noqa: PLW2901
        value = value.get(part)
    return value


def mapped_facts(
    paths: Mapping[str, tuple[str, ...]], connection: SalesforceConnection, facts: Mapping[str, Fact]
) -> tuple[Mapped, ...]:
    """Readers for `paths`, in the order of the facts."""
    return tuple(
        Mapped(name, paths[name], reader(name, fact, connection))
        for name, fact in facts.items()
        if name in paths
    )


def company_facts(connection: SalesforceConnection, facts: Mapping[str, Fact]) -> tuple[Mapped, ...]:
    """Readers for the facts of an Account."""
    return mapped_facts({n: p for n, p in COMPANY_FIELDS.items() if n in facts}, connection, facts)


def reader(name: str, fact: Fact, connection: SalesforceConnection) -> Read:
    """How values of the org become values of this fact."""
    if name == "country":
        return _countries(connection.values.get(name, {}))
    if fact.kind == "word":
        return _words_of(name, fact, connection)
    if fact.kind == "words":
        one = _words_of(name, fact, connection)
        return lambda raw: _several(raw, one)
    if fact.kind == "flag":
        flag = _flags(vocabulary(name, connection))
        return _or_presence(flag) if name == "bounced" else flag
    if name == "company":
        return _company
    return _READERS[fact.kind]


def vocabulary(name: str, connection: SalesforceConnection) -> dict[str, str | None]:
    """Keys of the org's words → canonical word, for a fact: built-in rows, then `values:` and `statuses:`."""
    rows: dict[str, str | None] = dict(WORDS.get(name, {}))
    if name == "status":
        chosen = {word: connection.statuses.get(word, statuses) for word, statuses in STATUSES.items()}
        # A status that the configuration claims for one word is taken from the built-in list of another.
        claimed = {key(status) for statuses in connection.statuses.values() for status in statuses}
        rows = {
            status: word
            for word, statuses in chosen.items()
            for status in statuses
            if word in connection.statuses or key(status) not in claimed
        }
    rows |= connection.values.get(name, {})
    return {key(word): canonical for word, canonical in rows.items()}


def _words_of(name: str, fact: Fact, connection: SalesforceConnection) -> Read:
    rows = vocabulary(name, connection)
    canonical = {key(word): word for word in fact.values}

    def read(raw: Any) -> Value:
        text = clean_text(_text(raw))
        if text is None:
            return None
        word = key(text)
        if word in rows:
            return rows[word]
        return canonical.get(word) if fact.values else text

    return read


def _several(raw: Any, one: Read) -> Value:
    """A multi-select picklist `a;b`, as a tuple without repetitions; None when nothing of it is known."""
    words = [one(part) for part in (_text(raw) or "").split(";")]
    known = tuple(dict.fromkeys(word for word in words if isinstance(word, str)))
    return known or None


def _countries(values: Mapping[str, str]) -> Read:
    rows = {key(word): canonical for word, canonical in values.items()}
    return lambda raw: rows.get(key(_text(raw))) or country_code(_text(raw))


def _company(raw: Any) -> str | None:
    """A company's name; what people type into the required field when they know none is NULL."""
    text = clean_text(_text(raw))
    return None if text is None or key(text) in NO_COMPANY else text


def _text(raw: Any) -> str | None:
    return None if raw is None else str(raw)


def _number(raw: Any) -> float | None:
    if isinstance(raw, bool) or raw is None:
        return None
    try:
        number = float(str(raw).replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _range(raw: Any) -> Value:
    number = _number(raw)
    return (number, number) if number is not None else parse_range(_text(raw))


def _flags(rows: Mapping[str, str | None]) -> Read:
    """A checkbox as it is; a word by the rows, else by itself."""

    def read(raw: Any) -> bool | None:
        if isinstance(raw, bool) or raw is None:
            return raw
        word = str(raw).strip().lower()
        word = rows.get(key(word)) or word
        return True if word in TRUE_WORDS else False if word in FALSE_WORDS else None

    return read


def _or_presence(flag: Read) -> Read:
    """What is neither true nor false is a flag by holding something."""
    return lambda raw: raw is not None if (found := flag(raw)) is None else found


def day_of(raw: Any) -> date | None:
    """A date field, or the UTC day of a date-time."""
    try:
        return date.fromisoformat(str(raw)[:10]) if raw else None
    except ValueError:
        return None


def instant(raw: Any) -> datetime | None:
    """A date-time field (`2026-11-21T20:51:40.000+0000`) as aware UTC."""
    if not raw:
        return None
    try:
        moment = datetime.fromisoformat(str(raw))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def field_at(path: str, describes: Callable[[str], Any], sobject: str) -> Row | None:
    """The field's entry in its object's describe, parents followed; None where it is not there or hidden."""
    *parents, name = path.split(".")
    for parent in parents:
        reference = _reference(describes(sobject), parent)
        if reference is None:
            return None
        sobject = reference
    return field_of(describes(sobject), name)


def _reference(describe: Any, relationship: str) -> str | None:
    """The object behind a relationship; polymorphic ones speak for the first."""
    wanted = relationship.lower()
    for one in (describe or {}).get("fields", ()):
        if (one.get("relationshipName") or "").lower() == wanted and one.get("referenceTo"):
            return str(one["referenceTo"][0])
    return None


_READERS: Mapping[str, Read] = {
    "text": lambda raw: clean_text(_text(raw)),
    "number": _number,
    "range": _range,
    "date": day_of,
    "instant": instant,
}
