"""Points: what each signal of the playbook earns, per lead, in whole points that always sum to the score.

One row per lead, wide. Per signal `points:<criterion>.<signal>`; a fit signal also `truth:…` (TRUE, FALSE, or
NULL: nobody knows), an engagement signal `at:…`, `kind:…` and `count:…` of its touches (newest instant, that
touch's place in `TOUCH_KINDS`, how many). Per criterion `known:`, `gap:` (what the unknown could still add),
`doubt:` (what it earns meanwhile), `cap:` (≤ 0: what the cap takes). Per minus signal `minus:<signal>` and
`at:minus.<signal>`. Touch signals are weighed one row per lead and signal that has touches, only then spread.
Source: qualification rules, §2 and §3.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

import polars as pl

from qualifier.columns import instant
from qualifier.conditions import conditions_of
from qualifier.criteria import EngagementCriterion, FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.journey import NEWEST_AT, NEWEST_KIND, Found, Journey, Trace
from qualifier.playbook import Playbook

TITLE_FACTS = frozenset({"title", "seniority", "department"})
"""Facts about a person's title: the response clock and the track never depend on them (LL103)."""
STEPS_OF_A_LINE = ("points", "doubt", "cap", "minus")
"""Prefixes of the columns that, with `floor`, sum to the score."""
_NOTHING = pl.lit(0, pl.Int64)
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
    earned, *told = _detailed(journey, playbook) if details else [_earned_by_touch(journey, playbook)]
    frame = leads.select("lead", *_truths(playbook)).hstack(earned)
    for step in _steps(playbook):
        frame = frame.with_columns(step)
    return leads.hstack([*frame.get_columns()[1:], *(column for columns in told for column in columns)])


def score_at(scored: pl.DataFrame, journey: Journey, playbook: Playbook) -> pl.DataFrame:
    """`score` and `points_until` at another instant, that of `journey`; only what reads it is asked anew.

    `scored`: from `score`, with `as_of` and `colleague_active` of that instant.
    """
    asked, steps = _moving(playbook)
    frame = scored.select(asked).hstack(_lasting(journey, playbook))
    for step in steps:
        frame = frame.with_columns(step)
    return frame.select("score", "points_until")


Step = Sequence[pl.Expr]
"""Columns that build on those of the steps before."""


@lru_cache(maxsize=16)
def _truths(playbook: Playbook) -> Step:
    return [_truth(criterion, signal, playbook) for criterion in playbook.fit for signal in criterion.signals]


@lru_cache(maxsize=16)
def _steps(playbook: Playbook) -> tuple[Step, ...]:
    """From truths and the points of touches to the score."""
    first, second, *last = _fit_steps(playbook.fit)
    for criterion in playbook.engagement:
        known, *rest = _weighed_engagement(criterion)
        first.append(known)
        second += rest
    return (_earned_by_truth(playbook.fit), first, second, *last, _totals(playbook), _axes(playbook))


@lru_cache(maxsize=16)
def _moving(playbook: Playbook) -> tuple[Step, tuple[Step, ...]]:
    """What another instant can change: first the columns to begin with, then the steps to the score."""
    conditions = conditions_of(playbook)
    moving = [
        criterion
        for criterion in playbook.fit
        if any(
            conditions[signal.when].clocked or "colleague_active" in conditions[signal.when].facts
            for signal in criterion.signals
        )
    ]
    stays = [part for criterion in playbook.fit if criterion not in moving for part in _worth_of(criterion)]
    asked = [_truth(criterion, signal, playbook) for criterion in moving for signal in criterion.signals]
    known = [_weighed_engagement(criterion)[0] for criterion in playbook.engagement]
    first, *rest = _fit_steps(moving)
    steps = (_earned_by_truth(moving), [*first, *known], *rest, _totals(playbook), [_score(playbook)])
    return [pl.col("lead", *stays), *asked], steps


def _worth_of(criterion: FitCriterion) -> tuple[str, str]:
    return f"known:{criterion.id}", f"doubt:{criterion.id}"


def _totals(playbook: Playbook) -> list[pl.Expr]:
    fit = _sum(part for criterion in playbook.fit for part in _worth_of(criterion))
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
        _score(playbook),
        (total.clip(low, high) - total).alias("floor"),
        _percent(untitled, playbook.reach("fit")).alias("untitled_fit"),
        (untitled + engaged).clip(low, high).alias("untitled_score"),
    ]


def _score(playbook: Playbook) -> pl.Expr:
    total = pl.col("fit_points") + pl.col("engagement_points")
    return total.clip(playbook.score.low, playbook.score.high).alias("score")


def _percent(points: pl.Expr, reach: int) -> pl.Expr:
    """Whole percent, halves up, in integers: no float decides a grade."""
    if reach == 0:
        return pl.lit(0, pl.Int64)
    return ((200 * points.clip(lower_bound=0) + reach) // (2 * reach)).clip(0, 100)


def _sum(parts: Iterable[str | pl.Expr]) -> pl.Expr:
    # One flat sum: Polars works out the types of a chain of additions again at every link.
    return pl.sum_horizontal(_NOTHING, *parts)


# --- fit ----------------------------------------------------------------------------------------------------


def _name(criterion: FitCriterion | EngagementCriterion, signal: FitSignal | TouchSignal) -> str:
    return f"{criterion.id}.{signal.id}"


def _truth(criterion: FitCriterion, signal: FitSignal, playbook: Playbook) -> pl.Expr:
    return conditions_of(playbook)[signal.when].expr.alias(f"truth:{_name(criterion, signal)}")


def _earned_by_truth(criteria: Iterable[FitCriterion]) -> list[pl.Expr]:
    return [
        pl.when(_said(criterion, signal))
        .then(pl.lit(signal.points, pl.Int64))
        .otherwise(_NOTHING)
        .alias(f"points:{_name(criterion, signal)}")
        for criterion in criteria
        for signal in criterion.signals
    ]


def _fit_steps(criteria: Sequence[FitCriterion]) -> tuple[list[pl.Expr], list[pl.Expr], list[pl.Expr]]:
    """From points to what is known; what the cap takes and the unknown could add; what that is worth."""
    known, around, doubts = [], [], []
    for criterion in criteria:
        earned, name = _earned(criterion, criterion.signals), criterion.id
        known.append(earned.clip(upper_bound=criterion.cap).alias(f"known:{name}"))
        gap = _best(criterion, criterion.signals) - pl.col(f"known:{name}")
        around += [(pl.col(f"known:{name}") - earned).alias(f"cap:{name}"), gap.alias(f"gap:{name}")]
        doubts.append(_doubt(criterion, pl.col(f"gap:{name}")).alias(f"doubt:{name}"))
    return known, around, doubts


def _said(criterion: FitCriterion, signal: FitSignal) -> pl.Expr:
    return pl.col(f"truth:{_name(criterion, signal)}")


def _earned(criterion: FitCriterion, signals: Iterable[FitSignal]) -> pl.Expr:
    return _sum(f"points:{_name(criterion, signal)}" for signal in signals)


def _best(criterion: FitCriterion, signals: Iterable[FitSignal]) -> pl.Expr:
    """What the signals would earn if every open condition were TRUE."""
    hoped = [
        pl.when(~_said(criterion, signal)).then(_NOTHING).otherwise(pl.lit(signal.points, pl.Int64))
        for signal in signals
    ]
    return _sum(hoped).clip(upper_bound=criterion.cap)


def _doubt(criterion: FitCriterion, gap: pl.Expr) -> pl.Expr:
    return _half_up(criterion.benefit_of_doubt * gap)


def _half_up(points: pl.Expr) -> pl.Expr:
    return (points.round(_SETTLE_DECIMALS) + 0.5).floor().cast(pl.Int64)


def _untitled_fit_points(playbook: Playbook) -> pl.Expr:
    """Fit points as if no condition that reads a title were in the playbook."""
    conditions = conditions_of(playbook)
    cleared: list[pl.Expr] = []
    for criterion in playbook.fit:
        signals = [part for part in criterion.signals if not conditions[part.when].facts & TITLE_FACTS]
        if len(signals) == len(criterion.signals):
            cleared += map(pl.col, _worth_of(criterion))
        elif signals:
            known = _earned(criterion, signals).clip(upper_bound=criterion.cap)
            cleared.append(known + _doubt(criterion, _best(criterion, signals) - known))
    return _sum(cleared)


# --- engagement ---------------------------------------------------------------------------------------------


def _signals(playbook: Playbook) -> Iterator[tuple[str, TouchSignal | MinusSignal]]:
    """Every touch signal with the name that its columns carry."""
    for criterion in playbook.engagement:
        for signal in criterion.signals:
            yield f"{criterion.id}.{signal.id}", signal
    for minus in playbook.minus:
        yield f"minus.{minus.id}", minus


@lru_cache(maxsize=16)
def _traces(playbook: Playbook) -> tuple[Trace, ...]:
    return tuple(_trace(signal) for _, signal in _signals(playbook))


def _trace(signal: TouchSignal | MinusSignal) -> Trace:
    if isinstance(signal, MinusSignal):
        return Trace(signal.touches, max_days=signal.whole_days, points=1.0)
    return Trace(signal.touches, points=signal.points, half_life_days=signal.half_life_days or math.inf)


@lru_cache(maxsize=16)
def _columns(playbook: Playbook) -> Mapping[str, list[str]]:
    """The columns of the touch signals, by what they hold, in the order of the traces."""
    columns = {part: [f"{part}:{name}" for name, _ in _signals(playbook)] for part in ("at", "kind", "count")}
    columns["points"] = [
        f"minus:{signal.id}" if isinstance(signal, MinusSignal) else f"points:{name}"
        for name, signal in _signals(playbook)
    ]
    return columns


def _earned_by_touch(journey: Journey, playbook: Playbook) -> list[pl.Series]:
    """Per touch signal its points."""
    found = journey.follow(_traces(playbook), ("worth",))
    return found.per_lead(_columns(playbook)["points"], _weighed(found, playbook)["earned"], 0)


def _lasting(journey: Journey, playbook: Playbook) -> list[pl.Series]:
    """The same and `points_until`."""
    found = journey.follow(_traces(playbook), ("worth", "newest"))
    weighed = _weighed(found, playbook)
    earned = found.per_lead(_columns(playbook)["points"], weighed["earned"], 0)
    return [*earned, _points_until(journey, weighed)]


def _detailed(journey: Journey, playbook: Playbook) -> list[list[pl.Series]]:
    """The same, and the newest instant and kind and the count of each signal's touches."""
    found, columns = journey.follow(_traces(playbook), ("worth", "newest", "count")), _columns(playbook)
    weighed = _weighed(found, playbook)
    newest = weighed.select(NEWEST_AT.alias("at"), NEWEST_KIND.alias("kind"))
    return [
        found.per_lead(columns["points"], weighed["earned"], 0),
        found.per_lead(columns["at"], newest["at"]),
        found.per_lead(columns["kind"], newest["kind"]),
        found.per_lead(columns["count"], weighed["count"], 0),
        [_points_until(journey, weighed)],
    ]


def _weighed(found: Found, playbook: Playbook) -> pl.DataFrame:
    """`found.slots` with the `row` of the lead, the terms of the signal, and the points `earned`."""
    slot = pl.col("slot")
    slots = found.slots.with_columns((slot % found.leads).alias("row"), (slot // found.leads).alias("trace"))
    return slots.with_columns(_terms(playbook)).with_columns(_EARNED)


_EARNED = (_half_up(pl.min_horizontal("worth", "most")) * pl.col("each")).alias("earned")


@lru_cache(maxsize=16)
def _terms(playbook: Playbook) -> Step:
    """Of the signal whose `trace` it is: the `most` it is worth, and what `each` of that earns.

    `fades`: seconds in which it halves; `lasts`: how long it is whole; both null for never.
    """
    rows = [
        (1.0, signal.points, None, timedelta(days=signal.whole_days))
        if isinstance(signal, MinusSignal)
        else (float(signal.most), 1, _seconds(signal.half_life_days), None)
        for _, signal in _signals(playbook)
    ]
    types: dict[str, pl.DataType] = {
        "most": pl.Float64(),
        "each": pl.Int64(),
        "fades": pl.Float64(),
        "lasts": pl.Duration("us"),
    }
    table = pl.DataFrame(rows, schema=types, orient="row")
    return [pl.lit(term).gather("trace").alias(term.name) for term in table.get_columns()]


def _seconds(days: float | None) -> float | None:
    return None if days is None else days * _SECONDS_A_DAY


def _points_until(journey: Journey, weighed: pl.DataFrame) -> pl.Series:
    """The last instant at which all touch signals have the points that they have; null: for ever.

    All touches of a signal fade at one pace, so their sum does too: it reaches half a point below the whole
    points of today after `half-life · log2(sum / that)`. A second more, so that no rounding keeps it there.
    """
    ends = weighed.select("row", pl.coalesce(_LASTS, instant(journey.as_of) + _FADES).alias("points_until"))
    return journey.spread(ends.group_by("row").agg(pl.col("points_until").min()), "points_until")


_LASTS = NEWEST_AT + pl.col("lasts")
_HALF_LIVES = pl.when(pl.col("earned") > 0).then((pl.col("worth") / (pl.col("earned") - _HALF)).log(2))
_FADES = pl.duration(seconds=((_HALF_LIVES * pl.col("fades")).floor() + 1).cast(pl.Int64))


@lru_cache(maxsize=16)
def kinds_of(playbook: Playbook) -> tuple[str, ...]:
    """The kinds of touch that earn or take points."""
    return tuple(sorted({kind for _, signal in _signals(playbook) for kind in signal.touches}))


def _weighed_engagement(criterion: EngagementCriterion) -> list[pl.Expr]:
    """What an engagement criterion is worth; nothing about it is unknown."""
    earned = _sum(f"points:{_name(criterion, signal)}" for signal in criterion.signals)
    return [
        earned.clip(upper_bound=criterion.cap).alias(f"known:{criterion.id}"),
        (pl.col(f"known:{criterion.id}") - earned).alias(f"cap:{criterion.id}"),
        pl.lit(0, pl.Int64).alias(f"doubt:{criterion.id}"),
        pl.lit(0, pl.Int64).alias(f"gap:{criterion.id}"),
    ]
