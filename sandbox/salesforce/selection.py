"""What a query shows of a row: fields, parents nested, children as small results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RequestError
from sandbox.salesforce.names import Names, value_getter
from sandbox.salesforce.schema import Field
from sandbox.salesforce.soql import FieldSet, Item, Path, Query

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.table import Row

MAX_FIELDS_LIMIT = 200


@dataclass
class Shape:
    """One level of the answer: fields here, parents above, children below."""

    fields: list[tuple[str, Callable[[Row], Any]]] = field(default_factory=list)
    parents: dict[str, tuple[Field, Shape]] = field(default_factory=dict)
    children: dict[str, Callable[[Row, str], Any]] = field(default_factory=dict)

    def render(self, org: Org, row: Row, version: str) -> dict[str, Any]:
        """The row as the API shows it."""
        shown: dict[str, Any] = {"attributes": attributes(org, row["Id"], version)}
        for name, get in self.fields:
            shown[name] = get(row)
        for name, (link, shape) in self.parents.items():
            above = org.row(row.get(link.name))
            shown[name] = None if above is None else self._above(org, link, shape, above, version)
        for name, run in self.children.items():
            shown[name] = run(row, version)
        return shown

    @staticmethod
    def _above(org: Org, link: Field, shape: Shape, above: Row, version: str) -> dict[str, Any]:
        shown = shape.render(org, above, version)
        if len(link.refers_to) > 1:
            shown["attributes"]["type"] = "Name"
            if "Type" in shown:
                shown["Type"] = org.kind_of(above["Id"])
        return shown


def attributes(org: Org, row_id: str, version: str) -> dict[str, str]:
    """`{type, url}` of a record."""
    name = org.object_name(row_id)
    return {"type": name, "url": f"/services/data/v{version}/sobjects/{name}/{row_id}"}


def shape_of(
    query: Query, names: Names, run_child: Callable[[Query, Names], Callable[[Row, str], Any]]
) -> Shape:
    """The shape of a query without aggregates; RequestError 400 for names that the user does not see."""
    shape = Shape()
    seen: set[str] = set()
    for item in query.items:
        for path in _paths(item, query, names):
            if str(path).lower() in seen:
                message = f"duplicate field selected: {path}"
                raise RequestError(400, "INVALID_FIELD", names.place(path, message))
            seen.add(str(path).lower())
            _add(shape, path, names)
        if isinstance(item.what, Query):
            name = item.what.source.name
            shape.children[_relationship(names, name)] = run_child(item.what, names)
    return shape


def _paths(item: Item, query: Query, names: Names) -> list[Path]:
    if isinstance(item.what, Path):
        if item.alias is not None:
            message = "only aggregate expressions use field aliasing"
            raise RequestError(400, "MALFORMED_QUERY", names.place(item.what, message))
        return [item.what]
    if isinstance(item.what, FieldSet):
        return [Path((name,)) for name in _field_set(item.what.kind, query, names)]
    return []


def _field_set(kind: str, query: Query, names: Names) -> list[str]:
    everything = names.field_names()
    if kind == "STANDARD":
        return [name for name in everything if not names.object.fields[name].custom]
    if kind not in ("ALL", "CUSTOM"):
        raise RequestError(400, "MALFORMED_QUERY", f"Unknown keyword in FIELDS: {kind}")
    if query.limit is None or query.limit > MAX_FIELDS_LIMIT:
        message = f"The SOQL FIELDS function must have a LIMIT of at most {MAX_FIELDS_LIMIT}"
        raise RequestError(400, "MALFORMED_QUERY", message)
    return everything if kind == "ALL" else [name for name in everything if names.object.fields[name].custom]


def _add(shape: Shape, path: Path, names: Names) -> None:
    found = names.resolve(path)
    for relationship, link in found.parents:
        shape = shape.parents.setdefault(relationship, (link, Shape()))[1]
    shape.fields.append((found.field.name, value_getter(found.field)))


def _relationship(names: Names, name: str) -> str:
    for known in names.object.children:
        if known.lower() == name.lower():
            return known
    message = f"Didn't understand relationship '{name}' in FROM part of query call."
    raise RequestError(400, "INVALID_TYPE", message)
