"""The pages keep up with the code: every command, option and key is there, and what was pasted is fresh."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import worker
from docs.reference import PAGES, help_texts, key_tables, refreshed, rule_sections
from qualifier.guardrails import NEVER_WAIVED, RULES

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
GROUPS = {"sandbox", "quarantine", "report"}
"""They only hold commands."""
PLACES = re.compile(r"<!-- (?:help|keys|rules): (.*?) -->")
LINK = re.compile(r"\[[^]]*\]\((?!https?:)([^)#]+)[^)]*\)")


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_what_was_pasted_is_fresh(name: str) -> None:
    assert refreshed(page(name)) == page(name), "run `python -m docs.reference`"


def test_every_command_has_its_place() -> None:
    assert set(help_texts()) - GROUPS == set(PLACES.findall(page("commands.md")))


def test_every_section_of_the_settings_has_its_place() -> None:
    assert set(key_tables()) == set(PLACES.findall(page("configuration.md")))


def test_every_guardrail_has_its_place_with_all_that_an_admin_asks() -> None:
    assert set(rule_sections()) == set(PLACES.findall(page("guardrails.md")))
    _, *told = re.split(r"^### ", page("guardrails.md"), flags=re.MULTILINE)
    sections = {section[:5]: section for section in told}
    assert set(sections) == {rule.id for rule in RULES}
    for rule in RULES:
        said = sections[rule.id]
        assert said.startswith(f"{rule.id} {rule.severity}\n")
        assert rule.reason[1:] in said
        assert rule.remedy[1:] in said
        assert ("Measured by" in said) == ("Measuring takes" in said) == bool(rule.needs)
        assert ("Cannot be waived" in said) == (rule.id in NEVER_WAIVED)
        assert f"{rule.id}:" not in said, "what it checks, without the number again"


def parts(command: Any, name: str) -> Iterator[tuple[str, str | None]]:
    """Every command, option and argument, with what it says of itself."""
    yield name, command.help
    for param in command.params:
        yield f"{name} {param.name}", getattr(param, "help", None)
    for below, part in getattr(command, "commands", {}).items():
        yield from parts(part, f"{name} {below}")


def test_every_command_option_and_argument_says_what_it_does() -> None:
    silent = [name for name, said in parts(typer.main.get_command(worker.app), "leadline") if not said]
    assert silent == []


def test_every_key_says_what_it_means() -> None:
    for name, table in key_tables().items():
        for row in table.splitlines()[2:]:
            assert row.rsplit("|", 2)[1].strip(), f"{name}: {row}"


@pytest.mark.parametrize("file", [ROOT / "README.md", *sorted(DOCS.glob("*.md"))], ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    for target in LINK.findall(file.read_text("utf-8")):
        assert (file.parent / target).exists(), target
