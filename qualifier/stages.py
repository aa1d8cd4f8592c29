"""The buying stage: the first rung of the playbook's ladder that has evidence young enough.

Never from the score or the pipeline. A stage may go back. Source: qualification rules, §3.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from qualifier.discovery import SLOTS
from qualifier.facts import INSTANT
from qualifier.playbook import Playbook, StageRule, TouchEvidence

_ANSWERED = {slot.fact for slot in SLOTS.values()}


def with_stage(
    frame: pl.DataFrame, touches: pl.DataFrame, playbook: Playbook, as_of: datetime
) -> pl.DataFrame:
    """`frame` with `stage`, `stage_since` (date; kept while `previous_stage` is the same) and `stage_confidence`.

    Reads the effective facts with `since:` and `by_rep:`, `previous_stage`, `previous_stage_since`.
    """
    ladder = playbook.stages.ladder
    past = touches.filter(pl.col("at") <= as_of)
    for rule in ladder:
        for number, evidence in enumerate(rule.touches):
            found = _found(past, evidence, _from(rule, as_of)).rename(
                {part: _name(rule, number, part) for part in ("begin", "first", "pieces")}
            )
            frame = frame.join(found, on="lead", how="left", maintain_order="left")
    frame = frame.with_columns(expr for rule in ladder for expr in _stated(rule, playbook, as_of))
    stage = pl.coalesce([pl.when(_begin(rule).is_not_null()).then(pl.lit(rule.id)) for rule in ladder])
    frame = frame.with_columns(
        stage=stage.fill_null(playbook.stages.otherwise),
        began=pl.coalesce([_first(rule) for rule in ladder]),
        pieces=pl.coalesce(
            [pl.when(_begin(rule).is_not_null()).then(_pieces(rule)) for rule in ladder]
        ).fill_null(0),
        by_rep=pl.coalesce([pl.when(_begin(rule).is_not_null()).then(_by_rep(rule)) for rule in ladder]),
    )
    kept = (pl.col("previous_stage") == pl.col("stage")) & pl.col("previous_stage_since").is_not_null()
    frame = frame.with_columns(
        stage_since=pl.when(kept).then("previous_stage_since").otherwise(pl.col("began").dt.date()),
        stage_confidence=pl.when((pl.col("pieces") >= 2) | pl.col("by_rep").fill_null(value=False))
        .then(pl.lit("high"))
        .otherwise(pl.lit("low")),
    )
    return frame.drop(pl.selectors.starts_with("stage:"), "began", "pieces", "by_rep")


def _from(rule: StageRule, as_of: datetime) -> datetime | None:
    return None if rule.within_days is None else as_of - timedelta(days=rule.within_days)


def _found(past: pl.DataFrame, evidence: TouchEvidence, since: datetime | None) -> pl.DataFrame:
    """Per lead with enough touches: `begin` (when there were enough), `first` of them, `pieces` (how many)."""
    mine = past.filter(pl.col("kind").is_in(evidence.kinds))
    if since is not None:
        mine = mine.filter(pl.col("at") >= since)
    if evidence.at_least > 1:
        mine = mine.sort("lead", "at").with_columns(so_far=pl.col("count").cum_sum().over("lead"))
        begin = pl.col("at").filter(pl.col("so_far") >= evidence.at_least).min()
    else:
        begin = pl.col("at").min()
    found = mine.group_by("lead").agg(begin=begin, first=pl.col("at").min(), pieces=pl.col("count").sum())
    return found.filter(pl.col("begin").is_not_null())


def _stated(rule: StageRule, playbook: Playbook, as_of: datetime) -> Iterator[pl.Expr]:
    since = _from(rule, as_of)
    for fact, words in rule.stated.items():
        if playbook.facts_all[fact].kind == "words":
            said = pl.any_horizontal(pl.col(fact).list.contains(word) for word in words)
        else:
            said = pl.col(fact).is_in(words)
        at = pl.col(f"since:{fact}" if fact in _ANSWERED else "created_at")
        fresh = at <= as_of if since is None else at.is_between(since, as_of)
        yield pl.when(said & fresh).then(at).alias(_name(rule, fact, "begin"))


def _name(rule: StageRule, source: int | str, part: str) -> str:
    return f"stage:{rule.id}:{source}:{part}"


def _sources(rule: StageRule) -> list[tuple[pl.Expr, pl.Expr]]:
    """Begin and first of every line of evidence."""
    touched = [
        (pl.col(_name(rule, number, "begin")), pl.col(_name(rule, number, "first")))
        for number in range(len(rule.touches))
    ]
    stated = [(pl.col(_name(rule, fact, "begin")),) * 2 for fact in rule.stated]
    return [*touched, *stated]


def _begin(rule: StageRule) -> pl.Expr:
    return pl.min_horizontal([pl.lit(None, INSTANT), *(begin for begin, _ in _sources(rule))])


def _first(rule: StageRule) -> pl.Expr:
    """The oldest evidence of the line that made the stage begin."""
    made = [pl.when(begin == _begin(rule)).then(first) for begin, first in _sources(rule)]
    return pl.min_horizontal([pl.lit(None, INSTANT), *made])


def _pieces(rule: StageRule) -> pl.Expr:
    touched = [pl.col(_name(rule, number, "pieces")).fill_null(0) for number in range(len(rule.touches))]
    stated = [pl.col(_name(rule, fact, "begin")).is_not_null().cast(pl.Int64) for fact in rule.stated]
    return pl.sum_horizontal(pl.lit(0, pl.Int64), *touched, *stated)


def _by_rep(rule: StageRule) -> pl.Expr:
    said = [
        pl.col(_name(rule, fact, "begin")).is_not_null() & pl.col(f"by_rep:{fact}")
        for fact in rule.stated
        if fact in _ANSWERED
    ]
    return pl.any_horizontal(pl.lit(value=False), *said)
