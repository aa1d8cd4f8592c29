"""The schema that editors use is fresh, accepts what loads and marks what does not."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from config.playbook_file import DEFAULT_PLAYBOOK
from config.schema import PLAYBOOK_SCHEMA_FILE, SCHEMA_FILE, config_schema, playbook_schema, schema_text
from config.sentences import keys_at
from config.settings import Settings
from tests.settings_document import FULL, KEYS, key_of, section
from tests.test_settings import MINIMAL, TEMPLATE

PLAYBOOKS = [DEFAULT_PLAYBOOK, *DEFAULT_PLAYBOOK.parent.glob("examples/*/playbook.yaml")]
VALIDATOR = Draft202012Validator(config_schema())


@pytest.mark.parametrize(
    ("file", "schema"), [(SCHEMA_FILE, config_schema()), (PLAYBOOK_SCHEMA_FILE, playbook_schema())]
)
def test_the_committed_schema_is_fresh(file: Path, schema: dict[str, Any]) -> None:
    assert file.read_text(encoding="utf-8") == schema_text(schema), "run: make schema"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(config_schema())
    Draft202012Validator.check_schema(playbook_schema())


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.parent.name)
def test_playbooks_name_their_schema_and_keep_to_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named
    assert (file.parent / named[1]).resolve() == PLAYBOOK_SCHEMA_FILE
    Draft202012Validator(playbook_schema()).validate(YAML(typ="safe", pure=True).load(text))


def test_a_wrong_playbook_is_marked() -> None:
    document = YAML(typ="safe", pure=True).load(DEFAULT_PLAYBOOK.read_text(encoding="utf-8"))
    judge = Draft202012Validator(playbook_schema())
    assert not judge.is_valid(document | {"market": "b2x"})
    assert not judge.is_valid(document | {"trackz": []})


@pytest.mark.parametrize(
    "text", [TEMPLATE.read_text(encoding="utf-8"), MINIMAL.replace("${HUBSPOT_TOKEN}", "t")]
)
def test_what_loads_is_accepted(text: str) -> None:
    VALIDATOR.validate(YAML(typ="safe", pure=True).load(text))


def test_the_full_document_is_accepted() -> None:
    VALIDATOR.validate(FULL)


def test_a_placeholder_is_accepted_for_every_scalar() -> None:
    for path in KEYS:
        document: dict[str, Any] = copy.deepcopy(FULL)
        holder = section(document, path)
        if isinstance(holder[key_of(path)], str | int) and key_of(path) not in {"crm", "flow"}:
            holder[key_of(path)] = "${VALUE}"
            VALIDATOR.validate(document)


@pytest.mark.parametrize("key", ["timezon", "webb"])
def test_an_unknown_key_is_marked(key: str) -> None:
    assert not VALIDATOR.is_valid(FULL | {key: "x"})


@pytest.mark.parametrize("value", ["loud", 5])
def test_a_wrong_choice_is_marked(value: object) -> None:
    assert not VALIDATOR.is_valid(FULL | {"log": {"level": value}})


def test_every_key_has_a_description() -> None:
    schema = config_schema()
    for name, part in {"leadline.yaml": schema, **schema["$defs"]}.items():
        for key, value in part["properties"].items():
            assert "description" in value or "const" in value, f"{name}: {key}"


def test_defaults_are_written_the_way_people_write_them() -> None:
    parts = config_schema()["$defs"]
    salesforce = parts["SalesforceConnection"]["properties"]
    assert (salesforce["overlap"]["default"], salesforce["history"]["default"]) == ("15m", "365d")
    assert salesforce["api_budget"]["default"] == "20%"


def test_the_template_shows_every_key() -> None:
    text = TEMPLATE.read_text(encoding="utf-8")
    shown = {path[-1] for path in KEYS} - {"private_key", "audience"}
    assert {key for key in shown if f"{key}:" not in text} == set()


def test_suggestions_know_the_keys_of_each_section() -> None:
    assert keys_at(Settings, ("connections", 0, "salesforce", "auth", "jwt_bearer"))[0] == "flow"
    assert "list" in keys_at(Settings, ("connections", 3, "hubspot", "scope"))
