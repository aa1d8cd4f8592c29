"""Why a score is what it is: the strongest reasons, what changed, and every point on a line of its own.

A *line* is one number of the score with its words: a signal, the benefit of the doubt of a criterion, what a
cap takes, a minus signal, the floor or ceiling. The lines sum to the score. Source: qualification rules, §5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from qualifier.columns import with_optional
from qualifier.conditions import conditions_of
from qualifier.criteria import FitCriterion, FitSignal, MinusSignal, TouchSignal
from qualifier.phrases import (
    SHOWN,
    TOUCH_WORDS,
    characters,
    day_words,
    fill,
    joined,
    label,
    placeholders,
    shown_facts,
    signed,
    strongest,
)
from qualifier.playbook import Playbook

TEXT_COLUMNS = ("why", "why_changed", "breakdown", "points")
WHY_LENGTH = 255
BREAKDOWN_LENGTH = 8000
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
_MOST_POINTS = 9999
_SIGNED = pl.Series([signed(number) for number in range(-_MOST_POINTS, _MOST_POINTS + 1)])
_NUMBERS = pl.Series([str(number) for number in range(-_MOST_POINTS, _MOST_POINTS + 1)])


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the score: its id in `points`, the column it stands in, and its words."""

    id: str
    column: str
    words: pl.Expr
    plain: str
    """Words that need no fact."""
    touches: str | None = None
    """For touches: the name that their `at:`, `kind:` and `count:` columns carry."""
    reason: bool = True
    """Whether Why may name it; the doubt, a cap and the floor are no reasons."""


def explain(frame: pl.DataFrame, playbook: Playbook, as_of: datetime) -> pl.DataFrame:
    """`frame` with `TEXT_COLUMNS`.

    Reads the facts, the columns of `scoring.score` and, where present, `previous_score`, `previous_points`
    (JSON object of line → points, as in `points`) and `previous_why_changed` (kept while no line changes).
    """
    lines = tuple(lines_of(playbook))
    named = placeholders(signal.because for criterion in playbook.criteria for signal in criterion.signals)
    shown = shown_facts(frame, named, playbook.facts_all, as_of)
    leads = with_optional(frame, _OPTIONAL).with_columns(shown.get_columns())
    said = _said(leads, lines, as_of)
    points = _points(leads, lines)
    return frame.with_columns(
        _why(leads, lines, said, playbook).alias("why"),
        _why_changed(leads.with_columns(points), lines).alias("why_changed"),
        _breakdown(leads, lines, said).alias("breakdown"),
        points,
    )


# --- lines --------------------------------------------------------------------------------------------------


def lines_of(playbook: Playbook) -> Iterator[Line]:
    """Every line that a breakdown can have, in the order of the playbook; together they sum to the score."""
    for criterion in playbook.criteria:
        name = _spaced(criterion.id)
        for signal in criterion.signals:
            yield _signal_line(f"{criterion.id}.{signal.id}", signal.because, signal)
        if isinstance(criterion, FitCriterion):
            yield _plain_line(f"doubt:{criterion.id}", f"{name}, benefit of the doubt")
        yield _plain_line(f"cap:{criterion.id}", f"{name} cap")
    for minus in playbook.minus:
        line = _signal_line(f"minus.{minus.id}", minus.because, minus)
        yield replace(line, id=f"minus:{minus.id}", column=f"minus:{minus.id}")
    limits = pl.when(pl.col("floor") > 0).then(pl.lit("floor")).otherwise(pl.lit("ceiling"))
    yield Line("floor", "floor", limits, "floor", reason=False)


def _signal_line(name: str, because: str, signal: FitSignal | TouchSignal | MinusSignal) -> Line:
    plain, known = _spaced(signal.id), {fact: pl.col(SHOWN + fact) for fact in placeholders([because])}
    if isinstance(signal, FitSignal):
        return Line(name, f"points:{name}", fill(because, known).fill_null(plain), plain)
    known["touch"] = pl.col(f"kind:{name}").replace_strict(TOUCH_WORDS, default=None, return_dtype=pl.String)
    return Line(name, f"points:{name}", fill(because, known).fill_null(plain), plain, touches=name)


def _plain_line(column: str, words: str) -> Line:
    return Line(column, column, pl.lit(words), words, reason=False)


def _spaced(name: str) -> str:
    return name.replace("-", " ")


def _said(leads: pl.DataFrame, lines: Sequence[Line], as_of: datetime) -> pl.DataFrame:
    """The words of each line by its id, touches with their date; null where the line is zero."""
    days = day_words(leads.select(f"at:{line.touches}" for line in lines if line.touches), as_of)
    return leads.with_columns(days).select(
        pl.when(pl.col(line.column) != 0).then(_dated(line)).alias(line.id) for line in lines
    )


def _dated(line: Line) -> pl.Expr:
    return pl.concat_str(line.words, pl.lit(" "), f"at:{line.touches}") if line.touches else line.words


# --- the texts ----------------------------------------------------------------------------------------------


def _why(leads: pl.DataFrame, lines: Sequence[Line], said: pl.DataFrame, playbook: Playbook) -> pl.Series:
    """`+ demo request 21 Nov; + uses a rival product; ? company size`: strongest first, then the unknown."""
    reasons = [line for line in lines if line.reason]
    words = said.select(line.id for line in reasons)
    numbers = leads.select(pl.col(line.column).alias(line.id) for line in reasons)
    unknown = leads.select(_unknown(criterion, playbook).alias(criterion.id) for criterion in playbook.fit)
    gaps = leads.select(pl.col(f"gap:{criterion.id}").alias(criterion.id) for criterion in playbook.fit)
    pieces = [
        *_marked("+", strongest(numbers, words, MOST_PLUS)),
        *_marked("−", strongest(numbers.select(-pl.all()), words, MOST_MINUS)),
        *_marked("?", strongest(gaps, unknown, MOST_UNKNOWN)),
    ]
    text = joined(pl.DataFrame(pieces), "; ", WHY_LENGTH)
    return text.replace("", NOTHING_YET)


def _marked(mark: str, picks: Sequence[pl.Series]) -> Iterator[pl.Series]:
    return (
        pl.select(pl.concat_str(pl.lit(f"{mark} "), pick)).to_series().alias(f"{mark}{place}")
        for place, pick in enumerate(picks)
    )


def _unknown(criterion: FitCriterion, playbook: Playbook) -> pl.Expr:
    """What a criterion would like to know: its name while all is open, else its dearest open fact."""
    conditions, known_facts = conditions_of(playbook), list(playbook.facts_all)
    dearest = sorted(criterion.signals, key=lambda signal: -signal.points)
    open_ = [pl.col(f"truth:{criterion.id}.{signal.id}").is_null() for signal in dearest]
    names = [
        label(min(conditions[signal.when].facts, key=known_facts.index, default=signal.id))
        for signal in dearest
    ]
    some = pl.coalesce(pl.when(part).then(pl.lit(name)) for part, name in zip(open_, names, strict=True))
    return pl.when(pl.all_horizontal(open_)).then(pl.lit(_spaced(criterion.id))).otherwise(some)


def _breakdown(leads: pl.DataFrame, lines: Sequence[Line], said: pl.DataFrame) -> pl.Series:
    """Every line that is not zero with its points at the end."""
    numbers = leads.select(_written(_SIGNED, line.column).alias(line.id) for line in lines)
    each = said.with_columns(
        pl.concat_str(said[line.id], pl.lit(" "), numbers[line.id]).alias(line.id) for line in lines
    )
    whole = each.select(pl.concat_str(pl.all(), separator="\n", ignore_nulls=True)).to_series()
    long = (whole.str.len_bytes() > BREAKDOWN_LENGTH).arg_true()
    if long.is_empty():
        return whole
    points = leads.select(line.column for line in lines)[long].rows()
    return whole.scatter(long, [_folded(*both) for both in zip(each[long].rows(), points, strict=True)])


def _folded(texts: Sequence[str | None], points: Sequence[int]) -> str:
    """As many lines as fit, the smallest ones together in `others ±n`."""
    kept = {place: text for place, text in enumerate(texts) if text}
    folded = 0
    for place in sorted(kept, key=lambda place: (abs(points[place]), -place)):
        rest = [f"others {signed(folded)}"] if folded else []
        text = "\n".join([*kept.values(), *rest])
        if characters(text) <= BREAKDOWN_LENGTH:
            return text
        del kept[place]
        folded += points[place]
    return f"others {signed(folded)}"


def _written(table: pl.Series, column: str) -> pl.Expr:
    return pl.lit(table).gather(pl.col(column) + _MOST_POINTS)


def _points(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.Series:
    """JSON object of line → points, the zeros left out."""
    pairs = [
        pl.when(pl.col(line.column) != 0).then(
            pl.concat_str(pl.lit(f'"{line.id}":'), _written(_NUMBERS, line.column))
        )
        for line in lines
    ]
    inner = pl.concat_str(pairs, separator=",", ignore_nulls=True)
    return leads.select(pl.concat_str(pl.lit("{"), inner, pl.lit("}")).alias("points")).to_series()


# --- what changed -------------------------------------------------------------------------------------------


def _why_changed(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.Series:
    """`68 → 82: pricing page twice (+6), demo request (+8)` against the last delivery; null at first."""
    kept = leads.get_column("previous_why_changed")
    differs = pl.col("previous_score").is_not_null() & (pl.col("points") != pl.col("previous_points"))
    changed = leads.select(differs.fill_null(value=False)).to_series().arg_true()
    if changed.is_empty():
        return kept
    return kept.scatter(changed, _changes(leads[changed], lines))


def _changes(leads: pl.DataFrame, lines: Sequence[Line]) -> pl.Series:
    dtype = pl.Struct({line.id: pl.Int64 for line in lines})
    before = leads.select(pl.col("previous_points").str.json_decode(dtype)).unnest("previous_points")
    moved = pl.DataFrame(
        [(leads[line.column] - before[line.id].fill_null(0)).alias(line.id) for line in lines]
    )
    words = leads.select(
        pl.concat_str(
            _change_words(line, before[line.id]),
            pl.lit(" ("),
            pl.lit(_SIGNED).gather(moved[line.id] + _MOST_POINTS),
            pl.lit(")"),
        ).alias(line.id)
        for line in lines
    )
    picks = strongest(moved.select(pl.all().abs()), words, MOST_CHANGES)
    pieces = pl.DataFrame([pick.alias(str(place)) for place, pick in enumerate(picks)])
    scores = leads.select(pl.format("{} → {}: ", "previous_score", "score")).to_series()
    text = joined(pieces, ", ", WHY_LENGTH - _SCORES_LENGTH).replace("", "the playbook changed")
    return scores + text


def _change_words(line: Line, before: pl.Series) -> pl.Expr:
    """A gain in full words, how often for touches that are new; a lost fact in the signal's own name."""
    if line.touches is None:
        return pl.when(pl.col(line.column) > 0).then(line.words).otherwise(pl.lit(line.plain))
    count, fresh = pl.col(f"count:{line.touches}"), pl.lit(before.fill_null(0) == 0)
    often = pl.when(count > 1).then(
        pl.when(count == _TWICE).then(pl.lit(" twice")).otherwise(pl.format(" {} times", count))
    )
    return pl.concat_str(line.words, pl.when(fresh).then(often).fill_null(""))
