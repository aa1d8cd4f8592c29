"""What a name in a query means: fields and parents of one object, as far as one user may see them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.schema import Field, SObject, choice, flag, sobject, text
from sandbox.salesforce.soql import Path, Source, at_place

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

ANYBODY = sobject(
    "Name",
    "???",
    text("Name", 121, is_name=True),
    choice("Type", ()),
    *(text(name, 255) for name in ("FirstName", "LastName", "Alias", "Email", "Title", "Phone", "Username")),
    flag("IsActive"),
)
"""What a polymorphic parent (Owner, Who, What) shows, whichever object it is."""
_HOW_CUSTOM = (
    "If you are attempting to use a custom {kind}, be sure to append the '{suffix}' after the {thing} name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)


@dataclass(frozen=True)
class Resolved:
    """A field found behind a path."""

    path: Path
    field: Field
    parents: tuple[tuple[str, Field], ...]
    """Relationship name and reference field of each step upwards."""
    get: Callable[[Row], Any]
    """The value as the API shows it."""
    key: Callable[[Row], Any]
    """The value as conditions compare it: texts without case, empty texts as null."""


class Names:
    """The names of one query's FROM."""

    def __init__(self, org: Org, user: str, source: Source, query: str, *, tooling: bool = False) -> None:
        """RequestError 400 INVALID_TYPE where the user sees no such object."""
        self.org = org
        self.user = user
        self.query = query
        self.source = source
        found = org.access.find_object(user, source.name, tooling=tooling)
        if found is None:
            how = _HOW_CUSTOM.format(kind="object", suffix="__c", thing="entity")
            complaint = f"sObject type '{source.name}' is not supported. {how}"
            raise RequestError(400, "INVALID_TYPE", at_place(query, source.column, complaint))
        self.object: SObject = found

    def place(self, path: Path, complaint: str) -> str:
        """The complaint with its place in the query."""
        return at_place(self.query, path.column, complaint)

    def field_names(self) -> list[str]:
        """All fields of the object that the user sees."""
        return self.org.access.readable(self.user, self.object)

    def resolve(self, path: Path) -> Resolved:
        """The field behind a path; RequestError 400 INVALID_FIELD where there is none for this user."""
        steps = list(path.parts)
        if len(steps) > 1 and steps[0].lower() in (
            self.object.name.lower(),
            (self.source.alias or "").lower(),
        ):
            steps.pop(0)
        here = self.object
        parents: list[tuple[str, Field]] = []
        for relationship in steps[:-1]:
            link = here.parent(relationship)
            if link is None or not self.org.access.can_read(self.user, here, link):
                raise self._unknown_parent(path, relationship)
            parents.append((link.relationship or relationship, link))
            here = self._target(path, relationship, link)
        field = here.find(steps[-1])
        if field is None or not self.org.access.can_read(self.user, here, field):
            raise self._unknown_field(path, steps[-1], here)
        get = self._getter(tuple(link.name for _, link in parents), field)
        return Resolved(path, field, tuple(parents), get, _comparable(field, get))

    def _target(self, path: Path, relationship: str, link: Field) -> SObject:
        if len(link.refers_to) > 1:
            return ANYBODY
        found = self.org.access.find_object(self.user, link.refers_to[0])
        if found is None:
            raise self._unknown_parent(path, relationship)
        return found

    def _getter(self, links: tuple[str, ...], field: Field) -> Callable[[Row], Any]:
        own = value_getter(field)
        if not links:
            return own
        rows = self.org.row

        def climb(row: Row) -> Any:
            above: Row | None = row
            for link in links:
                above = rows(above.get(link)) if above is not None else None
            if above is None:
                return None
            return self.org.kind_of(above["Id"]) if field is _TYPE_OF_ANYBODY else own(above)

        return climb

    def _unknown_field(self, path: Path, name: str, where: SObject) -> RequestError:
        how = _HOW_CUSTOM.format(kind="field", suffix="__c", thing="custom field")
        complaint = f"No such column '{name}' on entity '{where.name}'. {how}"
        return RequestError(400, "INVALID_FIELD", self.place(path, complaint))

    def _unknown_parent(self, path: Path, relationship: str) -> RequestError:
        how = _HOW_CUSTOM.format(kind="relationship", suffix="__r", thing="custom relationship")
        complaint = f"Didn't understand relationship '{relationship}' in field path. {how}"
        return RequestError(400, "INVALID_FIELD", self.place(path, complaint))


_TYPE_OF_ANYBODY = ANYBODY.fields["Type"]


def value_getter(field: Field) -> Callable[[Row], Any]:
    """How a field's value is read from a row: checkboxes are never null, addresses are put together."""
    name = field.name
    if field.type == "boolean":
        return lambda row: row.get(name, False)
    if field.type == "address":
        return lambda row: _address(row, name.removesuffix("Address"))
    return lambda row: row.get(name)


def _address(row: Row, prefix: str) -> dict[str, Any] | None:
    parts = ("City", "Country", "PostalCode", "State", "Street")
    known = {part[0].lower() + part[1:]: row.get(prefix + part) for part in parts}
    if not any(known.values()):
        return None
    return known | {"geocodeAccuracy": None, "latitude": None, "longitude": None}


def _comparable(field: Field, get: Callable[[Row], Any]) -> Callable[[Row], Any]:
    if not field.is_text:
        return get

    def folded(row: Row) -> Any:
        value = get(row)
        return value.casefold() or None if isinstance(value, str) else value

    return folded
