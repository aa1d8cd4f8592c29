"""A list of real leads (CSV) and its mapping file, carried into both sandbox CRMs.

Rows have no history: their dates are invented as the mapping says, and nothing else is.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from sandbox import fill_hubspot, fill_salesforce
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.schema import Definition, Option
from sandbox.hubspot.values import BadValue
from sandbox.journeys import Touch
from sandbox.mapping import Crm, Declared, LeadMapping, LeadsFault, Scalar, TouchRule, read_mapping
from sandbox.salesforce.org import Org

SALESFORCE_TYPES = {
    "text": ("string", 255),
    "long_text": ("textarea", 32_000),
    "number": ("double", 0),
    "flag": ("boolean", 0),
    "pick": ("picklist", 255),
}
"""A declared type as Salesforce's describe calls it, with its length."""
HUBSPOT_TYPES = {
    "text": ("string", "text"),
    "long_text": ("string", "textarea"),
    "number": ("number", "number"),
    "flag": ("bool", "booleancheckbox"),
    "pick": ("enumeration", "select"),
}
"""A declared type as HubSpot's type and fieldType."""
NUMBER_TYPES = ("double", "int", "currency", "percent", "number")
SALESFORCE_DIGITS, SALESFORCE_SCALE = 18, 4


@dataclass(frozen=True, slots=True)
class Row:
    """One lead: its line in the file, its cells without the blank ones, and its invented time."""

    line: int
    cells: Mapping[str, str]
    created_at: datetime
    touches: tuple[Touch, ...]


@dataclass(frozen=True, slots=True)
class Leads:
    """A whole list, oldest first, as it stands at `now`."""

    path: Path
    mapping_path: Path
    mapping: LeadMapping
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    now: datetime


def load(leads: Path, mapping: Path, *, now: datetime) -> Leads:
    """Read a list and its mapping. LeadsFault: one sentence per fault, with file, row and column."""
    read = read_mapping(mapping)
    header, lines = _read_csv(leads)
    if faults := list(_column_faults(leads, mapping, read.mapping, header)):
        raise LeadsFault(faults)
    now = now.replace(microsecond=0)
    rows = _rows(read.mapping, _in_time_order(leads, read.mapping, lines), now)
    return Leads(leads, mapping, read.mapping, tuple(header), tuple(rows), now)


def _read_csv(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header, and each row with its line number; LeadsFault where cells are missing or too many."""
    faults: list[str] = []
    lines: list[tuple[int, dict[str, str]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            for cells in reader:
                if len(cells) == len(header):
                    lines.append((reader.line_num, dict(zip(header, map(str.strip, cells), strict=True))))
                elif cells:
                    faults.append(
                        f"{path}, row {reader.line_num}: has {len(cells)} cells, and the header"
                        f" {len(header)}; put quotation marks around a text that holds a comma."
                    )
    except OSError as error:
        raise LeadsFault(
            [f"{path}: cannot be read ({(error.strerror or 'no such file').lower()})."]
        ) from None
    except UnicodeDecodeError:
        raise LeadsFault([f"{path}: is not UTF-8 text; save it as CSV UTF-8."]) from None
    except csv.Error as error:
        raise LeadsFault([f"{path}: is no CSV file ({error}); save it as CSV UTF-8."]) from None
    if not header:
        raise LeadsFault([f"{path}: is empty; its first row must name the columns."])
    if repeated := sorted({name for name in header if header.count(name) > 1}):
        raise LeadsFault(
            [f"{path}, row 1: names {', '.join(repeated)} twice; give each column its own name."]
        )
    if faults:
        raise LeadsFault(faults)
    return header, lines


def _column_faults(leads: Path, path: Path, mapping: LeadMapping, header: Sequence[str]) -> Iterator[str]:
    """Columns that the mapping names and the list lacks, and columns that nobody decided about."""
    named: set[str] = set()
    for place, column in mapping.columns():
        named.add(column)
        if column not in header:
            near = get_close_matches(column, header, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"its columns are {', '.join(header)}."
            yield f"{path}: {place}: {leads.name} has no column {column!r}; {hint}"
    for column in header:
        if column not in named:
            yield (
                f"{path}: {leads.name} has a column {column!r} that the mapping does not name; map it, or put"
                " it under `ignore`."
            )


def _in_time_order(
    leads: Path, mapping: LeadMapping, lines: list[tuple[int, dict[str, str]]]
) -> list[tuple[int, dict[str, str]]]:
    """The rows by the column of `created.by`; LeadsFault for a number that is empty or comes twice."""
    faults: list[str] = []
    seen: dict[str, int] = {}
    for line, cells in lines:
        number = cells[mapping.number]
        if not number:
            faults.append(f"{leads}, row {line}, column {mapping.number}: is empty; each lead needs its own.")
        elif number in seen:
            faults.append(
                f"{leads}, row {line}, column {mapping.number}: {number!r} stands in row {seen[number]}"
                " already; take the lead out once."
            )
        seen.setdefault(number, line)
    if faults:
        raise LeadsFault(faults)
    return sorted(lines, key=lambda row: _rank(row[1][mapping.created.by]))


def _rank(cell: str) -> tuple[int, float, str]:
    """Numbers in their order, then texts in theirs."""
    try:
        return 0, float(cell), ""
    except ValueError:
        return 1, 0.0, cell


def _rows(mapping: LeadMapping, lines: list[tuple[int, dict[str, str]]], now: datetime) -> Iterator[Row]:
    step = mapping.created.spread_days * 86_400 / max(len(lines), 1)
    for place, (line, everything) in enumerate(lines):
        cells = {column: cell for column, cell in everything.items() if cell not in mapping.blank}
        created_at = now - timedelta(seconds=round((len(lines) - place - 0.5) * step))
        touches = [_touch(rule, created_at, now) for rule in mapping.touches if _matches(rule, cells)]
        yield Row(line, cells, created_at, tuple(sorted(touches, key=lambda touch: touch.at)))


def _matches(rule: TouchRule, cells: Mapping[str, str]) -> bool:
    return all(cells.get(column) in texts for column, texts in rule.when.items())


def _touch(rule: TouchRule, created_at: datetime, now: datetime) -> Touch:
    at = min(created_at + timedelta(minutes=rule.minutes_after), now)
    return Touch(rule.channel, rule.name, at, at, rule.direction)


def fill_org(org: Org, leads: Leads) -> list[str]:
    """Add the list to a Salesforce org; the leads' ids, oldest first. LeadsFault names row and column."""
    half, faults, ids = leads.mapping.salesforce, _Faults(leads), []
    for name, declared in half.declare.items():
        kind, length = SALESFORCE_TYPES[declared.type]
        org.add_custom_field(
            "Lead",
            name,
            kind,
            label=declared.label,
            length=length,
            precision=SALESFORCE_DIGITS if kind == "double" else 0,
            scale=SALESFORCE_SCALE if kind == "double" else 0,
            filterable=declared.type != "long_text",
            values=_choices(name, declared, half, leads),
        )
    kinds = {name: field.type for name, field in org.objects["Lead"].fields.items()}
    faults.check_targets("salesforce", half, kinds)
    campaigns = fill_salesforce.Campaigns(org)
    for row in leads.rows:
        if (values := faults.values(row, half, kinds)) is None:
            continue
        ids.append(org.insert("Lead", values, created_at=row.created_at))
        for touch in row.touches:
            fill_salesforce.add_touch(org, ids[-1], touch, org.reps, campaigns)
    faults.raise_if_any()
    return ids


def fill_portal(portal: Portal, leads: Leads) -> list[str]:
    """Add the list to a HubSpot portal; the contacts' ids, oldest first. LeadsFault names row and column."""
    half, faults, ids = leads.mapping.hubspot, _Faults(leads), []
    for name, declared in half.declare.items():
        kind, field_type = HUBSPOT_TYPES[declared.type]
        choices = _choices(name, declared, half, leads) if kind != "bool" else ("true", "false")
        options = tuple(Option(value, value, display_order=place) for place, value in enumerate(choices))
        portal.add_property(
            "contacts",
            Definition(name, kind, field_type, declared.label, "leads_file", options=options),
        )
    kinds = {definition.name: definition.type for definition in portal.schemas["contacts"]}
    faults.check_targets("hubspot", half, kinds)
    for row in leads.rows:
        values = faults.values(row, half, kinds)
        if values is None:
            continue
        values = fill_hubspot.conversions(row.touches) | values
        try:
            ids.append(portal.create("contacts", values, created_at=row.created_at, source="IMPORT"))
        except BadValue as error:
            faults.add(row, half, error.name, error.message)
            continue
        for touch in row.touches:
            if touch.channel != "form":
                fill_hubspot.add_engagement(portal, ids[-1], touch, (), leads.now)
    faults.raise_if_any()
    return ids


def _choices(name: str, declared: Declared, half: Crm, leads: Leads) -> tuple[str, ...]:
    """A pick's values: as declared, else every text that the list will put there."""
    if declared.type != "pick":
        return ()
    if declared.values:
        return declared.values
    found: dict[str, None] = {}
    for column in half.columns:
        for target in half.targets(column):
            if target.to == name and target.values is not None:
                found |= dict.fromkeys(str(value) for value in target.values.values())
            elif target.to == name:
                found |= dict.fromkeys(row.cells[column] for row in leads.rows if column in row.cells)
    return tuple(sorted(found))


class _Faults:
    """What was wrong while a list was carried over, row by row."""

    def __init__(self, leads: Leads) -> None:
        self.leads = leads
        self.found: list[str] = []

    def check_targets(self, crm: str, half: Crm, kinds: Mapping[str, str]) -> None:
        """LeadsFault where the mapping names a field that the CRM does not have."""
        wanted = {target.to for column in half.columns for target in half.targets(column)} | {*half.constants}
        for name in sorted(wanted - set(kinds)):
            near = get_close_matches(name, kinds, 1)
            hint = f"did you mean {near[0]}?" if near else f"declare it under {crm}.declare."
            self.found.append(f"{self.leads.mapping_path}: {crm}: there is no field {name}; {hint}")
        self.raise_if_any()

    def values(self, row: Row, half: Crm, kinds: Mapping[str, str]) -> dict[str, Any] | None:
        """The record that a row becomes; None, with the faults kept, where a cell does not fit."""
        before = len(self.found)
        words = dict.fromkeys(self.leads.columns, "") | dict(row.cells)
        words["created"] = row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        record: dict[str, Any] = {}
        for name, constant in half.constants.items():
            record[name] = self._fit(row, name, _filled(constant, words), kinds[name])
        for column, cell in row.cells.items():
            for target in half.targets(column):
                value = cell if target.values is None else target.values.get(cell)
                if value is not None:
                    record[target.to] = self._fit(row, column, _filled(value, words), kinds[target.to])
        return record if len(self.found) == before else None

    def _fit(self, row: Row, column: str, value: Scalar, kind: str) -> Scalar | None:
        if kind in NUMBER_TYPES and not isinstance(value, bool):
            try:
                number = float(value)
            except ValueError:
                self._say(
                    row, column, f"{value!r} is not a number; correct the cell, or map it under `values`."
                )
                return None
            return int(number) if number.is_integer() else number
        if kind in ("boolean", "bool") and not isinstance(value, bool):
            self._say(row, column, f"{value!r} is not yes or no; map it to true or false under `values`.")
            return None
        return value

    def add(self, row: Row, half: Crm, field: str, reason: str) -> None:
        """A value that the CRM itself refused."""
        columns = [one for one in half.columns if any(target.to == field for target in half.targets(one))]
        self._say(row, " or ".join(columns) or field, f"{field}: {reason}")

    def raise_if_any(self) -> None:
        if self.found:
            raise LeadsFault(self.found)

    def _say(self, row: Row, column: str, reason: str) -> None:
        self.found.append(f"{self.leads.path}, row {row.line}, column {column}: {reason}")


def _filled(value: Scalar, words: Mapping[str, str]) -> Scalar:
    """A text with its `{column}`s filled in."""
    if not isinstance(value, str) or "{" not in value:
        return value
    for column, cell in words.items():
        value = value.replace(f"{{{column}}}", cell)
    return value
