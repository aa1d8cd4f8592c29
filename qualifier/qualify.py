"""From facts and touches to verdicts: one pure function over frames, no clock, no I/O, no state.

    facts → effective facts → points → phase, stage, segment → respond-by, track, questions → reasons

Every lead is judged by itself: order and batch size do not matter.
"""

from datetime import datetime
from functools import lru_cache

import polars as pl

from qualifier import agreement as terms
from qualifier import engagement, explanation, lines, phases, questions, stages, tracks
from qualifier.changes import STALE, changes_at
from qualifier.columns import asked, extended, repeated, with_optional
from qualifier.conditions import conditions_of
from qualifier.discovery import with_capacity_and_need, with_effective_facts, with_proposal
from qualifier.exclusions import with_exclusion
from qualifier.expressions import AS_OF
from qualifier.facts import INSTANT, SINCE, column_types
from qualifier.groups import Companies, with_colleagues
from qualifier.journey import MOMENTUM, Journey
from qualifier.phrases import shown_facts
from qualifier.playbook import Playbook
from qualifier.pool import within_pool
from qualifier.scoring import score, score_at
from qualifier.segments import grade, respond_rank, with_segment
from qualifier.sets import mask_of, words_where
from qualifier.verdict import BUILT_IN_TAGS, EXCLUDED_KEEPS, OUTPUTS, FieldKind

PREVIOUS_COLUMNS: dict[str, pl.DataType] = {
    "lead": pl.Int64(),
    "segment": pl.String(),
    "earned": pl.String(),
    "clock_segment": pl.String(),
    "stage": pl.String(),
    "stage_since": pl.Date(),
    "phase": pl.String(),
    "track": pl.String(),
    "track_since": INSTANT,
    "clock_start": INSTANT,
    "clock_due": INSTANT,
    "clock_settled": INSTANT,
    "hand_raise_at": INSTANT,
    "scored_at": INSTANT,
    "score": pl.Int64(),
    "why_changed": pl.String(),
    "points": pl.String(),
}
"""What the last verdict left behind. `earned`: the segment without the rep's override; `clock_segment`:
also without points for titles. `score` and `points` (JSON, line → points) are those last *delivered*."""

STATE_COLUMNS = (
    "earned",
    "clock_segment",
    "clock_start",
    "clock_due",
    "clock_settled",
    "track_since",
    "points",
)
"""Columns of the result that are no field of the CRM; the next `previous` needs them."""

_DTYPES: dict[FieldKind, pl.DataType] = {
    "number": pl.Int64(),
    "text": pl.String(),
    "long_text": pl.String(),
    "pick": pl.String(),
    "multi_pick": pl.List(pl.String()),
    "date": pl.Date(),
    "instant": INSTANT,
}


def qualify(
    facts: pl.DataFrame,
    touches: pl.DataFrame,
    companies: Companies,
    previous: pl.DataFrame,
    playbook: Playbook,
    agreement: terms.Agreement,
    as_of: datetime,
) -> pl.DataFrame:
    """One row per lead, in the order of `facts`: `lead`, columns of `OUTPUTS`, `STATE_COLUMNS`, `changes_at`.

    `facts`: columns of `column_types(playbook.facts_all)`, an absent one is unknown; and `person`, a keyed
    hash. `touches`: `TOUCH_COLUMNS`. `previous`: `PREVIOUS_COLUMNS`, or an empty frame. `as_of`: aware; what
    comes after it does not exist. `changes_at`: when the result next changes by itself, null for never.
    """
    return within_pool(
        lambda: result_of(evaluate(facts, touches, companies, previous, playbook, agreement, as_of))
    )


def result_of(frame: pl.DataFrame) -> pl.DataFrame:
    """What `qualify` gives of an evaluated frame."""
    result, excluded = frame.select(_RESULT), frame.get_column("excluded").is_not_null()
    return result.with_columns(pl.when(~excluded).then(_CLEARED).name.keep()) if excluded.any() else result


_RESULT = [
    pl.col("lead"),
    *(pl.col(output.column).cast(_DTYPES[output.kind]) for output in OUTPUTS),
    pl.col(*STATE_COLUMNS, "changes_at"),
]
_CLEARED = pl.col(
    *(output.column for output in OUTPUTS if output.name not in EXCLUDED_KEEPS),
    *STATE_COLUMNS,
)
"""What an excluded lead does not have."""


def evaluate(
    facts: pl.DataFrame,
    touches: pl.DataFrame,
    companies: Companies,
    previous: pl.DataFrame,
    playbook: Playbook,
    agreement: terms.Agreement,
    as_of: datetime,
) -> pl.DataFrame:
    """Everything that is known about each lead, wide: facts, points, and what followed from them."""
    # A fact that the store does not hold yet is unknown.
    known = _with_previous(with_optional(facts, column_types(playbook.facts_all)), previous)
    known = with_effective_facts(known)
    journey = Journey.of(known, touches, as_of)
    (paid,) = journey.follow(engagement.traces(playbook), wanted=("worth", "newest", "count"))
    lived, staged = journey.follow(
        phases.TRACES, stages.traces(playbook), wanted=("oldest", "newest", "count")
    )
    now, then = engagement.weigh(paid, journey, playbook)
    known = with_colleagues(known, companies, as_of, journey.earlier)
    # A real column: Polars gives one row where a scalar column meets a literal (as_of > DATE '…').
    known = known.hstack([repeated(as_of, INSTANT, known.height).alias(AS_OF)])
    frame = score(known, now.points, playbook).hstack([*engagement.newest(paid, playbook), now.until])
    frame = _with_momentum(frame, then, journey, playbook)
    frame = stages.with_stage(phases.with_phase(frame, journey, lived), journey, staged, playbook)
    frame = with_capacity_and_need(frame, playbook)
    frame = with_segment(frame, playbook, agreement.calendar.zone)
    frame = with_proposal(with_exclusion(frame, playbook), playbook)
    frame = _with_labels(frame, playbook)
    frame = terms.respond(frame, touches, agreement, as_of)
    frame = _with_track(frame, playbook, as_of)
    told = lines.facts_told(playbook) | questions.facts_told(playbook)
    frame = frame.hstack(shown_facts(frame, told, playbook.facts_all, as_of))
    frame = questions.ask(frame, playbook)
    frame = explanation.explain(frame, playbook, as_of)
    return frame.with_columns(changes_at(frame, touches, playbook, as_of), _WHY)


_WHY = pl.when(pl.col("excluded").is_not_null()).then("excluded_why").otherwise("why").alias("why")


def _with_previous(leads: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """`leads` with `previous_…`: what the last verdict left behind, null for those that had none."""
    if previous.is_empty():
        return with_optional(leads, _BEFORE_TYPES)
    before = with_optional(previous, PREVIOUS_COLUMNS).select(_BEFORE)
    return leads.join(before, on="lead", how="left", maintain_order="left")


_BEFORE_TYPES = {f"previous_{name}": dtype for name, dtype in PREVIOUS_COLUMNS.items() if name != "lead"}
_BEFORE = [
    pl.col("lead").cast(PREVIOUS_COLUMNS["lead"]),
    *(
        pl.col(name.removeprefix("previous_")).cast(dtype).alias(name)
        for name, dtype in _BEFORE_TYPES.items()
    ),
]


def _with_momentum(
    frame: pl.DataFrame, then: engagement.Earned, journey: Journey, playbook: Playbook
) -> pl.DataFrame:
    """`change_7d`, against the touches until then and the colleagues active then, and how long it stands."""
    active = frame.get_column("colleague_active_earlier").alias("colleague_active")
    before = frame.with_columns(active, repeated(journey.earlier, INSTANT, frame.height).alias(AS_OF))
    was = score_at(before, then.points, playbook)
    news = journey.first_since_earlier(engagement.kinds_of(playbook))
    until = pl.min_horizontal(then.until, "group_until_earlier", news)
    return frame.with_columns(change_7d=pl.col("score") - was, momentum_until=until + MOMENTUM)


def _with_labels(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """Tags, grade, data state, rank, and the segment of those excluded."""
    tags, labels = _labels(playbook)
    frame = frame.with_columns(words_where(frame, *tags).alias("tags"), _NEWEST_FACT)
    return extended(frame, labels)


_NEWEST_FACT = pl.max_horizontal(
    "newest_at", "created_at", pl.col("last_won_on").cast(INSTANT), *SINCE.values()
).alias("newest_fact_at")


@lru_cache(maxsize=16)
def _labels(playbook: Playbook) -> tuple[tuple[list[str], pl.Expr], list[pl.Expr]]:
    """The tags with what says which are set; and the other labels."""
    excluded, conditions = pl.col("excluded").is_not_null(), conditions_of(playbook)
    truths = {
        "customer": (pl.col("won_deals") >= 1) & ~excluded,
        "came_back": pl.col("came_back") & ~excluded,
        **{tag: pl.col("excluded") == tag.removeprefix("excluded:") for tag in BUILT_IN_TAGS if ":" in tag},
        **{tag.id: conditions[tag.when].expr & ~excluded for tag in playbook.tags},
    }
    return (list(truths), mask_of(truths.values())), [
        respond_rank().alias("respond_rank"),
        pl.when(excluded).then(pl.lit("excluded")).otherwise("segment").alias("segment"),
        grade(playbook).alias("grade"),
        _data(playbook).alias("data"),
        pl.lit(playbook.label).alias("playbook"),
        pl.col(AS_OF).alias("scored_at"),
    ]


def _data(playbook: Playbook) -> pl.Expr:
    """How much the score rests on: conflict over stale over thin over good (§5)."""
    gap = pl.sum_horizontal(pl.lit(0), *(f"gap:{criterion.id}" for criterion in playbook.fit))
    thin = 2 * gap > sum(criterion.cap for criterion in playbook.criteria)
    stale = ~(pl.col("newest_fact_at") >= pl.col(AS_OF) - STALE).fill_null(value=False)
    return (
        pl.when("conflict")
        .then(pl.lit("conflict"))
        .when(stale)
        .then(pl.lit("stale"))
        .when(thin)
        .then(pl.lit("thin"))
        .otherwise(pl.lit("good"))
    )


def _with_track(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """The track by the segment without points for titles, unless the rep's segment stands."""
    assigned = tracks.assign(asked(frame, _served(playbook)), playbook, as_of)
    return frame.hstack(assigned[tracks.TRACK_COLUMNS])


@lru_cache(maxsize=16)
def _served(playbook: Playbook) -> list[pl.Expr]:
    """What decides on the track."""
    excluded, conditions = pl.col("excluded").is_not_null(), conditions_of(playbook)
    standing = pl.when(excluded | pl.col("overridden")).then("segment").otherwise("clock_segment")
    return [
        pl.col("stage", "need", "capacity", "closed", "last_human_touch_at"),
        pl.col("previous_track", "previous_track_since"),
        standing.alias("segment"),
        conditions[playbook.channels.email].expr.alias("channel:email"),
        conditions[playbook.channels.call].expr.alias("channel:call"),
    ]
