# ruff: noqa: INP001  # a script beside the pages, no package
"""Pastes what commands and settings say of themselves into the pages; `python -m docs.reference` does it.

A page marks the places: `<!-- help: sync -->` … `<!-- end -->` holds the command's own help,
`<!-- keys: Write -->` … `<!-- end -->` a table of its keys from the JSON Schema. A test keeps both fresh.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import worker
from config.schema import config_schema

HERE = Path(__file__).parent
PAGES = ("commands.md", "configuration.md")
PLACE = re.compile(r"<!-- (help|keys): (.*?) -->\n.*?<!-- end -->", re.DOTALL)
WIDTH = 80


def refreshed(page: str) -> str:
    """The page with all marked places as they should read now."""
    made = {"help": help_texts(), "keys": key_tables()}
    return PLACE.sub(
        lambda place: f"<!-- {place[1]}: {place[2]} -->\n{made[place[1]][place[2]]}\n<!-- end -->", page
    )


def help_texts() -> dict[str, str]:
    """Command (`leadline` for the top, `sandbox serve` below) → its help as a block."""
    top = typer.main.get_command(worker.app)
    return {name: f"```\n{text.rstrip()}\n```" for name, text in _helps(top, "leadline", None)}


def _helps(command: Any, name: str, parent: Any) -> Iterator[tuple[str, str]]:
    with command.make_context(name, [], parent, resilient_parsing=True, terminal_width=WIDTH) as context:
        yield context.command_path.removeprefix("leadline ") or name, command.get_help(context)
        for below in command.list_commands(context) if hasattr(command, "list_commands") else ():
            yield from _helps(command.get_command(context, below), below, context)


def key_tables() -> dict[str, str]:
    """Section → a table of its keys. `Settings` is the top; `Connection` what both CRMs have in common."""
    schema = config_schema()
    sections = {"Settings": schema, **schema["$defs"]}
    salesforce, hubspot = (sections[f"{crm}Connection"]["properties"] for crm in ("Salesforce", "HubSpot"))
    common = {key: value for key, value in salesforce.items() if hubspot.get(key) == value}
    tables = {name: _table(section["properties"], section) for name, section in sections.items()}
    tables["Connection"] = _table(common, sections["SalesforceConnection"])
    for name, properties in (("SalesforceConnection", salesforce), ("HubSpotConnection", hubspot)):
        own = {key: value for key, value in properties.items() if key not in common}
        tables[name] = _table(own, sections[name])
    return tables


def _table(properties: dict[str, Any], section: dict[str, Any]) -> str:
    required = section.get("required", ())
    rows = [
        f"| `{key}` | {_default(value, required=key in required)} | {_meaning(value)} |"
        for key, value in properties.items()
    ]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows])


def _default(value: dict[str, Any], *, required: bool) -> str:
    if required:
        return "required"
    default = value.get("default")
    return (
        ""
        if default in (None, {}, [])
        else f"`{default if isinstance(default, str) else json.dumps(default)}`"
    )


def _meaning(value: dict[str, Any]) -> str:
    if "const" in value:
        return f"always `{value['const']}`"
    choices = value.get("enum") or [word for part in value.get("anyOf", ()) for word in part.get("enum", ())]
    said = str(value.get("description", "")).replace("\n", " ").replace("|", "\\|")
    return f"{said} One of {', '.join(f'`{word}`' for word in choices)}." if choices else said


def main() -> None:
    """Write the pages anew."""
    for name in PAGES:
        file = HERE / name
        file.write_text(refreshed(file.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
