"""What a condition may say, and the sentence for everything else."""

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.conditions import compile_condition
from qualifier.expressions import AS_OF as AS_OF_COLUMN
from qualifier.facts import FACTS
from qualifier.playbook import Playbook
from qualifier.refusals import ConditionFault
from tests.lead_builders import AS_OF, ICP, INSTANT, facts, judge

REFUSED = {
    "industri = 'software'": "did you mean 'industry'",
    "industry = 'softwar'": "did you mean 'software'",
    "role = 'boss'": "allowed: decider",
    "role IS NULL": "benefit_of_doubt",
    "role IS NOT DISTINCT FROM 'user'": "benefit_of_doubt",
    "COALESCE(won_deals, 0) > 1": "benefit_of_doubt",
    "NULLIF(won_deals, 0) > 1": "benefit_of_doubt",
    "CASE WHEN bounced THEN TRUE END": "one signal per case",
    "won_deals = NULL": "leave it out",
    "COUNT(won_deals) > 1": "other leads",
    "SUM(won_deals) OVER () > 1": "other leads",
    "won_deals = (SELECT 1)": "other leads",
    "won_deals IN (SELECT 1)": "takes a list",
    "created_at > now()": "write as_of",
    "created_at > current_timestamp": "write as_of",
    "last_won_on = current_date": "write as_of",
    "today() > last_won_on": "write as_of",
    "created_at > as_of - INTERVAL 2 MONTH": "days or hours",
    'title = "boss"': "single quotes",
    "t.title = 'boss'": "no dots",
    "title ~ 'boss'": "LIKE",
    "title || 'x' = 'x'": "one comparison per fact",
    "UPPER(title) = 'X'": "LOWER",
    "MD5(title) = 'x'": "is not allowed",
    "won_deals % 2 = 0": "is not allowed",
    "CAST(title AS INTEGER) = 1": "DATE '2026-01-31'",
    "last_won_on > 'soon'": "is no date",
    "needs = 'growth'": "ARRAY_CONTAINS",
    "ARRAY_CONTAINS(industry, 'software')": "use =",
    "ARRAY_CONTAINS(needs, 'grow')": "did you mean 'growth'",
    "employees * 2 > 100": "compare it directly",
    "employees > won_deals": "compare it directly",
    "won_deals > 'many'": "compares a number with a text",
    "won_deals": "compare it with something",
    "bounced AND won_deals": "compare it first",
    "bounced > FALSE": "no order",
    "title LIKE industry": "in single quotes",
    "won_deals LIKE '1'": "searches text",
    "title LIKE ": "can be read",
    "title = 'x": "never closed",
    "bounced; bounced": "one condition",
    "": "can be read",
    "won_deals = " + "+".join(["1"] * 990): "nested too deeply",
    "(" * 40 + "bounced" + ")" * 40: "nested too deeply",
    "(" * 400 + "bounced" + ")" * 400: "nested too deeply",
    "NOT " * 400 + "bounced": "nested too deeply",
    "created_at < as_of - INTERVAL 999999 DAY": "at most 36500 days",
    "created_at < as_of - INTERVAL 999999 HOUR": "at most 36500 days",
    "created_at > '0001-01-01T00:00:00+01:00'": "is no date",
    "LENGTH(title) > 1e400": "too large a number",
    " OR ".join(f"employees = {size}" for size in range(100)): "write IN or BETWEEN",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_list_does_not_name_is_refused_with_the_way_out(sql: str) -> None:
    with pytest.raises(ConditionFault) as refused:
        compile_condition(sql, FACTS)
    assert REFUSED[sql] in str(refused.value)
    assert refused.value.line == 1


def test_a_fault_is_placed_by_line_and_column() -> None:
    with pytest.raises(ConditionFault) as refused:
        compile_condition("bounced\n  AND colour = 'red'", FACTS)
    assert (refused.value.line, refused.value.column) == (2, 7)


def truth(sql: str, **lead: object) -> bool | None:
    condition = compile_condition(sql, FACTS)
    frame = facts(lead).with_columns(as_of=pl.lit(AS_OF, INSTANT))
    return frame.select(condition.expr).item()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((50, 100), True),
        ((25, 50), None),
        ((2000, float("inf")), None),
        ((3000, float("inf")), False),
        ((50, 2000), True),
        ((49, 49), False),
        ((1, 3000), None),
        (500, True),
    ],
)
def test_a_range_says_yes_or_no_only_where_all_of_it_agrees(size: object, *, expected: bool | None) -> None:
    assert truth("employees BETWEEN 50 AND 2000", employees=size) is expected


def test_a_range_is_looked_at_around_every_boundary_inside() -> None:
    """Both ends lie outside the hole, the hole lies inside."""
    assert truth("employees < 100 OR employees > 200", employees=(50, 500)) is None
    assert truth("employees <> 100", employees=(50, 500)) is None
    assert truth("NOT employees = 100", employees=(101, 500)) is True
    assert truth("employees IN (100, 200)", employees=(100, 200)) is None


def test_a_range_joins_other_facts_with_three_values() -> None:
    assert truth("employees > 100 OR bounced", employees=(50, 500), bounced=True) is True
    assert truth("employees > 100 AND bounced", employees=(50, 500), bounced=False) is False
    assert truth("employees > 100 AND bounced", employees=(50, 500)) is None
    assert truth("employees > 100") is None


def test_time_is_as_of() -> None:
    assert truth("created_at > as_of - INTERVAL 101 DAY") is True
    assert truth("created_at > as_of - INTERVAL 99 DAY") is False
    assert truth("as_of - created_at >= INTERVAL 2400 HOUR") is True
    assert truth("last_won_on < DATE '2026-01-31'") is None


def test_an_instant_of_any_offset_is_one_of_utc() -> None:
    assert truth("created_at > '2026-01-01T12:00:00+05:30'") is truth("created_at > '2026-01-01T06:30:00'")
    assert (
        truth("as_of = TIMESTAMP '{}'".format(AS_OF.astimezone(ZoneInfo("Asia/Tokyo")).isoformat())) is True
    )


def test_a_long_chain_is_no_deep_nesting() -> None:
    chain = " OR ".join(["bounced", *["email_optout"] * 120])
    assert truth(chain, bounced=True) is True
    assert truth(chain.replace("OR", "AND"), bounced=True, email_optout=True) is True


def test_a_hundred_numbers_of_a_list_are_one_look_up() -> None:
    many = ", ".join(map(str, range(0, 390, 3)))
    assert truth(f"employees IN ({many})", employees=300) is True
    assert truth(f"employees IN ({many})", employees=(300, 301)) is None
    assert truth(f"employees NOT IN ({many})", employees=(301, 302)) is True
    assert truth("won_deals IN (-1, (2), 4)", won_deals=4) is True
    assert truth("won_deals IN (-1, - -2)", won_deals=2) is True
    assert truth("won_deals IN (-1, 2)") is None


@pytest.mark.parametrize(
    ("sql", "said"), [("TRUE", True), ("1 = 1", True), ("2 < 1", False), ("1 / 0 = 1", None)]
)
@pytest.mark.parametrize("height", [0, 1, 3])
def test_what_reads_no_fact_is_as_high_as_the_frame(sql: str, height: int, *, said: bool | None) -> None:
    frame = pl.DataFrame({AS_OF_COLUMN: pl.Series([AS_OF] * height, dtype=INSTANT)})
    assert frame.select(compile_condition(sql, FACTS).expr).to_series().to_list() == [said] * height


def test_it_tells_which_facts_it_reads() -> None:
    condition = compile_condition("employees > 10 AND created_at < as_of", FACTS)
    assert condition.facts == {"employees", "created_at"}
    assert condition.clocked


def equal_leads() -> pl.DataFrame:
    """Two leads, their facts as Polars holds columns of one value."""
    constant = {"industry": "software", "employees_low": 500.0, "employees_high": 500.0, "won_deals": 1.0}
    return facts(ICP, ICP).with_columns(**{name: pl.lit(value) for name, value in constant.items()})


@pytest.mark.parametrize(
    "sql",
    [
        "'software' = industry",
        "50 <= employees",
        "0 < won_deals",
        "3 - 1 > won_deals",
        "2 - 1 BETWEEN won_deals AND 3",
        "1 IN (won_deals, 7)",
        "NOT 2 = won_deals",
        "2 <> won_deals",
        "1 >= won_deals",
    ],
)
def test_a_literal_on_the_left_says_as_much_of_many_leads(sql: str) -> None:
    """Polars makes one row of a literal compared with a column of one value."""
    leads = equal_leads().with_columns(as_of=pl.lit(AS_OF, INSTANT))
    assert leads.select(compile_condition(sql, FACTS).expr).to_series().to_list() == [True, True]


def test_two_equal_leads_are_judged_by_a_literal_on_the_left() -> None:
    content = load_playbook().model_dump(mode="json")
    industry, size, _ = content["criteria"][0]["signals"]
    industry["when"], size["when"] = "'software' = industry", "50 <= employees"
    judged = judge(equal_leads(), playbook=Playbook.model_validate(content))
    assert judged["score"].to_list() == judge(equal_leads())["score"].to_list()
