"""The state of an org as plain JSON, so that a sandbox can go on where it stopped."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.schema import Field

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

FORMAT = 1


def take(org: Org) -> dict[str, Any]:
    """What people and API users have put into the org, without sessions, locks, bulk jobs and switches."""
    with org.lock:
        return {
            "format": FORMAT,
            "serials": dict(org.serials),
            "fields": {
                name: [asdict(one) for one in schema.fields.values() if one.custom]
                for name, schema in org.objects.items()
            },
            "rows": {name: list(table.rows.values()) for name, table in org.tables.items()},
            "views": [[*key, view] for key, view in org.list_views.items()],
        }


def restore(org: Org, state: dict[str, Any]) -> None:
    """Put a fresh org of the same seed into the state; ValueError for a state of another format."""
    if state.get("format") != FORMAT:
        raise ValueError(f"This is no sandbox state of format {FORMAT}: start with a new state file.")
    with org.lock:
        org.serials.update(state["serials"])
        for name, fields in state["fields"].items():
            for one in fields:
                org.objects[name].add(_field(one))
        for name, rows in state["rows"].items():
            table = org.tables[name]
            for row_id in list(table.rows):
                table.erase(row_id)
            for row in rows:
                table.put(dict(row))
        org.list_views.load({(name, api_name): view for name, api_name, view in state["views"]})
        org.access.forget()


def _field(kept: dict[str, Any]) -> Field:
    whole: dict[str, Any] = kept | {name: tuple(kept[name]) for name in ("values", "refers_to")}
    return Field(**whole)
