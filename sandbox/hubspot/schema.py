"""What an object type's records can hold: object types, properties, groups and the recycle bin."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.moments import to_iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FIELD_TYPES: dict[str, frozenset[str]] = {
    "bool": frozenset({"booleancheckbox", "calculation_equation"}),
    "enumeration": frozenset({"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "string": frozenset({"text", "textarea", "file", "html", "phonenumber", "calculation_equation"}),
    "number": frozenset({"number", "calculation_equation"}),
}
"""Which fieldType goes with which type (§6.1)."""
MAX_CUSTOM_PROPERTIES = 1_000
MAX_UNIQUE_PROPERTIES = 10


@dataclass(frozen=True)
class Option:
    """One value of an enumeration."""

    value: str
    label: str
    hidden: bool = False
    display_order: int = -1
    description: str = ""

    def as_json(self) -> dict[str, Any]:
        """The option as answers show it (§6.1)."""
        return {
            "label": self.label,
            "value": self.value,
            "description": self.description,
            "displayOrder": self.display_order,
            "hidden": self.hidden,
        }


@dataclass(frozen=True)
class Definition:
    """One property of an object type. Times in milliseconds."""

    name: str
    type: str
    field_type: str
    label: str = ""
    group: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    external_options: bool = False
    calculated: bool = False
    calculation_formula: str | None = None
    read_only: bool = False
    """Its values can only come from HubSpot itself; the HTTP API refuses them."""
    unique: bool = False
    hubspot_defined: bool = False
    hidden: bool = False
    form_field: bool = False
    display_order: int = -1
    created: int = 0
    updated: int = 0
    archived: int | None = None
    allowed: dict[str, None] = field(init=False, repr=False, compare=False)
    """The option values, in order, for quick look-up."""

    def __post_init__(self) -> None:
        """Collect the option values."""
        object.__setattr__(self, "allowed", dict.fromkeys(option.value for option in self.options))

    @property
    def is_multiple(self) -> bool:
        """Whether it takes several values joined by semicolons."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def as_json(self) -> dict[str, Any]:
        """The property as answers show it (§6.1)."""
        body: dict[str, Any] = {
            "updatedAt": to_iso(self.updated),
            "createdAt": to_iso(self.created),
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": [option.as_json() for option in self.options],
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
            "archived": self.archived is not None,
            "hasUniqueValue": self.unique,
            "hidden": self.hidden,
            "formField": self.form_field,
            "modificationMetadata": {
                "archivable": not self.hubspot_defined,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only or self.calculated,
            },
        }
        if self.hubspot_defined:
            body["hubspotDefined"] = True
        else:
            body |= {"createdUserId": "1", "updatedUserId": "1"}
        if self.calculation_formula:
            body["calculationFormula"] = self.calculation_formula
        if self.archived is not None:
            body["archivedAt"] = to_iso(self.archived)
        return body


@dataclass(frozen=True)
class Group:
    """A named bundle of properties."""

    name: str
    label: str
    display_order: int = -1
    hubspot_defined: bool = False

    def as_json(self) -> dict[str, Any]:
        """The group as answers show it."""
        return {"name": self.name, "label": self.label, "displayOrder": self.display_order, "archived": False}


@dataclass(frozen=True)
class ObjectType:
    """A kind of record and how the API calls it."""

    name: str
    """Plural, as in paths: `contacts`."""
    singular: str
    type_id: str
    """`0-1`"""
    modified: str
    """The property that moves with every change: lastmodifieddate on contacts, hs_… elsewhere (§2.2)."""
    created: str
    defaults: tuple[str, ...]
    """What answers show when no property is asked for (§2.1)."""
    searchable: tuple[str, ...] = ()
    """What a search's `query` looks into."""
    scope: str = ""
    """The object name in the scopes that it needs."""
    first_id: int = 101

    @property
    def always(self) -> tuple[str, ...]:
        """What answers show in any case."""
        return ("hs_object_id", self.created, self.modified)


class Schema:
    """The live and archived properties and the groups of one object type."""

    def __init__(self, definitions: Iterable[Definition], groups: Iterable[Group]) -> None:
        """Start with the definitions that every portal has."""
        self.live: dict[str, Definition] = {one.name: one for one in definitions}
        self.bin: dict[str, Definition] = {}
        self.groups: dict[str, Group] = {one.name: one for one in groups}
        self.unique: list[str] = [one.name for one in self if one.unique]
        """The properties whose values no two records share."""

    def __contains__(self, name: str) -> bool:
        return name in self.live

    def __getitem__(self, name: str) -> Definition:
        return self.live[name]

    def __iter__(self) -> Iterator[Definition]:
        return iter(self.live.values())

    def get(self, name: str) -> Definition | None:
        """The live property of that name."""
        return self.live.get(name)

    def put(self, definition: Definition) -> None:
        """Add or replace a live property, out of the bin if it was there."""
        self.bin.pop(definition.name, None)
        self.live[definition.name] = definition
        self.unique = [one.name for one in self if one.unique]

    def archive(self, name: str, at: int) -> None:
        """Move a live property to the recycle bin."""
        self.bin[name] = replace(self.live.pop(name), archived=at)
        self.unique = [one.name for one in self if one.unique]

    def in_group(self, group: str) -> list[Definition]:
        """The live properties of a group."""
        return [one for one in self if one.group == group]

    def custom(self) -> list[Definition]:
        """The live properties that people made."""
        return [one for one in self if not one.hubspot_defined]
