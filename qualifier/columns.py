"""Columns and literals that many rooms of the qualifier share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import polars as pl

from qualifier.facts import INSTANT

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant(moment: datetime) -> pl.Expr:
    """An aware datetime as a literal; `pl.lit` takes 0.1 ms for one with a time zone, this a hundredth."""
    return pl.lit((moment - _EPOCH) // _MICROSECOND).cast(INSTANT)


def with_optional(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """`frame` with every absent column of `columns` (name → dtype) added as nulls.

    So a reader names its columns once and sees null where they are absent.
    """
    held = frame.schema
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in held
    )
