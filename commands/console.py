"""What a person or a script sees: tables on standard output, or JSON alone; progress on standard error."""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.containers import Lines
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

SEGMENT_STYLES = {"hot": "bold red", "warm": "yellow", "cold": "cyan", "excluded": "dim"}
SEAM = re.compile(r"[_/.-]")
FIGURE = re.compile(r"[\d,.]+( s)?")
AHEAD = timedelta(minutes=1)
"""Clocks of two machines differ by less than this where time is synchronised."""
ORDER = {name: place for place, name in enumerate(("hot", "warm", "cold", "closed", "excluded"))}


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


class Wordwise(Text):
    """Text whose words, where one is too long for a line, break after `_`, `-`, `/` or `.` if they can."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        """Lines of at most `width` cells."""
        places = [] if options.get("no_wrap") else list(_breaks(self.plain, width))
        broken = Text("\n").join(self.divide(places)) if places else self
        return Text.wrap(broken, console, width, **options)


def _breaks(text: str, width: int) -> Iterator[int]:
    """Where words longer than `width` signs are best cut."""
    for word in re.finditer(r"\S+", text):
        start = word.start()
        while word.end() - start > width:
            seams = [seam.end() for seam in SEAM.finditer(text, start, start + width)]
            start = seams[-1] if seams else start + width
            yield start


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table of plain texts; columns of figures (`1,200`, `0.5 s`) stand to the right."""
    grid = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for place, column in enumerate(columns):
        figures = bool(rows) and all(FIGURE.fullmatch(str(row[place])) for row in rows)
        grid.add_column(column, justify="right" if figures else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Wordwise("" if cell is None else str(cell)) for cell in row))
    return grid


def pairs(rows: Sequence[tuple[str, object]], *, indent: int = 2, width: int = 12) -> Padding:
    """Labels and texts; a long text goes on under its own beginning."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True, min_width=width)
    grid.add_column(overflow="fold")
    for label, text in rows:
        grid.add_row(label, text if isinstance(text, Text) else Wordwise(str(text)))
    return Padding(grid, (0, 0, 0, indent))


def marked(mark: Text, text: Text) -> Padding:
    """A sign and a text that goes on under its own beginning."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(mark, text)
    return Padding(grid, (0, 0, 0, 2))


def heading(text: str, note: str = "") -> None:
    """A section's title, with a quieter remark beside it."""
    out.print()
    out.print(Text.assemble((text, "bold"), (f"  {note}" if note else "", "dim")))


def segment(word: str | None) -> Text:
    """A segment in its colour."""
    return Text(word or "", SEGMENT_STYLES.get(word or "", ""))


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, in the largest sensible unit; `2 d ahead` by a clock that runs before ours."""
    if then is None:
        return "never"
    return f"{span(then - now)} ahead" if is_ahead(then, now) else f"{span(max(now - then, timedelta()))} ago"


def is_ahead(then: datetime, now: datetime) -> bool:
    """Whether a time that should lie behind us lies before us by more than clocks commonly differ."""
    return then - now > AHEAD


def span(time: timedelta) -> str:
    """`3 d`, `12 s`: the largest sensible unit."""
    seconds = round(time.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def moment(at: datetime | date) -> str:
    """`Mon 23 Nov 09:13`, a date without its time."""
    return f"{at:%a} {at.day} {at:%b %H:%M}" if isinstance(at, datetime) else f"{at:%a} {at.day} {at:%b}"


def summary(counts: Mapping[str, int]) -> str:
    """`3 hot, 12 warm`, hottest first, without the zeros."""
    named = sorted(counts.items(), key=lambda one: ORDER.get(one[0], len(ORDER)))
    return ", ".join(f"{count:,} {name}" for name, count in named if count) or "none"


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
