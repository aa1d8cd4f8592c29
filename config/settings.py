"""leadline.yaml as typed values, and how they are read."""

import os.path
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from sqlalchemy import URL

from config.addresses import Host, is_loopback, parse_state
from config.base import Section, secrets_in
from config.connections import AnyConnection, HubSpotConnection, SalesforceConnection, shared_host_fault
from config.faults import ConfigFault, Fault, KeyPath, suggestion
from config.placeholders import expand
from config.sentences import faults_of
from config.values import Secret, Zone
from config.vocabulary import translation_faults
from config.yaml_source import Data, read_source
from qualifier.facts import FACTS

__all__ = ["HubSpotConnection", "SalesforceConnection", "Settings", "load_settings"]

DEFAULT_STATE = "sqlite:///leadline.db"


class Web(Section):
    """The page, health and metrics."""

    host: Host = "127.0.0.1"
    """Address to listen on; any but loopback needs a token."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8787
    """Port to listen on."""
    token: Annotated[Secret | None, Field(validate_default=True)] = None
    """What callers must present; required when host is not loopback."""

    @field_validator("token")
    @classmethod
    def _guard_the_open_door(cls, value: Secret | None, info: ValidationInfo) -> Secret | None:
        if value is None and not is_loopback(info.data.get("host", "localhost")):
            raise ValueError("is required when host is not loopback; give one, or listen on 127.0.0.1")
        return value


class Log(Section):
    """What the log on standard error looks like."""

    format: Literal["json", "console"] = "json"
    """json for machines, console for people."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious line to write."""


def _folder(info: ValidationInfo) -> Path:
    """Where relative paths start: the file's folder, or the working directory for settings made in code."""
    return Path((info.context or {}).get("folder", Path.cwd()))


State = Annotated[
    URL,
    PlainValidator(lambda value, info: parse_state(value, _folder(info))),
    PlainSerializer(str, return_type=str),
    WithJsonSchema(
        {"type": "string", "examples": [DEFAULT_STATE, "postgresql+psycopg://leadline@db/leadline"]}
    ),
]


class Settings(Section):
    """Everything in leadline.yaml."""

    playbook: Path | None = None
    """Playbook file, relative to this file; the built-in default when left out."""
    state: Annotated[State, Field(validate_default=True)] = DEFAULT_STATE  # type: ignore[assignment]  # validated
    """Where Leadline keeps what it knows: sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE."""
    timezone: Zone = ZoneInfo("UTC")
    """IANA zone for cron, quiet hours and the agreement's calendar; required where a cron is used."""
    connections: tuple[AnyConnection, ...]
    """The CRMs."""
    web: Web = Web()
    """Where the page, health and metrics are served, and to whom."""
    log: Log = Log()
    """How much is logged, and in what form."""

    @field_validator("connections")
    @classmethod
    def _at_least_one(cls, value: tuple[AnyConnection, ...]) -> tuple[AnyConnection, ...]:
        if not value:
            raise ValueError("must list at least one connection")
        return value

    @field_validator("playbook")
    @classmethod
    def _find_playbook(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        file = value and _folder(info) / value
        if file and not os.path.isfile(file):  # noqa: PTH113  # Path.is_file raises for some impossible names
            raise ValueError(
                f"there is no file {file}; correct the path, or leave the key out for the default"
            )
        return file

    def secret_values(self) -> frozenset[str]:
        """Every secret text in these settings, for logs to redact."""
        return frozenset(filter(None, secrets_in(self)))

    def with_state(self, url: str) -> Self:
        """These settings over another store, its relative path taken from here; raise ConfigFault."""
        try:
            return self.model_copy(update={"state": parse_state(url, Path.cwd())})
        except ValueError as error:
            raise ConfigFault([Fault(Path("--state"), 0, "", str(error))]) from None

    def chosen(self, names: Sequence[str]) -> tuple[SalesforceConnection | HubSpotConnection, ...]:
        """The connections of these names, all for none named; raise ConfigFault for an unknown one."""
        by_name = {connection.name: connection for connection in self.connections}
        known = sorted(by_name)
        unknown = [
            Fault(
                Path("CONNECTION"),
                0,
                name,
                f"is not in the file{suggestion(name, known)} ({', '.join(known)})",
            )
            for name in names
            if name not in by_name
        ]
        if unknown:
            raise ConfigFault(unknown)
        return tuple(by_name[name] for name in dict.fromkeys(names)) if names else self.connections


def load_settings(file: Path, environ: Mapping[str, str]) -> Settings:
    """Read a leadline.yaml; raise ConfigFault with every fault in it, and nothing else."""
    source = read_source(file)
    data, missing = expand(source, environ)
    faults = [*source.faults, *missing.values()]
    faults += [source.fault(path, message) for path, message in cross_faults(data) if path not in missing]
    try:
        settings = Settings.model_validate(data, context={"folder": file.absolute().parent})
    except ValidationError as error:
        faults += faults_of(error, source, data, Settings, hushed=missing)
    if faults:
        raise ConfigFault(faults)
    return settings


def cross_faults(data: Data) -> Iterator[tuple[KeyPath, str]]:
    """Rules between keys, asked of the plain data so that they speak up beside any other fault."""
    top = data if isinstance(data, dict) else {}
    sections = top.get("connections")
    first: dict[str, int] = {}
    for position, section in enumerate(sections if isinstance(sections, list) else ()):
        if not isinstance(section, dict):
            continue
        path = ("connections", position)
        if "cron" in section and "timezone" not in top:
            yield (*path, "cron"), "needs `timezone` at the top of the file, e.g. timezone: UTC"
        name = section.get("name")
        if isinstance(name, str) and first.setdefault(name, position) != position:
            yield (*path, "name"), "is taken by another connection; names are unique"
        if message := shared_host_fault(section.get("base_url"), section.get("auth")):
            yield (*path, "base_url"), message
        for place, message in translation_faults(section.get("values"), FACTS):
            yield (*path, "values", *place), message
