"""The buying stage: the first rung of the playbook's ladder that has evidence young enough.

Never from the score or the pipeline. A stage may go back. Source: qualification rules, §3.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import lru_cache

import polars as pl

from qualifier.columns import first_true
from qualifier.discovery import SLOTS
from qualifier.expressions import AS_OF
from qualifier.facts import INSTANT
from qualifier.journey import NEWEST_AT, Found, Journey, Trace
from qualifier.playbook import Playbook, StageRule

_ENOUGH_PIECES = 2
"""So many pieces of evidence make a stage sure; a person's answer does alone."""
_ANSWERED = {slot.fact for slot in SLOTS.values()}


STAGE_COLUMNS = ("stage", "stage_since", "stage_confidence", "stage_until")


def with_stage(frame: pl.DataFrame, journey: Journey, playbook: Playbook) -> pl.DataFrame:
    """`frame` with `STAGE_COLUMNS`: the stage, its date (kept while the stage stays), `high` or `low`.

    `stage_until`: the last instant at which the evidence is young enough for it; null: for ever.

    Reads the effective facts with `since:` and `by_rep:`, `previous_stage`, `previous_stage_since`.
    """
    stated, *steps = _steps(playbook)
    leads = frame.select("lead", *stated).hstack(_touched(journey, playbook.stages.ladder))
    for step in steps:
        leads = leads.with_columns(step)
    return frame.hstack(leads[STAGE_COLUMNS])


@lru_cache(maxsize=16)
def _steps(playbook: Playbook) -> tuple[list[pl.Expr], ...]:
    """The columns in the order in which they build on each other."""
    ladder = playbook.stages.ladder
    stated = [expr for rule in ladder for expr in _stated(rule, playbook)]
    kept = (pl.col("previous_stage") == pl.col("stage")) & pl.col("previous_stage_since").is_not_null()
    sure = (pl.col("pieces") >= _ENOUGH_PIECES) | pl.col("by_rep").fill_null(value=False)
    return (
        [pl.col("previous_stage", "previous_stage_since"), *stated],
        [_begin(rule).alias(_begun(rule)) for rule in ladder],
        [
            _of_reached(ladder, [pl.lit(rule.id) for rule in ladder])
            .fill_null(playbook.stages.otherwise)
            .alias("stage"),
            _of_reached(ladder, [_first(rule) for rule in ladder]).alias("began"),
            _of_reached(ladder, [_pieces(rule) for rule in ladder]).fill_null(0).alias("pieces"),
            _of_reached(ladder, [_by_rep(rule) for rule in ladder]).alias("by_rep"),
            _of_reached(ladder, [_until(rule) for rule in ladder]).alias("stage_until"),
        ],
        [
            pl.when(kept)
            .then("previous_stage_since")
            .otherwise(pl.col("began").dt.date())
            .alias("stage_since"),
            pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("low")).alias("stage_confidence"),
        ],
    )


def _begun(rule: StageRule) -> str:
    return f"stage:{rule.id}"


def _of_reached(ladder: Sequence[StageRule], values: Sequence[pl.Expr]) -> pl.Expr:
    """The value of the first rung that has begun."""
    begun = [pl.col(_begun(rule)).is_not_null() for rule in ladder]
    return first_true(zip(begun, values, strict=True))


def _touched(journey: Journey, ladder: Sequence[StageRule]) -> list[pl.Series]:
    """Per line of evidence with enough touches: `begin` (when there were enough), `first`, `last`, `pieces`.

    `last`: the touch without which there would not be enough. `begin` only where it is not `first` anyway.
    """
    lines = [(rule, number, line) for rule in ladder for number, line in enumerate(rule.touches)]
    found = journey.follow(
        [Trace(line.kinds, max_days=_days(rule)) for rule, _, line in lines], ("count", "oldest", "newest")
    )
    least = pl.lit(pl.Series([line.at_least for _, _, line in lines], dtype=pl.Int64))
    enough = Found(
        found.slots.filter(pl.col("count") >= least.gather(pl.col("slot") // found.leads)), found.leads
    )

    def named(part: str) -> list[str]:
        return [_name(rule, number, part) for rule, number, _ in lines]

    columns = [
        *enough.per_lead(named("first"), enough.slots["oldest"]),
        *enough.per_lead(named("last"), enough.slots.select(NEWEST_AT).to_series()),
        *enough.per_lead(named("pieces"), enough.slots["count"], 0),
    ]
    known = {column.name: column for column in columns}
    for rule, number, line in lines:
        if line.at_least > 1:
            begin, last = journey.nth(line.kinds, line.at_least, _days(rule))
            known[_name(rule, number, "begin")] = begin.alias(_name(rule, number, "begin"))
            known[_name(rule, number, "last")] = last.alias(_name(rule, number, "last"))
    return list(known.values())


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
        if fact in _ANSWERED:
            yield pl.col(f"by_rep:{fact}")


def _name(rule: StageRule, source: int | str, part: str) -> str:
    return f"stage:{rule.id}:{source}:{part}"


def _sources(rule: StageRule) -> list[tuple[pl.Expr, pl.Expr]]:
    """Begin and first of every line of evidence."""
    touched = [
        (
            pl.col(_name(rule, number, "first" if line.at_least == 1 else "begin")),
            pl.col(_name(rule, number, "first")),
        )
        for number, line in enumerate(rule.touches)
    ]
    stated = [(pl.col(_name(rule, fact, "begin")),) * 2 for fact in rule.stated]
    return [*touched, *stated]


def _begin(rule: StageRule) -> pl.Expr:
    return pl.min_horizontal([begin for begin, _ in _sources(rule)])


def _first(rule: StageRule) -> pl.Expr:
    """The oldest evidence of the line that made the stage begin."""
    made = [pl.when(begin == pl.col(_begun(rule))).then(first) for begin, first in _sources(rule)]
    return pl.min_horizontal(made)


def _until(rule: StageRule) -> pl.Expr:
    """When the youngest evidence grows too old."""
    if rule.within_days is None:
        return pl.lit(None, INSTANT)
    touched = [pl.col(_name(rule, number, "last")) for number in range(len(rule.touches))]
    stated = [pl.col(_name(rule, fact, "begin")) for fact in rule.stated]
    return pl.max_horizontal([*touched, *stated]) + timedelta(days=rule.within_days)


def _pieces(rule: StageRule) -> pl.Expr:
    touched = [pl.col(_name(rule, number, "pieces")) for number in range(len(rule.touches))]
    stated = [pl.col(_name(rule, fact, "begin")).is_not_null().cast(pl.Int64) for fact in rule.stated]
    return pl.sum_horizontal(pl.lit(0, pl.Int64), *touched, *stated)


def _by_rep(rule: StageRule) -> pl.Expr:
    said = [
        pl.col(_name(rule, fact, "begin")).is_not_null() & pl.col(f"by_rep:{fact}")
        for fact in rule.stated
        if fact in _ANSWERED
    ]
    return pl.any_horizontal(pl.lit(value=False), *said)
