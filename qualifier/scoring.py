"""Points: what each signal of the playbook earns, per lead, in whole points that always sum to the score.

One row per lead, wide. Per signal `points:<criterion>.<signal>`; a fit signal also `truth:…` (TRUE, FALSE, or
NULL: nobody knows), an engagement signal `at:…`, `kind:…` and `count:…` of its touches (newest instant, that
touch's kind, how many). Per criterion `known:`, `gap:` (what the unknown could still add), `doubt:` (what it
earns meanwhile), `cap:` (≤ 0: what the cap takes). Per minus signal `minus:<signal>` and `at:minus.<signal>`.
Source: qualification rules, §2 and §3.
"""

import math
from collections.abc import Iterable, Iterator
from functools import reduce
from operator import add

import polars as pl

from qualifier.conditions import Condition, conditions_of
from qualifier.criteria import FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.journey import Journey, Trace, newest_at, newest_kind
from qualifier.playbook import Playbook

TITLE_FACTS = frozenset({"title", "seniority", "department"})
"""Facts about a person's title: the response clock and the track never depend on them (LL103)."""
_SETTLE_DECIMALS = 9
"""Sums of decayed touches are rounded here, so that the order of adding never tips a half point."""


def score(leads: pl.DataFrame, journey: Journey, playbook: Playbook, *, details: bool = True) -> pl.DataFrame:
    """`leads` with all columns above and the totals.

    Totals: `fit_points`, `engagement_points`, `fit`, `engagement`, `score`, and
    `floor` (what clamping the score added or took).

    `leads`: effective facts, one row each, with `as_of`; `journey`: theirs, until then. `details=False`
    leaves out `at:`, `kind:` and `count:`.
    `untitled_score` and `untitled_fit` are the same without signals that read a title.
    """
    conditions = conditions_of(playbook)
    frame = leads.with_columns(
        conditions[signal.when].expr.alias(f"truth:{criterion.id}.{signal.id}")
        for criterion in playbook.fit
        for signal in criterion.signals
    )
    frame = frame.with_columns(*_touched(journey, playbook, details=details), *_fit_columns(playbook.fit))
    frame = frame.with_columns(_capped(playbook))
    frame = frame.with_columns(
        fit_points=_sum(
            f"{part}:{criterion.id}" for criterion in playbook.fit for part in ("known", "doubt")
        ),
        engagement_points=_sum(
            [
                *(f"known:{criterion.id}" for criterion in playbook.engagement),
                *(f"minus:{signal.id}" for signal in playbook.minus),
            ]
        ),
    )
    return _axes(frame, playbook, _untitled_fit_points(playbook, conditions.values()))


def _axes(frame: pl.DataFrame, playbook: Playbook, untitled: pl.Expr) -> pl.DataFrame:
    low, high = playbook.score.low, playbook.score.high
    total = pl.col("fit_points") + pl.col("engagement_points")
    return frame.with_columns(
        fit=_percent(pl.col("fit_points"), playbook.reach("fit")),
        engagement=_percent(pl.col("engagement_points"), playbook.reach("engagement")),
        score=total.clip(low, high),
        floor=total.clip(low, high) - total,
        untitled_fit=_percent(untitled, playbook.reach("fit")),
        untitled_score=(untitled + pl.col("engagement_points")).clip(low, high),
    )


def _percent(points: pl.Expr, reach: int) -> pl.Expr:
    """Whole percent, halves up, in integers: no float decides a grade."""
    if reach == 0:
        return pl.lit(0, pl.Int64)
    return ((200 * points.clip(lower_bound=0) + reach) // (2 * reach)).clip(0, 100)


def _sum(names: Iterable[str]) -> pl.Expr:
    return reduce(add, map(pl.col, names), pl.lit(0, pl.Int64))


# --- fit ----------------------------------------------------------------------------------------------------


def _fit_columns(criteria: Iterable[FitCriterion]) -> list[pl.Expr]:
    columns = []
    for criterion in criteria:
        known, best = _known_and_best(criterion, criterion.signals)
        earned = reduce(add, [_earned(criterion, signal) for signal in criterion.signals])
        columns += [
            _earned(criterion, signal).alias(f"points:{criterion.id}.{signal.id}")
            for signal in criterion.signals
        ]
        columns += [
            known.alias(f"known:{criterion.id}"),
            (best - known).alias(f"gap:{criterion.id}"),
            _doubt(criterion, known, best).alias(f"doubt:{criterion.id}"),
            (known - earned).alias(f"cap:{criterion.id}"),
        ]
    return columns


def _earned(criterion: FitCriterion, signal: FitSignal, *, hoped: bool = False) -> pl.Expr:
    """Points of a TRUE signal; `hoped`: of one that is not FALSE."""
    truth = pl.col(f"truth:{criterion.id}.{signal.id}").fill_null(value=hoped)
    return pl.when(truth).then(pl.lit(signal.points, pl.Int64)).otherwise(pl.lit(0, pl.Int64))


def _known_and_best(criterion: FitCriterion, signals: Iterable[FitSignal]) -> tuple[pl.Expr, pl.Expr]:
    signals = list(signals)
    none = pl.lit(0, pl.Int64)
    known = reduce(add, [_earned(criterion, signal) for signal in signals], none)
    best = reduce(add, [_earned(criterion, signal, hoped=True) for signal in signals], none)
    return known.clip(upper_bound=criterion.cap), best.clip(upper_bound=criterion.cap)


def _doubt(criterion: FitCriterion, known: pl.Expr, best: pl.Expr) -> pl.Expr:
    return _half_up(criterion.benefit_of_doubt * (best - known))


def _half_up(points: pl.Expr) -> pl.Expr:
    return (points.round(_SETTLE_DECIMALS) + 0.5).floor().cast(pl.Int64)


def _untitled_fit_points(playbook: Playbook, conditions: Iterable[Condition]) -> pl.Expr:
    titled = {condition.sql for condition in conditions if condition.facts & TITLE_FACTS}
    if not titled:
        return pl.col("fit_points")
    points = []
    for criterion in playbook.fit:
        known, best = _known_and_best(
            criterion, (part for part in criterion.signals if part.when not in titled)
        )
        points += [known, _doubt(criterion, known, best)]
    return reduce(add, points)


# --- engagement ---------------------------------------------------------------------------------------------


def _signals(playbook: Playbook) -> Iterator[tuple[str, TouchSignal | MinusSignal]]:
    """Every touch signal with the name that its columns carry."""
    for criterion in playbook.engagement:
        for signal in criterion.signals:
            yield f"{criterion.id}.{signal.id}", signal
    for minus in playbook.minus:
        yield f"minus.{minus.id}", minus


def _touched(journey: Journey, playbook: Playbook, *, details: bool) -> list[pl.Expr]:
    """Per signal the points, and where wanted newest instant and kind and the count of its touches."""
    signals = list(_signals(playbook))
    found = journey.follow([_trace(signal) for _, signal in signals])
    columns: list[pl.Expr] = []
    for number, (name, signal) in enumerate(signals):
        worth = pl.lit(found.of(number, "worth")).fill_null(0.0)
        if isinstance(signal, MinusSignal):
            taken = pl.when(worth > 0).then(signal.points).otherwise(0).cast(pl.Int64)
            columns.append(taken.alias(f"minus:{signal.id}"))
        else:
            columns.append(_half_up(worth.clip(upper_bound=signal.most)).alias(f"points:{name}"))
        if details:
            newest = found.of(number, "newest")
            columns += [
                newest_at(newest).alias(f"at:{name}"),
                newest_kind(newest).alias(f"kind:{name}"),
                pl.lit(found.of(number, "count")).fill_null(0).alias(f"count:{name}"),
            ]
    return columns


def _trace(signal: TouchSignal | MinusSignal) -> Trace:
    if isinstance(signal, MinusSignal):
        return Trace(signal.touches, max_days=signal.whole_days, points=1.0)
    return Trace(signal.touches, points=signal.points, half_life_days=signal.half_life_days or math.inf)


def _capped(playbook: Playbook) -> list[pl.Expr]:
    """What an engagement criterion is worth; nothing about it is unknown."""
    columns = []
    for criterion in playbook.engagement:
        earned = _sum(f"points:{criterion.id}.{signal.id}" for signal in criterion.signals)
        columns += [
            earned.clip(upper_bound=criterion.cap).alias(f"known:{criterion.id}"),
            (earned.clip(upper_bound=criterion.cap) - earned).alias(f"cap:{criterion.id}"),
            pl.lit(0, pl.Int64).alias(f"doubt:{criterion.id}"),
            pl.lit(0, pl.Int64).alias(f"gap:{criterion.id}"),
        ]
    return columns
