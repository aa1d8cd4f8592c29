"""Grade, segment and rank: what the points mean, with hysteresis, hand-raises and the rep's override."""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

import polars as pl

from qualifier.columns import asked, by_word, extended, first_true
from qualifier.expressions import AS_OF
from qualifier.playbook import Border, HandRaise, Playbook, Segments

FRESH_RAISE = timedelta(days=7)
"""Contract, Respond_Rank: so young a hand-raise without a human touch since comes first in its segment."""
OVERRIDE_WITHOUT_DATE = timedelta(days=30)
_THOUSANDS = {"hot": 1000, "warm": 2000, "cold": 3000}
_MOST = 99
_CLOSED, _EXCLUDED_RANK, _HALF = 8000, 9599, 500


def with_segment(frame: pl.DataFrame, playbook: Playbook, zone: str) -> pl.DataFrame:
    """`frame` with `segment` and how it came about.

    `earned` is the playbook's own, `clock_segment` the same without points for titles; both hold on by
    hysteresis to `previous_earned` and `previous_clock_segment`. `overridden`: the rep's segment stands,
    through its last day in `zone`, until `override_ends`.
    """
    earned = asked(frame, ["override", *earned_segments(playbook), *_override(zone)])
    earned = extended(earned, [_STANDING])
    return frame.hstack(earned.get_columns()[1:])


_STANDING = pl.when("overridden").then("override").otherwise("earned").alias("segment")


@lru_cache(maxsize=64)
def _override(zone: str) -> tuple[pl.Expr, pl.Expr]:
    ends = pl.coalesce(
        _midnight_after("override_until", zone), pl.col("override_since") + OVERRIDE_WITHOUT_DATE
    )
    runs = pl.col("override").is_not_null() & (pl.col(AS_OF) < ends).fill_null(value=True)
    return runs.alias("overridden"), ends.alias("override_ends")


def _midnight_after(day: str, zone: str) -> pl.Expr:
    """The instant at which the day is over; where clocks skip that midnight, the hour after."""
    midnight = (pl.col(day) + timedelta(days=1)).cast(pl.Datetime("us"))
    local = [
        (midnight + later).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        for later in (timedelta(0), timedelta(hours=1))
    ]
    return pl.coalesce(local).dt.convert_time_zone("UTC")


@lru_cache(maxsize=16)
def earned_segments(playbook: Playbook) -> tuple[pl.Expr, pl.Expr]:
    """`earned` and `clock_segment`, see `with_segment`."""

    def fresh(raised: HandRaise) -> pl.Expr:
        return pl.col("hand_raise_at") >= pl.col(AS_OF) - timedelta(days=raised.within_days)

    return (
        _segment(playbook.segments, ("score", "fit", "previous_earned"), fresh).alias("earned"),
        _segment(playbook.segments, (*_UNTITLED, "previous_clock_segment"), fresh).alias("clock_segment"),
    )


def segments_after(playbook: Playbook, days: float) -> tuple[pl.Expr, pl.Expr]:
    """The same right after the newest hand-raise has become so many days old, with the points of now."""

    def fresh(raised: HandRaise) -> pl.Expr:
        return pl.lit(raised.within_days > days)

    return (
        _segment(playbook.segments, ("score", "fit", "earned"), fresh),
        _segment(playbook.segments, (*_UNTITLED, "clock_segment"), fresh),
    )


_UNTITLED = ("untitled_score", "untitled_fit")
Fresh = Callable[[HandRaise], pl.Expr]
"""Whether the newest hand-raise is young enough for a border."""


def _segment(rules: Segments, read: tuple[str, str, str], fresh: Fresh) -> pl.Expr:
    """The segment by score, fit and the segment before, whose columns `read` names."""
    hot, warm = (
        _reached(word, getattr(rules, word), rules.hysteresis, read, fresh) for word in ("hot", "warm")
    )
    return pl.when(hot).then(pl.lit("hot")).when(warm).then(pl.lit("warm")).otherwise(pl.lit("cold"))


def _reached(word: str, border: Border, hysteresis: int, read: tuple[str, str, str], fresh: Fresh) -> pl.Expr:
    score, fit, before = map(pl.col, read)
    held = (before == word) & (score >= border.score - hysteresis)
    raised = border.hand_raise
    claims = [fresh(raised) & (fit >= raised.fit)] if raised else []
    return pl.any_horizontal(score >= border.score, held, *claims)


def grade(playbook: Playbook) -> pl.Expr:
    """Letter from `fit`, digit from `engagement`: `B2`."""
    fit, engagement = _marks(playbook.grades.fit, "ABCD"), _marks(playbook.grades.engagement, "1234")
    table = pl.Series([letter + digit for letter in fit for digit in engagement])
    return pl.lit(table).gather(pl.col("fit") * len(engagement) + pl.col("engagement"))


def _marks(borders: tuple[int, int, int], marks: str) -> list[str]:
    """The mark of every percentage, 0 to 100; `borders` from the best down."""
    return [marks[sum(percent < border for border in borders)] for percent in range(101)]


def respond_rank() -> pl.Expr:
    """The contract's formula: segment, then a fresh hand-raise that nobody answered, then score."""
    answered = (pl.col("last_human_touch_at") >= pl.col("hand_raise_at")).fill_null(value=False)
    raised = (pl.col("hand_raise_at") >= pl.col(AS_OF) - FRESH_RAISE) & ~answered
    half = pl.when(raised).then(0).otherwise(_HALF)
    base = first_true(
        [
            (pl.col("excluded").is_not_null(), pl.lit(_EXCLUDED_RANK - _MOST)),
            (pl.col("closed"), pl.lit(_CLOSED)),
        ],
        by_word("segment", _THOUSANDS, pl.Int64()) + half,
    )
    rest = pl.when(pl.col("excluded").is_null()).then(_MOST - pl.col("score")).otherwise(_MOST)
    return (base + rest).cast(pl.Int64)
