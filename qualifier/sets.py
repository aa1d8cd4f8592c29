"""Sets of words as columns: few distinct sets occur among many leads, so each is built once."""

from collections.abc import Sequence

import polars as pl


def words_where(frame: pl.DataFrame, words: Sequence[str], truths: Sequence[pl.Expr]) -> pl.Series:
    """Per row the words whose truth is TRUE, in the given order; an empty set is an empty list."""
    masks = _masks(frame, truths)
    distinct = masks.unique()
    lists = [[word for place, word in enumerate(words) if mask >> place & 1] for mask in distinct.to_list()]
    table = pl.DataFrame({"mask": distinct, "words": lists}, {"mask": pl.Int64, "words": pl.List(pl.String)})
    return masks.to_frame().join(table, on="mask", how="left", maintain_order="left").get_column("words")


def _masks(frame: pl.DataFrame, truths: Sequence[pl.Expr]) -> pl.Series:
    bits = [pl.when(truth).then(1 << place).otherwise(0).cast(pl.Int64) for place, truth in enumerate(truths)]
    return frame.select(mask=pl.sum_horizontal(bits)).get_column("mask")
