"""What happened to each lead until an instant, and until an earlier one: its touches, by the lead's position.

What points, phases and stages want to know of touches is asked at once: one join and one group answer every
question with one row per question and lead that has such a touch. So a single lead costs few calls, and many
leads cost what they did, not what they might have done.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain, product
from typing import Literal

import polars as pl

from qualifier.columns import grouped, instant, repeated
from qualifier.facts import INSTANT, TOUCH_KINDS

Answer = Literal["worth", "count", "newest", "oldest"]
"""What can be asked of a trace."""
ANSWERS: tuple[Answer, ...] = ("worth", "count", "newest", "oldest")
MOMENTUM = timedelta(days=7)
"""Change_7d compares with so long ago: the earlier instant of a journey."""
MICROSECONDS_A_DAY = 86_400_000_000
_CODES = {kind: code for code, kind in enumerate(TOUCH_KINDS)}
_KIND_BITS = 32
"""Kinds fit into five bits below an instant in microseconds: one maximum finds the newest and its kind."""
_OTHER = _KIND_BITS - 1
"""The code of a kind that is none of ours."""
_HUMAN, _CONVERSATION, _EARLIER = _KIND_BITS, 2 * _KIND_BITS, 4 * _KIND_BITS
"""Bits above the kind: together they are the `sort` of a touch, by which a trace finds it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What to look for: touches of these kinds, or human ones, or conversations, or any; at most so old.

    Each is worth `points` times its count, halved every `half_life_days`. `earlier`: as it all stood at the
    journey's earlier instant.
    """

    kinds: tuple[str, ...] | None = None
    human: bool = False
    conversation: bool = False
    max_days: float = math.inf
    points: float = 0.0
    half_life_days: float = math.inf
    earlier: bool = False


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

    def first(self, traces: int) -> "Found":
        """What the first so many traces found."""
        return Found(self.slots.filter(pl.col("slot") < traces * self.leads), self.leads)


@dataclass(frozen=True, slots=True)
class Journey:
    """`touches`: `row` (position of the lead), `sort`, `at`, `age` in days, `count`."""

    touches: pl.DataFrame
    leads: int
    as_of: datetime

    @classmethod
    def of(cls, leads: pl.DataFrame, touches: pl.DataFrame, as_of: datetime) -> "Journey":
        """The journeys of `leads` (column `lead`) among `touches` (`TOUCH_COLUMNS`, any order)."""
        rows = leads.select("lead").with_row_index("row")
        past = touches.filter(pl.col("at") <= instant(as_of)).select(*_TOUCH, _age(as_of))
        return cls(past.join(rows, on="lead"), leads.height, as_of)

    @property
    def earlier(self) -> datetime:
        """The instant that `earlier` traces are about."""
        return self.as_of - MOMENTUM

    def follow(self, *asked: Sequence[Trace], wanted: Sequence[Answer] = ANSWERS) -> list[Found]:
        """Look for all traces at once; what was found, for each of `asked` by itself."""
        traces = tuple(chain.from_iterable(asked))
        found = self._touches_for(traces).join(_table(traces), on="sort")
        if any(trace.max_days < math.inf for trace in traces):
            found = found.filter(pl.col("age") <= pl.col("max_days"))
        slot = (pl.col("trace") * self.leads + pl.col("row")).alias("slot")
        each = found.select(slot, *(_EACH[answer] for answer in wanted))
        slots = grouped(each, "slot", [_ALL[answer] for answer in wanted])
        return list(self._shared_out(slots, map(len, asked)))

    def _touches_for(self, traces: Sequence[Trace]) -> pl.DataFrame:
        """The touches, and if any trace is about that, once more as they were."""
        if not any(trace.earlier for trace in traces):
            return self.touches
        sort = pl.col("sort") + pl.lit(_EARLIER, pl.UInt8)
        before = self.touches.filter(pl.col("at") <= instant(self.earlier))
        return self.touches.vstack(before.with_columns(sort, _age(self.earlier)))

    def _shared_out(self, slots: pl.DataFrame, sizes: Iterable[int]) -> Iterator[Found]:
        """To each who asked so many traces the slots of these, counted from its first."""
        first = 0
        for size in sizes:
            slot = pl.col("slot") - first * self.leads
            mine = slots.filter(slot.is_between(0, size * self.leads, closed="left"))
            yield Found(mine.with_columns(slot), self.leads)
            first += size

    def first_since_earlier(self, kinds: Sequence[str]) -> pl.Series:
        """Per lead its first touch of these kinds after the earlier instant; null without one."""
        later = self.touches.filter(pl.col("at") > instant(self.earlier), of_kinds(kinds))
        if later.is_empty():
            return repeated(None, INSTANT, self.leads)
        return self.spread(grouped(later, "row", [pl.col("at").min()]), "at")

    def at_least(self, number: int, kinds: Sequence[str], max_days: float) -> pl.DataFrame:
        """Leads with so many touches of these kinds that are at most so old: one row each.

        `row`, `first`, `begin` (the `number`-th, counted from the oldest), `last` (counted from the newest),
        `pieces` (how many there are).
        """
        mine = self.touches.filter(of_kinds(kinds), pl.col("age") <= max_days)
        often = mine.filter(pl.col("count").sum().over("row") >= number)
        if often.is_empty():
            return often
        return (
            often.sort("row", "at")
            .group_by("row")
            .agg(
                pl.col("at").min().alias("first"),
                _nth(number).alias("begin"),
                _nth(number, newest=True).alias("last"),
                pl.col("count").sum().alias("pieces"),
            )
        )

    def spread(self, found: pl.DataFrame, column: str, blank: object = None) -> pl.Series:
        """One value per lead out of a frame with `row`; `blank` for leads that it leaves out."""
        return _scattered(found.get_column("row"), found.get_column(column), self.leads, blank)


NEWEST_MICROSECONDS = pl.col("newest") // _KIND_BITS
NEWEST_AT = NEWEST_MICROSECONDS.cast(INSTANT)
"""The instant in `newest`."""
NEWEST_KIND = (pl.col("newest") % _KIND_BITS).cast(pl.UInt8)
"""The place in `TOUCH_KINDS` of the kind of touch in `newest`."""


def _age(as_of: datetime) -> pl.Expr:
    return ((instant(as_of) - pl.col("at")).dt.total_microseconds() / MICROSECONDS_A_DAY).alias("age")


_TOUCH = [
    pl.col("lead", "at", "count"),
    (
        pl.col("kind").replace_strict(_CODES, default=_OTHER, return_dtype=pl.UInt8)
        + pl.when("human").then(pl.lit(_HUMAN, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
        + pl.when("conversation").then(pl.lit(_CONVERSATION, pl.UInt8)).otherwise(pl.lit(0, pl.UInt8))
    ).alias("sort"),
]
_KIND = pl.col("sort") % _KIND_BITS
_EACH: Mapping[Answer, pl.Expr] = {
    "worth": (pl.col("count") * pl.col("points") * (pl.col("age") * pl.col("rate")).exp()).alias("worth"),
    "count": pl.col("count"),
    "newest": (pl.col("at").to_physical() * _KIND_BITS + _KIND).alias("newest"),
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
            yield code + human * _HUMAN + conversation * _CONVERSATION + trace.earlier * _EARLIER


def of_kinds(kinds: Sequence[str]) -> pl.Expr:
    """Whether a touch of a journey is of one of these kinds."""
    return _KIND.is_in([_CODES[kind] for kind in kinds])
