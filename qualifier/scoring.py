"""Points: what each signal of the playbook earns, per lead, in whole points that always sum to the score.

One row per lead, wide. Per signal `points:<criterion>.<signal>`; a fit signal also `truth:…` (TRUE, FALSE, or
NULL: nobody knows), an engagement signal `at:…`, `kind:…` and `count:…` of its touches (newest instant, that
touch's kind, how many). Per criterion `known:`, `gap:` (what the unknown could still add), `doubt:` (what it
earns meanwhile), `cap:` (≤ 0: what the cap takes). Per minus signal `minus:<signal>` and `at:minus.<signal>`.
Source: qualification rules, §2 and §3.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache, reduce
from operator import add

import polars as pl

from qualifier.conditions import conditions_of
from qualifier.criteria import EngagementCriterion, FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.expressions import AS_OF
from qualifier.facts import INSTANT
from qualifier.journey import Journey, Trace, newest_at, newest_kind
from qualifier.playbook import Playbook

TITLE_FACTS = frozenset({"title", "seniority", "department"})
"""Facts about a person's title: the response clock and the track never depend on them (LL103)."""
STEPS_OF_A_LINE = ("points", "doubt", "cap", "minus")
"""Prefixes of the columns that, with `floor`, sum to the score."""
_HALF = 0.5
_SECONDS_A_DAY = 86_400
_SETTLE_DECIMALS = 9
"""Sums of decayed touches are rounded here, so that the order of adding never tips a half point."""


def score(leads: pl.DataFrame, journey: Journey, playbook: Playbook, *, details: bool = True) -> pl.DataFrame:
    """`leads` with all columns above and the totals.

    Totals: `fit_points`, `engagement_points`, `fit`, `engagement`, `score`, `floor` (what clamping the score
    added or took). `points_until`: the last instant at which all touch signals earn what they do.

    `leads`: effective facts, one row each, with `as_of`; `journey`: theirs, until then. `details=False`
    leaves out `at:`, `kind:`, `count:` and `points_until`.
    `untitled_score` and `untitled_fit` are the same without signals that read a title.
    """
    if details:
        found = journey.follow(_traces(playbook), ("worth", "newest", "count"))
        wanted = [*_earned_by_touch(playbook), *_touched(playbook), _lasting(playbook)]
        touched = leads.select(AS_OF).hstack(found.get_columns()).select(AS_OF, *wanted).drop(AS_OF)
    else:
        touched = journey.follow(_traces(playbook), ("worth",)).select(_earned_by_touch(playbook))
    frame = leads.hstack(touched.get_columns())
    for step in _steps(playbook):
        frame = frame.with_columns(step)
    return frame


def score_at(scored: pl.DataFrame, journey: Journey, playbook: Playbook) -> pl.DataFrame:
    """`score` and `points_until` at another instant, that of `journey`; only what reads it is asked anew.

    `scored`: from `score`, with `as_of` and `colleague_active` of that instant.
    """
    _, *sums = _steps(playbook)
    found = journey.follow(_traces(playbook), ("worth", "newest"))
    wanted = [*_earned_by_touch(playbook), _lasting(playbook)]
    touched = scored.select(AS_OF).hstack(found.get_columns()).select(AS_OF, *wanted).drop(AS_OF)
    frame = scored.with_columns(*_moving_truths(playbook), *touched)
    for step in sums:
        frame = frame.with_columns(step)
    return frame.select("score", "points_until")


@lru_cache(maxsize=16)
def _steps(playbook: Playbook) -> tuple[list[pl.Expr], ...]:
    """The columns in the order in which they build on each other."""
    conditions = conditions_of(playbook)
    pairs = [(criterion, signal) for criterion in playbook.fit for signal in criterion.signals]
    truths = [conditions[pair[1].when].expr.alias(f"truth:{_name(*pair)}") for pair in pairs]
    earned = [_earned(*pair).alias(f"points:{_name(*pair)}") for pair in pairs]
    weighed = [expr for criterion in playbook.fit for expr in _weighed_fit(criterion)]
    weighed += [expr for criterion in playbook.engagement for expr in _weighed_engagement(criterion)]
    doubts = [_doubt(part, pl.col(f"gap:{part.id}")).alias(f"doubt:{part.id}") for part in playbook.fit]
    return truths, earned, weighed, doubts, _totals(playbook), _axes(playbook)


@lru_cache(maxsize=16)
def _moving_truths(playbook: Playbook) -> list[pl.Expr]:
    """The conditions that may say something else at another instant."""
    conditions = conditions_of(playbook)
    pairs = [(criterion, signal) for criterion in playbook.fit for signal in criterion.signals]
    moving = [
        pair
        for pair in pairs
        if conditions[pair[1].when].clocked or "colleague_active" in conditions[pair[1].when].facts
    ]
    return [conditions[pair[1].when].expr.alias(f"truth:{_name(*pair)}") for pair in moving]


def _totals(playbook: Playbook) -> list[pl.Expr]:
    fit = _sum(f"{part}:{criterion.id}" for criterion in playbook.fit for part in ("known", "doubt"))
    engaged = [f"known:{criterion.id}" for criterion in playbook.engagement]
    minus = [f"minus:{signal.id}" for signal in playbook.minus]
    return [fit.alias("fit_points"), _sum([*engaged, *minus]).alias("engagement_points")]


def _axes(playbook: Playbook) -> list[pl.Expr]:
    low, high = playbook.score.low, playbook.score.high
    untitled, engaged = _untitled_fit_points(playbook), pl.col("engagement_points")
    total = pl.col("fit_points") + engaged
    return [
        _percent(pl.col("fit_points"), playbook.reach("fit")).alias("fit"),
        _percent(engaged, playbook.reach("engagement")).alias("engagement"),
        total.clip(low, high).alias("score"),
        (total.clip(low, high) - total).alias("floor"),
        _percent(untitled, playbook.reach("fit")).alias("untitled_fit"),
        (untitled + engaged).clip(low, high).alias("untitled_score"),
    ]


def _percent(points: pl.Expr, reach: int) -> pl.Expr:
    """Whole percent, halves up, in integers: no float decides a grade."""
    if reach == 0:
        return pl.lit(0, pl.Int64)
    return ((200 * points.clip(lower_bound=0) + reach) // (2 * reach)).clip(0, 100)


def _sum(names: Iterable[str]) -> pl.Expr:
    return reduce(add, map(pl.col, names), pl.lit(0, pl.Int64))


# --- fit ----------------------------------------------------------------------------------------------------


def _name(criterion: FitCriterion | EngagementCriterion, signal: FitSignal | TouchSignal) -> str:
    return f"{criterion.id}.{signal.id}"


def _earned(criterion: FitCriterion, signal: FitSignal) -> pl.Expr:
    return _points_if(pl.col(f"truth:{_name(criterion, signal)}"), signal)


def _hoped(criterion: FitCriterion, signal: FitSignal) -> pl.Expr:
    """Points that an open condition would earn if it were TRUE."""
    return _points_if(pl.col(f"truth:{_name(criterion, signal)}").is_null(), signal)


def _points_if(truth: pl.Expr, signal: FitSignal) -> pl.Expr:
    return pl.when(truth).then(pl.lit(signal.points, pl.Int64)).otherwise(pl.lit(0, pl.Int64))


def _weighed_fit(criterion: FitCriterion) -> list[pl.Expr]:
    earned = _sum(f"points:{_name(criterion, signal)}" for signal in criterion.signals)
    known = earned.clip(upper_bound=criterion.cap)
    hoped = reduce(add, [_hoped(criterion, signal) for signal in criterion.signals])
    return [
        known.alias(f"known:{criterion.id}"),
        (known - earned).alias(f"cap:{criterion.id}"),
        ((earned + hoped).clip(upper_bound=criterion.cap) - known).alias(f"gap:{criterion.id}"),
    ]


def _doubt(criterion: FitCriterion, gap: pl.Expr) -> pl.Expr:
    return _half_up(criterion.benefit_of_doubt * gap)


def _half_up(points: pl.Expr) -> pl.Expr:
    return (points.round(_SETTLE_DECIMALS) + 0.5).floor().cast(pl.Int64)


def _untitled_fit_points(playbook: Playbook) -> pl.Expr:
    """Fit points as if no condition that reads a title were in the playbook."""
    conditions, cleared = conditions_of(playbook), []
    for criterion in playbook.fit:
        signals = [part for part in criterion.signals if not conditions[part.when].facts & TITLE_FACTS]
        if len(signals) == len(criterion.signals):
            cleared.append(_sum([f"known:{criterion.id}", f"doubt:{criterion.id}"]))
        elif signals:
            earned = _sum(f"points:{_name(criterion, signal)}" for signal in signals)
            known = earned.clip(upper_bound=criterion.cap)
            hoped = reduce(add, [_hoped(criterion, signal) for signal in signals])
            gap = (earned + hoped).clip(upper_bound=criterion.cap) - known
            cleared.append(known + _doubt(criterion, gap))
    return reduce(add, cleared, pl.lit(0, pl.Int64))


# --- engagement ---------------------------------------------------------------------------------------------


def _signals(playbook: Playbook) -> Iterator[tuple[str, TouchSignal | MinusSignal]]:
    """Every touch signal with the name that its columns carry."""
    for criterion in playbook.engagement:
        for signal in criterion.signals:
            yield f"{criterion.id}.{signal.id}", signal
    for minus in playbook.minus:
        yield f"minus.{minus.id}", minus


@lru_cache(maxsize=16)
def _traces(playbook: Playbook) -> Mapping[str, Trace]:
    return {name: _trace(signal) for name, signal in _signals(playbook)}


@lru_cache(maxsize=16)
def _earned_by_touch(playbook: Playbook) -> list[pl.Expr]:
    """Per touch signal its points."""
    columns = []
    for name, signal in _signals(playbook):
        worth = pl.col(f"worth:{name}").fill_null(0.0)
        if isinstance(signal, MinusSignal):
            taken = pl.when(worth > 0).then(signal.points).otherwise(0).cast(pl.Int64)
            columns.append(taken.alias(f"minus:{signal.id}"))
        else:
            columns.append(_half_up(worth.clip(upper_bound=signal.most)).alias(f"points:{name}"))
    return columns


@lru_cache(maxsize=16)
def _touched(playbook: Playbook) -> list[pl.Expr]:
    """Per touch signal the newest instant and kind and the count of its touches."""
    return [
        column
        for name, _ in _signals(playbook)
        for column in (
            newest_at(name).alias(f"at:{name}"),
            newest_kind(name).alias(f"kind:{name}"),
            pl.col(f"count:{name}").fill_null(0),
        )
    ]


@lru_cache(maxsize=16)
def _lasting(playbook: Playbook) -> pl.Expr:
    ends = [_worth_until(name, signal) for name, signal in _signals(playbook)]
    return pl.min_horizontal(pl.lit(None, INSTANT), *ends).alias("points_until")


def _worth_until(name: str, signal: TouchSignal | MinusSignal) -> pl.Expr:
    """The last instant at which a signal has the points that it has; null: for ever, but for new touches.

    All touches of a signal fade at one pace, so their sum does too: it reaches half a point below the whole
    points of today after `half-life · log2(sum / that)`. A second more, so that no rounding keeps it there.
    """
    worth = pl.col(f"worth:{name}").fill_null(0.0)
    if isinstance(signal, MinusSignal):
        return newest_at(name) + timedelta(days=signal.whole_days)
    if signal.half_life_days is None:
        return pl.lit(None, INSTANT)
    points = _half_up(worth.clip(upper_bound=signal.most))
    half_lives = pl.when(points > 0).then((worth / (points - _HALF)).log(2))
    seconds = (half_lives * (signal.half_life_days * _SECONDS_A_DAY)).floor() + 1
    return pl.col(AS_OF) + pl.duration(seconds=seconds.cast(pl.Int64))


@lru_cache(maxsize=16)
def kinds_of(playbook: Playbook) -> tuple[str, ...]:
    """The kinds of touch that earn or take points."""
    return tuple(sorted({kind for _, signal in _signals(playbook) for kind in signal.touches}))


def _trace(signal: TouchSignal | MinusSignal) -> Trace:
    if isinstance(signal, MinusSignal):
        return Trace(signal.touches, max_days=signal.whole_days, points=1.0)
    return Trace(signal.touches, points=signal.points, half_life_days=signal.half_life_days or math.inf)


def _weighed_engagement(criterion: EngagementCriterion) -> list[pl.Expr]:
    """What an engagement criterion is worth; nothing about it is unknown."""
    earned = _sum(f"points:{_name(criterion, signal)}" for signal in criterion.signals)
    known = earned.clip(upper_bound=criterion.cap)
    return [
        known.alias(f"known:{criterion.id}"),
        (known - earned).alias(f"cap:{criterion.id}"),
        pl.lit(0, pl.Int64).alias(f"doubt:{criterion.id}"),
        pl.lit(0, pl.Int64).alias(f"gap:{criterion.id}"),
    ]
