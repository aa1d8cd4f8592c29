"""What happened to each lead until an instant: its touches, by the lead's position in the frame.

What scoring, phases and stages want to know of touches is asked at once: one join and one group answer every
question with one row per question and lead that has such a touch. So a single lead costs few calls, and many
leads cost what they did, not what they might have done.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Literal

import polars as pl

from qualifier.columns import instant, repeated
from qualifier.facts import INSTANT, TOUCH_KINDS

Answer = Literal["worth", "count", "newest", "oldest"]
"""What can be asked of a trace."""
MICROSECONDS_A_DAY = 86_400_000_000
_CODES = {kind: code for code, kind in enumerate(TOUCH_KINDS)}
_KIND_BITS = 32
"""Kinds fit into five bits below an instant in microseconds: one maximum finds the newest and its kind."""
_OTHER = _KIND_BITS - 1
"""The code of a kind that is none of ours."""
_HUMAN, _CONVERSATION = _KIND_BITS, 2 * _KIND_BITS
"""Bits above the kind: together they are the `sort` of a touch, by which a trace finds it."""


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
class Found:
    """What traces found: one row per trace and lead that has such a touch.

    `slots`: `slot` (place of the trace · leads + row of the lead) and the columns asked for: `worth` (decayed
    sum), `count`, `oldest` (instant), `newest` (an instant and a kind, see `NEWEST_AT` and `NEWEST_KIND`).
    """

    slots: pl.DataFrame
    leads: int

    def per_lead(self, names: Sequence[str], values: pl.Series, blank: object = None) -> list[pl.Series]:
        """One column per trace, so named: its value of each lead, `blank` where it found nothing."""
        whole = _scattered(self.slots["slot"], values, self.leads * len(names), blank)
        return [whole.slice(place * self.leads, self.leads).alias(name) for place, name in enumerate(names)]


@dataclass(frozen=True, slots=True)
class Journey:
    """`touches`: `row` (position of the lead), `kind` (code), `sort`, `at`, `age` in days, `count`."""

    touches: pl.DataFrame
    leads: int
    as_of: datetime

    @classmethod
    def of(cls, leads: pl.DataFrame, touches: pl.DataFrame, as_of: datetime) -> "Journey":
        """The journeys of `leads` (column `lead`) among `touches` (`TOUCH_COLUMNS`, any order)."""
        rows = leads.select("lead").with_row_index("row")
        past = touches.filter(pl.col("at") <= instant(as_of)).select(_TOUCH).join(rows, on="lead")
        return cls(past.select(*_SORTED, _age(as_of)), leads.height, as_of)

    def until(self, as_of: datetime) -> "Journey":
        """The same as it stood at an earlier instant."""
        past = self.touches.filter(pl.col("at") <= instant(as_of)).with_columns(_age(as_of))
        return Journey(past, self.leads, as_of)

    def follow(self, traces: Sequence[Trace], wanted: Sequence[Answer]) -> Found:
        """Look for every trace at once."""
        found = self.touches.join(_table(tuple(traces)), on="sort")
        if any(trace.max_days < math.inf for trace in traces):
            found = found.filter(pl.col("age") <= pl.col("max_days"))
        slot = (pl.col("trace") * self.leads + pl.col("row")).alias("slot")
        slots = found.select(slot, *(_EACH[answer] for answer in wanted)).group_by("slot")
        return Found(slots.agg(_ALL[answer] for answer in wanted), self.leads)

    def first_after(self, moment: datetime, kinds: Sequence[str]) -> pl.Series:
        """Per lead its first touch of these kinds after an instant that has passed; null without one."""
        later = self.touches.filter(pl.col("at") > instant(moment), of_kinds(kinds))
        return self.spread(later.group_by("row").agg(pl.col("at").min()), "at")

    def nth(self, kinds: Sequence[str], number: int, max_days: float) -> tuple[pl.Series, pl.Series]:
        """Per lead the instants of the `number`-th such touch, counted from the oldest and from the newest.

        Looks at touches that are at most so old; null with fewer than `number`.
        """
        mine = self.touches.filter(of_kinds(kinds), pl.col("age") <= max_days).sort("row", "at")
        found = mine.group_by("row").agg(_nth(number).alias("begin"), _nth(number, newest=True).alias("last"))
        return self.spread(found, "begin"), self.spread(found, "last")

    def spread(self, found: pl.DataFrame, column: str, blank: object = None) -> pl.Series:
        """One value per lead out of a frame with `row`; `blank` for leads that it leaves out."""
        return _scattered(found.get_column("row"), found.get_column(column), self.leads, blank)


NEWEST_AT = (pl.col("newest") // _KIND_BITS).cast(INSTANT)
"""The instant in `newest`."""
NEWEST_KIND = (pl.col("newest") % _KIND_BITS).cast(pl.UInt8)
"""The place in `TOUCH_KINDS` of the kind of touch in `newest`."""


def _age(as_of: datetime) -> pl.Expr:
    return ((instant(as_of) - pl.col("at")).dt.total_microseconds() / MICROSECONDS_A_DAY).alias("age")


_TOUCH = [
    pl.col("lead", "at", "count"),
    pl.col("kind").replace_strict(_CODES, default=_OTHER, return_dtype=pl.UInt8),
    (
        pl.when("human").then(pl.lit(_HUMAN, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
        + pl.when("conversation").then(pl.lit(_CONVERSATION, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
    ).alias("flags"),
]
_SORTED = (pl.col("row", "kind", "at", "count"), (pl.col("kind") + pl.col("flags")).alias("sort"))
_EACH: Mapping[Answer, pl.Expr] = {
    "worth": (pl.col("count") * pl.col("points") * (pl.col("age") * pl.col("rate")).exp()).alias("worth"),
    "count": pl.col("count"),
    "newest": (pl.col("at").to_physical() * _KIND_BITS + pl.col("kind")).alias("newest"),
    "oldest": pl.col("at").alias("oldest"),
}
"""What a touch brings to each answer."""
_ALL: Mapping[Answer, pl.Expr] = {
    "worth": pl.col("worth").sum(),
    "count": pl.col("count").sum(),
    "newest": pl.col("newest").max(),
    "oldest": pl.col("oldest").min(),
}
"""How the touches of a lead add up to it."""


def _nth(number: int, *, newest: bool = False) -> pl.Expr:
    """Over touches of one lead, oldest first."""
    so_far = pl.col("count").cum_sum(reverse=newest) >= number
    return pl.col("at").filter(so_far).max() if newest else pl.col("at").filter(so_far).min()


def _scattered(places: pl.Series, values: pl.Series, size: int, blank: object = None) -> pl.Series:
    whole = repeated(blank, values.dtype, size).alias(values.name)
    return whole.scatter(places, values) if values.len() else whole


_TERMS = {"trace": pl.Int64, "max_days": pl.Float64, "points": pl.Float64, "rate": pl.Float64}


@lru_cache(maxsize=64)
def _table(traces: tuple[Trace, ...]) -> pl.DataFrame:
    """One row per trace and sort of touch that it looks for."""
    rows = [
        (sort, place, trace.max_days, trace.points, -math.log(2) / trace.half_life_days)
        for place, trace in enumerate(traces)
        for sort in _sorts(trace)
    ]
    return pl.DataFrame(rows, schema={"sort": pl.UInt8, **_TERMS}, orient="row")


def _sorts(trace: Trace) -> Iterator[int]:
    codes = range(_KIND_BITS) if trace.kinds is None else [_CODES[kind] for kind in trace.kinds]
    for human, conversation, code in product((False, True), (False, True), codes):
        if human >= trace.human and conversation >= trace.conversation:
            yield code + human * _HUMAN + conversation * _CONVERSATION


def of_kinds(kinds: Sequence[str]) -> pl.Expr:
    """Whether a touch of a journey is of one of these kinds."""
    return pl.col("kind").is_in([_CODES[kind] for kind in kinds])
