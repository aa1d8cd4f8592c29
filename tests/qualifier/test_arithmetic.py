"""The arithmetic that was agreed before code: the sixteen rows of the qualification rules, §3."""

from typing import Any

import pytest

from tests.lead_builders import ICP, OFF_PROFILE, companies, facts, look, touch, touches

UNSIZED = {name: value for name, value in ICP.items() if name != "employees"}
COMPLETE = {**ICP, "solution": "competitor", "role": "decider", "needs": ["growth"]}
COLLEAGUE = companies([("acme.example", "somebody else", 3, None)])
DEMO = touch("demo_request")

# facts, touches, colleague?, points per criterion, minus, score, fit, engagement, grade, segment
ROWS: dict[str, tuple[Any, ...]] = {
    "free-mail only": ({}, [], False, (10, 6, 8, 6, 0, 0), 0, 30, 48, 0, "C4", "cold"),
    "free-mail + demo": ({}, [DEMO], False, (10, 6, 8, 6, 20, 0), 0, 50, 48, 53, "C2", "warm"),
    "ICP silent": (ICP, [], False, (20, 6, 4, 6, 0, 0), 0, 36, 58, 0, "B4", "cold"),
    "ICP + demo": (ICP, [DEMO], False, (20, 6, 4, 6, 20, 0), 0, 56, 58, 53, "B2", "hot"),
    "demo 8 days ago": (
        ICP,
        [touch("demo_request", 8)],
        False,
        (20, 6, 4, 6, 17, 0),
        0,
        53,
        58,
        45,
        "B2",
        "warm",
    ),
    "demo 31 days ago": (
        ICP,
        [touch("demo_request", 31)],
        False,
        (20, 6, 4, 6, 10, 0),
        0,
        46,
        58,
        26,
        "B3",
        "warm",
    ),
    "size unknown": (UNSIZED, [], False, (16, 6, 4, 6, 0, 0), 0, 32, 52, 0, "B4", "cold"),
    "first-time buyer": (
        {**ICP, "solution": "none"},
        [],
        False,
        (20, 6, 4, 6, 0, 0),
        0,
        36,
        58,
        0,
        "B4",
        "cold",
    ),
    "uses a competitor": (
        {**ICP, "solution": "competitor"},
        [],
        False,
        (20, 15, 4, 6, 0, 0),
        0,
        45,
        73,
        0,
        "B4",
        "warm",
    ),
    "bought before": ({**ICP, "won_deals": 2}, [], False, (20, 15, 4, 6, 0, 0), 0, 45, 73, 0, "B4", "warm"),
    "growth need": (
        {**ICP, "needs": ["growth"]},
        [],
        False,
        (20, 6, 4, 12, 0, 0),
        0,
        42,
        68,
        0,
        "B4",
        "warm",
    ),
    "complete": (COMPLETE, [], True, (20, 15, 15, 12, 0, 0), 0, 62, 100, 0, "A4", "warm"),
    "complete + demo + pricing": (
        COMPLETE,
        [DEMO, touch("pricing_page"), touch("pricing_page")],
        True,
        (20, 15, 15, 12, 20, 6),
        0,
        88,
        100,
        68,
        "A1",
        "hot",
    ),
    "off profile + demo": (OFF_PROFILE, [DEMO], False, (0, 6, 4, 6, 20, 0), 0, 36, 26, 53, "C2", "warm"),
    "off profile + careers": (
        OFF_PROFILE,
        [touch("careers_page")],
        False,
        (0, 6, 4, 6, 0, 0),
        -5,
        11,
        26,
        0,
        "C4",
        "cold",
    ),
    "webinar and pricing": (
        ICP,
        [touch("webinar", 30), touch("pricing_page", 14)],
        False,
        (20, 6, 4, 6, 0, 4),
        0,
        40,
        58,
        11,
        "B3",
        "warm",
    ),
}
CRITERIA = ("company-profile", "capacity", "people", "need", "hand-raise", "interest")


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_of_the_table_comes_out_to_the_point(row: tuple[Any, ...]) -> None:
    lead, happened, colleague, points, minus, score, fit, engagement, grade, segment = row
    seen = look(facts(lead), touches(*happened), around=COLLEAGUE if colleague else companies()).row(
        0, named=True
    )
    assert tuple(seen[f"known:{name}"] + seen.get(f"doubt:{name}", 0) for name in CRITERIA) == points
    assert seen["minus:careers"] + seen["minus:sales-pitch"] == minus
    assert (seen["score"], seen["fit"], seen["engagement"]) == (score, fit, engagement)
    assert (seen["grade"], seen["segment"]) == (grade, segment)


def test_who_bought_before_is_tagged_customer() -> None:
    assert look(facts({**ICP, "won_deals": 2}))["tags"].to_list() == [["customer"]]
