"""When next: the instant at which a verdict becomes another though nothing happens.

Points fade, windows close, clocks run out, overrides end. Each cause knows the last instant at which what it
brings about is as it is now; the verdict changes right after the first of them. So decay needs no job, and
who nothing happens to is not looked at. Source: qualification rules, §2, "when next".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.columns import asked, instant, repeated
from qualifier.conditions import conditions_of
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import ASKED_NOT_KNOWN, INSTANT
from qualifier.playbook import Playbook
from qualifier.questions import REST, ask
from qualifier.segments import FRESH_RAISE, segments_after

STALE = timedelta(days=180)
"""Without a newer fact or touch a record is stale."""
UNFORESEEN = timedelta(hours=1)
"""How soon a playbook that itself reads `as_of` judges a lead again: what it says then is not foreseen."""
_RIGHT_AFTER = timedelta(microseconds=1)
_NEVER = pl.lit(None, INSTANT)


def changes_at(frame: pl.DataFrame, touches: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.Series:
    """Per lead the first instant at which its verdict is another than now; null: never by itself.

    Before it, nothing changes but dates that are restated at New Year. At it, something does, except where
    only `change_7d` was to move and a cap or another touch hides it. `frame`: a fully evaluated one;
    `touches`: all that are known, also those after `as_of`.
    """
    leads = frame[_READ]
    leads = leads.hstack(
        [
            _rest_ends(frame, playbook),
            _first_later(frame, touches, as_of),
            _raise_ends(leads, playbook, as_of),
        ]
    )
    causes, first = _plan(playbook)
    return asked(asked(leads, ["excluded", AS_OF, *causes]), [first]).to_series()


_READ = [
    *("excluded", "points_until", "stage_until", "momentum_until", "group_until", "override_ends"),
    *("group_size", "colleague_active", "sla", "clock_due", "clock_risk", "override", "overridden"),
    *("earned", "clock_segment", "score", "fit", "untitled_score", "untitled_fit", "data", "newest_fact_at"),
    *("hand_raise_at", "last_human_touch_at", "closed", AS_OF),
]


@lru_cache(maxsize=16)
def _plan(playbook: Playbook) -> tuple[list[pl.Expr], pl.Expr]:
    """When each cause ends; and the first instant after one of them."""
    causes = [cause.alias(f"cause {number}") for number, cause in enumerate(_causes(playbook))]
    last = pl.min_horizontal(f"cause {number}" for number in range(len(causes)))
    unforeseen = pl.col(AS_OF) + UNFORESEEN if _reads_the_time(playbook) else _NEVER
    next_ = pl.when(pl.col("excluded").is_null()).then(last + _RIGHT_AFTER)
    return causes, pl.min_horizontal(next_, unforeseen).alias("changes_at")


def _causes(playbook: Playbook) -> Iterator[pl.Expr]:
    """The last instant at which each cause leaves the verdict as it is; null where it has no say."""
    ends = ("rest_ends", "first_later", "raise_ends", "points_until", "stage_until", "momentum_until")
    yield from map(pl.col, ends)
    grouped = pl.col("group_size").is_not_null()
    if any("colleague_active" in condition.facts for condition in conditions_of(playbook).values()):
        grouped |= pl.col("colleague_active")
    yield pl.when(grouped).then("group_until")
    running = pl.col("sla").is_in(["due", "at_risk"])
    yield pl.when(running).then("clock_due")
    yield pl.when(pl.col("sla") == "due").then("clock_risk")
    shown = (pl.col("override") != pl.col("earned")) | (pl.col("override") != pl.col("clock_segment"))
    yield pl.when(pl.col("overridden") & shown).then("override_ends")
    fresh = pl.col("data").is_in(["good", "thin"])
    yield pl.when(fresh).then(pl.col("newest_fact_at") + STALE)
    first = pl.col("hand_raise_at") + FRESH_RAISE
    answered = (pl.col("last_human_touch_at") >= pl.col("hand_raise_at")).fill_null(value=False)
    ranked = ~answered & ~pl.col("closed") & (first >= pl.col(AS_OF))
    yield pl.when(ranked).then(first)


def _reads_the_time(playbook: Playbook) -> bool:
    return any(condition.clocked for condition in conditions_of(playbook).values())


def _first_later(frame: pl.DataFrame, touches: pl.DataFrame, as_of: datetime) -> pl.Series:
    """The first touch that does not exist yet."""
    later = touches.filter(pl.col("at") > instant(as_of))
    if later.is_empty():
        return _nothing("first_later", frame)
    first = later.group_by("lead").agg(first_later=pl.col("at").min())
    found = frame[["lead"]].join(first, on="lead", how="left", maintain_order="left")
    return found.get_column("first_later") - _RIGHT_AFTER


def _nothing(name: str, frame: pl.DataFrame) -> pl.Series:
    return repeated(None, INSTANT, frame.height).alias(name)


def _windows(playbook: Playbook) -> set[float]:
    borders = (playbook.segments.hot, playbook.segments.warm)
    return {border.hand_raise.within_days for border in borders if border.hand_raise}


def _raise_ends(leads: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.Series:
    """When a hand-raise first gets too old for a segment, where the lead then has no other claim to it."""
    never, windows = _nothing("raise_ends", leads), _windows(playbook)
    if not windows:
        return never
    oldest = as_of - timedelta(days=max(windows))
    # Few leads have asked lately: only for them the segments without that are worked out.
    rows = (leads.get_column("hand_raise_at") >= oldest).arg_true()
    if rows.is_empty():
        return never
    return never.scatter(rows, leads[rows].select(_first_raise_end(playbook)).to_series())


@lru_cache(maxsize=16)
def _first_raise_end(playbook: Playbook) -> pl.Expr:
    return pl.min_horizontal(_raise_end(playbook, days) for days in sorted(_windows(playbook)))


def _raise_end(playbook: Playbook, days: float) -> pl.Expr:
    end = pl.col("hand_raise_at") + timedelta(days=days)
    earned, clock_segment = segments_after(playbook, days)
    falls = (pl.col("earned") != earned) | (pl.col("clock_segment") != clock_segment)
    return pl.when((end >= pl.col(AS_OF)) & falls).then(end)


def _rest_ends(frame: pl.DataFrame, playbook: Playbook) -> pl.Series:
    """When a question that rested is asked again, where it then is among those that are asked."""
    ends = _nothing("rest_ends", frame)
    if not any((frame.get_column(slot.answer) == ASKED_NOT_KNOWN).any() for slot in SLOTS.values()):
        return ends
    asked_now, frame = frame.get_column("ask_next"), frame.drop("ask_next")
    rows = _next_rest_end(frame).with_row_index("row").drop_nulls()
    while rows.height:
        then = frame[rows["row"]].with_columns(rows["end"].alias(AS_OF))
        asked = ask(then, playbook).get_column("ask_next")
        shown = rows.filter(asked.ne_missing(asked_now.gather(rows["row"])))
        ends = ends.scatter(shown["row"], shown["end"]) if shown.height else ends
        rows = _next_rest_end(then).with_columns(rows["row"])
        rows = rows.filter(pl.col("end").is_not_null(), ~pl.col("row").is_in(shown["row"].implode()))
    return ends


def _next_rest_end(frame: pl.DataFrame) -> pl.DataFrame:
    """`end`: the first end after `as_of` of a rest of a question that is still open."""
    return frame.select(AS_OF, *_REST_ENDS).select(_FIRST_TO_COME)


_REST_ENDS = [
    pl.when((pl.col(slot.answer) == ASKED_NOT_KNOWN) & ~pl.col(f"slot:{name}"))
    .then(pl.col(f"{slot.answer}_since") + REST)
    .alias(name)
    for name, slot in SLOTS.items()
]
_FIRST_TO_COME = pl.min_horizontal(pl.when(pl.col(name) > pl.col(AS_OF)).then(name) for name in SLOTS).alias(
    "end"
)
