"""Pydantic's findings in an admin's words, each at its line. A value is never quoted: it may be a secret."""

import difflib
import re
from collections.abc import Collection, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.faults import Fault, KeyPath, suggestion
from config.yaml_source import Data, Source

SENTENCES = {
    "missing": "is required",
    "model_type": "must hold keys and values, indented below it",
    "model_attributes_type": "must hold keys and values, indented below it",
    "dict_type": "must hold keys and values, indented below it or as {{key: value}}",
    "mapping_type": "must hold keys and values, indented below it or as {{key: value}}",
    "tuple_type": "must be a list: [a, b], or one `- item` per line",
    "string_type": "must be text, not a list or a mapping",
    "string_too_short": "must not be empty",
    "path_type": "must be a path to a file",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
"""Pydantic's error type → our sentence; braces are filled from the error's context."""


def faults_of(
    error: ValidationError, source: Source, data: Data, model: type[BaseModel], hushed: Collection[KeyPath]
) -> list[Fault]:
    """One fault per finding. The values at `hushed` are unknown, so nothing is said of them."""
    faults = []
    for details in error.errors(include_url=False):
        for path, message in _explain(details, data, model):
            if path not in hushed or details["type"] == "extra_forbidden":
                faults.append(source.fault(path, message))
    return faults


def _explain(details: ErrorDetails, data: Data, model: type[BaseModel]) -> list[tuple[KeyPath, str]]:
    path = key_path(details["loc"])
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return [(path, _unknown(str(path[-1]), keys_at(model, details["loc"][:-1])))]
    if kind == "union_tag_not_found":
        return _untold(path, str(context["discriminator"]).strip("'"), data)
    if kind == "union_tag_invalid":
        tag = str(context["discriminator"]).strip("'")
        return [((*path, tag), _choice(str(context["tag"]), str(context["expected_tags"])))]
    if kind == "literal_error":
        return [(path, _choice(str(details["input"]), str(context["expected"])))]
    if kind == "value_error":
        return [(path, str(context["error"]))]
    return [(path, SENTENCES.get(kind, "is not valid").format(**context))]


def _unknown(key: str, known: Sequence[str]) -> str:
    return f"is not a known key{suggestion(key, known)} (allowed: {', '.join(known)})"


def _choice(given: str, expected: str) -> str:
    words = re.findall(r"'([^']*)'", expected)
    return f"must be {' or '.join(words)}{suggestion(given, words)}"


def _untold(path: KeyPath, tag: str, data: Data) -> list[tuple[KeyPath, str]]:
    """The key that says which kind a section is (`crm`, `flow`) is missing, perhaps misspelt."""
    section: Any = data
    for part in path:
        section = section[part]
    near = difflib.get_close_matches(tag, section, n=1)
    if near:
        return [((*path, near[0]), f"is not a known key; did you mean {tag!r}?")]
    return [((*path, tag), "is required; nothing else below it can be checked without it")]


def key_path(loc: Sequence[str | int]) -> KeyPath:
    """A pydantic location without what is no key of the file: union tags and the mark of a faulty key."""
    path: list[str | int] = []
    after_tag = False
    for part in loc:
        if after_tag:
            after_tag = False
            continue
        if part == "[key]":
            continue
        path.append(part)
        after_tag = path[0] == "connections" and (len(path) == 2 or path[2:] == ["auth"])  # noqa: PLR2004  # depth
    return tuple(path)


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the section at a pydantic location may have."""
    models = [model]
    way = iter(loc)
    for part in way:
        if isinstance(part, int):
            continue
        if len(models) > 1:
            models = [candidate for candidate in models if part in _tags(candidate)]
        else:
            section = _fields(models[0])[part]
            models = _models_in(section)
            if get_origin(section) is dict:
                next(way, None)  # a key of the admin's own choice
    return list(_fields(models[0]))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _tags(model: type[BaseModel]) -> set[str]:
    literals = [kind for kind in _fields(model).values() if get_origin(kind) is Literal]
    return {tag for literal in literals for tag in get_args(literal)}


def _models_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
