"""Nurture tracks: how to stay in touch with a lead, since when, and when the next touch is due.

A lead's track is the first of the playbook that fits segment, stage, need and capacity, and that has a
channel open to the lead. Source: qualification rules, §3 Tracks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, reduce
from operator import and_

import polars as pl

from qualifier.columns import extended, first_true, instant, narrowed
from qualifier.facts import INSTANT
from qualifier.playbook import Playbook, Track

ANYTHING = "*"
_DAY = timedelta(days=1)
TRACK_COLUMNS = ("track", "track_since", "next_touch")
_OPTIONAL: dict[str, pl.DataType] = {
    "closed": pl.Boolean(),
    "channel:email": pl.Boolean(),
    "channel:call": pl.Boolean(),
    "last_human_touch_at": INSTANT,
    "previous_track": pl.String(),
    "previous_track_since": INSTANT,
}


def assign(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """`frame` with `TRACK_COLUMNS`: id, instant of entry and a date, all null when closed or excluded.

    Reads `segment`, `stage`, `need` (list of kinds), `capacity` and, where present, `closed`,
    `channel:email` and `channel:call` (FALSE: closed to this lead), `last_human_touch_at`, `previous_track`
    and `previous_track_since`. The next touch is the last human one, else the entry, plus the cadence; it is
    not moved on when it has passed: an overdue touch stays visible.
    """
    leads = narrowed(frame, ("segment", "stage", "need", "capacity"), _OPTIONAL)
    plan = _plan(playbook)
    since = _entered(plan.track, as_of).alias("track_since")
    state = extended(leads, plan.open, [plan.place], [plan.track, since])
    return frame.hstack(state.select("track", "track_since", plan.next_touch))


@dataclass(frozen=True, slots=True)
class _Plan:
    """`open`: which channels are; `place`: of the first track that fits; `track` and `next_touch` by it."""

    open: Sequence[pl.Expr]
    place: pl.Expr
    track: pl.Expr
    next_touch: pl.Expr


@lru_cache(maxsize=16)
def _plan(playbook: Playbook) -> _Plan:
    ids = pl.Series([track.id for track in playbook.tracks], dtype=pl.String)
    days = pl.Series([track.cadence_days for track in playbook.tracks], dtype=pl.Int64)
    served = ~pl.col("closed").fill_null(value=False) & (pl.col("segment") != "excluded")
    fits = first_true((_matches(track), pl.lit(place)) for place, track in enumerate(playbook.tracks))
    last = pl.coalesce("last_human_touch_at", "track_since").dt.date()
    return _Plan(
        open=[_open(channels) for channels in dict.fromkeys(track.channels for track in playbook.tracks)],
        place=pl.when(served).then(fits).cast(pl.Int64).alias("place"),
        track=pl.lit(ids).gather("place").alias("track"),
        next_touch=(last + pl.lit(days * _DAY).gather("place")).alias("next_touch"),
    )


def _entered(track: pl.Expr, as_of: datetime) -> pl.Expr:
    since_before = pl.when(track == pl.col("previous_track")).then("previous_track_since")
    return pl.coalesce(since_before, pl.when(pl.col("place").is_not_null()).then(instant(as_of)))


def _matches(track: Track) -> pl.Expr:
    """Whether a track fits; a lead of whom nothing is known fits `unknown`."""
    asked = [pl.col(_open_name(track.channels))]
    if track.segment != ANYTHING:
        asked.append(pl.col("segment") == track.segment)
    if track.stage != ANYTHING:
        asked.append(pl.col("stage").is_in(track.stage))
    if track.capacity != ANYTHING:
        asked.append(pl.col("capacity") == track.capacity)
    if track.need != ANYTHING:
        asked.append(pl.col("need").list.contains(track.need))
    return reduce(and_, asked)


def _open(channels: Sequence[str]) -> pl.Expr:
    """Whether one of these channels is open; unknown is open."""
    known = (pl.col(f"channel:{channel}").fill_null(value=True) for channel in channels)
    return pl.any_horizontal(known).alias(_open_name(channels))


def _open_name(channels: Sequence[str]) -> str:
    return f"open:{' '.join(channels)}"
