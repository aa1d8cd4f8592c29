"""A portal kept in a file: JSON lines, first one with everything but the records, then one line per record.

Tokens of OAuth apps, limits, switches and what the search index has not seen yet are not kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.access import Token
from sandbox.hubspot.links import LINK_TYPES
from sandbox.hubspot.pipelines import Owner
from sandbox.hubspot.records import Change, Record, Shelf, Version
from sandbox.hubspot.schema import Definition, Group, Option
from sandbox.hubspot.segments import Segment

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.hubspot.portal import Portal

FORMAT = 1


def save(portal: Portal, path: Path) -> None:
    """Write the portal to `path`, replacing what is there only when all is written."""
    written = path.with_name(path.name + ".new")
    with portal.lock, written.open("w", encoding="utf-8") as file:
        file.write(json.dumps(_frame(portal)) + "\n")
        for shelf in portal.shelves.values():
            for record in shelf.records.values():
                file.write(json.dumps(_record(shelf, record), ensure_ascii=False) + "\n")
    written.replace(path)


def load(portal: Portal, path: Path) -> None:
    """Fill a new portal from `path`; ValueError where the file is of another format."""
    with portal.lock, path.open(encoding="utf-8") as file:
        frame = json.loads(file.readline())
        if frame.get("format") != FORMAT:
            raise ValueError(
                f"{path} is not a portal of format {FORMAT}: delete it, or use the version that wrote it."
            )
        _restore_frame(portal, frame)
        for line in file:
            _restore_record(portal, json.loads(line))


def _frame(portal: Portal) -> dict[str, Any]:
    custom = {
        name: {
            "groups": [asdict(one) for one in schema.groups.values() if not one.hubspot_defined],
            "properties": [_definition(one) for one in (*schema.custom(), *schema.bin.values())],
        }
        for name, schema in portal.schemas.items()
    }
    static = [token for token in portal.access.tokens.values() if not token.is_oauth and not token.revoked]
    return {
        "format": FORMAT,
        "next_ids": portal.next_ids,
        "custom": custom,
        "owners": [asdict(one) for one in portal.owners.values()],
        "segments": [asdict(one) for one in portal.segments.all.values()],
        "tokens": [[token.text, token.app, sorted(token.scopes)] for token in static],
        "links": [list(link) for link in portal.links.every()],
    }


def _restore_frame(portal: Portal, frame: dict[str, Any]) -> None:
    portal.next_ids |= frame["next_ids"]
    for name, custom in frame["custom"].items():
        schema = portal.schemas[name]
        schema.groups |= {one["name"]: Group(**one) for one in custom["groups"]}
        for raw in custom["properties"]:
            definition = Definition(**raw | {"options": tuple(Option(**one) for one in raw["options"])})
            schema.put(definition)
            if definition.archived is not None:
                schema.archive(definition.name, definition.archived)
    portal.owners = {one["id"]: Owner(**one) for one in frame["owners"]}
    for one in frame["segments"]:
        members = {int(key): at for key, at in one["members"].items()}
        portal.segments.all[one["id"]] = Segment(**one | {"members": members})
    for text, app, scopes in frame["tokens"]:
        portal.access.tokens[text] = Token(text, app, frozenset(scopes))
    for type_id, source_id, target_id in frame["links"]:
        portal.links.add(LINK_TYPES[type_id], source_id, target_id)


def _definition(one: Definition) -> dict[str, Any]:
    raw = asdict(one)
    del raw["allowed"]
    return raw


def _record(shelf: Shelf, record: Record) -> dict[str, Any]:
    return {
        "type": shelf.object_type.name,
        "version": list(record.version),
        "source": record.source,
        "archived": record.archived,
        "merged_into": record.merged_into,
        "history": record.history,
    }


def _restore_record(portal: Portal, raw: dict[str, Any]) -> None:
    shelf = portal.shelves[raw["type"]]
    version = Version(*raw["version"])
    record = Record(version, raw["source"])
    record.archived, record.merged_into = raw["archived"], raw["merged_into"]
    if raw["history"] is not None:
        record.history = {name: [Change(*one) for one in changes] for name, changes in raw["history"].items()}
    shelf.records[version.id] = record
    if record.archived is not None:
        shelf.archived.add(version.id)
    elif record.merged_into is None:
        shelf.live.add(version.id)
        portal.claim(shelf, version.id, {}, version.properties)
        portal.store(shelf, record, version)
