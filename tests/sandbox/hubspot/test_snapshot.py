"""A portal survives its file."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import Clock
from sandbox.hubspot import Portal, Tier
from sandbox.hubspot.snapshot import load, save
from tests.sandbox.hubspot.world import START, World, where


def everything(portal: Portal) -> dict[str, Any]:
    """What a person could see of a portal."""
    return {
        "rows": {name: list(portal.rows(name)) for name in portal.shelves},
        "schemas": {name: [one.as_json() for one in schema] for name, schema in portal.schemas.items()},
        "bins": {name: list(schema.bin) for name, schema in portal.schemas.items()},
        "links": sorted(portal.links.every()),
        "lists": [one.as_json() for one in portal.segments.all.values()],
        "owners": list(portal.owners),
    }


def test_a_loaded_portal_equals_the_saved_one(world: World, tmp_path: Path) -> None:
    world.add_score()
    world.add_tags()
    portal = world.portal
    company, other = (
        portal.create("companies", {"name": "Ünïted"}),
        portal.create("companies", {"name": "Acme"}),
    )
    kept, lost, gone = world.contacts(3, leadline_tags="a;b")
    plain = world.contact(email="ada@acme.example")
    portal.associate("contacts", kept, "companies", company)
    portal.associate("contacts", kept, "companies", other, 279)
    portal.merge("contacts", kept, lost)
    portal.archive("contacts", gone)
    portal.update("contacts", plain, {"jobtitle": "CEO"})
    portal.update("contacts", plain, {"jobtitle": "CTO"})
    token = portal.access.issue(["crm.objects.contacts.read"])
    assert world.call("DELETE", "/crm/v3/properties/contacts/leadline_score").status_code == 204
    save(portal, tmp_path / "portal.jsonl")

    loaded = Portal(Clock(START), tier=Tier.unlimited())
    load(loaded, tmp_path / "portal.jsonl")

    assert everything(loaded) == everything(portal)
    assert loaded.history("contacts", plain, "jobtitle") == portal.history("contacts", plain, "jobtitle")
    assert loaded.links.primary("contacts", int(kept), "companies") == int(company)
    survivor = loaded.shelves["contacts"].surviving(int(lost))
    assert survivor is not None
    assert str(survivor.version.id) == kept
    assert loaded.access.tokens[token].scopes == {"crm.objects.contacts.read"}
    assert loaded.next_ids == portal.next_ids
    world.portal.shelves, world.portal.indexes = loaded.shelves, loaded.indexes
    assert world.ids(where("jobtitle", "EQ", "CTO")) == [plain]
    assert world.ids() == [kept, plain]


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "portal.jsonl"
    path.write_text('{"format": 99}\n')
    with pytest.raises(ValueError, match="not a portal of format 1"):
        load(Portal(Clock(START)), path)
