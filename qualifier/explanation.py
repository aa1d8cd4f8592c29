"""Why a score is what it is: the strongest reasons, what changed, and every point on a line of its own.

Dates, not ages: an age would change every record every day. Source: qualification rules, §5.
"""

from datetime import datetime
from functools import lru_cache

import polars as pl

from qualifier.choices import Choice, Group, Piece, choice_of
from qualifier.columns import first_true, narrowed
from qualifier.conditions import conditions_of
from qualifier.criteria import FitCriterion
from qualifier.discovery import SLOTS
from qualifier.lines import SAID, Line, lines_of, prepared, texts
from qualifier.phrases import label, signed_words, slot_label, spaced
from qualifier.playbook import Playbook
from qualifier.questions import readers

TEXT_COLUMNS = ("why", "why_changed", "breakdown", "points")
WHY_LENGTH = 255
MOST_PLUS, MOST_MINUS, MOST_UNKNOWN, MOST_CHANGES = 3, 2, 2, 4
_TWICE = 2
_SCORES_LENGTH = 16
"""Room for `68 → 82: `."""
_CONFLICT = 1000
"""A contradiction comes before every gap, which is worth a hundred points at most."""
NOTHING_YET = "nothing counts yet"
OTHER_PLAYBOOK = "the playbook changed"
_BEFORE = "before:"
"""Prefix of the columns that hold the points last delivered."""
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
    leads = prepared(frame, playbook, as_of)
    points, breakdown = texts(leads, playbook)
    leads = leads.hstack([*narrowed(frame, _doubtful(playbook), _OPTIONAL), points])
    why, changed = _why(leads, playbook).alias("why"), _why_changed(leads, playbook).alias("why_changed")
    return frame.with_columns(why, changed, breakdown, points)


@lru_cache(maxsize=16)
def _doubtful(playbook: Playbook) -> list[str]:
    """The score, and the columns that say what nobody knows, or two say differently."""
    gaps = [f"gap:{criterion.id}" for criterion in playbook.fit]
    truths = [f"truth:{criterion.id}.{part.id}" for criterion in playbook.fit for part in criterion.signals]
    return ["score", *gaps, *truths, *(f"conflict:{slot}" for slot in SLOTS)]


# --- the texts ----------------------------------------------------------------------------------------------


def _why(leads: pl.DataFrame, playbook: Playbook) -> pl.Series:
    """`+ demo request 21 Nov; + uses a rival product; ? company size`: strongest first, then the unknown."""
    return _reasons(playbook).of(leads)


@lru_cache(maxsize=16)
def _reasons(playbook: Playbook) -> Choice:
    """What speaks for a lead, against it, and what nobody knows."""
    signals = [line for line in lines_of(playbook) if line.worth]
    plus = [Piece(pl.col(line.column), _words(line)) for line in signals if line.worth > 0]
    minus = [Piece(-pl.col(line.column), _words(line)) for line in signals if line.worth < 0]
    unknown = [
        *(
            Piece(pl.col(f"conflict:{slot}") * _CONFLICT, f"{slot_label(slot)}: two answers")
            for slot in SLOTS
        ),
        *(Piece(pl.col(f"gap:{part.id}"), _unknown(part, playbook)) for part in playbook.fit),
    ]
    groups = (
        Group(plus, MOST_PLUS, "+ "),
        Group(minus, MOST_MINUS, "− "),
        Group(unknown, MOST_UNKNOWN, "? "),
    )
    return choice_of(groups, "; ", WHY_LENGTH, NOTHING_YET)


def _words(line: Line) -> pl.Expr | str:
    return line.text if line.constant else pl.col(SAID + line.id)


def _unknown(criterion: FitCriterion, playbook: Playbook) -> pl.Expr:
    """What a criterion would like to know: its name while all is open, else its dearest open fact."""
    conditions, order = conditions_of(playbook), list(playbook.facts_all)
    dearest = sorted(criterion.signals, key=lambda signal: -signal.points)
    open_ = [pl.col(f"truth:{criterion.id}.{signal.id}").is_null() for signal in dearest]
    facts = [
        min(conditions[signal.when].facts, key=order.index, default=spaced(signal.id)) for signal in dearest
    ]
    some = first_true((part, pl.lit(label(fact))) for part, fact in zip(open_, facts, strict=True))
    return pl.when(pl.all_horizontal(open_)).then(pl.lit(_open_name(criterion, playbook))).otherwise(some)


def _open_name(criterion: FitCriterion, playbook: Playbook) -> str:
    """The slot that the criterion's question fills, where its facts are that slot's; else its id."""
    slot = criterion.ask.slot if criterion.ask else None
    return slot_label(slot) if slot and criterion.id in readers(slot, playbook) else spaced(criterion.id)


# --- what changed -------------------------------------------------------------------------------------------


def _why_changed(leads: pl.DataFrame, playbook: Playbook) -> pl.Series:
    """`68 → 82: pricing page twice (+6), demo request (+8)` against the last delivery; null at first."""
    kept = leads.get_column("previous_why_changed")
    differs = pl.col("previous_score").is_not_null() & (pl.col("points") != pl.col("previous_points"))
    changed = leads.select(differs.fill_null(value=False)).to_series().arg_true()
    if changed.is_empty():
        return kept
    return kept.clone().scatter(changed, _changes(leads[changed], playbook))


def _changes(leads: pl.DataFrame, playbook: Playbook) -> pl.Series:
    dtype = pl.Struct({line.id: pl.Int64 for line in lines_of(playbook)})
    before = leads.select(pl.col("previous_points").str.json_decode(dtype)).unnest("previous_points")
    leads = leads.hstack(before.select(pl.all().fill_null(0).name.prefix(_BEFORE)))
    scores = leads.select(pl.format("{} → {}: ", "previous_score", "score")).to_series()
    return scores + _moves(playbook).of(leads)


@lru_cache(maxsize=16)
def _moves(playbook: Playbook) -> Choice:
    """What moved most since the last delivery, up or down."""
    moves = [(line, pl.col(line.column) - pl.col(_BEFORE + line.id)) for line in lines_of(playbook)]
    pieces = [Piece(move.abs(), _moved_words(line, move)) for line, move in moves]
    return choice_of([Group(pieces, MOST_CHANGES)], ", ", WHY_LENGTH - _SCORES_LENGTH, OTHER_PLAYBOOK)


def _moved_words(line: Line, move: pl.Expr) -> pl.Expr:
    return pl.concat_str(_change_words(line), pl.format(" ({})", signed_words(move)))


def _change_words(line: Line) -> pl.Expr:
    """A gain in full words, how often for touches that are new; a lost fact in the signal's own name."""
    if line.touches is None:
        return pl.when(pl.col(line.column) > 0).then(line.words).otherwise(pl.lit(line.plain))
    count, fresh = pl.col(f"count:{line.touches}"), pl.col(_BEFORE + line.id) == 0
    often = pl.when(count > 1).then(
        pl.when(count == _TWICE).then(pl.lit(" twice")).otherwise(pl.format(" {} times", count))
    )
    return pl.concat_str(line.words, pl.when(fresh).then(often).fill_null(""))
