"""What a person or a script sees: tables on standard output, or JSON alone; progress on standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

SEGMENT_STYLES = {"hot": "bold red", "warm": "yellow", "cold": "cyan", "excluded": "dim"}
LEVEL_MARKS = {"ok": "[green]✔[/]", "warn": "[yellow]![/]", "fail": "[red]✘[/]"}


def print_json(value: Any) -> None:
    """One JSON value on one line."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], **options: Any) -> Table:
    """A table of plain texts: nothing in a cell is read as markup."""
    grid = Table(title=title, title_justify="left", header_style="bold", **options)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    return grid


def segment(word: str | None) -> str:
    """A segment in its colour, as markup."""
    return f"[{SEGMENT_STYLES.get(word or '', 'none')}]{word or ''}[/]"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, in the largest sensible unit."""
    if then is None:
        return "never"
    seconds = max(0, round((now - then).total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def summary(counts: Mapping[str, int]) -> str:
    """`3 hot, 12 warm`, without the zeros."""
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"


@contextmanager
def bars(*, shown: bool) -> Iterator[Progress]:
    """Progress bars on standard error; nothing where it is no terminal or JSON was asked for."""
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not (shown and err.is_terminal),
    )
    with progress:
        yield progress
