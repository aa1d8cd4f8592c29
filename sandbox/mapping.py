"""The mapping file: how the columns of a list of leads become records of both sandbox CRMs.

    number: Lead Number                 # the column with a different value in each row
    blank: ["", Select]                 # cell texts that say nothing
    created: {invented: true, spread_days: 365, by: Lead Number}
    ignore: [Magazine]                  # every other column must be used somewhere
    salesforce:
      declare: {Occupation__c: {label: Occupation, type: pick}}
      constants: {LastName: "Lead {Lead Number}"}
      columns:
        Country: Country
        Do Not Email: {to: HasOptedOutOfEmail, values: {"Yes": true, "No": false}}
      facts: {occupation: Occupation__c}          # for the connection's `fields:`
      outcome: {field: Outcome__c, won: Converted}   # kept for comparing afterwards; no fact may read it
    hubspot: …
    touches:
      - {channel: form, name: "Chat enquiry", when: {Lead Source: [Olark Chat]}}

Only what stands here is carried: an outcome column that no field is declared for never reaches a CRM.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

Scalar = bool | int | float | str
Name = Annotated[str, Field(min_length=1, max_length=255)]
MAX_SHOWN = 20
"""Faults shown at once; beyond that a file is the wrong one."""


class LeadsFault(ValueError):
    """A list of leads or its mapping cannot be used. Each fault is a sentence with file, place and remedy."""

    def __init__(self, faults: list[str]) -> None:
        shown = faults[:MAX_SHOWN]
        if len(faults) > MAX_SHOWN:
            shown.append(f"… and {len(faults) - MAX_SHOWN} more of the kind.")
        super().__init__("\n".join(shown))
        self.faults = faults


class Part(BaseModel):
    """A part of the file: closed and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Created(Part):
    """When the records were made: spread evenly up to now, by the rank of a column.

    Such dates are made up, and the file has to say so.
    """

    invented: Literal[True]
    spread_days: Annotated[float, Field(gt=0, le=3650)]
    by: Name


class Declared(Part):
    """A field of one's own. `values`: the choices of a pick; without them, those that occur in the file."""

    label: Name
    type: Literal["text", "long_text", "number", "flag", "pick"] = "text"
    values: tuple[Name, ...] = ()


class Target(Part):
    """Where a column goes. With `values` only the cells named there go, as what stands beside them.

    A text may hold `{created}` (the record's time) and `{column}` (another cell).
    """

    to: Name
    values: dict[str, Scalar] | None = None


class Outcome(Part):
    """A field that holds how it ended, and what counts as won; compared afterwards, never scored."""

    field: Name
    won: Name


class Crm(Part):
    """One CRM's half."""

    declare: dict[Name, Declared] = Field(default_factory=dict)
    constants: dict[Name, Scalar] = Field(default_factory=dict)
    columns: dict[Name, Name | Target | tuple[Target, ...]] = Field(default_factory=dict)
    facts: dict[Name, Name] = Field(default_factory=dict)
    """Fact → field: what a connection to this sandbox has to say under `fields:`."""
    values: dict[Name, dict[str, str]] = Field(default_factory=dict)
    """Fact → {CRM value: word}: what it has to say under `values:`."""
    outcome: Outcome | None = None

    @field_validator("outcome")
    @classmethod
    def _is_no_fact(cls, value: Outcome | None, info: ValidationInfo) -> Outcome | None:
        if value and value.field in info.data.get("facts", {}).values():
            raise ValueError(f"field {value.field} is read by a fact; an outcome must not be scored")
        return value

    def targets(self, column: str) -> tuple[Target, ...]:
        """Where a column goes, in this CRM."""
        found = self.columns.get(column, ())
        if isinstance(found, str):
            return (Target(to=found),)
        return (found,) if isinstance(found, Target) else found


class TouchRule(Part):
    """A touch that every row leaves whose cells match: each column of `when` holds one of its texts."""

    channel: Literal["form", "email", "call"]
    name: Name
    when: Annotated[dict[Name, tuple[str, ...]], Field(min_length=1)]
    direction: Literal["in", "out"] = "in"
    minutes_after: Annotated[float, Field(ge=0)] = 0
    """How long after the record was made; never later than now."""


class LeadMapping(Part):
    """The whole file."""

    number: Name
    blank: tuple[str, ...] = ("",)
    created: Created
    ignore: tuple[Name, ...] = ()
    salesforce: Crm = Crm()
    hubspot: Crm = Crm()
    touches: tuple[TouchRule, ...] = ()

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every column that the mapping names, with the place where it does."""
        yield "number", self.number
        yield "created.by", self.created.by
        for column in self.ignore:
            yield "ignore", column
        for name, half in (("salesforce", self.salesforce), ("hubspot", self.hubspot)):
            for column in half.columns:
                yield f"{name}.columns.{column}", column
        for place, rule in enumerate(self.touches):
            for column in rule.when:
                yield f"touches[{place}].when.{column}", column


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping with the file that it came from."""

    path: Path
    mapping: LeadMapping


def read_mapping(path: Path) -> MappingFile:
    """Read a mapping file; LeadsFault with one line per fault: `file:line: key: what is wrong`."""
    try:
        data = YAML(typ="rt", pure=True).load(path.read_text("utf-8-sig"))
    except OSError as error:
        raise LeadsFault(
            [f"{path}: cannot be read ({(error.strerror or 'no such file').lower()})."]
        ) from None
    except UnicodeDecodeError:
        raise LeadsFault([f"{path}: is not UTF-8 text; save it as UTF-8."]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise LeadsFault([f"{path}:{line}: is not YAML ({error.problem}); correct this line."]) from None
    except YAMLError:
        raise LeadsFault([f"{path}:1: is not YAML; see the example in config/examples."]) from None
    if not isinstance(data, Mapping):
        raise LeadsFault([f"{path}:1: must be a mapping with the keys number, created, salesforce, hubspot."])
    try:
        return MappingFile(path, LeadMapping.model_validate(_plain(data)))
    except ValidationError as error:
        raise LeadsFault([_sentence(path, data, fault) for fault in error.errors()]) from None


def _plain(data: Any) -> Any:
    """The same without ruamel's own types, which a strict union would not know."""
    if isinstance(data, Mapping):
        return {str(key): _plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return tuple(_plain(value) for value in data)
    for kind in (bool, int, float):
        if isinstance(data, kind):
            return kind(data)
    return data


def _sentence(path: Path, data: Any, fault: Mapping[str, Any]) -> str:
    keys = [key for key in fault["loc"] if not _is_union_arm(key)]
    said = {
        "extra_forbidden": "is no key of a mapping; correct its spelling or leave it out.",
        "missing": "is missing; add it.",
        "value_error": f"{fault['msg'].removeprefix('Value error, ')}.",
    }.get(fault["type"], f"{fault['msg'][:1].lower()}{fault['msg'][1:]}.")
    return f"{path}:{_line(data, keys)}: {'.'.join(str(key) for key in keys)}: {said}"


def _is_union_arm(key: str | int) -> bool:
    """Pydantic puts the name of the type that it tried into the path."""
    return isinstance(key, str) and (
        key in ("Target", "str", "bool", "int", "float") or key.startswith(("constrained", "tuple["))
    )


def _line(data: Any, keys: list[str | int]) -> int:
    """The line on which a key, or what surrounds it, begins."""
    line = 1
    for key in keys:
        try:
            place = data.lc.key(key) if isinstance(data, CommentedMap) else data.lc.item(key)
            line, data = place[0] + 1, data[key]
        except (KeyError, IndexError, AttributeError, TypeError):
            return line
    return line
