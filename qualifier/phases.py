"""How far a person has come with a lead: touches in short, people's words, phase, and who came back.

CRM status and the rep's verdict are people's words. They count until a hand-raise newer than the moment they
were set; from then the lead is triaged again. Source: qualification rules, §1.
"""

import polars as pl

from qualifier.discovery import SLOTS
from qualifier.facts import HAND_RAISES, REPLIES
from qualifier.journey import Journey, Trace, newest_at, of_kinds


def with_phase(frame: pl.DataFrame, journey: Journey) -> pl.DataFrame:
    """`frame` with what people did and said.

    `hand_raise_at`, `last_human_touch_at`, `last_touch_at` (newest human touch, hand-raise or reply),
    `newest_at` (of any touch), `closed` (a person's word that still stands), `closed_since`, `came_back`,
    `conversation` (logged since the lead was last triaged), `phase`.
    """
    frame = frame.hstack(journey.follow(_TRACES, ("newest", "oldest")).select(_IN_SHORT))
    raised = pl.col("hand_raise_at")
    status = pl.col("status").is_in(["working", "nurture", "closed"]).fill_null(value=False)
    # A word whose moment nobody knows stands: nothing shows that the lead asked later.
    status_stands = status & ~(raised > pl.col("status_since")).fill_null(value=False)
    verdict = pl.col("verdict").is_not_null()
    verdict_stands = verdict & ~(raised > pl.col("verdict_since")).fill_null(value=False)
    frame = frame.with_columns(
        last_touch_at=pl.max_horizontal("hand_raise_at", "replied_at", "last_human_touch_at"),
        status_stands=status_stands,
        verdict_stands=verdict_stands,
        overtaken=(status & ~status_stands) | (verdict & ~verdict_stands),
        # Touches before the newest overtaken word belong to the story that it ended.
        word_since=pl.max_horizontal(
            pl.when(status & ~status_stands).then("status_since"),
            pl.when(verdict & ~verdict_stands).then("verdict_since"),
        ),
    )
    frame = frame.with_columns(_triaged_at(frame, journey))
    return _phased(frame).drop(
        "status_stands",
        "verdict_stands",
        "overtaken",
        "word_since",
        "triaged_at",
        "first_human_at",
        "replied_at",
        "conversation_at",
    )


_TRACES = {
    "hand_raise_at": Trace(HAND_RAISES),
    "replied_at": Trace(REPLIES),
    "last_human_touch_at": Trace(human=True),
    "conversation_at": Trace(conversation=True),
    "newest_at": Trace(),
}


_IN_SHORT = [
    *(newest_at(name).alias(name) for name in _TRACES),
    pl.col("oldest:last_human_touch_at").alias("first_human_at"),
]


def _triaged_at(frame: pl.DataFrame, journey: Journey) -> pl.Series:
    """When the leads whose word was overtaken were triaged again: their first hand-raise after it."""
    words = frame.select("word_since").with_row_index("row").drop_nulls()
    raises = journey.touches.filter(of_kinds(HAND_RAISES)).join(words, on="row")
    after = raises.filter(pl.col("at") > pl.col("word_since")).group_by("row").agg(pl.col("at").min())
    return journey.spread(after, "at").alias("triaged_at")


def _phased(frame: pl.DataFrame) -> pl.DataFrame:
    raised, human = pl.col("hand_raise_at"), pl.col("last_human_touch_at")
    closed = pl.col("status_stands") & (pl.col("status") == "closed")
    answered = pl.any_horizontal(
        _counts(pl.col(f"{slot.answer}_since")) & pl.col(slot.answer).is_not_null() for slot in SLOTS.values()
    )
    contacted = (
        _counts(human).fill_null(value=False) | pl.col("status_stands") | answered.fill_null(value=False)
    )
    conversation = _counts(pl.col("conversation_at")).fill_null(value=False)
    earlier = pl.col("overtaken") | (pl.col("first_human_at") < raised).fill_null(value=False)
    open_raise = raised.is_not_null() & ~(human >= raised).fill_null(value=False)
    return frame.with_columns(
        closed=closed,
        closed_since=pl.when(pl.col("status") == "closed").then("status_since"),
        came_back=open_raise & earlier & ~closed,
        conversation=conversation,
        phase=pl.when(closed | pl.col("verdict_stands"))
        .then(pl.lit("verdict"))
        .when(conversation)
        .then(pl.lit("discovery"))
        .when(contacted)
        .then(pl.lit("contacted"))
        .otherwise(pl.lit("triaged")),
    )


def _counts(at: pl.Expr) -> pl.Expr:
    """Whether something belongs to the present story: not before the lead was triaged again."""
    triaged = pl.col("triaged_at")
    return at.is_not_null() & (triaged.is_null() | (at >= triaged))
