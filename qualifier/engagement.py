"""What touches earn: the points of every touch signal, now and a week ago, and how long they stay so.

Touch signals are weighed one row per lead and signal that has touches, only then spread over the leads.
Source: qualification rules, §2 and §3.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import polars as pl

from qualifier.columns import extended, grouped, half_up, microseconds
from qualifier.criteria import MinusSignal, TouchSignal
from qualifier.facts import INSTANT
from qualifier.journey import (
    MICROSECONDS_A_DAY,
    NEWEST_AT,
    NEWEST_KIND,
    NEWEST_MICROSECONDS,
    Found,
    Journey,
    Trace,
)
from qualifier.playbook import Playbook

_HALF = 0.5
_SECOND = 1_000_000
_SECONDS_A_DAY = MICROSECONDS_A_DAY // _SECOND


@dataclass(frozen=True, slots=True)
class Earned:
    """Per lead, at one instant: the points of each touch signal, and the last instant at which all last."""

    points: list[pl.Series]
    until: pl.Series


def signals_of(playbook: Playbook) -> Iterator[tuple[str, TouchSignal | MinusSignal]]:
    """Every touch signal with the name that its columns carry."""
    for criterion in playbook.engagement:
        for signal in criterion.signals:
            yield f"{criterion.id}.{signal.id}", signal
    for minus in playbook.minus:
        yield f"minus.{minus.id}", minus


@lru_cache(maxsize=16)
def traces(playbook: Playbook) -> tuple[Trace, ...]:
    """What each signal looks for now; then the same for the earlier instant."""
    now = [_trace(signal) for _, signal in signals_of(playbook)]
    return (*now, *(replace(trace, earlier=True) for trace in now))


@lru_cache(maxsize=16)
def kinds_of(playbook: Playbook) -> tuple[str, ...]:
    """The kinds of touch that earn or take points."""
    return tuple(sorted({kind for _, signal in signals_of(playbook) for kind in signal.touches}))


def _trace(signal: TouchSignal | MinusSignal) -> Trace:
    if isinstance(signal, MinusSignal):
        return Trace(signal.touches, max_days=signal.whole_days, points=1.0)
    return Trace(signal.touches, points=signal.points, half_life_days=signal.half_life_days or math.inf)


@lru_cache(maxsize=16)
def _names(playbook: Playbook, part: str) -> list[str]:
    """One column per signal; `part` says what it holds."""
    if part != "points":
        return [f"{part}:{name}" for name, _ in signals_of(playbook)]
    return [
        f"minus:{signal.id}" if isinstance(signal, MinusSignal) else f"points:{name}"
        for name, signal in signals_of(playbook)
    ]


def points(journey: Journey, playbook: Playbook) -> list[pl.Series]:
    """The points of every touch signal now, and nothing else."""
    now = [trace for trace in traces(playbook) if not trace.earlier]
    (found,) = journey.follow(now, wanted=("worth",))
    return found.per_lead(_names(playbook, "points"), _weighed(found, playbook)["earned"], 0)


def weigh(found: Found, journey: Journey, playbook: Playbook) -> tuple[Earned, Earned]:
    """What all touch signals earn now, and what they earned at the earlier instant.

    `found`: by `traces`, with `worth` and `newest`.
    """
    weighed, names = _weighed(found, playbook), _names(playbook, "points")
    earned = found.per_lead([*names, *names], weighed["earned"], 0)
    until = _until(weighed, journey, len(names))
    return Earned(earned[: len(names)], until[0]), Earned(earned[len(names) :], until[1])


def newest(found: Found, playbook: Playbook) -> list[pl.Series]:
    """Of the touches of each signal now the newest instant `at:`, its `kind:`, and the `count:` of them."""
    names = {part: _names(playbook, part) for part in ("at", "kind", "count")}
    now = found.first(len(names["at"]))
    touch = now.slots.select(NEWEST_AT.alias("at"), NEWEST_KIND.alias("kind"))
    return [
        *now.per_lead(names["at"], touch["at"]),
        *now.per_lead(names["kind"], touch["kind"]),
        *now.per_lead(names["count"], now.slots["count"], 0),
    ]


def _weighed(found: Found, playbook: Playbook) -> pl.DataFrame:
    """`found.slots` with the terms of the signal that asked, and the points `earned`."""
    signal = (pl.col("slot") // found.leads % len(_names(playbook, "points"))).alias("signal")
    return extended(found.slots, [signal], _terms(playbook), [_EARNED])


_EARNED = (half_up(pl.min_horizontal("worth", "most")) * pl.col("each")).alias("earned")


@lru_cache(maxsize=16)
def _terms(playbook: Playbook) -> Sequence[pl.Expr]:
    """Of the `signal` that asked: the `most` it is worth, and what `each` of that earns.

    `fades`: seconds in which it halves; `lasts`: microseconds that it is whole; both null for never.
    """
    rows = [
        (1.0, signal.points, None, round(signal.whole_days * MICROSECONDS_A_DAY))
        if isinstance(signal, MinusSignal)
        else (float(signal.most), 1, _seconds(signal.half_life_days), None)
        for _, signal in signals_of(playbook)
    ]
    types: dict[str, pl.DataType] = {
        "most": pl.Float64(),
        "each": pl.Int64(),
        "fades": pl.Float64(),
        "lasts": pl.Int64(),
    }
    table = pl.DataFrame(rows, schema=types, orient="row")
    return [pl.lit(term).gather("signal").alias(term.name) for term in table.get_columns()]


def _seconds(days: float | None) -> float | None:
    return None if days is None else days * _SECONDS_A_DAY


def _until(weighed: pl.DataFrame, journey: Journey, signals: int) -> list[pl.Series]:
    """Now and earlier, the last instant at which touch signals have all the same points; null: for ever.

    All touches of a signal fade at one pace, so their sum does too: it reaches half a point below the whole
    points of today after `half-life · log2(sum / that)`. A second more, so that no rounding keeps it there.
    """
    earlier = pl.col("slot") >= signals * journey.leads
    asked_at = pl.when(earlier).then(microseconds(journey.earlier)).otherwise(microseconds(journey.as_of))
    ends = weighed.select(
        (pl.col("slot") % journey.leads + earlier * journey.leads).alias("slot"),
        pl.coalesce(_LASTS, asked_at + _FADES).alias("until"),
    )
    first = Found(grouped(ends, "slot", [pl.col("until").min().cast(INSTANT)]), journey.leads)
    return first.per_lead(("points_until", "points_until"), first.slots["until"])


_LASTS = NEWEST_MICROSECONDS + pl.col("lasts")
_HALF_LIVES = pl.when(pl.col("earned") > 0).then((pl.col("worth") / (pl.col("earned") - _HALF)).log(2))
_FADES = ((_HALF_LIVES * pl.col("fades")).floor() + 1).cast(pl.Int64) * _SECOND
