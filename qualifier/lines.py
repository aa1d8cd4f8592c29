"""The lines of a score: every point in words, one line each, and the same as numbers.

A *line* is one number of the score with its words: a signal, the benefit of the doubt of a criterion, what a
cap takes, a minus signal, the floor or ceiling. The lines sum to the score. They come in *blocks*, mostly a
criterion's: few different blocks occur among many leads, so what needs no fact and no date is written once
per distinct block. Source: qualification rules, §5.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from qualifier.criteria import EngagementCriterion, FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.phrases import (
    SHOWN,
    TOUCH_WORDS,
    characters,
    day_words,
    fill,
    placeholders,
    shown_facts,
    signed,
    spaced,
)
from qualifier.playbook import Playbook

BREAKDOWN_LENGTH = 8000
_MOST_POINTS = 9999
_SIGNED = pl.Series([signed(number) for number in range(-_MOST_POINTS, _MOST_POINTS + 1)])
_NUMBERS = pl.Series([str(number) for number in range(-_MOST_POINTS, _MOST_POINTS + 1)])
_LARGEST_KEY = 2**62


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the score: its id in `points`, the column it stands in, and its words."""

    id: str
    column: str
    text: str
    """Words, perhaps with `{placeholders}`."""
    plain: str
    """Words that need no fact."""
    worth: int = 0
    """The signal's points; 0: no signal, so no reason that Why may name."""
    touches: str | None = None
    """For touches: the name that their `at:`, `kind:` and `count:` columns carry."""

    @property
    def constant(self) -> bool:
        """Whether the words are the same for every lead."""
        return self.touches is None and not placeholders([self.text])

    @property
    def words(self) -> pl.Expr:
        """The words, filled from `shown:` columns."""
        known = {name: pl.col(SHOWN + name) for name in placeholders([self.text])}
        if self.touches:
            kind = pl.col(f"kind:{self.touches}")
            known["touch"] = kind.replace_strict(TOUCH_WORDS, default=None, return_dtype=pl.String)
        return fill(self.text, known).fill_null(self.plain) if known else pl.lit(self.text)

    @property
    def dated(self) -> pl.Expr:
        """The words, touches with the day in place of `at:`."""
        return pl.concat_str(self.words, pl.lit(" "), f"at:{self.touches}") if self.touches else self.words


Block = tuple[Line, ...]


def blocks_of(playbook: Playbook) -> Iterator[Block]:
    """Every line that a breakdown can have, in the order of the playbook; together they sum to the score."""
    for criterion in playbook.criteria:
        yield tuple(_criterion_lines(criterion))
    for signal in playbook.minus:
        yield (_signal_line(f"minus.{signal.id}", f"minus:{signal.id}", signal),)
    yield (_line("floor", "floor"), _line("ceiling", "ceiling"))


def _criterion_lines(criterion: FitCriterion | EngagementCriterion) -> Iterator[Line]:
    for signal in criterion.signals:
        yield _signal_line(f"{criterion.id}.{signal.id}", f"points:{criterion.id}.{signal.id}", signal)
    name = spaced(criterion.id)
    if isinstance(criterion, FitCriterion):
        yield _line(f"doubt:{criterion.id}", f"{name}, benefit of the doubt")
    yield _line(f"cap:{criterion.id}", f"{name} cap")


def _signal_line(name: str, column: str, signal: FitSignal | TouchSignal | MinusSignal) -> Line:
    touches = None if isinstance(signal, FitSignal) else name
    return Line(name, column, signal.because, spaced(signal.id), signal.points, touches)


def _line(column: str, words: str) -> Line:
    return Line(column, column, words, words)


def prepared(
    frame: pl.DataFrame, blocks: Iterable[Block], playbook: Playbook, as_of: datetime
) -> pl.DataFrame:
    """`frame` with what its lines need: `shown:` facts, `at:` as days in words, floor and ceiling apart."""
    lines = [line for block in blocks for line in block]
    shown = shown_facts(frame, placeholders(line.text for line in lines), playbook.facts_all, as_of)
    days = day_words(frame.select(f"at:{line.touches}" for line in lines if line.touches), as_of)
    return frame.with_columns(
        *shown.get_columns(),
        *days.get_columns(),
        floor=pl.col("floor").clip(lower_bound=0),
        ceiling=pl.col("floor").clip(upper_bound=0),
    )


def said(leads: pl.DataFrame, lines: Iterable[Line]) -> pl.DataFrame:
    """The words of each line by its id, touches with their day; null where the line is zero."""
    return leads.select(pl.when(pl.col(line.column) != 0).then(line.dated).alias(line.id) for line in lines)


# --- the breakdown ------------------------------------------------------------------------------------------


def breakdown(leads: pl.DataFrame, blocks: Sequence[Block], words: pl.DataFrame) -> pl.Series:
    """Every line that is not zero, its points at the end. `words`: `said` of what is not constant."""
    texts = leads.with_columns(words).lazy()
    pieces: list[pl.Expr | pl.Series] = []
    for block in blocks:
        if all(line.constant for line in block):
            pieces.append(_per_distinct(leads, block, _sheet))
        else:
            pieces += [_entry(line, pl.col(line.id) if line.id in words else line.words) for line in block]
    whole = texts.select(pl.concat_str(pieces, separator="\n", ignore_nulls=True)).collect().to_series()
    # A text has never more characters than bytes, so only few rows need a closer look.
    long = (whole.str.len_bytes() > BREAKDOWN_LENGTH).arg_true()
    if long.is_empty():
        return whole
    lines = [line for block in blocks for line in block]
    entries = leads[long].select(_entry(line, line.dated).alias(line.id) for line in lines).rows()
    points = leads[long].select(pl.col(line.column).alias(line.id) for line in lines).rows()
    return whole.scatter(long, [_folded(*both) for both in zip(entries, points, strict=True)])


def _entry(line: Line, words: pl.Expr) -> pl.Expr:
    return pl.when(pl.col(line.column) != 0).then(
        pl.concat_str(words, pl.lit(" "), number_words(pl.col(line.column), _SIGNED))
    )


def _sheet(leads: pl.DataFrame, block: Block) -> pl.Series:
    entries = [_entry(line, line.words) for line in block]
    return leads.select(pl.concat_str(entries, separator="\n", ignore_nulls=True)).to_series()


def _folded(texts: Sequence[str | None], points: Sequence[int]) -> str:
    """As many lines as fit, the smallest ones together in `others ±n`."""
    kept = {place: text for place, text in enumerate(texts) if text}
    folded = 0
    for place in sorted(kept, key=lambda place: (abs(points[place]), -place)):
        rest = [f"others {signed(folded)}"] if folded else []
        text = "\n".join([*kept.values(), *rest])
        if characters(text) <= BREAKDOWN_LENGTH:
            return text
        del kept[place]
        folded += points[place]
    return f"others {signed(folded)}"


# --- the same as numbers ------------------------------------------------------------------------------------


def points(leads: pl.DataFrame, blocks: Iterable[Block]) -> pl.Series:
    """JSON object of line → points, the zeros left out."""
    pieces = [_per_distinct(leads, block, _pairs) for block in blocks]
    inner = pl.concat_str(pieces, separator=",", ignore_nulls=True)
    return pl.select(pl.concat_str(pl.lit("{"), inner, pl.lit("}")).alias("points")).to_series()


def _pairs(leads: pl.DataFrame, block: Block) -> pl.Series:
    pairs = [
        pl.when(pl.col(line.column) != 0).then(
            pl.concat_str(pl.lit(f'"{line.id}":'), number_words(pl.col(line.column), _NUMBERS))
        )
        for line in block
    ]
    return leads.select(pl.concat_str(pairs, separator=",", ignore_nulls=True)).to_series()


def number_words(number: pl.Expr, table: pl.Series = _SIGNED) -> pl.Expr:
    """Whole numbers in words of a table; by default signed."""
    return pl.lit(table).gather(number + _MOST_POINTS)


def _per_distinct(
    leads: pl.DataFrame, block: Block, write: Callable[[pl.DataFrame, Block], pl.Series]
) -> pl.Series:
    """`write` once per distinct row of numbers; null where it writes nothing."""
    numbers = leads.select(line.column for line in block)
    key = _key(numbers)
    if key is None:
        return write(numbers, block).replace("", None)
    keyed = numbers.with_columns(key)
    distinct = keyed.unique("key")
    table = distinct.select("key", write(distinct, block).replace("", None).alias("text"))
    return keyed.join(table, on="key", how="left", maintain_order="left").get_column("text")


def _key(numbers: pl.DataFrame) -> pl.Series | None:
    """One number per distinct row of whole numbers; None where none is large enough."""
    if numbers.is_empty():
        return None
    low, high = numbers.min().row(0), numbers.max().row(0)
    key, size = pl.lit(0, pl.Int64), 1
    for name, least, most in zip(numbers.columns, low, high, strict=True):
        width = most - least + 1
        key, size = key * width + (pl.col(name) - least), size * width
    return numbers.select(key.alias("key")).to_series() if size < _LARGEST_KEY else None
