"""DuckDB is the oracle: every condition means what SQL says, NULLs and all."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qualifier.conditions import compile_condition
from qualifier.facts import FACTS, INDUSTRIES, NEEDS
from tests.lead_builders import AS_OF, INSTANT

TEXTS = ("", "a", "A%", "chef", "Chef de Cuisine", "a_b", "ünï%", "日本", "it's", "50%\n", "\\", "é", ".*")
INSTANTS = (
    AS_OF,
    datetime(2026, 5, 5, 12, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2026, 5, 6, tzinfo=UTC),
)
DATES = (date(2026, 5, 6), date(2026, 4, 6), date(2025, 1, 1))
NUMBERS = (0.0, 1.0, 2.0, -1.0, 2.5, 100.0, 1e9)
SIZES = (0.0, 1.0, 49.0, 50.0, 51.0, 99.0, 100.0, 101.0, 500.0)

COLUMNS: dict[str, tuple[pl.DataType, str, tuple[Any, ...]]] = {
    "title": (pl.String(), "VARCHAR", TEXTS),
    "industry": (pl.String(), "VARCHAR", INDUSTRIES[:4]),
    "needs": (pl.List(pl.String()), "VARCHAR[]", ([], ["growth"], ["growth", "reactive"], list(NEEDS))),
    "won_deals": (pl.Float64(), "DOUBLE", NUMBERS),
    "annual_revenue": (pl.Float64(), "DOUBLE", NUMBERS),
    "bounced": (pl.Boolean(), "BOOLEAN", (True, False)),
    "email_optout": (pl.Boolean(), "BOOLEAN", (True, False)),
    "last_won_on": (pl.Date(), "DATE", DATES),
    "created_at": (INSTANT, "TIMESTAMPTZ", INSTANTS),
}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


numbers = st.recursive(
    st.sampled_from(["won_deals", "annual_revenue", "0", "1", "2.5", "-1", "100", "LENGTH(title)"]),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
    max_leaves=3,
)
comparisons = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
texts = st.sampled_from(["title", "LOWER(title)", *map(quoted, TEXTS)])
patterns = st.sampled_from(
    ["%", "_", "", "a%", "%e%", "c_ef", "%b", "a\\_b", "ÜN%", "%本", "A%", "%.%", "%'%"]
)
moments = st.sampled_from(
    [
        "created_at",
        "as_of",
        "as_of - INTERVAL 1 DAY",
        "created_at + INTERVAL 36 HOUR",
        "last_won_on",
        "TIMESTAMPTZ '2026-05-06 00:00:00+00'",
    ]
)
sizes = st.sampled_from([str(int(size)) for size in SIZES])

simple = st.one_of(
    st.sampled_from(["bounced", "email_optout", "TRUE", "FALSE"]),
    st.builds("{} {} {}".format, numbers, comparisons, numbers),
    st.builds("{} {} {}".format, texts, comparisons, texts),
    st.builds("{} {} {}".format, moments, comparisons, moments),
    st.builds("last_won_on {} DATE '2026-04-06'".format, comparisons),
    st.builds("{} {}BETWEEN {} AND {}".format, numbers, st.sampled_from(["", "NOT "]), numbers, numbers),
    st.builds(
        "{} {}IN ({})".format,
        st.sampled_from(["won_deals", "annual_revenue"]),
        st.sampled_from(["", "NOT "]),
        st.lists(st.sampled_from(["0", "1", "2.5", "-1"]), min_size=1, max_size=3).map(", ".join),
    ),
    st.builds(
        "industry {}IN ({})".format,
        st.sampled_from(["", "NOT "]),
        st.lists(st.sampled_from(INDUSTRIES[:4]).map(quoted), min_size=1, max_size=3).map(", ".join),
    ),
    st.builds(
        "title {}{} {}".format,
        st.sampled_from(["", "NOT "]),
        st.sampled_from(["LIKE", "ILIKE"]),
        patterns.map(quoted),
    ),
    st.builds("title {}LIKE 'a!_b' ESCAPE '!'".format, st.sampled_from(["", "NOT "])),
    st.builds("ARRAY_CONTAINS(needs, {})".format, st.sampled_from(NEEDS).map(quoted)),
    st.builds("employees {} {}".format, comparisons, sizes),
    st.builds("employees {}BETWEEN {} AND {}".format, st.sampled_from(["", "NOT "]), sizes, sizes),
    st.builds("employees {}IN ({}, {})".format, st.sampled_from(["", "NOT "]), sizes, sizes),
)
conditions = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=5,
)


def table(rows: int) -> list[dict[str, Any]]:
    """Rows that go through the values at different paces, so that most pairs meet; many are NULL."""
    found = []
    for row in range(rows):
        values: dict[str, Any] = {"lead": row}
        for step, (name, (_, _, choices)) in enumerate(COLUMNS.items(), start=1):
            place = (row * (step + 1) * 7919 + row // (step + 2)) % (len(choices) + 2)
            values[name] = choices[place] if place < len(choices) else None
        low, high = SIZES[row % len(SIZES)], SIZES[(row * 7 + row // 5) % len(SIZES)]
        values["low"], values["high"] = (None, None) if row % 5 == 4 else (min(low, high), max(low, high))
        if row % 11 == 3 and values["low"] is not None:
            values["high"] = math.inf
        found.append(values)
    return found


ROWS = table(200)
FRAME = pl.DataFrame(
    [{**row, "employees_low": row["low"], "employees_high": row["high"]} for row in ROWS],
    schema={
        "lead": pl.Int64(),
        **{name: dtype for name, (dtype, _, _) in COLUMNS.items()},
        "employees_low": pl.Float64(),
        "employees_high": pl.Float64(),
    },
).with_columns(pl.Series("as_of", [AS_OF] * len(ROWS), INSTANT))


@pytest.fixture(scope="module")
def oracle() -> Iterator[duckdb.DuckDBPyConnection]:
    """The same rows in DuckDB; beside each range every whole number in it that could matter."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET ieee_floating_point_ops = false")
    connection.execute("SET error_on_division_by_zero = false")
    names = ", ".join(f"{name} {kind}" for name, (_, kind, _) in COLUMNS.items())
    connection.execute(f"CREATE TABLE leads (lead BIGINT, {names}, as_of TIMESTAMPTZ)")
    values = [[row["lead"], *(row[name] for name in COLUMNS), AS_OF] for row in ROWS]
    marks = ", ".join("?" * (len(COLUMNS) + 2))
    connection.executemany(f"INSERT INTO leads VALUES ({marks})", values)  # noqa: S608 # only question marks
    connection.execute("CREATE TABLE sizes (lead BIGINT, employees DOUBLE)")
    inside = [
        [row["lead"], float(size)]
        for row in ROWS
        if row["low"] is not None
        for size in {row["low"], row["high"], *range(-1, 503)}
        if row["low"] <= size <= row["high"]
    ]
    connection.executemany("INSERT INTO sizes VALUES (?, ?)", inside)
    connection.executemany(
        "INSERT INTO sizes VALUES (?, NULL)", [[row["lead"]] for row in ROWS if row["low"] is None]
    )
    yield connection
    connection.close()


def asked(oracle: duckdb.DuckDBPyConnection, sql: str) -> list[bool | None]:
    """One value per lead; over a range TRUE or FALSE only where every size in it says so."""
    query = f"""
        SELECT CASE WHEN bool_and(coalesce(truth, FALSE)) THEN TRUE
                    WHEN NOT bool_or(coalesce(truth, TRUE)) THEN FALSE END
        FROM (SELECT lead, ({sql}) AS truth FROM leads JOIN sizes USING (lead)) GROUP BY lead ORDER BY lead
    """  # noqa: S608 # the condition is the test's own
    return [truth for (truth,) in oracle.execute(query).fetchall()]


def agree(oracle: duckdb.DuckDBPyConnection, sql: str) -> None:
    ours = FRAME.with_columns(truth=compile_condition(sql, FACTS).expr).get_column("truth").to_list()
    assert ours == asked(oracle, sql)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sql=conditions)
def test_a_condition_means_what_sql_says(oracle: duckdb.DuckDBPyConnection, sql: str) -> None:
    agree(oracle, sql)


@pytest.mark.slow
@settings(max_examples=2500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sql=conditions)
def test_thousands_of_conditions_mean_what_sql_says(oracle: duckdb.DuckDBPyConnection, sql: str) -> None:
    agree(oracle, sql)


def test_the_oracle_sees_all_three_values(oracle: duckdb.DuckDBPyConnection) -> None:
    """A comparison of constants would agree and prove nothing."""
    for sql in (
        "employees > 50",
        "title LIKE 'a%'",
        "ARRAY_CONTAINS(needs, 'growth')",
        "won_deals / annual_revenue > 1",
    ):
        assert set(asked(oracle, sql)) == {True, False, None}
