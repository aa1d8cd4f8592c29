"""The buying stage: evidence of the last thirty days, from the top, with its date."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.lead_builders import AS_OF, ICP, days_ago, facts, judge, look, touch, touches

LADDER: dict[str, tuple[dict[str, Any], list[Any], str]] = {
    "hand-raise": ({}, [touch("quote_request", 29)], "decision"),
    "meeting": ({}, [touch("meeting_held", 1)], "decision"),
    "two pricing pages": ({}, [touch("pricing_page", 2), touch("pricing_page", 9)], "decision"),
    "one pricing page, twice": ({}, [touch("pricing_page", 2, count=2)], "decision"),
    "timing answered": ({"answer_timing": "quarter", "answer_timing_since": days_ago(3)}, [], "decision"),
    "timing later": ({"answer_timing": "later", "answer_timing_since": days_ago(3)}, [], "unknown"),
    "old timing": ({"answer_timing": "now", "answer_timing_since": days_ago(31)}, [], "unknown"),
    "one pricing page": ({}, [touch("pricing_page", 2)], "consideration"),
    "pricing pages too far apart": (
        {},
        [touch("pricing_page", 2), touch("pricing_page", 31)],
        "consideration",
    ),
    "webinar": ({}, [touch("webinar", 30)], "consideration"),
    "reply": ({}, [touch("inbound_reply", 5)], "consideration"),
    "competitor answered": (
        {"answer_capacity": "uses_competitor", "answer_capacity_since": days_ago(2)},
        [],
        "consideration",
    ),
    "content": ({}, [touch("content_download", 5)], "awareness"),
    "need stated": ({"answer_need": "growth", "answer_need_since": days_ago(2)}, [], "awareness"),
    "need stated with the record": ({"needs": ["growth"], "created_at": days_ago(2)}, [], "awareness"),
    "opens are no evidence": ({}, [touch("email_open", 1)], "unknown"),
    "minus is no evidence": ({}, [touch("careers_page", 1)], "unknown"),
    "old hand-raise": ({}, [touch("demo_request", 30.1)], "unknown"),
    "status is no evidence": ({"status": "working", "status_since": days_ago(1)}, [], "unknown"),
}


@pytest.mark.parametrize("case", LADDER.values(), ids=LADDER)
def test_the_first_rung_with_evidence_wins(case: tuple[dict[str, Any], list[Any], str]) -> None:
    lead, happened, stage = case
    assert judge(facts(lead), touches(*happened))["stage"].item() == stage


def test_since_is_the_oldest_evidence_without_which_the_stage_would_not_have_begun() -> None:
    pages = touches(touch("pricing_page", 20), touch("pricing_page", 10), touch("demo_request", 5))
    assert judge(facts(ICP), pages)["stage_since"].item() == days_ago(20).date()
    demo_first = touches(touch("pricing_page", 20), touch("pricing_page", 5), touch("demo_request", 10))
    assert judge(facts(ICP), demo_first)["stage_since"].item() == days_ago(10).date()


def test_since_stays_while_the_stage_stays() -> None:
    happened = touches(touch("demo_request", 20), touch("demo_request", 2))
    first = judge(facts(ICP), happened)
    later = judge(facts(ICP), happened, before=first, as_of=AS_OF + timedelta(days=15))
    assert later["stage_since"].item() == first["stage_since"].item() == date(2026, 4, 16)


def test_a_stage_goes_back_when_its_evidence_grows_old() -> None:
    happened = touches(touch("demo_request", 20), touch("webinar", 0))
    later = judge(facts(ICP), happened, before=judge(facts(ICP), happened), as_of=AS_OF + timedelta(days=15))
    assert (later["stage"].item(), later["stage_since"].item()) == ("consideration", AS_OF.date())


def test_two_pieces_or_a_person_s_answer_make_it_sure() -> None:
    one = touches(touch("demo_request"))
    two = touches(touch("demo_request"), touch("meeting_held"))
    told = {"answer_timing": "now", "answer_timing_since": days_ago(1)}
    assert look(facts(ICP), one)["stage_confidence"].item() == "low"
    assert look(facts(ICP), two)["stage_confidence"].item() == "high"
    assert look(facts({**ICP, **told}))["stage_confidence"].item() == "high"
