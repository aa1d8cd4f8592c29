"""What happened to each lead until an instant: its touches, by the lead's position in the frame.

What scoring, phases and stages want to know of touches is asked at once: one join, one group, and one dense
table per answer, of which each question is a slice. So a single lead costs few calls.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.facts import INSTANT, TOUCH_KINDS

MICROSECONDS_A_DAY = 86_400_000_000
_CODES = {kind: code for code, kind in enumerate(TOUCH_KINDS)}
_WORDS = pl.Series("kind", TOUCH_KINDS)
_KIND_BITS = 32
"""Kinds fit into five bits below an instant in microseconds: one maximum finds the newest and its kind."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What to look for: touches of these kinds, or human ones, or conversations, or any; at most so old.

    Each is worth `points` times its count, halved every `half_life_days`.
    """

    kinds: tuple[str, ...] | None = None
    human: bool = False
    conversation: bool = False
    max_days: float = math.inf
    points: float = 0.0
    half_life_days: float = math.inf


@dataclass(frozen=True, slots=True)
class Journey:
    """`touches`: `row` (position of the lead), `kind` (code), `at`, `count`, `human`, `conversation`."""

    touches: pl.DataFrame
    leads: int
    as_of: datetime

    @classmethod
    def of(cls, leads: pl.DataFrame, touches: pl.DataFrame, as_of: datetime) -> "Journey":
        """The journeys of `leads` (column `lead`) among `touches` (`TOUCH_COLUMNS`, any order)."""
        rows = leads.lazy().select("lead").with_row_index("row")
        past = (
            touches.lazy()
            .filter(pl.col("at") <= as_of)
            .select(
                "lead",
                "at",
                "count",
                pl.col("human", "conversation").fill_null(value=False),
                kind=pl.col("kind").replace_strict(_CODES, default=None, return_dtype=pl.UInt8),
            )
            .join(rows, on="lead")
            .drop("lead")
        )
        return cls(past.collect(), leads.height, as_of)

    def until(self, as_of: datetime) -> "Journey":
        """The same as it stood at an earlier instant."""
        return Journey(self.touches.filter(pl.col("at") <= as_of), self.leads, as_of)

    def follow(self, traces: Sequence[Trace]) -> "Found":
        """Look for every trace at once."""
        of_kind = [(number, trace) for number, trace in enumerate(traces) if trace.kinds is not None]
        of_any = [(number, trace) for number, trace in enumerate(traces) if trace.kinds is None]
        touches = self.touches.lazy()
        parts = [touches.join(_table(tuple(of_kind)).lazy(), on="kind")] if of_kind or not of_any else []
        parts += [
            touches.filter(_wanted(trace)).with_columns(_terms(number, trace)) for number, trace in of_any
        ]
        age = (pl.lit(self.as_of, INSTANT) - pl.col("at")).dt.total_microseconds() / MICROSECONDS_A_DAY
        table = (
            pl.concat([part.select(_PART) for part in parts])
            .filter(age <= pl.col("max_days"))
            .select(
                slot=pl.col("trace") * self.leads + pl.col("row"),
                count="count",
                worth=pl.col("count") * pl.col("points") * (age * pl.col("rate")).exp(),
                newest=pl.col("at").to_physical() * _KIND_BITS + pl.col("kind").fill_null(_KIND_BITS - 1),
                oldest=pl.col("at"),
            )
            .group_by("slot")
            .agg(pl.col("worth", "count").sum(), pl.col("newest").max(), pl.col("oldest").min())
            .collect()
        )
        return Found(table, self.leads, len(traces))

    def spread(self, found: pl.DataFrame, column: str) -> pl.Series:
        """One value per lead out of a frame with `row`; null for leads that it leaves out."""
        return _scattered(found.get_column("row"), found.get_column(column), self.leads)


class Found:
    """Per trace (by its number) one value per lead; null where a lead has no such touch."""

    def __init__(self, table: pl.DataFrame, leads: int, traces: int) -> None:
        self._table, self._leads, self._traces = table, leads, traces
        self._dense: dict[str, pl.Series] = {}

    def of(self, trace: int, column: str) -> pl.Series:
        """`worth` (decayed sum), `count`, `oldest` (instant), `newest` (see `newest_at`, `newest_kind`)."""
        if column not in self._dense:
            slots = self._table.get_column("slot")
            self._dense[column] = _scattered(
                slots, self._table.get_column(column), self._leads * self._traces
            )
        return self._dense[column].slice(trace * self._leads, self._leads)


def newest_at(newest: pl.Series) -> pl.Expr:
    """The instant in `Found.of(…, "newest")`."""
    return (pl.lit(newest) // _KIND_BITS).cast(INSTANT)


def newest_kind(newest: pl.Series) -> pl.Expr:
    """The kind of touch in `Found.of(…, "newest")`."""
    return pl.lit(_WORDS).gather(pl.lit(newest) % _KIND_BITS, null_on_oob=True)


def _scattered(places: pl.Series, values: pl.Series, size: int) -> pl.Series:
    blank = pl.repeat(None, size, dtype=values.dtype, eager=True)
    return blank.scatter(places, values) if values.len() else blank


_PART = ("row", "kind", "at", "count", "trace", "max_days", "points", "rate")
_TERMS = {"trace": pl.Int64, "max_days": pl.Float64, "points": pl.Float64, "rate": pl.Float64}


def _row(number: int, trace: Trace) -> tuple[int, float, float, float]:
    return number, trace.max_days, trace.points, -math.log(2) / trace.half_life_days


def _terms(number: int, trace: Trace) -> list[pl.Expr]:
    row = zip(_TERMS.items(), _row(number, trace), strict=True)
    return [pl.lit(value, dtype()).alias(name) for (name, dtype), value in row]


@lru_cache(maxsize=64)
def _table(traces: tuple[tuple[int, Trace], ...]) -> pl.DataFrame:
    """One row per trace and kind."""
    rows = [(_CODES[kind], *_row(number, trace)) for number, trace in traces for kind in trace.kinds or ()]
    return pl.DataFrame(rows, schema={"kind": pl.UInt8, **_TERMS}, orient="row")


def _wanted(trace: Trace) -> pl.Expr:
    """Which touches a trace of any kind looks for."""
    if trace.human:
        return pl.col("human")
    return pl.col("conversation") if trace.conversation else pl.lit(value=True)


def of_kinds(kinds: Sequence[str]) -> pl.Expr:
    """Whether a touch of a journey is of one of these kinds."""
    return pl.col("kind").is_in([_CODES[kind] for kind in kinds])


def nth_at(journey: Journey, kinds: Sequence[str], number: int, since_days: float) -> pl.Series:
    """Per lead the instant of the `number`-th such touch of the last days; null with fewer."""
    mine = journey.touches.lazy().filter(of_kinds(kinds))
    if not math.isinf(since_days):
        mine = mine.filter(pl.col("at") >= journey.as_of - timedelta(days=since_days))
    so_far = pl.col("count").cum_sum().over("row")
    reached = mine.sort("row", "at").filter(so_far >= number).group_by("row").agg(pl.col("at").min())
    return journey.spread(reached.collect(), "at")
