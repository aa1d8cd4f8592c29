"""Properties and their groups over HTTP (hubspot.md §6.1)."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import parts
from sandbox.hubspot.batches import answer
from sandbox.hubspot.calls import Call, Reply, Route
from sandbox.hubspot.errors import Refusal, bad_json, conflict, invalid, not_found
from sandbox.hubspot.options import yes_or_no
from sandbox.hubspot.schema import (
    FIELD_TYPES,
    MAX_CUSTOM_PROPERTIES,
    MAX_UNIQUE_PROPERTIES,
    Definition,
    Group,
    Option,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_INPUTS = 100
REQUIRED = ("name", "label", "type", "fieldType", "groupName")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


# ---------------------------------------------------------------- properties


def list_all(call: Call) -> Reply:
    """GET …/{type}?archived=: all at once, no paging."""
    found: Iterable[Definition] = call.schema.bin.values() if call.flag("archived") else call.schema
    return Reply(200, {"results": [one.as_json() for one in found]})


def read(call: Call) -> Reply:
    """GET …/{type}/{name}?archived=."""
    held = call.schema.bin if call.flag("archived") else call.schema.live
    return Reply(200, _wanted(call, held).as_json())


def create(call: Call) -> Reply:
    """POST …/{type}: 201 with the whole property."""
    definition = _checked(call, call.body)
    _add(call, definition)
    return Reply(201, definition.as_json())


def update(call: Call) -> Reply:
    """PATCH …/{type}/{name}: name and type stay."""
    old = _wanted(call, call.schema.live)
    if old.hubspot_defined:
        raise invalid(f"The property {old.name} is defined by HubSpot and its definition is read-only.")
    body = call.body
    if parts.text(body, "type", old.type) != old.type:
        raise invalid(f"The type of the property {old.name} cannot change.")
    new = replace(
        old,
        label=parts.text(body, "label", old.label),
        description=parts.text(body, "description", old.description),
        group=parts.text(body, "groupName", old.group),
        field_type=parts.text(body, "fieldType", old.field_type),
        hidden=parts.flag({"hidden": old.hidden} | body, "hidden"),
        form_field=parts.flag({"formField": old.form_field} | body, "formField"),
        display_order=parts.whole(body, "displayOrder", old.display_order),
        options=_options(body) if "options" in body else old.options,
        updated=call.now,
    )
    _check_kind(call, new)
    call.schema.put(new)
    call.portal.indexes[call.shelf.object_type.name].forget()
    return Reply(200, new.as_json())


def archive(call: Call) -> Reply:
    """DELETE …/{type}/{name}: into the recycle bin."""
    _archive(call, _wanted(call, call.schema.live))
    return Reply(204)


def create_batch(call: Call) -> Reply:
    """POST …/batch/create: 201, or 207 with an error for each that was refused."""
    results, errors = [], []
    _check_count(call)
    for one in call.inputs:
        try:
            definition = _checked(call, one)
            _add(call, definition)
        except Refusal as refusal:
            errors.append(refusal.body | {"context": {"name": [parts.text(one, "name")]}})
        else:
            results.append(definition.as_json())
    return answer(call, results, errors, status=201)


def read_batch(call: Call) -> Reply:
    """POST …/batch/read: 200, or 207 where a name is unknown."""
    _check_count(call)
    held = call.schema.bin if parts.flag(call.body, "archived") else call.schema.live
    names = [parts.text(one, "name") for one in call.inputs]
    missing = [name for name in names if name not in held]
    errors = [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"The following property names were not found: {', '.join(missing)}",
            "context": {"name": missing},
        }
    ]
    return answer(call, [held[name].as_json() for name in names if name in held], errors if missing else [])


def archive_batch(call: Call) -> Reply:
    """POST …/batch/archive: 204; unknown names are passed over."""
    _check_count(call)
    found = [call.schema.get(parts.text(one, "name")) for one in call.inputs]
    for definition in found:
        if definition is not None:
            _archive(call, definition)
    return Reply(204)


def _checked(call: Call, raw: dict[str, Any]) -> Definition:
    """A new property as asked for; Refusal 400 or 409 where it cannot be."""
    missing = [key for key in REQUIRED if not raw.get(key)]
    if missing:
        raise bad_json(
            f"Cannot build PropertyCreate, some of required attributes are not set [{', '.join(missing)}]"
        )
    name = parts.text(raw, "name")
    if not _NAME.fullmatch(name) or name.startswith("hs_"):
        raise invalid(
            f"The property name {name!r} must start with a lower-case letter, hold only lower-case letters, "
            "digits and underscores, and not start with hs_."
        )
    definition = Definition(
        name=name,
        label=parts.text(raw, "label"),
        type=parts.text(raw, "type"),
        field_type=parts.text(raw, "fieldType"),
        group=parts.text(raw, "groupName"),
        description=parts.text(raw, "description"),
        options=_options(raw),
        external_options=parts.flag(raw, "externalOptions"),
        unique=parts.flag(raw, "hasUniqueValue"),
        hidden=parts.flag(raw, "hidden"),
        form_field=parts.flag(raw, "formField"),
        display_order=parts.whole(raw, "displayOrder", -1),
        calculated=raw["fieldType"] == "calculation_equation",
        calculation_formula=parts.text(raw, "calculationFormula") or None,
        created=call.now,
        updated=call.now,
    )
    _check_kind(call, definition)
    return (
        definition
        if definition.options or definition.type != "bool"
        else replace(definition, options=yes_or_no())
    )


def _check_kind(call: Call, definition: Definition) -> None:
    fitting = FIELD_TYPES.get(definition.type)
    if fitting is None:
        raise bad_json(f"Cannot deserialize value of type `PropertyType` from String {definition.type!r}")
    if definition.field_type not in fitting:
        raise invalid(
            f"The fieldType {definition.field_type} does not go with the type {definition.type}: "
            f"use {', '.join(sorted(fitting))}."
        )
    if definition.group not in call.schema.groups:
        raise invalid(f"The property group {definition.group!r} does not exist.")
    if definition.type == "enumeration" and not definition.options and not definition.external_options:
        raise invalid(f"The enumeration {definition.name} needs options.")
    if len(definition.allowed) != len(definition.options):
        raise invalid(f"The options of {definition.name} must have different values.")


def _add(call: Call, definition: Definition) -> None:
    schema = call.schema
    archived = definition.name in schema.bin and call.portal.switches.archived_property_name == "conflict"
    if definition.name in schema or archived:
        raise conflict(
            f"A property named '{definition.name}' already exists.",
            subCategory="Properties.PROPERTY_EXISTS",
        )
    if len(schema.custom()) >= MAX_CUSTOM_PROPERTIES:
        raise invalid(f"This object type already has {MAX_CUSTOM_PROPERTIES} custom properties.")
    own_unique = [one for one in schema.custom() if one.unique]
    if definition.unique and len(own_unique) >= MAX_UNIQUE_PROPERTIES:
        raise invalid(f"This object type already has {MAX_UNIQUE_PROPERTIES} unique properties.")
    schema.put(definition)


def _archive(call: Call, definition: Definition) -> None:
    if definition.hubspot_defined:
        raise invalid(f"The property {definition.name} is defined by HubSpot and cannot be archived.")
    used = call.portal.segments.using(call.shelf.object_type.type_id, definition.name)
    if used and call.portal.switches.property_in_list_stays:
        names = ", ".join(one.name for one in used)
        raise invalid(f"The property {definition.name} is in use and cannot be archived. Lists: {names}")
    call.schema.archive(definition.name, call.now)
    call.portal.indexes[call.shelf.object_type.name].forget()


def _wanted(call: Call, held: dict[str, Definition]) -> Definition:
    found = held.get(call.parts["name"])
    if found is None:
        raise not_found(f"Property {call.parts['name']} does not exist.")
    return found


def _options(raw: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(_option(one, order) for order, one in enumerate(parts.mappings(raw, "options")))


def _option(one: Mapping[str, Any], order: int) -> Option:
    missing = [key for key in ("label", "value", "hidden") if one.get(key) is None]
    if missing:
        raise bad_json(
            f"Cannot build OptionInput, some of required attributes are not set [{', '.join(missing)}]"
        )
    value = parts.text(one, "value")
    if ";" in value:
        raise invalid(f"The option value {value!r} must not hold a semicolon.")
    place = parts.whole(one, "displayOrder", order)
    return Option(
        value, parts.text(one, "label"), parts.flag(one, "hidden"), place, parts.text(one, "description")
    )


def _check_count(call: Call) -> None:
    if len(call.inputs) > MAX_INPUTS:
        raise invalid(f"The number of inputs ({len(call.inputs)}) exceeds the batch limit of {MAX_INPUTS}.")


# ---------------------------------------------------------------- groups


def list_groups(call: Call) -> Reply:
    """GET …/groups."""
    return Reply(200, {"results": [one.as_json() for one in call.schema.groups.values()]})


def read_group(call: Call) -> Reply:
    """GET …/groups/{name}."""
    return Reply(200, _wanted_group(call).as_json())


def create_group(call: Call) -> Reply:
    """POST …/groups: 201."""
    missing = [key for key in ("name", "label") if not call.body.get(key)]
    if missing:
        raise bad_json(
            "Cannot build PropertyGroupCreate, "
            f"some of required attributes are not set [{', '.join(missing)}]"
        )
    name = parts.text(call.body, "name")
    if name in call.schema.groups:
        raise conflict(
            f"A property group named '{name}' already exists.", subCategory="Properties.GROUP_EXISTS"
        )
    group = Group(name, parts.text(call.body, "label"), parts.whole(call.body, "displayOrder", -1))
    call.schema.groups[name] = group
    return Reply(201, group.as_json())


def update_group(call: Call) -> Reply:
    """PATCH …/groups/{name}: label and order."""
    old = _wanted_group(call)
    order = parts.whole(call.body, "displayOrder", old.display_order)
    group = replace(old, label=parts.text(call.body, "label", old.label), display_order=order)
    call.schema.groups[group.name] = group
    return Reply(200, group.as_json())


def delete_group(call: Call) -> Reply:
    """DELETE …/groups/{name}: 204, only when empty (switch)."""
    group = _wanted_group(call)
    if group.hubspot_defined:
        raise invalid(f"The property group {group.name} is defined by HubSpot and cannot be deleted.")
    if call.schema.in_group(group.name) and call.portal.switches.full_group_stays:
        raise invalid(f"The property group {group.name} still holds properties and cannot be deleted.")
    del call.schema.groups[group.name]
    return Reply(204)


def _wanted_group(call: Call) -> Group:
    found = call.schema.groups.get(call.parts["group"])
    if found is None:
        raise not_found(f"Property group {call.parts['group']} does not exist.")
    return found


# ---------------------------------------------------------------- routes


def _reading(call: Call) -> tuple[str, ...]:
    scope = call.shelf.object_type.scope
    return f"crm.schemas.{scope}.read", f"crm.objects.{scope}.read"


def _writing(call: Call) -> tuple[str, ...]:
    return (f"crm.schemas.{call.shelf.object_type.scope}.write",)


_BASE = "/crm/v3/properties/{type}"
ROUTES = (
    Route("GET", f"{_BASE}/groups", list_groups, _reading),
    Route("POST", f"{_BASE}/groups", create_group, _writing),
    Route("GET", f"{_BASE}/groups/{{group}}", read_group, _reading),
    Route("PATCH", f"{_BASE}/groups/{{group}}", update_group, _writing),
    Route("DELETE", f"{_BASE}/groups/{{group}}", delete_group, _writing),
    Route("POST", f"{_BASE}/batch/create", create_batch, _writing),
    Route("POST", f"{_BASE}/batch/read", read_batch, _reading),
    Route("POST", f"{_BASE}/batch/archive", archive_batch, _writing),
    Route("GET", _BASE, list_all, _reading),
    Route("POST", _BASE, create, _writing),
    Route("GET", f"{_BASE}/{{name}}", read, _reading),
    Route("PATCH", f"{_BASE}/{{name}}", update, _writing),
    Route("DELETE", f"{_BASE}/{{name}}", archive, _writing),
)
