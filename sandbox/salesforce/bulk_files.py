"""The files of bulk jobs: CSV in, CSV out, and what a cell means (salesforce.md §4.3)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import RecordError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.schema import Field, SObject

CLEARS = "#N/A"
"""A cell that empties the field; an empty cell leaves it as it is."""
LARGEST_CELL = 131_072
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


class FileFault(Exception):
    """The file as a whole cannot be used: the job fails, and this is its error message."""


def read_file(text: str, delimiter: str, line_ending: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows. FileFault for other line ends than announced, or rows of another length."""
    first_line = text.partition("\n")[0]
    if first_line.endswith("\r") != (line_ending == "\r\n"):
        name = "CRLF" if line_ending == "\r\n" else "LF"
        message = (
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {name}"
        )
        raise FileFault(message)
    csv.field_size_limit(LARGEST_CELL)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise FileFault(f"ClientInputError : {fault}") from None
    header, *rows = [row for row in rows if row] or [[]]
    if any(len(row) != len(header) for row in rows):
        raise FileFault("ClientInputError : The number of columns differs from row to row.")
    return header, rows


def write_file(rows: list[list[str]], delimiter: str, line_ending: str) -> str:
    """The rows with every cell in quotes, as the org writes them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_ending, quoting=csv.QUOTE_ALL)
    writer.writerows(rows)
    return out.getvalue()


def column_names(org: Org, user: str, found: SObject, header: list[str], operation: str) -> list[str]:
    """The header with the fields' own names. FileFault for a field that the user does not see, or no Id."""
    names = []
    for name in header:
        own = found.find(name)
        if own is None or not org.access.can_read(user, found, own):
            raise FileFault(f"InvalidBatch : Field name not found : {name}")
        names.append(own.name)
    if operation != "insert" and "Id" not in names:
        raise FileFault("InvalidBatch : Field name not found : Id")
    return names


def typed_fields(found: SObject, header: list[str], row: list[str]) -> tuple[str | None, dict[str, Any]]:
    """A row's id and its fields as the REST API takes them. RecordError for a cell of the wrong kind."""
    fields: dict[str, Any] = {}
    row_id = None
    for name, cell in zip(header, row, strict=True):
        if name == "Id":
            row_id = cell
        elif cell != "":
            field = found.find(name)
            fields[name] = None if cell == CLEARS or field is None else _typed(field, cell)
    return row_id, fields


def _typed(field: Field, cell: str) -> Any:
    try:
        if field.type == "boolean":
            return _flag(cell)
        return (int(cell) if field.type == "int" else float(cell)) if field.is_number else cell
    except ValueError:
        message = f"{field.label}: value not of required type: {cell}"
        raise RecordError("INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name]) from None


def _flag(cell: str) -> bool:
    word = cell.lower()
    if word not in _TRUE + _FALSE:
        raise ValueError(cell)
    return word in _TRUE
