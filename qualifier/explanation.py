"""Why a score is what it is: the strongest reasons, what changed, and every point on a line of its own.

Dates, not ages: an age would change every record every day. Source: qualification rules, §5.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from qualifier.columns import with_optional
from qualifier.conditions import conditions_of
from qualifier.criteria import FitCriterion
from qualifier.lines import Line, blocks_of, breakdown, number_words, points, prepared, said
from qualifier.phrases import joined, label, slot_label, spaced, strongest
from qualifier.playbook import Playbook
from qualifier.questions import readers

TEXT_COLUMNS = ("why", "why_changed", "breakdown", "points")
WHY_LENGTH = 255
MOST_PLUS, MOST_MINUS, MOST_UNKNOWN, MOST_CHANGES = 3, 2, 2, 4
_TWICE = 2
_SCORES_LENGTH = 16
"""Room for `68 → 82: `."""
NOTHING_YET = "nothing counts yet"
_OPTIONAL = {
    "previous_score": pl.Int64(),
    "previous_points": pl.String(),
    "previous_why_changed": pl.String(),
}


def explain(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """`frame` with `TEXT_COLUMNS`.

    Reads the facts, the columns of `scoring.score` and, where present, `previous_score`, `previous_points`
    (JSON object of line → points, as in `points`) and `previous_why_changed` (kept while no line changes).
    """
    blocks = tuple(blocks_of(playbook))
    leads = prepared(with_optional(frame, _OPTIONAL), blocks, playbook, as_of)
    lines = [line for block in blocks for line in block]
    reasons = [line for line in lines if line.worth]
    words, numbers = said(leads, reasons), points(leads, blocks)
    return frame.with_columns(
        _why(leads, reasons, words, playbook).alias("why"),
        _why_changed(leads.with_columns(numbers), lines).alias("why_changed"),
        breakdown(leads, blocks, words).alias("breakdown"),
        numbers,
    )


# --- the texts ----------------------------------------------------------------------------------------------


def _why(leads: pl.DataFrame, reasons: Sequence[Line], words: pl.DataFrame, playbook: Playbook) -> pl.Series:
    """`+ demo request 21 Nov; + uses a rival product; ? company size`: strongest first, then the unknown."""
    plus = [line for line in reasons if line.worth > 0]
    minus = [line for line in reasons if line.worth < 0]
    unknown = leads.select(_unknown(criterion, playbook).alias(criterion.id) for criterion in playbook.fit)
    gaps = leads.select(pl.col(f"gap:{criterion.id}").alias(criterion.id) for criterion in playbook.fit)
    pieces = [
        *_marked("+", strongest(_numbers(leads, plus), words, MOST_PLUS)),
        *_marked("−", strongest(_numbers(leads, minus).select(-pl.all()), words, MOST_MINUS)),
        *_marked("?", strongest(gaps, unknown, MOST_UNKNOWN)),
    ]
    return joined(pl.DataFrame(pieces), "; ", WHY_LENGTH).replace("", NOTHING_YET)


def _numbers(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.DataFrame:
    return leads.select(pl.col(line.column).alias(line.id) for line in lines)


def _marked(mark: str, picks: Sequence[pl.Series]) -> Iterator[pl.Series]:
    return (
        pl.select(pl.concat_str(pl.lit(f"{mark} "), pick)).to_series().alias(f"{mark}{place}")
        for place, pick in enumerate(picks)
    )


def _unknown(criterion: FitCriterion, playbook: Playbook) -> pl.Expr:
    """What a criterion would like to know: its name while all is open, else its dearest open fact."""
    conditions, order = conditions_of(playbook), list(playbook.facts_all)
    dearest = sorted(criterion.signals, key=lambda signal: -signal.points)
    open_ = [pl.col(f"truth:{criterion.id}.{signal.id}").is_null() for signal in dearest]
    facts = [
        min(conditions[signal.when].facts, key=order.index, default=spaced(signal.id)) for signal in dearest
    ]
    some = pl.coalesce(
        pl.when(part).then(pl.lit(label(fact))) for part, fact in zip(open_, facts, strict=True)
    )
    return pl.when(pl.all_horizontal(open_)).then(pl.lit(_open_name(criterion, playbook))).otherwise(some)


def _open_name(criterion: FitCriterion, playbook: Playbook) -> str:
    """The slot that the criterion's question fills, where its facts are that slot's; else its id."""
    slot = criterion.ask.slot if criterion.ask else None
    return slot_label(slot) if slot and criterion.id in readers(slot, playbook) else spaced(criterion.id)


# --- what changed -------------------------------------------------------------------------------------------


def _why_changed(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.Series:
    """`68 → 82: pricing page twice (+6), demo request (+8)` against the last delivery; null at first."""
    kept = leads.get_column("previous_why_changed")
    differs = pl.col("previous_score").is_not_null() & (pl.col("points") != pl.col("previous_points"))
    changed = leads.select(differs.fill_null(value=False)).to_series().arg_true()
    if changed.is_empty():
        return kept
    return kept.clone().scatter(changed, _changes(leads[changed], lines))


def _changes(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.Series:
    dtype = pl.Struct({line.id: pl.Int64 for line in lines})
    before = leads.select(pl.col("previous_points").str.json_decode(dtype)).unnest("previous_points")
    before = before.fill_null(0)
    moved = _numbers(leads, lines).select(pl.col(line.id) - before[line.id] for line in lines)
    words = leads.select(
        pl.concat_str(
            _change_words(line, before[line.id]),
            pl.lit(" ("),
            number_words(pl.lit(moved[line.id])),
            pl.lit(")"),
        ).alias(line.id)
        for line in lines
    )
    picks = strongest(moved.select(pl.all().abs()), words, MOST_CHANGES)
    pieces = pl.DataFrame([pick.alias(str(place)) for place, pick in enumerate(picks)])
    scores = leads.select(pl.format("{} → {}: ", "previous_score", "score")).to_series()
    return scores + joined(pieces, ", ", WHY_LENGTH - _SCORES_LENGTH).replace("", "the playbook changed")


def _change_words(line: Line, before: pl.Series) -> pl.Expr:
    """A gain in full words, how often for touches that are new; a lost fact in the signal's own name."""
    if line.touches is None:
        return pl.when(pl.col(line.column) > 0).then(line.words).otherwise(pl.lit(line.plain))
    count, fresh = pl.col(f"count:{line.touches}"), pl.lit(before == 0)
    often = pl.when(count > 1).then(
        pl.when(count == _TWICE).then(pl.lit(" twice")).otherwise(pl.format(" {} times", count))
    )
    return pl.concat_str(line.words, pl.when(fresh).then(often).fill_null(""))
