"""From a playbook file to a `Playbook`: every fault at once, each with its line."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.faults import ConfigFault, Fault, KeyPath, suggestion
from config.playbook_checks import word_faults
from config.yaml_source import Data, Source, read_source
from qualifier.conditions import compile_condition
from qualifier.playbook import Playbook
from qualifier.refusals import ConditionFault

DEFAULT_PLAYBOOK = Path(__file__).with_name("playbook.yaml")
"""The built-in playbook, commented; `leadline init` copies it."""


def load_playbook(file: Path | None = None) -> Playbook:
    """Read a playbook (the built-in one by default); raise ConfigFault with every fault in it."""
    return _default() if file is None else _load(read_source(file))


@cache
def _default() -> Playbook:
    return _load(read_source(DEFAULT_PLAYBOOK))


def _load(source: Source) -> Playbook:
    if source.faults:
        raise ConfigFault(source.faults)
    try:
        playbook = Playbook.model_validate(source.data)
    except ValidationError as error:
        raise ConfigFault([_shape_fault(source, detail) for detail in error.errors()]) from None
    faults = []
    for path, sql in playbook.conditions():
        try:
            compile_condition(sql, playbook.facts_all)
        except ConditionFault as fault:
            faults.append(source.fault(path, str(fault)))
    faults += [source.fault(path, message) for path, message in word_faults(playbook)]
    if faults:
        raise ConfigFault(faults)
    return playbook


def _shape_fault(source: Source, detail: ErrorDetails) -> Fault:
    """One of pydantic's errors as a sentence; names of union members are no part of the way to a value."""
    path = _way(source.data, detail["loc"])
    known = source.fault
    match detail["type"]:
        case "extra_forbidden":
            near = suggestion(str(path[-1]), sorted(_keys()))
            return known(path, f"is not a key of the playbook{near}")
        case "missing":
            return known(path, "is missing; the built-in playbook shows one")
        case "value_error":
            return known(path, str(detail["ctx"]["error"]))
        case "union_tag_not_found":
            return known((*path, "axis"), "is missing; allowed: fit, engagement")
        case _:
            message = detail["msg"]
            return known(path, message[:1].lower() + message[1:])


def _way(data: Data, loc: KeyPath) -> KeyPath:
    """Keep of pydantic's location what leads through the file, and a missing key at its end."""
    way: list[str | int] = []
    here: Data | None = data
    for number, part in enumerate(loc):
        if isinstance(here, dict) and part in here:
            here = here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif number == len(loc) - 1 and isinstance(here, dict):
            here = None
        else:
            continue
        way.append(part)
    return tuple(way)


@cache
def _keys() -> tuple[str, ...]:
    """Every key that a playbook knows; the nearest of them is the best guess."""
    parts = Playbook.model_json_schema()["$defs"].values()
    return (*Playbook.model_fields, *{key for part in parts for key in part.get("properties", ())})
