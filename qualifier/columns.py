"""Columns and literals that many rooms of the qualifier share."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.facts import INSTANT

FEW = 16
"""So few rows are told one by one: what makes many rows fast takes longer than telling them."""
_MANY = 20_000
"""Rows from which planning pays."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SETTLE_DECIMALS = 9
"""Sums of floats are settled here first, so that the order of adding never tips a half."""


@lru_cache(maxsize=256)
def instant(moment: datetime) -> pl.Expr:
    """An aware datetime as a literal; `pl.lit` takes 0.1 ms for one with a time zone, this a hundredth."""
    return pl.lit(microseconds(moment)).cast(INSTANT)


def microseconds(moment: datetime) -> int:
    """An aware datetime as Polars counts it: microseconds since 1970, UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def repeated(value: object, dtype: pl.DataType, size: int) -> pl.Series:
    """A column of one value."""
    return _single(value, dtype).new_from_index(0, size)


@lru_cache(maxsize=64)
def _single(value: object, dtype: pl.DataType) -> pl.Series:
    return pl.Series([value], dtype=dtype)


def with_optional(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """`frame` with every absent column of `columns` (name → dtype) added as nulls.

    So a reader names its columns once and sees null where they are absent.
    """
    held = set(frame.columns)
    absent = [
        repeated(None, dtype, frame.height).alias(name) for name, dtype in columns.items() if name not in held
    ]
    return frame.hstack(absent) if absent else frame


def narrowed(
    frame: pl.DataFrame, columns: Iterable[str], optional: Mapping[str, pl.DataType]
) -> pl.DataFrame:
    """`columns` of `frame`, and those of `optional`, absent ones as nulls.

    What a room works on: Polars looks at every column of a frame at every step, asked for or not.
    """
    held = set(frame.columns)
    return with_optional(frame[[*columns, *(name for name in optional if name in held)]], optional)


def asked(frame: pl.DataFrame, exprs: Iterable[str | pl.Expr]) -> pl.DataFrame:
    """These columns of `frame`; of few rows one after the other, instead of shared among threads."""
    return frame.select_seq(exprs) if frame.height <= FEW else frame.select(exprs)


def extended(frame: pl.DataFrame, *steps: Iterable[pl.Expr]) -> pl.DataFrame:
    """`frame` with the columns of each step, which builds on those before; of few rows as in `asked`."""
    for step in steps:
        frame = frame.with_columns_seq(step) if frame.height <= FEW else frame.with_columns(step)
    return frame


def grouped(frame: pl.DataFrame, by: str, parts: Iterable[pl.Expr]) -> pl.DataFrame:
    """One row per distinct `by`, in any order, with what `parts` make of its rows, in any order too."""
    if frame.height < _MANY:
        return frame.group_by(by).agg(parts)
    # Left to plan it, Polars takes half the time; the plan takes as long as judging some leads.
    return frame.lazy().group_by(by).agg(parts).collect()


def first_true(
    cases: Iterable[tuple[pl.Expr, pl.Expr | str]], otherwise: pl.Expr | str | None = None
) -> pl.Expr:
    """The value of the first case that is TRUE, else `otherwise`; a text names a column."""
    rest = pl.lit(None) if otherwise is None else otherwise
    for case, value in reversed(list(cases)):
        rest = pl.when(case).then(value).otherwise(rest)
    return pl.col(rest) if isinstance(rest, str) else rest


def by_word(column: str, values: Mapping[str, object], dtype: pl.DataType) -> pl.Expr:
    """What stands beside the word of a column, null for any other; for few words faster than a look-up."""
    cases = ((pl.col(column) == word, pl.lit(value, dtype)) for word, value in values.items())
    return first_true(cases, pl.lit(None, dtype))


def half_up(number: pl.Expr) -> pl.Expr:
    """The nearest whole number, halves up."""
    return (number.round(_SETTLE_DECIMALS) + 0.5).floor().cast(pl.Int64)
