"""Records as a bulk job's file, and back: what each value is written as (fact sheet §4.3)."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DELIMITER, DELIMITER_NAME = "`", "BACKQUOTE"
"""No text of ours holds it, so cells rarely need quotes; and hardly another program chooses it, so that it
tells our jobs from those of others."""
LINE_END, LINE_END_NAME = "\n", "LF"
CLEARS = "#N/A"
"""Empties a field; an empty cell leaves it as it is."""
RECORD_ID = "Id"
NO_FIELDS = ("attributes", "id")
"""What an element of a collection has beside its fields."""


def cell(value: Any) -> str:
    """A value of a record as a cell. Line ends become LF: a job takes one kind, in quoted texts too."""
    if value is None or value == "":
        return CLEARS
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).replace("\r\n", LINE_END).replace("\r", LINE_END)


def cells(record: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a record as cells."""
    return {name: cell(value) for name, value in record.items() if name not in NO_FIELDS}


def write_file(records: Sequence[Mapping[str, Any]]) -> bytes:
    """One row a record, its id first. Columns are sorted: the client's own writer has them in any order."""
    names = sorted({name for record in records for name in record if name not in NO_FIELDS})
    file = io.BytesIO()
    with io.TextIOWrapper(file, encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=DELIMITER, lineterminator=LINE_END)
        writer.writerow([RECORD_ID, *names])
        for record in records:
            row = cells(record)
            writer.writerow([record["id"], *(row.get(name, "") for name in names)])
        out.flush()
        return file.getvalue()


def read_file(file: bytes) -> Iterator[dict[str, str]]:
    """The rows of a file by column, decoded bit by bit: one emoji makes a whole text four times as large."""
    text = io.TextIOWrapper(io.BytesIO(file), encoding="utf-8-sig", errors="replace", newline="")
    return csv.DictReader(text, delimiter=DELIMITER)


def record_of(row: Mapping[str, str]) -> dict[str, str]:
    """What a row of a result says was sent: an id, and the cells that were not empty."""
    sent = {name: text for name, text in row.items() if text and name != RECORD_ID and name[:4] != "sf__"}
    return {"id": row[RECORD_ID]} | sent
