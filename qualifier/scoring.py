"""Points: what each signal of the playbook earns, per lead, in whole points that always sum to the score.

One row per lead, wide. Per signal `points:<criterion>.<signal>`, per minus signal `minus:<signal>`; a fit
signal also `truth:…` (TRUE, FALSE, or NULL: nobody knows). Per criterion `known:`, `gap:` (what the unknown
could still add), `doubt:` (what it earns meanwhile), `cap:` (≤ 0: what the cap takes). What touches earn
comes from `engagement`. Source: qualification rules, §2 and §3.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import polars as pl

from qualifier.columns import asked, extended, half_up
from qualifier.conditions import conditions_of
from qualifier.criteria import EngagementCriterion, FitCriterion, FitSignal, TouchSignal
from qualifier.playbook import Playbook

TITLE_FACTS = frozenset({"title", "seniority", "department"})
"""Facts about a person's title: the response clock and the track never depend on them (LL103)."""
STEPS_OF_A_LINE = ("points", "doubt", "cap", "minus")
"""Prefixes of the columns that, with `floor`, sum to the score."""
_NOTHING = pl.lit(0, pl.Int64)


def score(leads: pl.DataFrame, earned: list[pl.Series], playbook: Playbook) -> pl.DataFrame:
    """`leads` with all columns above and the totals.

    Totals: `fit_points`, `engagement_points`, `fit`, `engagement`, `score`, `floor` (what clamping the score
    added or took). `untitled_score` and `untitled_fit` are the same without signals that read a title.

    `leads`: effective facts, one row each, with `as_of`; `earned`: the points of their touches.
    """
    frame = asked(leads, ["lead", *_truths(playbook)]).hstack(earned)
    frame = extended(frame, *_steps(playbook))
    return leads.hstack(frame.get_columns()[1:])


def score_at(scored: pl.DataFrame, earned: list[pl.Series], playbook: Playbook) -> pl.Series:
    """The score at another instant; only what reads it is asked anew.

    `scored`: from `score`, with `as_of` and `colleague_active` of that instant; `earned`: the points then.
    """
    begin, steps = _moving(playbook)
    return extended(asked(scored, begin).hstack(earned), *steps).get_column("score")


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
    truths = [_truth(criterion, signal, playbook) for criterion in moving for signal in criterion.signals]
    known = [_weighed_engagement(criterion)[0] for criterion in playbook.engagement]
    first, *rest = _fit_steps(moving)
    steps = (_earned_by_truth(moving), [*first, *known], *rest, _totals(playbook), [_score(playbook)])
    return [pl.col("lead", *stays), *truths], steps


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
    return half_up(criterion.benefit_of_doubt * gap)


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


def _weighed_engagement(criterion: EngagementCriterion) -> list[pl.Expr]:
    """What an engagement criterion is worth; nothing about it is unknown."""
    earned = _sum(f"points:{_name(criterion, signal)}" for signal in criterion.signals)
    return [
        earned.clip(upper_bound=criterion.cap).alias(f"known:{criterion.id}"),
        (pl.col(f"known:{criterion.id}") - earned).alias(f"cap:{criterion.id}"),
    ]
