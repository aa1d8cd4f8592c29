"""Sets of words as columns: few distinct sets occur among many leads, so each is built once."""

from collections.abc import Iterable, Sequence

import polars as pl

from qualifier.columns import FEW, asked


def words_where(
    frame: pl.DataFrame, words: Sequence[str], mask: pl.Expr, empty: Sequence[str] | None = ()
) -> pl.Series:
    """Per row the words whose truth is TRUE by `mask_of`, in the given order; `empty` where none is."""
    masks = asked(frame, [mask]).to_series()
    if len(masks) <= FEW:
        return _sets(masks, words, empty)
    table = masks.unique().to_frame()
    table = table.with_columns(_sets(table.to_series(), words, empty))
    return masks.to_frame().join(table, on="mask", how="left", maintain_order="left").get_column("words")


def _sets(masks: pl.Series, words: Sequence[str], empty: Sequence[str] | None) -> pl.Series:
    sets = [
        [word for place, word in enumerate(words) if mask >> place & 1] if mask else empty for mask in masks
    ]
    return pl.Series("words", sets, dtype=pl.List(pl.String))


def mask_of(truths: Iterable[pl.Expr]) -> pl.Expr:
    """Which truths are TRUE, as one number."""
    bits = [
        pl.when(truth).then(pl.lit(1 << place, pl.Int64)).otherwise(pl.lit(0, pl.Int64))
        for place, truth in enumerate(truths)
    ]
    return pl.sum_horizontal(bits).alias("mask")
