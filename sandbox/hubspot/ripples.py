"""How a change goes on: to what is computed from it in the record itself and in those associated with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.hubspot import derived
from sandbox.hubspot.links import CONTACT_TO_PRIMARY_COMPANY, LINK_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.hubspot.portal import Portal
    from sandbox.hubspot.records import Record, Shelf, Version

CALCULATED = "CALCULATED"
"""The source of computed values in a property's history."""
DEAL_OUTCOME = derived.DEAL_INPUTS | {"hs_is_closed_won", "hs_is_closed"}


def own_values(portal: Portal, shelf: Shelf, values: Mapping[str, str], created: int) -> derived.Derived:
    """What a record's own values give; "" for what they leave unset."""
    if shelf.object_type.name == "contacts":
        return derived.of_contact(values)
    if shelf.object_type.name == "deals":
        return derived.of_deal(values, created, portal.pipelines["deals"])
    return {}


def ripple(
    portal: Portal, shelf: Shelf, record: Record, changed: set[str], at: int, *, linked: bool = False
) -> None:
    """Carry a change on; `linked`: the record's associations changed too."""
    name, record_id = shelf.object_type.name, record.version.id
    if name == "contacts" and "associatedcompanyid" in changed:
        _follow_company(portal, record, at)
    if linked:
        roll_up(portal, name, record_id, at)
    if name == "deals" and changed & DEAL_OUTCOME:
        for other in ("companies", "contacts"):
            for other_id in portal.links.ids(name, record_id, other):
                roll_up(portal, other, other_id, at)
    if name == "contacts" and derived.BUYING_ROLE in changed:
        for other_id in portal.links.ids(name, record_id, "companies"):
            roll_up(portal, "companies", other_id, at)


def roll_up(portal: Portal, name: str, record_id: int, at: int) -> None:
    """Compute anew what a record takes from those associated with it."""
    shelf = portal.shelves[name]
    record = shelf.at(record_id)
    if record is None or name not in ("contacts", "companies", "deals"):
        return
    values: dict[str, str] = {}
    if name in ("contacts", "companies"):
        values |= derived.of_deals(_linked(portal, name, record_id, "deals"), full=name == "companies")
    if name == "companies":
        values |= derived.of_people(_linked(portal, name, record_id, "contacts"))
    if name == "contacts":
        values["associatedcompanyid"] = _text(portal.links.primary(name, record_id, "companies"))
    if name == "deals":
        values["hs_primary_associated_company"] = _text(portal.links.primary(name, record_id, "companies"))
        values["num_associated_contacts"] = _text(len(portal.links.ids(name, record_id, "contacts")) or None)
    portal.write(shelf, record, values, at, CALCULATED)


def _linked(portal: Portal, name: str, record_id: int, other: str) -> list[Version]:
    shelf = portal.shelves[other]
    found = (shelf.at(one) for one in portal.links.ids(name, record_id, other))
    return [record.version for record in found if record is not None]


def _follow_company(portal: Portal, record: Record, at: int) -> None:
    """Make the primary association follow a written associatedcompanyid."""
    contact_id, wanted = record.version.id, record.version.properties.get("associatedcompanyid", "")
    held = portal.links.primary("contacts", contact_id, "companies")
    if _text(held) == wanted:
        return
    if held is not None and not wanted:
        portal.links.remove("contacts", contact_id, "companies", held)
        roll_up(portal, "companies", held, at)
    elif wanted and portal.shelves["companies"].at(int(wanted)) is not None:
        portal.links.add(LINK_TYPES[CONTACT_TO_PRIMARY_COMPANY], contact_id, int(wanted))
        for company in (int(wanted), held):
            if company is not None:
                roll_up(portal, "companies", company, at)


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
