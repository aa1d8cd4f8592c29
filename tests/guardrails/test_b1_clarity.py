"""B1, no clear criteria."""

import pytest

from qualifier.guardrails import guardrails
from tests.guardrails.harness import GONE, Case, Edit, each, edited, holds

PROFILE = ("criteria", "company-profile", "signals")
CASES = [
    Case(
        "LL501",
        [((*PROFILE, "industry"), GONE), ((*PROFILE, "size"), GONE)],
        sound=[((*PROFILE, "industry"), GONE)],
    ),
    Case(
        "LL502",  # no single cap of the default can do it: 38 of 100 must become less than 20 %
        [(("criteria", "hand-raise", "cap"), 10), (("criteria", "interest", "cap"), 5)],
        sound=[(("criteria", "hand-raise", "cap"), 10), (("criteria", "interest", "cap"), 6)],
    ),
    Case("LL503", [(("criteria", "people", "signals", "role"), GONE)]),
    Case(
        "LL503",
        [(("criteria", "capacity"), GONE)],
        implied={"LL304": "a definition without capacity has no capacity criterion"},
    ),
    Case(
        "LL503",
        [
            (("stages", "ladder", rung, "within_days"), GONE)
            for rung in ("decision", "consideration", "awareness")
        ],
        implied={"LL907": "no stage has a recency, so the decision has none"},
    ),
    Case(
        "LL504",
        [(("segments", "warm", "score"), 70)],
        sound=[(("segments", "warm", "score"), 69)],
        at="score",
    ),
    Case("LL504", [(("segments", "warm", "score"), 1)]),
    Case("LL504", [(("segments", "hot"), {"score": 100})]),
    Case("LL504", [(("grades", "fit"), [75, 75, 25])], at="fit"),
    Case("LL505", [((*PROFILE, "size", "because"), "—")], at="because"),
    Case(
        "LL506",
        [
            (("facts",), {"age_group": {"kind": "word", "evidence": "profile", "meaning": "years"}}),
            ((*PROFILE, "size", "when"), "employees BETWEEN 50 AND 2000 OR age_group = 'young'"),
        ],
        at="when",
    ),
    Case(
        "LL507",
        [(("criteria", "interest", "signals", "opens", "points"), 4)],
        sound=[(("criteria", "interest", "signals", "opens", "points"), 3)],
    ),
    Case("LL507", [(("criteria", "interest", "signals", "opens", "cap"), 4)]),
    Case(
        "LL508",
        [(("criteria", "interest", "signals", "content", "touches"), ["content_download", "inbound_reply"])],
    ),
    Case(
        "LL508",
        [(("criteria", "people", "signals", "role", "when"), "role = 'decider' OR solution = 'competitor'")],
    ),
    Case("LL508", [(("minus", "sales-pitch", "touches"), ["sales_pitch", "careers_page"])]),
    Case(
        "LL509",
        [(("criteria", "hand-raise", "signals", "reply", "touches"), ["inbound_reply", "call_made"])],
        at="touches",
    ),
    Case(
        "LL509",
        [
            (("facts",), {"emails_sent": {"kind": "number", "evidence": "record", "meaning": "a count"}}),
            (("criteria", "people", "signals", "role", "when"), "role = 'decider' OR emails_sent >= 3"),
        ],
        at="when",
    ),
    Case(
        "LL509",
        [(("criteria", "people", "signals", "role", "when"), "role = 'decider' OR status = 'working'")],
        at="when",
    ),
]


@each(CASES)
def test_the_mistake_is_found(case: Case) -> None:
    holds(case)


@pytest.mark.parametrize("rule", ["LL105", "LL201", "LL304", "LL501", "LL503"])
def test_a_market_of_private_people_has_no_companies_to_look_at(rule: str) -> None:
    gone = [(("criteria", name), GONE) for name in ("company-profile", "capacity", "people", "need")]
    goal = {"id": "goal", "when": "goal = 'grow'", "points": 60, "because": "wants to grow"}
    personal = (("criteria", "+"), {"id": "wish", "axis": "fit", "cap": 60, "signals": [goal]})
    questions: Edit = (("questions",), [])
    for market, speaks in (("b2b", True), ("b2c", False)):
        book = edited([*gone, personal, questions, (("market",), market)])
        assert (rule in {finding.id for finding in guardrails(book)}) is speaks
