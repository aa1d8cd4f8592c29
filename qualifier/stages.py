"""The buying stage: the first rung of the playbook's ladder that has evidence young enough.

Never from the score or the pipeline. A stage may go back. Evidence stands one row per lead and line of the
ladder that holds, because most leads have little of it. Source: qualification rules, §3.
"""

import math
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

import polars as pl

from qualifier.columns import asked
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import INSTANT
from qualifier.journey import NEWEST_AT, Found, Journey, Trace
from qualifier.playbook import Playbook, StageRule, TouchEvidence

STAGE_COLUMNS = ("stage", "stage_since", "stage_confidence", "stage_until")
_ENOUGH_PIECES = 2
"""So many pieces of evidence make a stage sure; a person's answer does alone."""
_ANSWERED = {slot.fact for slot in SLOTS.values()}
_EVIDENCE: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "rung": pl.Int64(),
    "begin": INSTANT,
    "first": INSTANT,
    "last": INSTANT,
    "pieces": pl.Int64(),
    "by_rep": pl.Boolean(),
}
"""Whose evidence (position of the lead) for which rung; when there was enough of it; the first and the last
piece, the last being that without which there would not be enough; how many; whether a rep said it."""


@lru_cache(maxsize=16)
def traces(playbook: Playbook) -> tuple[Trace, ...]:
    """What the lines that one touch is enough for look for."""
    return tuple(Trace(line.kinds, max_days=_days(rule)) for _, rule, line in _lines(playbook, several=False))


def with_stage(frame: pl.DataFrame, journey: Journey, found: Found, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `STAGE_COLUMNS`: the stage, its date (kept while the stage stays), `high` or `low`.

    `stage_until`: the last instant at which the evidence is young enough for it; null: for ever.

    Reads the effective facts with `since:` and `by_rep:`, `previous_stage`, `previous_stage_since`. `found`:
    by `traces`.
    """
    several, stated = _touched_often(journey, playbook), _said(frame, playbook)
    evidence = pl.concat([_touched(found, playbook), *several, stated])
    highest = evidence.filter(pl.col("rung") == pl.col("rung").min().over("row"))
    reached = highest.sort("begin", "first").group_by("row").agg(_REACHED)
    leads = frame[["previous_stage", "previous_stage_since"]]
    leads = leads.hstack([journey.spread(reached, name) for name in ("rung", "began", "last", "sure")])
    return frame.hstack(asked(leads, _told(playbook)))


_REACHED = [
    pl.col("rung").min(),
    # The oldest evidence of the line that made the stage begin.
    pl.col("first").first().alias("began"),
    pl.col("last").max(),
    ((pl.col("pieces").sum() >= _ENOUGH_PIECES) | pl.col("by_rep").any()).alias("sure"),
]


@lru_cache(maxsize=16)
def _told(playbook: Playbook) -> list[pl.Expr]:
    """`STAGE_COLUMNS` of the rung that was reached."""
    ladder = playbook.stages.ladder
    names = pl.lit(pl.Series([rule.id for rule in ladder], dtype=pl.String))
    ages = [None if rule.within_days is None else timedelta(days=rule.within_days) for rule in ladder]
    lasts = pl.lit(pl.Series(ages, dtype=pl.Duration("us")))
    stage = names.gather("rung").fill_null(playbook.stages.otherwise)
    kept = (pl.col("previous_stage") == stage) & pl.col("previous_stage_since").is_not_null()
    sure = pl.when("sure").then(pl.lit("high")).otherwise(pl.lit("low"))
    return [
        stage.alias("stage"),
        pl.when(kept).then("previous_stage_since").otherwise(pl.col("began").dt.date()).alias("stage_since"),
        sure.alias("stage_confidence"),
        (pl.col("last") + lasts.gather("rung")).alias("stage_until"),
    ]


def _days(rule: StageRule) -> float:
    return math.inf if rule.within_days is None else rule.within_days


def _lines(playbook: Playbook, *, several: bool) -> list[tuple[int, StageRule, TouchEvidence]]:
    """The lines of touches, with the place of their rung: those that need several touches, or the others."""
    return [
        (rung, rule, line)
        for rung, rule in enumerate(playbook.stages.ladder)
        for line in rule.touches
        if (line.at_least > 1) == several
    ]


def _touched(found: Found, playbook: Playbook) -> pl.DataFrame:
    """Evidence of touches, one of which is enough."""
    rungs = _places([rung for rung, _, _ in _lines(playbook, several=False)])
    return found.slots.select(
        *_place(found.leads, rungs),
        pl.col("oldest").alias("begin"),
        pl.col("oldest").alias("first"),
        NEWEST_AT.alias("last"),
        pl.col("count").alias("pieces"),
        pl.lit(value=False).alias("by_rep"),
    )


def _touched_often(journey: Journey, playbook: Playbook) -> Iterator[pl.DataFrame]:
    """Evidence of touches, of which there must be several."""
    for rung, rule, line in _lines(playbook, several=True):
        enough = journey.at_least(line.at_least, line.kinds, _days(rule))
        if len(enough):
            told = enough.with_columns(rung=pl.lit(rung), by_rep=pl.lit(value=False))
            yield told.select(pl.col(name).cast(dtype) for name, dtype in _EVIDENCE.items())


def _said(frame: pl.DataFrame, playbook: Playbook) -> pl.DataFrame:
    """Evidence of facts, stated by a rep or mapped."""
    rungs, facts = _stated(playbook)
    said = asked(frame, facts).get_columns()
    if not said:
        return pl.DataFrame(schema=_EVIDENCE)
    begin, by_rep = pl.concat(said[::2]).alias("begin"), pl.concat(said[1::2]).alias("by_rep")
    held = pl.DataFrame([begin, by_rep]).with_row_index("slot").drop_nulls("begin")
    return held.select(
        *_place(len(frame), rungs),
        "begin",
        pl.col("begin").alias("first"),
        pl.col("begin").alias("last"),
        pl.lit(1, pl.Int64).alias("pieces"),
        "by_rep",
    )


@lru_cache(maxsize=16)
def _stated(playbook: Playbook) -> tuple[pl.Expr, list[pl.Expr]]:
    """The rung of each fact that is evidence; and of each since when it is stated, and whether by a rep."""
    facts = [
        (rung, rule, fact, words)
        for rung, rule in enumerate(playbook.stages.ladder)
        for fact, words in rule.stated.items()
    ]
    told: list[pl.Expr] = []
    for place, (_, rule, fact, words) in enumerate(facts):
        by_rep = pl.col(f"by_rep:{fact}") if fact in _ANSWERED else pl.lit(value=False)
        told += [
            _stated_at(rule, fact, words, playbook).alias(f"begin {place}"),
            by_rep.alias(f"by_rep {place}"),
        ]
    return _places([rung for rung, *_ in facts]), told


def _stated_at(rule: StageRule, fact: str, words: tuple[str, ...], playbook: Playbook) -> pl.Expr:
    if playbook.facts_all[fact].kind == "words":
        said = pl.any_horizontal(pl.col(fact).list.contains(word) for word in words)
    else:
        said = pl.col(fact).is_in(words)
    at = pl.col(f"since:{fact}" if fact in _ANSWERED else "created_at")
    fresh = at <= pl.col(AS_OF)
    if rule.within_days is not None:
        fresh &= at >= pl.col(AS_OF) - timedelta(days=rule.within_days)
    return pl.when(said & fresh).then(at)


def _places(rungs: list[int]) -> pl.Expr:
    return pl.lit(pl.Series(rungs, dtype=pl.Int64))


def _place(leads: int, rungs: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Row and rung of a slot."""
    slot = pl.col("slot").cast(pl.Int64)
    return (slot % leads).alias("row"), rungs.gather(slot // leads).alias("rung")
