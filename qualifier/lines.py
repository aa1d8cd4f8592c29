"""The lines of a score: every point in words, one line each, and the same as numbers.

A *line* is one number of the score with its words: a signal, the benefit of the doubt of a criterion, what a
cap takes, a minus signal, the floor or ceiling. The lines sum to the score. A line has few different numbers,
so what it says of each stands in a table, and a lead costs one look-up. Source: qualification rules, §5.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

import polars as pl

from qualifier.columns import FEW, asked, extended, repeated
from qualifier.criteria import EngagementCriterion, FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.facts import TOUCH_KINDS
from qualifier.phrases import (
    SHOWN,
    characters,
    day_words,
    fill,
    perhaps_longer,
    placeholders,
    signed,
    spaced,
    touch_words,
)
from qualifier.playbook import Playbook

BREAKDOWN_LENGTH = 8000
SAID = "said:"
"""Prefix of the columns that hold the words of a line, dated where it is about touches."""
_TOUCHES = pl.Series([touch_words(kind) for kind in TOUCH_KINDS])


@dataclass(frozen=True)
class Line:
    """One number of the score: its id in `points`, the column it stands in, and its words."""

    id: str
    column: str
    text: str
    """Words, perhaps with `{placeholders}`."""
    plain: str
    """Words that need no fact."""
    most: int
    """The number is never larger than this, nor smaller than its negative."""
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
            known["touch"] = pl.lit(_TOUCHES).gather(pl.col(f"kind:{self.touches}"))
        return fill(self.text, known).fill_null(self.plain) if known else pl.lit(self.text)

    @property
    def dated(self) -> pl.Expr:
        """The words, touches with the day in place of `at:`."""
        return pl.concat_str(self.words, pl.lit(" "), f"at:{self.touches}") if self.touches else self.words

    @cached_property
    def entry(self) -> pl.Expr:
        """The words and the number, `product page 19 Nov +3`; null at zero. Reads `said:` unless constant."""
        if self.constant:
            return self.per_number(pl.col(self.column), lambda number: self.entry_of(number, self.text))
        number = self.per_number(pl.col(self.column), lambda number: self.entry_of(number, ""))
        return pl.concat_str(pl.col(SAID + self.id), number)

    def entry_of(self, number: int, words: str) -> str:
        """The same for one number and its words."""
        return f"{words} {signed(number)}"

    @cached_property
    def pair(self) -> pl.Expr:
        """`"interest.product":3`; null at zero."""
        return self.per_number(pl.col(self.column), self.pair_of)

    def pair_of(self, number: int) -> str:
        """The same for one number."""
        return f'"{self.id}":{number}'

    def per_number(self, number: pl.Expr, words: Callable[[int], str]) -> pl.Expr:
        """What is said of each number, looked up in a table; null at zero."""
        # Polars counts a negative place from the end.
        numbers = (*range(1, self.most + 1), *range(-self.most, 0))
        table = pl.Series([None, *map(words, numbers)], dtype=pl.String)
        return pl.lit(table).gather(number)


@lru_cache(maxsize=16)
def lines_of(playbook: Playbook) -> tuple[Line, ...]:
    """Every line that a breakdown can have, in the order of the playbook; together they sum to the score."""
    lines = [line for criterion in playbook.criteria for line in _criterion_lines(criterion)]
    lines += [_signal_line(f"minus.{signal.id}", f"minus:{signal.id}", signal) for signal in playbook.minus]
    most = sum(line.most for line in lines) + max(abs(playbook.score.low), abs(playbook.score.high))
    return (*lines, _line("floor", "floor", most), _line("ceiling", "ceiling", most))


def _criterion_lines(criterion: FitCriterion | EngagementCriterion) -> Iterator[Line]:
    signals = [
        _signal_line(f"{criterion.id}.{signal.id}", f"points:{criterion.id}.{signal.id}", signal)
        for signal in criterion.signals
    ]
    yield from signals
    name, most = spaced(criterion.id), sum(line.most for line in signals) + criterion.cap
    if isinstance(criterion, FitCriterion):
        yield _line(f"doubt:{criterion.id}", f"{name}, benefit of the doubt", most)
    yield _line(f"cap:{criterion.id}", f"{name} cap", most)


def _signal_line(name: str, column: str, signal: FitSignal | TouchSignal | MinusSignal) -> Line:
    touches = None if isinstance(signal, FitSignal) else name
    most = signal.most if isinstance(signal, TouchSignal) else signal.points
    return Line(name, column, signal.because, spaced(signal.id), abs(most), signal.points, touches)


def _line(column: str, words: str, most: int) -> Line:
    return Line(column, column, words, words, most)


def prepared(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """The columns of `frame` that its lines are about, and what they need to be said.

    `shown:` facts, `at:` as days in words, floor and ceiling apart, and `said:` for lines that are not zero
    and whose words differ from lead to lead.
    """
    read, dates = _wanted(playbook)
    leads = extended(frame[read], [_FLOOR, _CEILING]).hstack(day_words(frame.select(dates), as_of))
    return leads.hstack(_said(leads, playbook))


@lru_cache(maxsize=16)
def facts_told(playbook: Playbook) -> frozenset[str]:
    """The facts that lines mention; `prepared` reads them as `shown:` columns."""
    return frozenset(placeholders(line.text for line in lines_of(playbook)))


_FLOOR = pl.col("floor").clip(lower_bound=0)
_CEILING = pl.col("floor").clip(upper_bound=0).alias("ceiling")


@lru_cache(maxsize=16)
def _wanted(playbook: Playbook) -> tuple[list[str], list[str]]:
    """Numbers, touches and facts as they are; and instants to write out."""
    lines = lines_of(playbook)
    touched = [line.touches for line in lines if line.touches]
    read = [
        *(line.column for line in lines if line.column != "ceiling"),
        *(f"{part}:{name}" for name in touched for part in ("kind", "count")),
        *(SHOWN + name for name in facts_told(playbook)),
    ]
    return read, [f"at:{name}" for name in touched]


def _said(leads: pl.DataFrame, playbook: Playbook) -> list[pl.Series]:
    """The `said:` columns. Of few leads most lines are zero for all: these are not put into words."""
    own = _own_words(playbook)
    told = own
    if len(leads) <= FEW:
        told = {line: words for line, words in own.items() if any(leads.get_column(line.column).to_list())}
    said = {column.name: column for column in asked(leads, told.values()).get_columns()} if told else {}
    silent = repeated(None, pl.String(), len(leads))
    return [said.get(SAID + line.id, silent.alias(SAID + line.id)) for line in own]


@lru_cache(maxsize=16)
def _own_words(playbook: Playbook) -> dict[Line, pl.Expr]:
    """What `said:` is made of."""
    return {
        line: pl.when(pl.col(line.column) != 0).then(line.dated).alias(SAID + line.id)
        for line in lines_of(playbook)
        if not line.constant
    }


def texts(leads: pl.DataFrame, playbook: Playbook) -> tuple[pl.Series, pl.Series]:
    """`points`: JSON object of line → points, the zeros left out. `breakdown`: every line that is not zero.

    `leads` are `prepared`.
    """
    if len(leads) <= FEW:
        return tell(leads, playbook)
    points, breakdown = leads.select(_texts(playbook)).get_columns()
    long = perhaps_longer(breakdown, BREAKDOWN_LENGTH)
    return points, breakdown if long.is_empty() else breakdown.scatter(long, tell(leads[long], playbook)[1])


def tell(leads: pl.DataFrame, playbook: Playbook) -> tuple[pl.Series, pl.Series]:
    """The same, one lead after the other."""
    points, breakdown = [], []
    for row in leads.rows(named=True):
        held = [(line, row[line.column]) for line in lines_of(playbook) if row[line.column]]
        words = [line.text if line.constant else row[SAID + line.id] for line, _ in held]
        entries = [line.entry_of(number, said) for (line, number), said in zip(held, words, strict=True)]
        points.append(f"{{{','.join(line.pair_of(number) for line, number in held)}}}")
        breakdown.append(_folded(entries, [number for _, number in held]))
    return pl.Series("points", points, dtype=pl.String), pl.Series("breakdown", breakdown, dtype=pl.String)


@lru_cache(maxsize=16)
def _texts(playbook: Playbook) -> list[pl.Expr]:
    lines = lines_of(playbook)
    pairs = pl.concat_str([line.pair for line in lines], separator=",", ignore_nulls=True)
    entries = pl.concat_str([line.entry for line in lines], separator="\n", ignore_nulls=True)
    return [pl.concat_str(pl.lit("{"), pairs, pl.lit("}")).alias("points"), entries.alias("breakdown")]


def _folded(texts: Sequence[str], points: Sequence[int]) -> str:
    """As many lines as fit, the smallest ones together in `others ±n`."""
    kept = dict(enumerate(texts))
    folded = 0
    for place in sorted(kept, key=lambda place: (abs(points[place]), -place)):
        rest = [f"others {signed(folded)}"] if folded else []
        text = "\n".join([*kept.values(), *rest])
        if characters(text) <= BREAKDOWN_LENGTH:
            return text
        del kept[place]
        folded += points[place]
    return f"others {signed(folded)}"
