"""The buying stage: the first rung of the playbook's ladder that has evidence young enough.

Never from the score or the pipeline. A stage may go back. Source: qualification rules, §3.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache

import polars as pl

from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import INSTANT
from qualifier.journey import Journey, Trace, newest_at, nth_at
from qualifier.playbook import Playbook, StageRule

_ENOUGH_PIECES = 2
"""So many pieces of evidence make a stage sure; a person's answer does alone."""
_ANSWERED = {slot.fact for slot in SLOTS.values()}


def with_stage(frame: pl.DataFrame, journey: Journey, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `stage`, `stage_since` (date; kept while the stage stays) and `stage_confidence`.

    `stage_until`: the last instant at which the evidence is young enough for it; null: for ever.

    Reads the effective facts with `since:` and `by_rep:`, `previous_stage`, `previous_stage_since`.
    """
    frame = frame.hstack(_touched(journey, playbook.stages.ladder))
    for step in _steps(playbook):
        frame = frame.with_columns(step)
    return frame.drop(pl.selectors.starts_with("stage:"), "began", "pieces", "by_rep")


@lru_cache(maxsize=16)
def _steps(playbook: Playbook) -> tuple[list[pl.Expr], ...]:
    """The columns in the order in which they build on each other."""
    ladder = playbook.stages.ladder
    stated = [expr for rule in ladder for expr in _stated(rule, playbook)]
    begun = [_begin(rule).is_not_null() for rule in ladder]
    reached = _of_reached(begun, [pl.lit(rule.id) for rule in ladder])
    kept = (pl.col("previous_stage") == pl.col("stage")) & pl.col("previous_stage_since").is_not_null()
    sure = (pl.col("pieces") >= _ENOUGH_PIECES) | pl.col("by_rep").fill_null(value=False)
    return (
        stated,
        [
            reached.fill_null(playbook.stages.otherwise).alias("stage"),
            pl.coalesce([_first(rule) for rule in ladder]).alias("began"),
            _of_reached(begun, [_pieces(rule) for rule in ladder]).fill_null(0).alias("pieces"),
            _of_reached(begun, [_by_rep(rule) for rule in ladder]).alias("by_rep"),
            _of_reached(begun, [_until(rule) for rule in ladder]).alias("stage_until"),
        ],
        [
            pl.when(kept)
            .then("previous_stage_since")
            .otherwise(pl.col("began").dt.date())
            .alias("stage_since"),
            pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("low")).alias("stage_confidence"),
        ],
    )


def _of_reached(begun: Sequence[pl.Expr], values: Sequence[pl.Expr]) -> pl.Expr:
    """The value of the first rung that has begun."""
    return pl.coalesce(pl.when(part).then(value) for part, value in zip(begun, values, strict=True))


def _touched(journey: Journey, ladder: Sequence[StageRule]) -> pl.DataFrame:
    """Per line of evidence with enough touches: `begin` (when there were enough), `first`, `last`, `pieces`.

    `last`: the touch without which there would not be enough.
    """
    lines = [(rule, number, line) for rule in ladder for number, line in enumerate(rule.touches)]
    traces = {
        _name(rule, number, ""): Trace(line.kinds, max_days=_days(rule)) for rule, number, line in lines
    }
    found = journey.follow(traces, ("count", "oldest", "newest"))
    columns = []
    for rule, number, line in lines:
        name = _name(rule, number, "")
        pieces, first = pl.col(f"count:{name}"), pl.col(f"oldest:{name}")
        begin = (
            first if line.at_least == 1 else pl.lit(nth_at(journey, line.kinds, line.at_least, _days(rule)))
        )
        last = (
            newest_at(name)
            if line.at_least == 1
            else pl.lit(nth_at(journey, line.kinds, line.at_least, _days(rule), newest=True))
        )
        enough = pieces >= line.at_least
        columns += [
            pl.when(enough).then(last).alias(_name(rule, number, "last")),
            pl.when(enough).then(begin).alias(_name(rule, number, "begin")),
            pl.when(enough).then(first).alias(_name(rule, number, "first")),
            pl.when(enough).then(pieces).alias(_name(rule, number, "pieces")),
        ]
    return found.select(columns)


def _days(rule: StageRule) -> float:
    return math.inf if rule.within_days is None else rule.within_days


def _stated(rule: StageRule, playbook: Playbook) -> Iterator[pl.Expr]:
    for fact, words in rule.stated.items():
        if playbook.facts_all[fact].kind == "words":
            said = pl.any_horizontal(pl.col(fact).list.contains(word) for word in words)
        else:
            said = pl.col(fact).is_in(words)
        at = pl.col(f"since:{fact}" if fact in _ANSWERED else "created_at")
        fresh = at <= pl.col(AS_OF)
        if rule.within_days is not None:
            fresh &= at >= pl.col(AS_OF) - timedelta(days=rule.within_days)
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
    return pl.min_horizontal([begin for begin, _ in _sources(rule)])


def _first(rule: StageRule) -> pl.Expr:
    """The oldest evidence of the line that made the stage begin."""
    made = [pl.when(begin == _begin(rule)).then(first) for begin, first in _sources(rule)]
    return pl.min_horizontal(made)


def _until(rule: StageRule) -> pl.Expr:
    """When the youngest evidence grows too old."""
    if rule.within_days is None:
        return pl.lit(None, INSTANT)
    touched = [pl.col(_name(rule, number, "last")) for number in range(len(rule.touches))]
    stated = [pl.col(_name(rule, fact, "begin")) for fact in rule.stated]
    return pl.max_horizontal([*touched, *stated]) + timedelta(days=rule.within_days)


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
