"""The JSON Schemas of leadline.yaml and of playbooks, for editors.

`python -m config.schema` writes the committed copies.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from config.settings import Settings
from config.values import ApiBudget, format_duration
from qualifier.playbook import Playbook

SCHEMA_FILE = Path(__file__).with_name("leadline.schema.json")
PLAYBOOK_SCHEMA_FILE = Path(__file__).with_name("playbook.schema.json")
PLACEHOLDER = {"type": "string", "pattern": r"\$\{[^{}]+\}"}
NARROW = {"enum", "pattern", "format"}
"""Keywords that would refuse a placeholder."""
TOLD = {"title", "description", "default", "examples"}
"""Keywords that tell the reader about a key, whatever its value."""

Schema = dict[str, Any]


class _Generator(GenerateJsonSchema):
    """Shows defaults the way people write them."""

    def encode_default(self, dft: object) -> Any:
        if isinstance(dft, timedelta):
            return format_duration(dft)
        if isinstance(dft, ApiBudget):
            return str(dft)
        return {} if isinstance(dft, BaseModel) else super().encode_default(dft)


def config_schema() -> Schema:
    """JSON Schema (2020-12) of leadline.yaml; `${…}` is accepted wherever a value is."""
    schema: Schema = Settings.model_json_schema(schema_generator=_Generator)
    schema["title"] = "leadline.yaml"
    for section in [schema, *schema["$defs"].values()]:
        section["properties"] = {
            name: _with_placeholder(_without_null_default(value))
            for name, value in section["properties"].items()
        }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def playbook_schema() -> Schema:
    """JSON Schema (2020-12) of a playbook; what its SQL may say is told by `leadline lint`."""
    schema: Schema = Playbook.model_json_schema()
    schema["title"] = "A Leadline playbook"
    for section in [schema, *schema["$defs"].values()]:
        if "properties" in section:
            section["properties"] = {
                name: _without_null_default(value) for name, value in section["properties"].items()
            }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(schema: Schema) -> str:
    """A schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _without_null_default(value: Schema) -> Schema:
    """A key left out is no key set to null: such a default would only confuse an editor's user."""
    return {
        key: inner for key, inner in value.items() if (key, inner) not in (("default", None), ("default", ""))
    }


def _with_placeholder(value: Schema) -> Schema:
    """Let a placeholder stand for every scalar that is no free text, within lists and mappings too."""
    for inner in ("items", "additionalProperties"):
        if isinstance(value.get(inner), dict):
            value = value | {inner: _with_placeholder(value[inner])}
    if "anyOf" in value:
        return value | {"anyOf": [_with_placeholder(choice) for choice in value["anyOf"]]}
    if value.get("type") not in ("integer", "number") and not NARROW & value.keys():
        return value
    told: Schema = {key: inner for key, inner in value.items() if key in TOLD}
    return told | {"anyOf": [{key: inner for key, inner in value.items() if key not in TOLD}, PLACEHOLDER]}


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(config_schema()), encoding="utf-8")
    PLAYBOOK_SCHEMA_FILE.write_text(schema_text(playbook_schema()), encoding="utf-8")
