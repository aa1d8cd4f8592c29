# ruff: noqa: INP001  # a script beside the pages, no package
"""Pastes what commands, settings and guardrails say of themselves into the pages; `python -m docs.reference`.

A page marks the places: `<!-- help: sync -->` … `<!-- end -->` holds the command's own help,
`<!-- keys: Write -->` … `<!-- end -->` a table of its keys from the JSON Schema, `<!-- rules: titles -->` …
`<!-- end -->` the guardrails of one mistake. A test keeps all of them fresh.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

import worker
from commands.evidence import MEASURES
from config.schema import config_schema
from qualifier.guardrails import NEVER_WAIVED, RULES, Rule

HERE = Path(__file__).parent
PAGES = ("commands.md", "configuration.md", "guardrails.md")
PLACE = re.compile(r"<!-- (help|keys|rules): (.*?) -->\n.*?<!-- end -->", re.DOTALL)
WIDTH = 80


def refreshed(page: str) -> str:
    """The page with all marked places as they should read now."""
    made = {"help": help_texts(), "keys": key_tables(), "rules": rule_sections()}
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


def rule_sections() -> dict[str, str]:
    """Module of guardrails (`titles`) → the mistake that it keeps from, and each of its numbers."""
    modules: dict[str, list[Rule]] = {}
    for rule in RULES:
        modules.setdefault(rule.check.__module__, []).append(rule)
    return {
        name.rpartition(".")[2]: "\n\n".join([_mistake(name), *map(_rule, rules)])
        for name, rules in modules.items()
    }


def _mistake(module: str) -> str:
    """`Mistake A1, fixating on titles: a title says little …` as a heading and a sentence."""
    title, _, sentence = (sys.modules[module].__doc__ or "").strip().partition(": ")
    return f"## {title}\n\n{_sentence(sentence)}" if sentence else f"## Across\n\n{title}"


def _rule(rule: Rule) -> str:
    """One guardrail: what it checks, why, what to do, how it is measured, who may set it aside."""
    checks = (rule.check.__doc__ or "").strip().removeprefix(f"{rule.id}: ")
    lines = [
        f"### {rule.id} {rule.severity}",
        "",
        _sentence(checks),
        "",
        f"- Why: {_sentence(rule.reason)}",
        f"- Remedy: {_sentence(rule.remedy)}",
        *(f"- {one}" for one in _measures(rule)),
    ]
    if rule.b2b_only:
        lines.append("- For `market: b2b` only.")
    if rule.id in NEVER_WAIVED:
        lines.append("- Cannot be waived: it protects the lead.")
    return "\n".join(lines)


def _measures(rule: Rule) -> Iterator[str]:
    pieces = [MEASURES[name] for name in rule.needs]
    if pieces:
        yield f"Measured by {_listed([one.how for one in pieces])}."
        yield f"Measuring takes {_listed([one.needs for one in pieces])}."


def _listed(texts: list[str]) -> str:
    return "; and ".join(dict.fromkeys(texts))


def _sentence(text: str) -> str:
    """With a capital, and one full stop."""
    words = " ".join(text.split()).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def main() -> None:
    """Write the pages anew."""
    for name in PAGES:
        file = HERE / name
        file.write_text(refreshed(file.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
