"""Columns and literals that many rooms of the qualifier share."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import polars as pl

from qualifier.facts import INSTANT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=256)
def instant(moment: datetime) -> pl.Expr:
    """An aware datetime as a literal; `pl.lit` takes 0.1 ms for one with a time zone, this a hundredth."""
    return pl.lit((moment - _EPOCH) // _MICROSECOND).cast(INSTANT)


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
    held = frame.schema
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
    held = frame.schema
    return with_optional(frame[[*columns, *(name for name in optional if name in held)]], optional)


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
