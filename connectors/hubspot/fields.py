"""Which property feeds which fact, which property each output goes to, and what of that the portal has."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from config.connections import HubSpotConnection
from connectors.base import Value
from connectors.hubspot.vocabulary import (
    COMPANY_PROPERTIES,
    CONTACT_PROPERTIES,
    LIFECYCLES,
    PRESENCE,
    ROLE_STRENGTH,
    STATUSES,
    UNSET_IS_FALSE,
    WORDS,
)
from connectors.readers import Read, read_words, reader
from connectors.words import key
from qualifier.facts import SINCE, Fact
from qualifier.verdict import OUTPUTS, REP_FIELDS, Output

MAX_TEXT = 65_536
"""HubSpot's bound on a string property, in characters (§4)."""

Properties = Mapping[str, str | None]
"""A record's values: HubSpot sends texts, null where unset."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """A fact, the properties it is read from (the first that holds something counts), and how."""

    fact: str
    properties: tuple[str, ...]
    read: Read

    def value(self, properties: Properties) -> Value:
        """The fact's value in a record; None where the portal has none of the properties."""
        if not self.properties:
            return None
        return self.read(next((found for name in self.properties if (found := properties.get(name))), None))


@dataclass(frozen=True, slots=True)
class FieldMap:
    """What a connection reads of one object type, cut down to what the portal has.

    `missing`: fact → configured properties that are not there; those facts stay NULL.
    """

    facts: tuple[Mapped, ...]
    missing: Mapping[str, tuple[str, ...]]

    def values(self, properties: Properties) -> dict[str, Value]:
        """Every mapped fact of a record, NULLs included."""
        return {mapped.fact: mapped.value(properties) for mapped in self.facts}

    @property
    def properties(self) -> tuple[str, ...]:
        """What to ask for, each once."""
        return tuple(dict.fromkeys(name for mapped in self.facts for name in mapped.properties))


def contact_map(
    connection: HubSpotConnection, facts: Mapping[str, Fact], existing: Iterable[str]
) -> FieldMap:
    """How a contact's facts are read from the properties that the portal has."""
    return _field_map(contact_properties(connection, facts), connection, facts, existing)


def contact_properties(
    connection: HubSpotConnection, facts: Mapping[str, Fact]
) -> dict[str, tuple[str, ...]]:
    """Fact → contact properties: the built-in map, the rep's answer properties, then `fields:` over both."""
    answers = {field.column: (property_name(field, connection),) for field in REP_FIELDS}
    chosen = {name: (wanted,) for name, wanted in connection.fields.items()}
    stamped = set(SINCE.values())
    return {
        name: properties
        for name, properties in {**CONTACT_PROPERTIES, **answers, **chosen}.items()
        if name in facts and name not in stamped
    }


def company_map(connection: HubSpotConnection, facts: Mapping[str, Fact]) -> FieldMap:
    """Facts that a company's record tells. All are asked for: search leaves out what is not there."""
    wanted = {name: properties for name, properties in COMPANY_PROPERTIES.items() if name in facts}
    existing = (one for properties in wanted.values() for one in properties)
    return _field_map(wanted, connection, facts, existing)


def property_name(field: Output, connection: HubSpotConnection) -> str:
    """The property of one of our fields, `write.rename` respected: `Respond_By` → `leadline_respond_by`."""
    return connection.write.rename.get(field.name, f"leadline_{field.column}")


def own_outputs(connection: HubSpotConnection) -> tuple[Output, ...]:
    """The outputs that the configured profile writes."""
    return tuple(output for output in OUTPUTS if output.minimal or connection.write.profile == "full")


def translations(name: str, connection: HubSpotConnection) -> dict[str, str | None]:
    """Keys of HubSpot's words → canonical word, for a fact: built-in rows, then `statuses:` and `values:`."""
    rows: dict[str, str | None] = dict(WORDS.get(name, {}))
    if name == "status":
        rows |= LIFECYCLES
        kept = {word: values for word, values in STATUSES.items() if word not in connection.statuses}
        # The configuration's words come last: they win over a built-in line that has the same status.
        for word, values in (*kept.items(), *connection.statuses.items()):
            rows |= dict.fromkeys(values, word)
    rows |= connection.values.get(name, {})
    # Later rows win even where only case or marks differ.
    return {key(value): word for value, word in rows.items()}


def to_text(value: Value) -> str:
    """A value as HubSpot takes it (§4): text throughout; empty clears, `a;b` replaces a selection."""
    return _WRITERS.get(type(value), str)(value)[:MAX_TEXT]


def _field_map(
    wanted: Mapping[str, tuple[str, ...]],
    connection: HubSpotConnection,
    facts: Mapping[str, Fact],
    existing: Iterable[str],
) -> FieldMap:
    there = frozenset(existing)
    mapped = tuple(
        Mapped(name, tuple(one for one in properties if one in there), _reader(name, facts[name], connection))
        for name, properties in wanted.items()
    )
    missing = {one.fact: wanted[one.fact] for one in mapped if not one.properties}
    return FieldMap(mapped, missing)


def _reader(name: str, fact: Fact, connection: HubSpotConnection) -> Read:
    rows = translations(name, connection)
    if name == "role":
        return lambda raw: min(read_words(raw, fact, rows), key=ROLE_STRENGTH.index, default=None)
    read = reader(name, fact, rows)
    if name in connection.fields:
        return read
    if name in PRESENCE:
        return lambda raw: raw is not None
    if name in UNSET_IS_FALSE:
        return lambda raw: read(raw) or False
    return read


def _number(value: Any) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def _instant(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_WRITERS: Mapping[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    float: _number,
    int: _number,
    tuple: ";".join,
    datetime: _instant,
    date: date.isoformat,
}
