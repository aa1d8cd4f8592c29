"""Nurture tracks: how to stay in touch with a lead, since when, and when the next touch is due.

A lead's track is the first of the playbook that fits segment, stage, need and capacity, and that has a
channel open to the lead. Source: qualification rules, §3 Tracks.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import polars as pl

from qualifier.columns import by_word, instant, narrowed
from qualifier.facts import INSTANT
from qualifier.playbook import Playbook, Track

ANYTHING = "*"
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
    first, cadence = _by_playbook(playbook)
    entered = pl.coalesce(_SINCE_BEFORE, pl.when(pl.col("track").is_not_null()).then(instant(as_of)))
    state = leads.with_columns(first).with_columns(track_since=entered)
    return frame.hstack(state.select("track", "track_since", (_LAST + cadence).alias("next_touch")))


_SINCE_BEFORE = pl.when(pl.col("track") == pl.col("previous_track")).then("previous_track_since")
_LAST = pl.coalesce("last_human_touch_at", "track_since").dt.date()


@lru_cache(maxsize=16)
def _by_playbook(playbook: Playbook) -> tuple[pl.Expr, pl.Expr]:
    """The track of a lead, and the days between its touches."""
    served = ~pl.col("closed").fill_null(value=False) & (pl.col("segment") != "excluded")
    track = pl.when(served).then(_first_match(playbook.tracks)).alias("track")
    days = {track.id: track.cadence_days for track in playbook.tracks}
    return track, pl.duration(days=by_word("track", days, pl.Int64()))


def _first_match(tracks: Sequence[Track]) -> pl.Expr:
    return pl.coalesce(pl.when(_matches(track)).then(pl.lit(track.id)) for track in tracks)


def _matches(track: Track) -> pl.Expr:
    """Whether a track fits; a lead of whom nothing is known fits `unknown`."""
    asked = [_open(track)]
    if track.segment != ANYTHING:
        asked.append(pl.col("segment") == track.segment)
    if track.stage != ANYTHING:
        asked.append(pl.col("stage").is_in(track.stage))
    if track.capacity != ANYTHING:
        asked.append(pl.col("capacity") == track.capacity)
    if track.need != ANYTHING:
        asked.append(pl.col("need").list.contains(track.need))
    return pl.all_horizontal(asked)


def _open(track: Track) -> pl.Expr:
    """Whether a channel of the track is open; unknown is open."""
    return pl.any_horizontal(pl.col(f"channel:{channel}").fill_null(value=True) for channel in track.channels)
