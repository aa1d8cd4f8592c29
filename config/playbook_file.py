"""From a playbook file to a `Playbook`: every fault at once, each with its line."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from config.faults import ConfigFault, Fault, KeyPath, dotted, suggestion
from config.playbook_checks import word_faults
from config.playbook_sentences import sentence
from config.sentences import keys_at
from config.yaml_source import Data, Source, read_source
from qualifier.conditions import compile_condition
from qualifier.criteria import CustomFact, FactName
from qualifier.facts import FACTS, Fact
from qualifier.playbook import Playbook
from qualifier.refusals import ConditionFault

DEFAULT_PLAYBOOK = Path(__file__).with_name("playbook.yaml")
"""The built-in playbook, commented; `leadline init` copies it."""
CONDITIONED = ("criteria", "exclusions", "tags")
"""Parts of a playbook whose conditions stand under `when`."""
KEY = "[key]"
"""Pydantic's mark of a key that is at fault itself."""
FIRST_TRUE = frozenset({"proven", "similar", "first_time"})
"""The keys of `capacity` that hold conditions."""


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
        faults = _shape_faults(source, error.errors())
        raise ConfigFault([*faults, *_early_condition_faults(source, faults)]) from None
    faults = list(_condition_faults(source, playbook.conditions(), playbook.facts_all))
    faults += [source.fault(path, message) for path, message in word_faults(playbook)]
    if faults:
        raise ConfigFault(faults)
    return playbook


def _condition_faults(
    source: Source, conditions: Iterable[tuple[KeyPath, str]], facts: Mapping[str, Fact]
) -> Iterator[Fault]:
    for path, sql in conditions:
        try:
            compile_condition(sql, facts)
        except ConditionFault as fault:
            yield source.fault(path, str(fault))


def _early_condition_faults(source: Source, faults: Iterable[Fault]) -> Iterator[Fault]:
    """Those of a playbook with faults of another kind, as far as its facts and its conditions can be read."""
    told = {fault.key for fault in faults}
    top = source.data if isinstance(source.data, dict) else {}
    try:
        own = TypeAdapter(dict[FactName, CustomFact]).validate_python(top.get("facts", {}))
    except ValidationError:
        return  # what is no fact cannot be said
    facts = {**FACTS, **{name: fact.as_fact() for name, fact in own.items()}}
    found = [
        *(one for key in CONDITIONED for one in _texts_at("when", top.get(key, {}), (key,))),
        *((("capacity", name), sql) for name, sql in _texts(top.get("capacity")) if name in FIRST_TRUE),
        *((("channels", name), sql) for name, sql in _texts(top.get("channels"))),
    ]
    yield from _condition_faults(source, [one for one in found if dotted(one[0]) not in told], facts)


def _texts_at(wanted: str, data: Data, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text at a key of this name, however deep, with its place."""
    for name, text in _texts(data):
        if name == wanted:
            yield (*path, name), text
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for part, below in parts:
        yield from _texts_at(wanted, below, (*path, part))


def _texts(data: Data | None) -> Iterator[tuple[str, str]]:
    """The keys of a mapping that hold texts."""
    if isinstance(data, dict):
        yield from ((name, text) for name, text in data.items() if isinstance(text, str))


def _shape_faults(source: Source, details: Sequence[ErrorDetails]) -> list[Fault]:
    """One fault per place: what a value could be instead is told together."""
    found = [(detail["type"], *_shape_fault(source, detail)) for detail in details]
    entered = {path[:end] for _, path, _ in found for end in range(1, len(path))}
    said: dict[KeyPath, list[str]] = {}
    for kind, path, message in found:
        if kind == "literal_error" and path in entered:
            continue  # a list with a wrong item need not be a word instead
        said.setdefault(path, []).append(message)
    return [source.fault(path, ", or ".join(dict.fromkeys(messages))) for path, messages in said.items()]


def _shape_fault(source: Source, detail: ErrorDetails) -> tuple[KeyPath, str]:
    """One of pydantic's errors as a sentence; names of union members are no part of the way to a value."""
    path = _way(source.data, detail["loc"])
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            known = keys_at(Playbook, detail["loc"][:-1])
            near = suggestion(str(path[-1]), known) or f"; allowed here: {', '.join(known)}"
            return path, f"is not a key of the playbook{near}"
        case "value_error":
            return path, str(context["error"])
        case "union_tag_not_found":
            return (*path, "axis"), "is missing; allowed: fit, engagement"
        case "union_tag_invalid":
            return (*path, "axis"), f"is {context['tag']!r}, must be fit or engagement"
        case _:
            return path, sentence(detail)


def _way(data: Data, loc: KeyPath) -> KeyPath:
    """Keep of pydantic's location what leads through the file, and a missing key at its end."""
    way: list[str | int] = []
    here: Data | None = data
    for number, part in enumerate(loc):
        if isinstance(here, dict) and part in here:
            here = here[str(part)]
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        elif (
            number == len(loc) - 1
            and isinstance(here, dict if isinstance(part, str) else list)
            and part != KEY
        ):
            here = None
        else:
            continue
        way.append(part)
    return tuple(way)
