"""What happened to each lead until an instant: its touches, by the lead's position in the frame.

What scoring, phases and stages want to know of touches is asked at once: one join, one group, and one dense
table per answer, of which each question is a slice. So a single lead costs few calls.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

import polars as pl

from qualifier.columns import instant
from qualifier.facts import INSTANT, TOUCH_KINDS

Answer = Literal["worth", "count", "newest", "oldest"]
"""What can be asked of a trace."""
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
        rows = leads.select("lead").with_row_index("row")
        past = touches.filter(pl.col("at") <= instant(as_of)).select(_TOUCH)
        return cls(past.join(rows, on="lead").drop("lead"), leads.height, as_of)

    def until(self, as_of: datetime) -> "Journey":
        """The same as it stood at an earlier instant."""
        return Journey(self.touches.filter(pl.col("at") <= instant(as_of)), self.leads, as_of)

    def follow(self, traces: Mapping[str, Trace], wanted: Sequence[Answer]) -> pl.DataFrame:
        """Look for every trace at once: one row per lead, null where it has no such touch.

        Columns `<answer>:<trace>`: `worth` (decayed sum), `count`, `oldest` (instant), `newest` (an instant
        and a kind, see `newest_at` and `newest_kind`).
        """
        of_kind = tuple(
            (place, trace) for place, trace in enumerate(traces.values()) if trace.kinds is not None
        )
        of_any = [(place, trace) for place, trace in enumerate(traces.values()) if trace.kinds is None]
        parts = [self.touches.join(_table(of_kind), on="kind")] if of_kind or not of_any else []
        parts += [
            self.touches.filter(_wanted(trace)).with_columns(_terms(place, trace)) for place, trace in of_any
        ]
        age = (instant(self.as_of) - pl.col("at")).dt.total_microseconds() / MICROSECONDS_A_DAY
        slots = (
            pl.concat([part.select(_PART) for part in parts])
            .filter(age <= pl.col("max_days"))
            .select(
                (pl.col("trace") * self.leads + pl.col("row")).alias("slot"),
                *(_EACH[answer](age).alias(answer) for answer in wanted),
            )
            .group_by("slot")
            .agg(_ALL[answer] for answer in wanted)
        )
        dense = {
            answer: _scattered(slots["slot"], slots[answer], self.leads * len(traces)) for answer in wanted
        }
        return pl.DataFrame(
            dense[answer].slice(place * self.leads, self.leads).alias(f"{answer}:{name}")
            for place, name in enumerate(traces)
            for answer in wanted
        )

    def first_after(self, moment: datetime, kinds: Sequence[str]) -> pl.Series:
        """Per lead its first touch of these kinds after an instant that has passed; null without one."""
        later = self.touches.filter(pl.col("at") > instant(moment), of_kinds(kinds))
        return self.spread(later.group_by("row").agg(pl.col("at").min()), "at")

    def spread(self, found: pl.DataFrame, column: str) -> pl.Series:
        """One value per lead out of a frame with `row`; null for leads that it leaves out."""
        return _scattered(found.get_column("row"), found.get_column(column), self.leads)


_TOUCH = [
    pl.col("lead", "at", "count"),
    pl.col("human", "conversation").fill_null(value=False),
    pl.col("kind").replace_strict(_CODES, default=None, return_dtype=pl.UInt8),
]
_EACH: Mapping[Answer, Callable[[pl.Expr], pl.Expr]] = {
    "worth": lambda age: pl.col("count") * pl.col("points") * (age * pl.col("rate")).exp(),
    "count": lambda _: pl.col("count"),
    "newest": lambda _: pl.col("at").to_physical() * _KIND_BITS + pl.col("kind").fill_null(_KIND_BITS - 1),
    "oldest": lambda _: pl.col("at"),
}
"""What a touch, so many days old, brings to each answer."""
_ALL: Mapping[Answer, pl.Expr] = {
    "worth": pl.col("worth").sum(),
    "count": pl.col("count").sum(),
    "newest": pl.col("newest").max(),
    "oldest": pl.col("oldest").min(),
}
"""How the touches of a lead add up to it."""


def newest_at(trace: str) -> pl.Expr:
    """The instant in `newest:<trace>`."""
    return (pl.col(f"newest:{trace}") // _KIND_BITS).cast(INSTANT)


def newest_kind(trace: str) -> pl.Expr:
    """The kind of touch in `newest:<trace>`."""
    return pl.lit(_WORDS).gather(pl.col(f"newest:{trace}") % _KIND_BITS, null_on_oob=True)


def _scattered(places: pl.Series, values: pl.Series, size: int) -> pl.Series:
    blank = pl.Series(values.name, [None], dtype=values.dtype).new_from_index(0, size)
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


def nth_at(
    journey: Journey, kinds: Sequence[str], number: int, since_days: float, *, newest: bool = False
) -> pl.Series:
    """Per lead the instant of the `number`-th such touch of the last days; null with fewer.

    Counted from the oldest, or where wanted from the newest.
    """
    mine = journey.touches.filter(of_kinds(kinds))
    if not math.isinf(since_days):
        mine = mine.filter(pl.col("at") >= instant(journey.as_of - timedelta(days=since_days)))
    so_far = pl.col("count").cum_sum().over("row")
    ordered = mine.sort("row", "at", descending=[False, newest])
    each = pl.col("at").max() if newest else pl.col("at").min()
    return journey.spread(ordered.filter(so_far >= number).group_by("row").agg(each), "at")
