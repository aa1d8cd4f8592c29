"""Sets of words as columns: few distinct sets occur among many leads, so each is built once and shared."""

from collections.abc import Mapping, Sequence

import polars as pl


def words_where(frame: pl.DataFrame, words: Sequence[str], truths: Sequence[pl.Expr]) -> pl.Series:
    """Per row the words whose truth is TRUE, in the given order; an empty set is an empty list."""
    masks = _masks(frame, truths)
    lists = {mask: _chosen(words, mask) for mask in masks.unique().to_list()}
    return _looked_up(masks, lists, pl.List(pl.String))


def text_where(
    frame: pl.DataFrame, truths: Sequence[pl.Expr], texts: dict[int, str] | None, words: Sequence[str]
) -> pl.Series:
    """Per row one text per set: `texts` by mask, else the words joined by a comma."""
    masks = _masks(frame, truths)
    made = {
        mask: (texts or {}).get(mask, ", ".join(_chosen(words, mask))) for mask in masks.unique().to_list()
    }
    return _looked_up(masks, made, pl.String())


def _masks(frame: pl.DataFrame, truths: Sequence[pl.Expr]) -> pl.Series:
    bits = [pl.when(truth).then(1 << place).otherwise(0).cast(pl.Int64) for place, truth in enumerate(truths)]
    return frame.select(mask=pl.sum_horizontal(bits) if bits else pl.lit(0, pl.Int64)).get_column("mask")


def _chosen(words: Sequence[str], mask: int) -> list[str]:
    return [word for place, word in enumerate(words) if mask >> place & 1]


def _looked_up(masks: pl.Series, values: Mapping[int, object], dtype: pl.DataType) -> pl.Series:
    table = pl.DataFrame(
        {"mask": list(values), "value": list(values.values())}, {"mask": pl.Int64, "value": dtype}
    )
    return masks.to_frame().join(table, on="mask", how="left", maintain_order="left").get_column("value")
