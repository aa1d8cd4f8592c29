"""Names in leadline.yaml that only the playbook can judge: the facts of `fields:` and `values:`."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from config.connections import AnyConnection
from config.faults import ConfigFault, KeyPath, suggestion
from config.settings import Settings
from config.vocabulary import translation_faults
from config.yaml_source import read_source
from qualifier.facts import FACTS, Fact


def check_fact_names(file: Path, settings: Settings, facts: Mapping[str, Fact]) -> None:
    """Raise ConfigFault for facts that the playbook does not know, and for values that its own do not have.

    `file`: the leadline.yaml that `settings` were read from; it is read again for its lines.
    `facts`: the canonical ones and those of the playbook (`Playbook.facts_all`).
    """
    found = [
        (("connections", place, *path), message)
        for place, connection in enumerate(settings.connections)
        for path, message in _wrong_names(connection, facts)
    ]
    if found:
        source = read_source(file)
        raise ConfigFault([source.fault(path, message) for path, message in found])


def _wrong_names(connection: AnyConnection, facts: Mapping[str, Fact]) -> Iterator[tuple[KeyPath, str]]:
    for key, names in (("fields", connection.fields), ("values", connection.values)):
        for name in names:
            if name not in facts:
                near = suggestion(name, sorted(facts))
                yield (
                    (key, name),
                    f"is no fact{near}; a fact of your own belongs under facts: in the playbook",
                )
    own = {name: fact for name, fact in facts.items() if name not in FACTS}  # settings know the others
    for place, message in translation_faults(connection.values, own):
        yield ("values", *place), message
