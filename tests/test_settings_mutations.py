"""Each key of the schema once misspelt, once mistyped, once removed: a fault that names key and line."""

import json
from pathlib import Path

import pytest

from config.faults import KeyPath, dotted
from config.schema import config_schema
from config.settings import load_settings
from tests.settings_document import FULL, KEYS, PEM, faults, key_of, opened, section, written


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "playbook.yaml").touch()
    (tmp_path / "key.pem").write_text(PEM, encoding="utf-8")
    return tmp_path


def is_needed(path: KeyPath) -> bool:
    """Whether FULL is broken without this key."""
    key = str(path[-1])
    if "auth" in path[:-1]:
        return key != "audience" and not (
            section(FULL, path)["flow"] == "password" and key.startswith("client_")
        )
    if key == "base_url":
        return bool(section(FULL, path)["crm"] == "salesforce")
    return key in {"connections", "timezone", "name", "crm", "auth"}


def line_of(text: str, path: KeyPath, key: str) -> int:
    """The line of a key in indented JSON, found by walking down its parents."""
    lines, at = text.splitlines(), 0
    for depth, part in enumerate((*path[:-1], key), start=1):
        if isinstance(part, int):
            starts = [n for n in range(at + 1, len(lines)) if lines[n].startswith(" " * depth + "{")]
            at = starts[part]
        else:
            at = next(n for n in range(at + 1, len(lines)) if lines[n].startswith(f'{" " * depth}"{part}"'))
    return at + 1


def test_the_full_document_is_valid_and_uses_every_key_of_the_schema(folder: Path) -> None:
    schema = config_schema()
    known = {key for part in (schema, *schema["$defs"].values()) for key in part["properties"]}
    assert {path[-1] for path in KEYS} == known
    (folder / "leadline.yaml").write_text(json.dumps(FULL), encoding="utf-8")
    assert len(load_settings(folder / "leadline.yaml", {}).connections) == len(FULL["connections"])


@pytest.mark.parametrize("path", KEYS, ids=dotted)
def test_a_misspelt_key_is_named_with_the_right_one(folder: Path, path: KeyPath) -> None:
    document, holder = opened(path)
    wrong = f"{path[-1]}x"
    renamed = {wrong if key == path[-1] else key: value for key, value in holder.items()}
    holder.clear()
    holder.update(renamed)
    text = written(document)
    fault = next(fault for fault in faults(folder, text) if fault.key == dotted((*path[:-1], wrong)))
    assert "is not a known key" in fault.message
    assert f"did you mean {path[-1]!r}?" in fault.message
    assert fault.line == line_of(text, path, wrong)


@pytest.mark.parametrize("path", KEYS, ids=dotted)
def test_a_mistyped_value_is_named(folder: Path, path: KeyPath) -> None:
    document, holder = opened(path)
    holder[key_of(path)] = "text" if isinstance(holder[key_of(path)], dict | list) else {"a": ["b"]}
    text = written(document)
    found = faults(folder, text)
    assert {fault.key for fault in found} == {dotted(path)}
    assert {fault.line for fault in found} == {line_of(text, path, str(path[-1]))}
    assert all("is not valid" not in fault.message for fault in found), "a type without a sentence of its own"


@pytest.mark.parametrize("path", KEYS, ids=dotted)
def test_a_removed_key_is_missed_only_where_it_is_needed(folder: Path, path: KeyPath) -> None:
    document, holder = opened(path)
    del holder[key_of(path)]
    if is_needed(path):
        assert any(
            str(path[-1]) in f"{fault.key}: {fault.message}" for fault in faults(folder, written(document))
        )
        return
    (folder / "leadline.yaml").write_text(written(document), encoding="utf-8")
    load_settings(folder / "leadline.yaml", {})
