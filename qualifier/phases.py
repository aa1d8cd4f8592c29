"""How far a person has come with a lead: touches in short, people's words, phase, and who came back.

CRM status and the rep's verdict are people's words. They count until a hand-raise newer than the moment they
were set; from then the lead is triaged again. Source: qualification rules, §1.
"""

from datetime import UTC, datetime

import polars as pl

from qualifier.discovery import SLOTS
from qualifier.facts import HAND_RAISES, INSTANT, REPLIES

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def with_phase(frame: pl.DataFrame, touches: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """`frame` with what people did and said.

    `hand_raise_at`, `last_human_touch_at`, `last_touch_at` (newest human touch, hand-raise or reply),
    `newest_at` (of any touch), `closed` (a person's word that still stands), `closed_since`, `came_back`,
    `conversation` (logged since the lead was last triaged), `phase`.
    """
    past = touches.filter(pl.col("at") <= as_of)
    frame = frame.join(_in_short(past), on="lead", how="left", maintain_order="left")
    raised = pl.col("hand_raise_at")
    status = pl.col("status").is_in(["working", "nurture", "closed"]).fill_null(value=False)
    # A word whose moment nobody knows stands: nothing shows that the lead asked later.
    status_stands = status & ~(raised > pl.col("status_since")).fill_null(value=False)
    verdict = pl.col("verdict").is_not_null()
    verdict_stands = verdict & ~(raised > pl.col("verdict_since")).fill_null(value=False)
    frame = frame.with_columns(
        status_stands=status_stands,
        verdict_stands=verdict_stands,
        overtaken=(status & ~status_stands) | (verdict & ~verdict_stands),
        # Touches before the newest overtaken word belong to the story that it ended.
        word_since=pl.max_horizontal(
            pl.when(status & ~status_stands).then("status_since"),
            pl.when(verdict & ~verdict_stands).then("verdict_since"),
        ),
    )
    frame = frame.join(_first_raise_after_word(frame, past), on="lead", how="left", maintain_order="left")
    return _phased(frame).drop(
        "status_stands",
        "verdict_stands",
        "overtaken",
        "word_since",
        "triaged_at",
        "first_human_at",
        "conversation_at",
    )


def _in_short(past: pl.DataFrame) -> pl.DataFrame:
    raise_, reply = pl.col("kind").is_in(HAND_RAISES), pl.col("kind").is_in(REPLIES)
    human, at = pl.col("human").fill_null(value=False), pl.col("at")
    return (
        past.lazy()
        .with_columns(
            hand_raise_at=pl.when(raise_).then(at),
            human_at=pl.when(human).then(at),
            last_touch_at=pl.when(raise_ | reply | human).then(at),
            conversation_at=pl.when(pl.col("conversation")).then(at),
        )
        .group_by("lead")
        .agg(
            pl.col("hand_raise_at").max(),
            pl.col("human_at").max().alias("last_human_touch_at"),
            pl.col("human_at").min().alias("first_human_at"),
            pl.col("last_touch_at").max(),
            pl.col("conversation_at").max(),
            at.max().alias("newest_at"),
        )
        .collect()
    )


def _first_raise_after_word(frame: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """When the leads whose word was overtaken were triaged again."""
    words = frame.filter(pl.col("word_since").is_not_null()).select("lead", "word_since")
    return (
        past.filter(pl.col("kind").is_in(HAND_RAISES))
        .join(words, on="lead")
        .filter(pl.col("at") > pl.col("word_since"))
        .group_by("lead")
        .agg(pl.col("at").min().alias("triaged_at"))
    )


def _phased(frame: pl.DataFrame) -> pl.DataFrame:
    raised, human = pl.col("hand_raise_at"), pl.col("last_human_touch_at")
    closed = pl.col("status_stands") & (pl.col("status") == "closed")
    counted = pl.coalesce("triaged_at", pl.lit(_LONG_AGO, INSTANT))
    answered = pl.any_horizontal(
        (pl.col(f"{slot.answer}_since") >= counted) & pl.col(slot.answer).is_not_null()
        for slot in SLOTS.values()
    )
    contacted = (
        (human >= counted).fill_null(value=False) | pl.col("status_stands") | answered.fill_null(value=False)
    )
    conversation = (pl.col("conversation_at") >= counted).fill_null(value=False)
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
