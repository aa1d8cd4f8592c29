"""Columns that a frame may carry: a reader names them once and sees null where they are absent."""

from collections.abc import Mapping

import polars as pl


def with_optional(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """`frame` with every absent column of `columns` (name → dtype) added as nulls."""
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in columns.items() if name not in frame.columns
    )
