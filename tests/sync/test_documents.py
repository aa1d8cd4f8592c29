"""Facts and verdicts survive the way into the store and back."""

import math
from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Value
from qualifier.facts import FACTS, INSTANT
from sync.documents import decode, dump, encode, encode_facts, facts_frame

texts = st.text(max_size=30)
instants = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(title=texts, at=instants, day=st.dates(date(1971, 1, 1)), won=st.floats(0, 1e6), flag=st.booleans())
def test_facts_round_trip(title: str, at: datetime, day: date, won: float, flag: bool) -> None:
    values: dict[str, Value] = {
        "title": title,
        "created_at": at,
        "last_won_on": day,
        "won_deals": won,
        "bounced": flag,
        "needs": ("growth", "compliance"),
        "employees": (50.0, math.inf),
    }
    frame = facts_frame(pl.Series([dump(encode_facts(values, FACTS))]), FACTS)
    row = frame.to_dicts()[0]
    assert row["title"] == title
    assert row["created_at"] == at
    assert row["last_won_on"] == day
    assert row["won_deals"] == won
    assert row["bounced"] is flag
    assert row["needs"] == ["compliance", "growth"]
    assert (row["employees_low"], row["employees_high"]) == (50.0, math.inf)
    assert row["industry"] is None


@given(st.lists(st.tuples(texts, instants, st.integers(-99, 99)), min_size=1, max_size=5))
def test_verdicts_round_trip(rows: list[tuple[str, datetime, int]]) -> None:
    types = {"why": pl.String(), "respond_by": INSTANT, "score": pl.Int64(), "stage_since": pl.Date()}
    frame = pl.DataFrame(
        {
            "why": [row[0] for row in rows],
            "respond_by": [row[1] for row in rows],
            "score": [row[2] for row in rows],
            "stage_since": [row[1].date() for row in rows],
        },
        schema=types,
    )
    assert decode(encode(frame), types).equals(frame)


def test_equal_facts_are_equal_text() -> None:
    one = encode_facts({"industry": "retail", "title": "CEO"}, FACTS)
    two = encode_facts({"title": "CEO", "industry": "retail", "country": None}, FACTS)
    assert dump(one) == dump(two)


def test_what_a_fact_cannot_hold_is_unknown() -> None:
    assert encode_facts({"won_deals": math.nan, "nobody_declared_this": "x"}, FACTS) == {"won_deals": None}


@pytest.mark.parametrize("ends", [(math.inf, math.inf), (-math.inf, 5.0), (math.nan, 5.0), (5.0, math.nan)])
def test_a_range_without_a_beginning_costs_this_one_fact(ends: tuple[float, float]) -> None:
    assert encode_facts({"employees": ends, "title": "CEO"}, FACTS) == {"title": "CEO"}


def test_what_json_has_no_word_for_never_reaches_the_store() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        dump({"employees_low": math.inf})
