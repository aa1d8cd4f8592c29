"""Words for a rep: facts in plain words, `{placeholders}` filled in, dates and points written out.

A text stays one line and never quotes the absurd: an unknown fact, a CRM's own stopgap ("[not provided]"),
a name too long to be one. Then a plainer wording stands in. Source: qualification rules, §5.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any

import polars as pl
import pycountry

from qualifier.columns import FEW, repeated
from qualifier.facts import Fact

SHOWN = "shown:"
"""Prefix of the columns that hold facts in plain words."""
LONGEST_NAME = 60
"""A quoted text fact longer than this is left out: it would crowd out the rest of the line."""
_EPOCH = date(1970, 1, 1)
_TABLE_DAYS = 1024
"""Tables of days begin and end at multiples of this, so that few different ones are ever needed."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_UNPRINTABLE = r"[\p{C}\p{Z}\s]+"
_UNCLEAN = r"[\p{C};]|[^\S ]|  |^[ ,.-]|[ ,.-]$"
_NAMELESS = (
    "none",
    "null",
    "nan",
    "n/a",
    "na",
    "unknown",
    "undefined",
    "test",
    "not provided",
    "[not provided]",
)
_WORDS: Mapping[str, Mapping[str, str]] = {
    "industry": {
        "hardware_electronics": "hardware and electronics",
        "transport_logistics": "transport and logistics",
        "pharma_biotech": "pharma and biotech",
    },
    "role": {"decider": "decision maker", "none": "no part"},
    "solution": {"competitor": "a rival product", "similar": "a similar product", "none": "nothing yet"},
    "timing": {"now": "now", "quarter": "this quarter", "half_year": "within half a year"},
}
_LABELS: Mapping[str, str] = {
    "employees": "company size",
    "annual_revenue": "yearly revenue",
    "colleague_active": "colleagues involved",
    "role": "who decides",
    "needs": "need",
    "solution": "what they use today",
    "won_deals": "purchases so far",
    "last_won_on": "last purchase",
    "title": "role",
}
_SLOTS: Mapping[str, str] = {"role": "who decides", "capacity": "what they use today"}
_TOUCHES: Mapping[str, str] = {
    "email_click": "click in a mail",
    "email_open": "mail opened",
    "inbound_reply": "reply",
    "inbound_call": "call to us",
    "sales_pitch": "wants to sell to us",
}


def label(fact: str) -> str:
    """What a fact is called: `employees` → company size."""
    return _LABELS.get(fact, fact.replace("_", " "))


def spaced(name: str) -> str:
    """An id as words: `company-profile` → company profile."""
    return name.replace("-", " ")


def slot_label(slot: str) -> str:
    """What a slot of discovery is called: `role` → who decides."""
    return _SLOTS.get(slot, slot)


def touch_words(kind: str) -> str:
    """What a kind of touch is called: `demo_request` → demo request."""
    return _TOUCHES.get(kind, kind.replace("_", " "))


def placeholders(texts: Iterable[str]) -> set[str]:
    """The names in curly brackets."""
    return {name for text in texts for name in _PLACEHOLDER.findall(text)}


def fill(text: str, known: Mapping[str, pl.Expr]) -> pl.Expr:
    """`text` with its placeholders filled; null where one of them is null or not `known`."""
    parts = _PLACEHOLDER.split(text)
    exprs = [
        known.get(part, pl.lit(None, pl.String)) if place % 2 else pl.lit(part)
        for place, part in enumerate(parts)
        if part
    ]
    return pl.concat_str(exprs) if len(exprs) > 1 else exprs[0]


def shown_facts(
    frame: pl.DataFrame, names: Iterable[str], facts: Mapping[str, Fact], as_of: datetime
) -> pl.DataFrame:
    """`shown:<name>` for each of `names`: the fact in plain words, null where there is nothing to say."""
    nothing = repeated(None, pl.String(), len(frame))
    return pl.DataFrame(
        (_shown(frame, name, facts[name], as_of) if name in facts else nothing).alias(SHOWN + name)
        for name in sorted(set(names))
    )


def _shown(frame: pl.DataFrame, name: str, fact: Fact, as_of: datetime) -> pl.Series:
    if fact.kind == "text":
        return _clean(frame[name])
    if fact.kind == "range":
        return _by_value(frame[[f"{name}_low", f"{name}_high"]], lambda row: range_words(*row))
    if fact.kind == "words":
        joined = frame[[name]].select(pl.col(name).list.join("\n"))
        return _by_value(joined, lambda row: " and ".join(word_words(name, w) for w in row[0].split("\n")))
    return _by_value(frame[[name]], lambda row: _value_words(name, row[0], as_of))


def _clean(text: pl.Series) -> pl.Series:
    """One line of printable text without our separator; null for what is no name."""
    line = text.to_frame()
    unclean = line.select(_IS_UNCLEAN).to_series().arg_true()
    if len(unclean):
        tidy = text.gather(unclean).str.replace_all(_UNPRINTABLE, " ").str.replace_all(";", ",", literal=True)
        line = text.clone().scatter(unclean, tidy.str.strip_chars(" ,.-")).to_frame()
    return line.select(_NAMED).to_series()


_IS_UNCLEAN = pl.first().str.contains(_UNCLEAN)
_IS_NAME = pl.first().str.len_bytes().is_between(1, LONGEST_NAME) & ~pl.first().str.to_lowercase().is_in(
    _NAMELESS
)
_NAMED = pl.when(_IS_NAME).then(pl.first())


def _by_value(values: pl.DataFrame, words: Callable[[tuple[Any, ...]], str | None]) -> pl.Series:
    """`words` of each row; of many rows once per distinct one, because many leads share few values."""
    if len(values) <= FEW:
        return _told(values, words)
    distinct = values.unique()
    return values.join(
        distinct.with_columns(_told(distinct, words)),
        on=values.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).get_column("")


def _told(values: pl.DataFrame, words: Callable[[tuple[Any, ...]], str | None]) -> pl.Series:
    return pl.Series([None if row[0] is None else words(row) for row in values.rows()], dtype=pl.String)


def range_words(low: float, high: float | None) -> str | None:
    """`50–100`, `1,000+` when open, `120` when exact; null for what is no number of anything."""
    if not 0 <= low < math.inf or high is None:
        return None
    if high == math.inf:
        return f"{low:,.0f}+"
    return f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def word_words(fact: str, value: str) -> str:
    """A word of a vocabulary as one says it: `financial_services` → financial services, `DE` → Germany."""
    if fact == "country":
        return _country(value)
    return _WORDS.get(fact, {}).get(value) or value.replace("_", " ")


@cache
def _country(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return code if found is None else str(getattr(found, "common_name", found.name)).partition(",")[0]


def _value_words(name: str, value: object, as_of: datetime) -> str | None:
    match value:
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:,.2f}".rstrip("0").rstrip(".") if math.isfinite(value) else None
        case date():
            return date_words(value, as_of)
        case _:
            return word_words(name, str(value))


def date_words(day: date, as_of: datetime) -> str:
    """`21 Nov`, with the year when it is not the current one."""
    words = f"{day.day} {_MONTHS[day.month - 1]}"
    return words if day.year == as_of.year else f"{words} {day.year}"


def day_words(days: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    """The same for whole columns of instants: one table of the days between the first and the last."""
    if len(days) <= FEW:
        return _days_told(days, as_of)
    numbers = days.select(pl.all().dt.date().to_physical())
    if days.is_empty() or not days.width:
        return days.select(pl.all().cast(pl.String))
    spans = numbers.select(low=pl.min_horizontal(pl.all().min()), high=pl.max_horizontal(pl.all().max()))
    low, high = spans.row(0)
    if low is None:
        return days.select(pl.all().cast(pl.String))
    first = low - low % _TABLE_DAYS
    table = _day_table(first, high - high % _TABLE_DAYS + _TABLE_DAYS, as_of.year)
    return numbers.select(pl.lit(table).gather(pl.all() - first).name.keep())


def _days_told(days: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    words = {
        name: [None if at is None else date_words(at.date(), as_of) for at in column]
        for name, column in days.to_dict(as_series=False).items()
    }
    return pl.DataFrame(words, schema=dict.fromkeys(days.columns, pl.String))


@lru_cache(maxsize=64)
def _day_table(first: int, end: int, year: int) -> pl.Series:
    """Days in words, by their number since 1970; `year` is the one that is left out."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    return pl.Series([date_words(_EPOCH + timedelta(days=number), start) for number in range(first, end)])


def counted(number: int, word: str, plural: str | None = None) -> str:
    """`1 lead`, `1,200 leads`; `plural` where it takes more than an s."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def signed(number: int) -> str:
    """`+6`, `−4`; zero is `+0`."""
    return f"+{number}" if number >= 0 else f"−{-number}"


def signed_words(number: pl.Expr) -> pl.Expr:
    """`signed` for a whole column."""
    return pl.concat_str(pl.when(number < 0).then(pl.lit("−")).otherwise(pl.lit("+")), number.abs())


def joined(pieces: pl.DataFrame, separator: str, longest: int) -> pl.Series:
    """The non-null pieces of each row, as many whole ones from the left as fit into `longest` characters."""
    whole = pieces.select(pl.concat_str(pl.all(), separator=separator, ignore_nulls=True)).to_series()
    long = perhaps_longer(whole, longest)
    if long.is_empty():
        return whole
    return whole.scatter(long, [fitting(row, separator, longest) for row in pieces[long].iter_rows()])


def perhaps_longer(texts: pl.Series, longest: int) -> pl.Series:
    """Rows that need a closer look: a text has never more characters than bytes, so only few do."""
    return (texts.str.len_bytes() > longest).arg_true()


def fitting(pieces: Iterable[str | None], separator: str, longest: int) -> str:
    """The same for the pieces of one row."""
    text = ""
    for piece in pieces:
        longer = separator.join(filter(None, (text, piece)))
        if characters(longer) <= longest:
            text = longer
    return text


def characters(text: str) -> int:
    """Characters as a CRM counts them: UTF-16 code units, so that an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
