"""How far a person has come with a lead: touches in short, people's words, phase, and who came back.

CRM status and the rep's verdict are people's words. They count until a hand-raise newer than the moment they
were set; from then the lead is triaged again. Source: qualification rules, §1.
"""

from datetime import UTC, datetime

import polars as pl

from qualifier.columns import extended, repeated
from qualifier.discovery import SLOTS
from qualifier.facts import HAND_RAISES, INSTANT, REPLIES
from qualifier.journey import NEWEST_AT, Found, Journey, Trace, of_kinds

PHASE_COLUMNS = (
    *("hand_raise_at", "last_human_touch_at", "last_touch_at", "newest_at"),
    *("closed", "closed_since", "came_back", "conversation", "phase"),
)
_ANSWERS = [name for slot in SLOTS.values() for name in (slot.answer, f"{slot.answer}_since")]
_READ = ["lead", "status", "status_since", "verdict", "verdict_since", *_ANSWERS]
_NEWEST = {
    "hand_raise_at": Trace(HAND_RAISES),
    "replied_at": Trace(REPLIES),
    "last_human_touch_at": Trace(human=True),
    "conversation_at": Trace(conversation=True),
    "newest_at": Trace(),
}
"""The newest touch of each sort."""
TRACES = tuple(_NEWEST.values())
_EVER = datetime(1, 1, 1, tzinfo=UTC)


def with_phase(frame: pl.DataFrame, journey: Journey, found: Found) -> pl.DataFrame:
    """`frame` with `PHASE_COLUMNS`: what people did and said. `found`: by `TRACES`.

    `last_touch_at`: newest human touch, hand-raise or reply; `newest_at`: of any touch; `closed`: a person's
    word that still stands; `conversation`: logged since the lead was last triaged.
    """
    leads = extended(frame[_READ].hstack(_in_short(found)), _WORDS, _STANDING)
    leads = extended(leads.hstack([_story_since(leads, journey)]), _STORY, _PHASE)
    return frame.hstack(leads[PHASE_COLUMNS])


def _in_short(found: Found) -> list[pl.Series]:
    """When somebody last did what a trace looks for, and `first_human_at`."""
    newest = found.per_lead(tuple(_NEWEST), found.slots.select(NEWEST_AT).to_series())
    oldest = found.per_lead(tuple(_NEWEST), found.slots.get_column("oldest"))
    return [*newest, oldest[list(_NEWEST).index("last_human_touch_at")].alias("first_human_at")]


def _story_since(leads: pl.DataFrame, journey: Journey) -> pl.Series:
    """When leads whose word was overtaken were triaged again: their first hand-raise after it; else ever."""
    words = leads.select("word_since").with_row_index("row").drop_nulls()
    if words.is_empty():
        return repeated(_EVER, INSTANT, leads.height).alias("story_since")
    raises = journey.touches.filter(of_kinds(HAND_RAISES)).join(words, on="row")
    after = raises.filter(pl.col("at") > pl.col("word_since")).group_by("row").agg(pl.col("at").min())
    return journey.spread(after, "at", _EVER).alias("story_since")


def _counts(at: str) -> pl.Expr:
    """Whether something belongs to the present story: not before the lead was triaged again."""
    return pl.col(at) >= pl.col("story_since")


_RAISED, _HUMAN = pl.col("hand_raise_at"), pl.col("last_human_touch_at")
_WORDS = [
    pl.col("status").is_in(["working", "nurture", "closed"]).fill_null(value=False).alias("status_said"),
    pl.col("verdict").is_not_null().alias("verdict_said"),
    # A word whose moment nobody knows stands: nothing shows that the lead asked later.
    (pl.col("status_since") < _RAISED).fill_null(value=False).alias("status_passed"),
    (pl.col("verdict_since") < _RAISED).fill_null(value=False).alias("verdict_passed"),
    pl.max_horizontal("hand_raise_at", "replied_at", "last_human_touch_at").alias("last_touch_at"),
    pl.when(pl.col("status") == "closed").then("status_since").alias("closed_since"),
]
_STATUS_PASSED = pl.col("status_said") & pl.col("status_passed")
_VERDICT_PASSED = pl.col("verdict_said") & pl.col("verdict_passed")
_STANDING = [
    (pl.col("status_said") & ~pl.col("status_passed")).alias("status_stands"),
    (pl.col("verdict_said") & ~pl.col("verdict_passed")).alias("verdict_stands"),
    (_STATUS_PASSED | _VERDICT_PASSED).alias("overtaken"),
    # Touches before the newest overtaken word belong to the story that it ended.
    pl.max_horizontal(
        pl.when(_STATUS_PASSED).then("status_since"), pl.when(_VERDICT_PASSED).then("verdict_since")
    ).alias("word_since"),
]
_ANSWERED = [_counts(f"{slot.answer}_since") & pl.col(slot.answer).is_not_null() for slot in SLOTS.values()]
_STORY = [
    (pl.col("status_stands") & (pl.col("status") == "closed")).alias("closed"),
    _counts("conversation_at").fill_null(value=False).alias("conversation"),
    pl.any_horizontal(_counts("last_human_touch_at"), "status_stands", *_ANSWERED).alias("contacted"),
]
_EARLIER = pl.col("overtaken") | (pl.col("first_human_at") < _RAISED).fill_null(value=False)
_OPEN_RAISE = _RAISED.is_not_null() & ~(_HUMAN >= _RAISED).fill_null(value=False)
_PHASE = [
    (_OPEN_RAISE & _EARLIER & ~pl.col("closed")).alias("came_back"),
    pl.when(pl.col("closed") | pl.col("verdict_stands"))
    .then(pl.lit("verdict"))
    .when("conversation")
    .then(pl.lit("discovery"))
    .when("contacted")
    .then(pl.lit("contacted"))
    .otherwise(pl.lit("triaged"))
    .alias("phase"),
]
