"""Phases, people's words, discovery, exclusions and the buying group."""

from typing import Any

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.playbook import Playbook
from qualifier.verdict import EXCLUDED_KEEPS, OUTPUTS
from tests.lead_builders import ICP, companies, days_ago, facts, judge, look, touch, touches

CLOSED = {"status": "closed", "status_since": days_ago(10)}
CALL = touch("call_made", 5, human=True)
TALK = touch("call_made", 5, human=True, conversation=True)

PHASES: dict[str, tuple[dict[str, Any], list[Any], str, bool]] = {
    "new": ({}, [touch("demo_request")], "triaged", False),
    "called": ({}, [CALL], "contacted", False),
    "at work": ({"status": "working", "status_since": days_ago(3)}, [], "contacted", False),
    "talked": ({}, [TALK], "discovery", False),
    "judged": ({"verdict": "nurture", "verdict_since": days_ago(1)}, [TALK], "verdict", False),
    "closed": (CLOSED, [TALK], "verdict", False),
    "closed, raises its hand": (
        CLOSED,
        [touch("call_made", 20, human=True), touch("demo_request", 1)],
        "triaged",
        True,
    ),
    "judged, raises its hand": (
        {"verdict": "not_now", "verdict_since": days_ago(9)},
        [touch("demo_request", 1)],
        "triaged",
        True,
    ),
    "raised before it was closed": (CLOSED, [touch("demo_request", 11)], "verdict", False),
    "called before, raises its hand": ({}, [CALL, touch("demo_request", 1)], "contacted", True),
    "came back and was called": (
        CLOSED,
        [touch("demo_request", 3), touch("call_made", 1, human=True)],
        "contacted",
        False,
    ),
}


@pytest.mark.parametrize("case", PHASES.values(), ids=PHASES)
def test_a_phase_follows_from_touches_and_words(case: tuple[dict[str, Any], list[Any], str, bool]) -> None:
    lead, happened, phase, came_back = case
    seen = judge(facts({**ICP, **lead}), touches(*happened)).row(0, named=True)
    assert seen["phase"] == phase
    assert ("came_back" in seen["tags"]) is came_back


def test_closed_means_no_promise_and_no_track_until_the_hand_goes_up() -> None:
    quiet = judge(facts({**ICP, **CLOSED}), touches(touch("demo_request", 11))).row(0, named=True)
    assert (quiet["sla"], quiet["track"], quiet["next_touch"]) == ("none", None, None)
    back = judge(facts({**ICP, **CLOSED}), touches(touch("demo_request", 0))).row(0, named=True)
    assert (back["sla"], back["track"]) == ("due", "call")


SLOTS = {"answer_need": "growth", "answer_goal": "grow", "answer_timing": "quarter"}
PROPOSALS: dict[str, tuple[dict[str, Any], list[Any], str]] = {
    "no conversation": (SLOTS, [CALL], "none"),
    "two slots": ({"answer_need": "growth", "answer_goal": "grow"}, [TALK], "none"),
    "all there": (SLOTS, [TALK], "qualified"),
    "no capacity": ({**SLOTS, "answer_capacity": "no_capacity"}, [TALK], "not_now"),
    "later, no need": (
        {"answer_goal": "grow", "answer_role": "user", "answer_timing": "later"},
        [TALK],
        "not_now",
    ),
    "later, but a need": ({**SLOTS, "answer_timing": "later"}, [TALK], "nurture"),
    "asked, not known is no evidence": ({**SLOTS, "answer_timing": "asked_not_known"}, [TALK], "none"),
    "talked before it came back": (
        {**SLOTS, "status": "closed", "status_since": days_ago(4)},
        [TALK, touch("demo_request", 1)],
        "none",
    ),
}


@pytest.mark.parametrize("case", PROPOSALS.values(), ids=PROPOSALS)
def test_the_machine_proposes_only_after_a_conversation_with_three_slots(
    case: tuple[dict[str, Any], list[Any], str],
) -> None:
    lead, happened, proposal = case
    seen = judge(facts({**ICP, **lead}), touches(*happened)).row(0, named=True)
    assert seen["proposal"] == proposal
    assert (seen["proposal_why"] is None) is (proposal == "none")


def test_an_answer_stands_over_a_field_and_a_difference_is_a_conflict() -> None:
    seen = look(facts({**ICP, "role": "user", "answer_role": "decider"})).row(0, named=True)
    assert (seen["role"], seen["data"], seen["known:people"]) == ("decider", "conflict", 8)
    assert "; ? who decides: two answers; " in seen["why"], "before what nobody knows"
    same = look(facts({**ICP, "role": "user", "answer_role": "user"})).row(0, named=True)
    assert same["data"] != "conflict"
    assert "two answers" not in same["why"]
    needs = look(facts({**ICP, "needs": ["growth"], "answer_need": "reactive"})).row(0, named=True)
    assert (needs["need"], needs["data"]) == (["reactive", "growth"], "conflict")


def test_evidence_counts_the_five_slots() -> None:
    lead = {
        **ICP,
        "won_deals": 3,
        "needs": ["growth"],
        "answer_role": "asked_not_known",
        "goal": "grow",
        "timing": "now",
    }
    assert judge(facts(lead))["evidence"].item() == 4


def test_data_is_stale_after_half_a_year_and_thin_where_little_is_known() -> None:
    assert judge(facts({**ICP, "created_at": days_ago(181)}))["data"].item() == "stale"
    assert (
        judge(facts({**ICP, "created_at": days_ago(181)}), touches(touch("email_open")))["data"].item()
        == "good"
    )
    assert judge(facts({}))["data"].item() == "thin"


EXCLUDED: dict[str, tuple[dict[str, Any], str]] = {
    "test": ({"test_record": True}, "marked as a test record"),
    "bounced": ({"bounced": True}, "bounced"),
    "employee": ({"domain": "Own.example"}, "own employee"),
    "competitor": ({"domain": "rival.example"}, "competitor"),
    "embargo": ({"country": "KP"}, "embargo"),
    "profiling": ({"profiling_optout": True}, "objected to profiling"),
    "unreachable": ({"email_optout": True, "call_optout": True}, "opted out"),
}


def strict() -> Playbook:
    document = load_playbook().model_dump()
    document["exclusions"] |= {
        "own_domains": ["own.example"],
        "competitor_domains": ["rival.example"],
        "embargo_countries": ["KP"],
    }
    return Playbook.model_validate(document)


@pytest.mark.parametrize("reason", EXCLUDED)
def test_an_excluded_lead_says_why_and_nothing_else(reason: str) -> None:
    lead, why = EXCLUDED[reason]
    seen = judge(facts({**ICP, **lead}), touches(touch("demo_request")), playbook=strict()).row(0, named=True)
    assert (seen["segment"], seen["tags"]) == ("excluded", [f"excluded:{reason}"])
    assert why in seen["why"]
    empty = {output.column for output in OUTPUTS if seen[output.column] is None}
    assert empty == {output.column for output in OUTPUTS if output.name not in EXCLUDED_KEEPS}


def test_it_ends_by_itself_and_one_closed_channel_excludes_nobody() -> None:
    before = judge(facts({**ICP, "bounced": True}))
    assert judge(facts(ICP), before=before)["segment"].item() == "cold"
    for channel in ("email_optout", "call_optout"):
        assert judge(facts({**ICP, channel: True}))["segment"].item() == "cold"
    assert judge(facts({**ICP, "won_deals": 1}))["tags"].to_list() == [["customer"]]


def test_a_colleague_is_another_person_active_in_thirty_days() -> None:
    def active(*people: tuple[str, float], known: int = 3) -> bool | None:
        rows = [("acme.example", person, days, None) for person, days in people]
        seen = look(facts(ICP), around=companies(rows, {"acme.example": known}))
        return seen["colleague_active"].item()  # type: ignore[no-any-return]

    assert active() is False
    assert active(("person 1", 1)) is False
    assert active(("other", 30)) is True
    assert active(("other", 31)) is False
    assert active(("other", -1)) is False
    assert active(("other", 1), known=201) is None
    assert look(facts({}))["colleague_active"].item() is None


def test_the_group_is_told_to_its_active_members_only() -> None:
    rows = [
        ("acme.example", "person 1", 2, "user"),
        ("acme.example", "person 1", 3, "user"),
        ("acme.example", "other", 4, "decider"),
        ("acme.example", "third", 40, "champion"),
    ]
    seen = judge(facts(ICP, ICP), around=companies(rows))
    assert seen["group_size"].to_list() == [2, None]
    assert seen["group_line"].to_list() == ["decider, user active; not seen yet: champion, influencer", None]


def test_facts_of_the_customer_s_own_are_read_like_any_other() -> None:
    document = load_playbook().model_dump()
    document["facts"] = {
        "plan": {"kind": "word", "evidence": "capacity", "meaning": "plan", "values": ["free", "pro"]}
    }
    document["criteria"][1]["signals"][1]["when"] = "plan = 'pro'"
    document["tags"] = [{"id": "pro-plan", "when": "plan = 'pro'"}]
    playbook = Playbook.model_validate(document)
    leads = facts({**ICP, "plan": "pro"}, {**ICP, "plan": "free"}, ICP, known=playbook.facts_all)
    seen = look(leads, playbook=playbook)
    assert seen["known:capacity"].to_list() == [15, 0, 0]
    assert seen["tags"].to_list() == [["pro-plan"], [], []]
    without = look(leads.drop("plan"), playbook=playbook)
    assert without["truth:capacity.competitor"].to_list() == [None] * 3
    assert without.schema["tags"] == pl.List(pl.String)


@pytest.mark.parametrize("answer", [None, "asked_not_known", "compliance"])
def test_a_mapped_need_without_another_answer_is_no_conflict(answer: str | None) -> None:
    seen = look(facts({**ICP, "needs": ["compliance"], "answer_need": answer})).row(0, named=True)
    assert seen["data"] != "conflict"
