"""How facts and verdicts lie in the store: one JSON document each, and how a column of them becomes a frame.

Instants are whole microseconds, dates ISO text, a range two keys (`employees_low`, `employees_high`; an open
end has no high). Keys are sorted, so that equal facts are equal text.
"""

import json
import math
from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from connectors.base import Value
from qualifier.facts import INSTANT, Fact, column_types
from sync.schema import EPOCH, MICROSECOND

Document = dict[str, str | float | bool | list[str] | None]


def encode_facts(values: Mapping[str, Value], facts: Mapping[str, Fact]) -> Document:
    """Facts as a document; NULLs are left out, values a fact cannot hold are NULL."""
    document: Document = {}
    for name, value in values.items():
        fact = facts.get(name)
        if fact is None or value is None:
            continue
        if fact.kind == "range":
            low, high = value if isinstance(value, tuple) else (value, value)
            low, high = float(low), float(high)  # type: ignore[arg-type]  # a range fact carries numbers
            if not math.isfinite(low) or math.isnan(high):
                continue
            document[f"{name}_low"] = low
            if not math.isinf(high):
                document[f"{name}_high"] = high
        else:
            document[name] = _plain(value)
    return document


def _plain(value: Value) -> str | float | bool | list[str] | None:
    match value:
        case datetime():
            return (value - EPOCH) // MICROSECOND
        case date():
            return value.isoformat()
        case tuple():
            return sorted(str(item) for item in value)
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def dump(document: Mapping[str, object]) -> str:
    """A document as text, equal for equal documents. Raises ValueError for NaN and infinity."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def facts_frame(documents: pl.Series, facts: Mapping[str, Fact]) -> pl.DataFrame:
    """A column of fact documents → the columns of `column_types`, without `lead`."""
    types = {name: dtype for name, dtype in column_types(facts).items() if name != "lead"}
    frame = decode(documents, types)
    open_ends = [
        pl.when(pl.col(f"{name}_low").is_not_null())
        .then(pl.col(f"{name}_high").fill_null(math.inf))
        .alias(f"{name}_high")
        for name, fact in facts.items()
        if fact.kind == "range"
    ]
    return frame.with_columns(open_ends)


def decode(documents: pl.Series, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A column of documents → typed columns; a key that is not there is NULL."""
    carried = {name: _CARRIERS.get(dtype, dtype) for name, dtype in types.items()}
    if not carried:
        return pl.DataFrame()
    frame = documents.str.json_decode(pl.Struct(carried)).struct.unnest()
    return frame.with_columns(_back(name, dtype) for name, dtype in types.items() if dtype in _CARRIERS)


def _back(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).str.to_date("%Y-%m-%d") if dtype == pl.Date() else pl.col(name).cast(dtype)


def encode(frame: pl.DataFrame) -> pl.Series:
    """Each row of `frame` as a document, columns sorted."""
    columns = [
        _out(name, dtype) if dtype in _CARRIERS else pl.col(name)
        for name, dtype in sorted(frame.schema.items())
    ]
    return frame.select(pl.struct(columns).struct.json_encode().alias("document")).to_series()


def _out(name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).dt.strftime("%Y-%m-%d") if dtype == pl.Date() else pl.col(name).cast(_CARRIERS[dtype])


_CARRIERS: Mapping[pl.DataType, pl.DataType] = {INSTANT: pl.Int64(), pl.Date(): pl.String()}
"""JSON has neither instants nor dates: what carries them there."""
