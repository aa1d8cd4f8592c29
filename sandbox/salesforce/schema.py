"""Objects and fields as `describe` tells them: types, lengths, picklists and what may be done with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
TEXT_TYPES = {
    "string",
    "textarea",
    "email",
    "phone",
    "url",
    "picklist",
    "multipicklist",
    "combobox",
    "anyType",
}
NUMBER_TYPES = {"int", "double", "currency", "percent"}
ID_LENGTH = 18


@dataclass
class Field:
    """One field; `type` is the word that describe uses (string, picklist, double, datetime, …)."""

    name: str
    type: str
    length: int = 0
    """Longest text; 0 where the type is no text."""
    precision: int = 0
    """All digits of a number."""
    scale: int = 0
    """Digits behind the point."""
    label: str = ""
    values: tuple[str, ...] = ()
    restricted: bool = False
    required: bool = False
    createable: bool = True
    updateable: bool = True
    filterable: bool = True
    calculated: bool = False
    default: Any = None
    refers_to: tuple[str, ...] = ()
    relationship: str | None = None
    is_name: bool = False
    custom: bool = False
    description: str | None = None
    external_id: bool = False

    def __post_init__(self) -> None:
        """Fill in what follows from the rest."""
        self.label = self.label or self.name
        self.custom = self.custom or self.name.endswith("__c")

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.type in TEXT_TYPES

    @property
    def is_number(self) -> bool:
        """Whether it holds a number."""
        return self.type in NUMBER_TYPES

    @property
    def writable(self) -> bool:
        """Whether anybody may ever write it."""
        return self.createable or self.updateable

    def describe(self, *, editable: bool = True) -> dict[str, Any]:
        """The field's entry in `describe`, for a user who may (or may not) edit it."""
        is_long = self.type == "textarea" and not self.filterable
        return {
            "aggregatable": self.filterable and self.type not in ("boolean", "multipicklist", "address"),
            "byteLength": self.length * 3,
            "calculated": self.calculated,
            "createable": self.createable and editable,
            "custom": self.custom,
            "defaultValue": self.default,
            "defaultedOnCreate": self.default is not None or self.type == "boolean",
            "deprecatedAndHidden": False,
            "digits": self.precision if self.type == "int" else 0,
            "extraTypeInfo": "plaintextarea" if is_long else None,
            "externalId": self.external_id,
            "filterable": self.filterable,
            "groupable": self.filterable
            and not self.is_number
            and self.type not in ("multipicklist", "datetime"),
            "idLookup": self.type == "id" or self.external_id,
            "inlineHelpText": self.description,
            "label": self.label,
            "length": self.length,
            "name": self.name,
            "nameField": self.is_name,
            "nillable": not self.required and self.type != "boolean",
            "picklistValues": [
                {
                    "active": True,
                    "defaultValue": value == self.default,
                    "label": value,
                    "validFor": None,
                    "value": value,
                }
                for value in self.values
            ],
            "polymorphicForeignKey": len(self.refers_to) > 1,
            "precision": 0 if self.type == "int" else self.precision,
            "referenceTo": list(self.refers_to),
            "relationshipName": self.relationship,
            "restrictedPicklist": self.restricted,
            "scale": self.scale,
            "soapType": SOAP_TYPES.get(self.type, "xsd:string"),
            "sortable": self.filterable and self.type not in ("multipicklist", "address"),
            "type": self.type,
            "unique": self.external_id,
            "updateable": self.updateable and editable,
        }


@dataclass
class SObject:
    """One object: its key prefix, its fields by name, and where its children hang."""

    name: str
    prefix: str
    fields: dict[str, Field]
    label: str = ""
    label_plural: str = ""
    lookups: tuple[str, ...] = ()
    """Fields with an index for equality and IN."""
    createable: bool = True
    children: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Relationship name -> (child object, the child's field that points here)."""
    by_lower_name: dict[str, Field] = field(default_factory=dict, repr=False)
    defaults: dict[str, Any] = field(default_factory=dict, repr=False)
    """What a new record holds where nothing is said; unticked checkboxes are not stored."""

    def __post_init__(self) -> None:
        """Index the fields without regard to case."""
        self.label = self.label or self.name
        self.label_plural = self.label_plural or f"{self.label}s"
        for one in list(self.fields.values()):
            self.add(one)

    def find(self, name: str) -> Field | None:
        """A field by its name in any case."""
        return self.by_lower_name.get(name.lower())

    def parent(self, relationship: str) -> Field | None:
        """The reference field behind `Owner`, `Campaign`, `Thing__r`, in any case."""
        wanted = relationship.lower()
        for one in self.fields.values():
            if one.relationship is not None and one.relationship.lower() == wanted:
                return one
        return None

    def add(self, one: Field) -> None:
        """Add or replace a field."""
        self.fields[one.name] = one
        self.defaults.pop(one.name, None)
        if one.default not in (None, False):
            self.defaults[one.name] = one.default
        self.by_lower_name[one.name.lower()] = one

    def remove(self, name: str) -> None:
        """Take a field out."""
        del self.fields[name]
        del self.by_lower_name[name.lower()]
        self.defaults.pop(name, None)

    def summary(self) -> dict[str, Any]:
        """The object's entry in the global describe."""
        return {
            "activateable": False,
            "createable": self.createable,
            "custom": self.name.endswith("__c"),
            "customSetting": False,
            "deletable": self.createable,
            "deprecatedAndHidden": False,
            "feedEnabled": False,
            "hasSubtypes": False,
            "keyPrefix": self.prefix,
            "label": self.label,
            "labelPlural": self.label_plural,
            "layoutable": True,
            "mergeable": self.name in ("Account", "Contact", "Lead"),
            "name": self.name,
            "queryable": True,
            "replicateable": True,
            "retrieveable": True,
            "searchable": True,
            "triggerable": True,
            "undeletable": True,
            "updateable": self.createable,
        }


def text(name: str, length: int, **attributes: Any) -> Field:
    """A text of at most `length` characters."""
    return Field(name, attributes.pop("type", "string"), length=length, **attributes)


def long_text(name: str, length: int = 32_000, **attributes: Any) -> Field:
    """A long text: not filterable, not sortable."""
    return Field(name, "textarea", length=length, filterable=False, **attributes)


def number(name: str, precision: int = 18, scale: int = 0, **attributes: Any) -> Field:
    """A number with `precision` digits, `scale` of them behind the point."""
    return Field(name, attributes.pop("type", "double"), precision=precision, scale=scale, **attributes)


def whole(name: str, digits: int = 8, **attributes: Any) -> Field:
    """A whole number."""
    return Field(name, "int", precision=digits, **attributes)


def flag(name: str, **attributes: Any) -> Field:
    """A checkbox: never null."""
    return Field(name, "boolean", default=attributes.pop("default", False), **attributes)


def day(name: str, **attributes: Any) -> Field:
    """A date."""
    return Field(name, "date", **attributes)


def moment(name: str, **attributes: Any) -> Field:
    """A date and time."""
    return Field(name, "datetime", **attributes)


def choice(name: str, values: Iterable[str], **attributes: Any) -> Field:
    """A picklist; unrestricted unless told, as standard ones are."""
    return Field(name, "picklist", length=attributes.pop("length", 255), values=tuple(values), **attributes)


def reference(name: str, *targets: str, **attributes: Any) -> Field:
    """A lookup to one or more objects; the relationship is the name without `Id`."""
    relationship = attributes.pop("relationship", name.removesuffix("Id"))
    return Field(
        name, "reference", length=ID_LENGTH, refers_to=targets, relationship=relationship, **attributes
    )


def fixed(one: Field) -> Field:
    """The same field, which nobody may write."""
    one.createable = one.updateable = False
    return one


def system_fields() -> list[Field]:
    """What every record carries."""
    return [
        fixed(Field("Id", "id", length=ID_LENGTH, required=True)),
        fixed(flag("IsDeleted")),
        fixed(moment("CreatedDate", required=True)),
        fixed(reference("CreatedById", "User", required=True)),
        fixed(moment("LastModifiedDate", required=True)),
        fixed(reference("LastModifiedById", "User", required=True)),
        fixed(moment("SystemModstamp", required=True)),
    ]


def sobject(name: str, prefix: str, *fields: Field, **attributes: Any) -> SObject:
    """An object with the system fields and these."""
    everything = [*system_fields(), *fields]
    return SObject(name, prefix, {one.name: one for one in everything}, **attributes)
