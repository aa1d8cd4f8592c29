"""When a verdict is worth a write. Source: the outside contract, "When a record is written".

Pending words: `new` never written · `now` a change named under *at once* · `turn` the same, but only time
caused it · `daily` a score moved by time, an open, a visit or a colleague, at most once a day · `owed`
riders alone, likewise.
"""

from datetime import datetime, timedelta

import polars as pl

from qualifier.verdict import OUTPUTS

ONCE_A_DAY = timedelta(days=1)
DAILY_WORDS = ("owed", "daily")
"""Pending words of what is written at most so often."""
SCORE_STEP = 3
"""Points from which a score that nobody moved on purpose is delivered."""
AT_ONCE = tuple(output.column for output in OUTPUTS if output.weight == "at_once" and output.name != "Score")
RIDERS = tuple(output.column for output in OUTPUTS if output.weight == "rider")
COLUMNS = tuple(output.column for output in OUTPUTS if output.weight != "silent")


def weigh(frame: pl.DataFrame, columns: frozenset[str]) -> pl.Series:
    """`pending` for each row: why it must travel, NULL when nothing must.

    `frame`: verdict columns, the same with prefix `was_` as delivered, `dirty`, `pending` (as stored),
    `in_doubt` (columns whose last write may not have taken place), `delivered_at` and `last_score` (of the
    last verdict, delivered or not). `columns`: those that the connector can write now.
    """

    def differs(names: tuple[str, ...]) -> pl.Expr:
        parts = [pl.col(name).ne_missing(pl.col(f"was_{name}")) for name in names if name in columns]
        return pl.any_horizontal(parts) if parts else pl.lit(value=False)

    strong = pl.col("dirty").is_in(["fact", "touch"]).fill_null(value=False)
    rank = pl.col("respond_rank") // 500
    urgent = differs(AT_ONCE) | rank.ne_missing(pl.col("was_respond_rank") // 500)
    score = differs(("score",))
    # A score that a colleague moved and that waits is not made urgent by a fact that does not move it.
    own = strong & pl.col("score").ne_missing(pl.col("last_score"))
    step = (pl.col("score") - pl.col("was_score")).abs().fill_null(SCORE_STEP)
    owed = strong | pl.col("pending").is_in(["owed", "now"]).fill_null(value=False)
    unsent = pl.col("pending").is_in(["now"]).fill_null(value=False)
    return frame.select(
        pl.when(pl.col("delivered_at").is_null())
        .then(pl.lit("new"))
        .when(pl.col("in_doubt").is_not_null())
        .then(pl.lit("now"))
        .when((urgent & strong) | (score & own) | ((urgent | score) & unsent))
        .then(pl.lit("now"))
        .when(urgent)
        .then(pl.lit("turn"))
        .when(score & (step >= SCORE_STEP))
        .then(pl.lit("daily"))
        .when(differs(RIDERS) & owed)
        .then(pl.lit("owed"))
        .alias("pending")
    ).to_series()


def words(*, quiet: bool) -> tuple[str, ...]:
    """Pending words that may travel now; `quiet`: none that only time caused."""
    return ("new", "now", "owed") if quiet else ("new", "now", "turn", "owed", "daily")


def count_due(frame: pl.DataFrame, as_of: datetime, *, quiet: bool) -> int:
    """How many of these weighed leads would be written now: what `deliver` asks the store, of a frame."""
    rested = pl.col("delivered_at") <= as_of - ONCE_A_DAY
    due = pl.col("pending").is_in(words(quiet=quiet)) & (~pl.col("pending").is_in(DAILY_WORDS) | rested)
    return int(frame.select(due.sum()).item())
