"""The law of search: whatever is asked and changed, the index answers as a plain scan would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.clock import Clock
from sandbox.hubspot import Portal, Tier
from sandbox.hubspot.moments import iso_to_ms, to_ms
from sandbox.hubspot.query import read_query
from tests.sandbox.hubspot.world import START, where

TITLES = ["CEO", "ceo", "Head of Ops", "Élan vital", "9"]
STATUSES = ["NEW", "OPEN", "CONNECTED"]
ROLES = ["CHAMPION", "BLOCKER", "CHAMPION;BLOCKER"]
MOMENTS = [START + timedelta(seconds=n) for n in (0, 0.001, 1, 60)]
KINDS = {
    "hs_analytics_num_visits": "number",
    "jobtitle": "string",
    "hs_lead_status": "enumeration",
    "hs_buying_role": "multiple",
    "recent_conversion_date": "datetime",
    "hs_email_optout": "bool",
    "lastmodifieddate": "datetime",
    "createdate": "datetime",
    "hs_object_id": "number",
}
records = st.fixed_dictionaries(
    {},
    optional={
        "hs_analytics_num_visits": st.sampled_from(["0", "9", "10", "-3", "2.5"]),
        "jobtitle": st.sampled_from(TITLES),
        "hs_lead_status": st.sampled_from(STATUSES),
        "hs_buying_role": st.sampled_from(ROLES),
        "recent_conversion_date": st.sampled_from(MOMENTS),
        "hs_email_optout": st.booleans(),
    },
)
operands = {
    "number": st.sampled_from(["0", "9", "10", "-3", "2.5", "101", "110", "120"]),
    "string": st.sampled_from(TITLES),
    "enumeration": st.sampled_from(STATUSES),
    "multiple": st.sampled_from(["CHAMPION", "BLOCKER"]),
    "bool": st.sampled_from(["true", "false"]),
    "datetime": st.sampled_from([str(to_ms(moment)) for moment in MOMENTS]),
}


@st.composite
def filters(draw: st.DrawFn) -> dict[str, Any]:
    """One valid filter."""
    name = draw(st.sampled_from(sorted(KINDS)))
    kind = KINDS[name]
    choices = ["EQ", "NEQ", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY"]
    if kind in ("number", "datetime", "string"):
        choices += ["LT", "LTE", "GT", "GTE", "BETWEEN"]
    operator = draw(st.sampled_from(choices))
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return where(name, operator)
    if operator in ("IN", "NOT_IN"):
        return where(name, operator, values=draw(st.lists(operands[kind], min_size=1, max_size=2)))
    if operator == "BETWEEN":
        return where(name, operator, draw(operands[kind]), highValue=draw(operands[kind]))
    return where(name, operator, draw(operands[kind]))


queries = st.fixed_dictionaries(
    {
        "filterGroups": st.lists(
            st.fixed_dictionaries({"filters": st.lists(filters(), max_size=3)}), max_size=2
        )
    },
    optional={
        "sorts": st.lists(
            st.fixed_dictionaries(
                {
                    "propertyName": st.sampled_from(sorted(set(KINDS) - {"hs_buying_role"})),
                    "direction": st.sampled_from(["ASCENDING", "DESCENDING"]),
                }
            ),
            max_size=1,
        )
    },
)


def typed(name: str, text: str) -> Any:
    """A value as it compares."""
    kind = KINDS[name]
    if kind == "number":
        return float(text)
    if kind == "datetime":
        return int(text) if text.isdigit() else iso_to_ms(text)
    return text.lower() if kind == "string" else text


def holds(one: dict[str, Any], row: dict[str, str]) -> bool:
    """Whether a record passes a filter, by the plainest reading of §2.1."""
    name, operator = one["propertyName"], one["operator"]
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return (name in row) is (operator == "HAS_PROPERTY")
    if name not in row:
        return False
    value = typed(name, row[name])
    if operator in ("IN", "NOT_IN"):
        values = one["values"] if KINDS[name] == "string" else [typed(name, text) for text in one["values"]]
        parts = value.split(";") if KINDS[name] == "multiple" else [value]
        return any(part in values for part in parts) is (operator == "IN")
    operand = typed(name, one["value"])
    if operator == "BETWEEN":
        return bool(operand <= value <= typed(name, one["highValue"]))
    if KINDS[name] == "multiple":
        return (operand == value or operand in value.split(";")) is (operator == "EQ")
    return bool(
        {
            "EQ": value == operand,
            "NEQ": value != operand,
            "LT": value < operand,
            "LTE": value <= operand,
            "GT": value > operand,
            "GTE": value >= operand,
        }[operator]
    )


def expected(portal: Portal, body: dict[str, Any]) -> list[str]:
    """The ids that a plain scan finds, in the order asked for; records without the sort value come last."""
    groups = [group["filters"] for group in body["filterGroups"]]
    rows = [
        row
        for row in portal.rows("contacts")
        if not groups or any(all(holds(one, row) for one in group) for group in groups)
    ]
    rule = (body.get("sorts") or [{"propertyName": "createdate", "direction": "ASCENDING"}])[0]
    name, reverse = rule["propertyName"], rule["direction"] == "DESCENDING"
    with_value = [row for row in rows if name in row]
    without = [row for row in rows if name not in row]

    def number(row: dict[str, str]) -> int:
        return int(row["hs_object_id"])

    ordered = sorted(with_value, key=lambda row: (typed(name, row[name]), number(row)), reverse=reverse)
    return [row["hs_object_id"] for row in ordered + sorted(without, key=number, reverse=reverse)]


def found(portal: Portal, body: dict[str, Any]) -> list[str]:
    """The ids that search finds, page by page."""
    ids: list[str] = []
    while True:
        query = read_query({**body, "limit": 3, "after": str(len(ids))})
        total, page = portal.search("contacts").find(query, portal.now())
        assert total >= 0
        ids += [str(version.id) for version in page]
        if len(ids) >= total:
            return ids


@settings(max_examples=150)
@given(
    first=st.lists(records, min_size=1, max_size=12),
    asked=st.lists(queries, min_size=1, max_size=4),
    edits=st.lists(st.tuples(st.integers(0, 11), records, st.booleans()), max_size=6),
)
def test_search_equals_a_plain_scan_before_and_after_edits(
    first: list[dict[str, Any]],
    asked: list[dict[str, Any]],
    edits: list[tuple[int, dict[str, Any], bool]],
) -> None:
    """§2.1 values, operators, sorts; kept results follow edits and archivings."""
    clock = Clock(START)
    portal = Portal(clock, tier=Tier.unlimited())
    ids = [portal.create("contacts", record) for record in first]
    for body in asked:
        assert found(portal, body) == expected(portal, body)
    for place, record, gone in edits:
        clock.advance(0.5)
        contact = ids[place % len(ids)]
        if portal.shelves["contacts"].at(int(contact)) is None:
            continue
        if gone:
            portal.archive("contacts", contact)
        else:
            portal.update("contacts", contact, record)
    for body in asked:
        assert found(portal, body) == expected(portal, body)


def first_ids(count: int) -> list[int]:
    """The ids that a new portal gives."""
    portal = Portal(Clock(START))
    return [int(portal.create("contacts", {})) for _ in range(count)]


OPERANDS = {
    "hs_object_id": [text for one in first_ids(4) for text in (str(one), f"{one}.5")],
    "lastmodifieddate": [str(to_ms(START) + step) for step in (-1, 0, 1, 499, 500)],
}


@st.composite
def polls(draw: st.DrawFn) -> dict[str, Any]:
    """A query as pollers send it: ranges on the id or the date, in the order of one of them."""
    names = draw(st.sampled_from([["hs_object_id"], ["lastmodifieddate"], sorted(OPERANDS)]))
    filters = []
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from(names))
        operator = draw(st.sampled_from(["EQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "NEQ", "IN"]))
        operand = st.sampled_from(OPERANDS[name])
        extra: dict[str, dict[str, Any]] = {
            "BETWEEN": {"highValue": draw(operand)},
            "IN": {"values": [draw(operand)]},
        }
        filters.append(where(name, operator, draw(operand), **extra.get(operator, {})))
    direction = draw(st.sampled_from(["ASCENDING", "DESCENDING"]))
    sorts = [{"propertyName": draw(st.sampled_from(names)), "direction": direction}]
    return {"filterGroups": [{"filters": filters}], "sorts": sorts}


@settings(max_examples=200)
@given(steps=st.lists(st.sampled_from([0, 1, 499]), min_size=1, max_size=6), body=polls())
def test_ranges_in_id_or_date_order_equal_a_plain_scan(steps: list[int], body: dict[str, Any]) -> None:
    """§2.3: the queries of a poll take short ways through the index and must find the same."""
    clock = Clock(START)
    portal = Portal(clock, tier=Tier.unlimited())
    for step in steps:
        clock.advance(step / 1_000)
        portal.create("contacts", {})
    assert found(portal, body) == expected(portal, body)
