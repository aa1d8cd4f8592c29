"""What to ask next: by value of information, never what is known, in words that make sense to say."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.discovery import SLOTS
from qualifier.facts import ASKED_NOT_KNOWN, TOUCH_COLUMNS, column_types
from qualifier.groups import Companies
from qualifier.playbook import Playbook
from qualifier.qualify import evaluate
from qualifier.questions import ASK_LENGTH, MOST_QUESTIONS, SEPARATOR

AS_OF = datetime(2026, 11, 21, 10, tzinfo=UTC)
PLAYBOOK = load_playbook()
PROFILE = {"industry": "software", "employees_low": 60.0, "employees_high": 60.0, "country": "DE"}
FILLED: dict[str, Any] = {
    "needs": ["growth"],
    "goal": "grow",
    "role": "decider",
    "solution": "similar",
    "timing": "later",
}


def asked(lead: dict[str, Any], playbook: Playbook = PLAYBOOK, touches: tuple[str, ...] = ()) -> list[str]:
    """The questions for one lead, in order."""
    facts = pl.DataFrame([{"lead": 1, **lead}], schema=column_types(playbook.facts_all))
    history = pl.DataFrame(
        [{"lead": 1, "kind": kind, "at": AS_OF - timedelta(hours=1), "count": 1} for kind in touches],
        schema=TOUCH_COLUMNS,
    )
    found = evaluate(
        facts.with_columns(person=pl.lit(None, pl.String)),
        history,
        Companies.none(),
        pl.DataFrame(),
        playbook,
        resolve(playbook.agreement, zone=None, effective_from=None),
        AS_OF,
    )["ask_next"].item()
    return found.split(SEPARATOR) if found else []


def rewritten(change: Callable[[dict[str, Any]], None]) -> Playbook:
    content = PLAYBOOK.model_dump(mode="json")
    change(content)
    return Playbook.model_validate(content)


def test_the_question_with_the_largest_gap_comes_first() -> None:
    assert asked({})[0] == "Where at your company would this help, and what should be better in a year?"
    assert asked(PROFILE | {"role": "decider"})[0] == "Have you bought something like this before?"


def test_a_possible_rise_of_the_segment_goes_first() -> None:
    off_profile = {"industry": "agriculture", "employees_low": 1.0, "employees_high": 1.0, "country": "DE"}
    lead = off_profile | {"needs": ["growth"], "goal": "grow"}
    # 32 points: people and capacity both have a gap of 15, but only capacity (doubt 6) can reach 40.
    lifting = asked(lead, touches=("product_page",))
    assert lifting[0] == "What do you use for this today, and how did you choose it?"
    # 35 points: both can.
    assert asked(lead, touches=("product_page", "event"))[0] == (
        "How does your company usually decide on something like this?"
    )


def test_nothing_is_asked_when_every_slot_is_filled() -> None:
    assert asked(FILLED) == []


@pytest.mark.parametrize("slot", SLOTS)
def test_a_filled_slot_is_never_asked(slot: str) -> None:
    known = {SLOTS[slot].fact: FILLED[SLOTS[slot].fact]}
    texts = [part.text for part in PLAYBOOK.questions if part.slot == slot]
    texts += [part.ask.text for part in PLAYBOOK.fit if part.ask and part.ask.slot == slot]
    assert not set(asked(known)) & set(texts)
    only = FILLED | {SLOTS[slot].fact: None}
    assert len(asked(only)) == 1


def test_asked_not_known_rests_for_thirty_days() -> None:
    only_timing = FILLED | {"timing": None, "answer_timing": ASKED_NOT_KNOWN}
    assert asked(only_timing) == []
    assert asked(only_timing | {"answer_timing_since": AS_OF - timedelta(days=29)}) == []
    assert len(asked(only_timing | {"answer_timing_since": AS_OF - timedelta(days=30)})) == 1


def test_an_opt_out_suppresses_no_question() -> None:
    assert asked({"call_optout": True}) == asked({}) == asked({"email_optout": True})


def test_the_stage_sets_the_question() -> None:
    early, late = (
        asked(FILLED | {"timing": None}),
        asked(FILLED | {"timing": None}, touches=("demo_request",)),
    )
    assert early == ["Is this for now, or for later in the year?"]
    assert late == ["When should this be in place, and what happens if it is not?"]


def test_a_known_need_leads_on_to_its_own_question() -> None:
    assert asked(FILLED | PROFILE | {"goal": None}) == [
        "What are you planning to launch, and by when must it stand?"
    ]


@pytest.mark.parametrize(
    ("company", "said"),
    [
        ("Müller & Söhne", "Müller & Söhne"),
        (None, "your company"),
        ("None", "your company"),
        ("[not provided]", "your company"),
        ("  ", "your company"),
        ("A" * 100, "your company"),
        ("Evil\nCorp · what; now", "Evil Corp · what, now"),
    ],
)
def test_the_company_is_named_where_it_has_a_name(company: str | None, said: str) -> None:
    found = SEPARATOR.join(asked({"company": company}))
    assert found.startswith(f"Where at {said} would this help, and what should be better in a year?")


def test_the_title_words_the_question() -> None:
    """Mistake A1, titles: they change the wording and nothing else."""
    rest = FILLED | PROFILE | {"role": None}
    by_title = [asked(rest | {"title": title}) for title in ("CTO", "Summer Intern", "Head of Factory", None)]
    assert by_title == [
        ["Who in your team will work with this every day, and who should see it first?"],
        ["Who asked you to look into this, and who will use it?"],
        ["Who else is involved in a decision like this, and what is your part in it?"],
        ["Who else is involved in a decision like this, and what is your part in it?"],
    ]


def test_at_most_three_whole_questions_fit() -> None:
    assert len(asked({})) == MOST_QUESTIONS

    def lengthen(content: dict[str, Any]) -> None:
        for number, criterion in enumerate(content["criteria"][:4]):
            criterion["ask"] |= {"text": f"{number} " + "word " * 24 + "?", "by_title": {}}

    found = asked({}, playbook=rewritten(lengthen))
    assert len(SEPARATOR.join(found)) <= ASK_LENGTH
    assert all(question.endswith("?") for question in found)
    assert len(found) == 2


def test_the_first_question_stays_whole_when_a_name_would_burst_it() -> None:
    def lengthen(content: dict[str, Any]) -> None:
        content["criteria"][0]["ask"]["text"] = "{company} " + "x" * 230 + "?"

    assert asked({"company": "C" * 50}, playbook=rewritten(lengthen))[0].startswith("your company xxx")


def test_a_criterion_that_nothing_could_move_is_not_asked() -> None:
    questions = asked(PROFILE | {"role": "none", "won_deals": 2.0, "needs": ["growth"]})
    assert "Where at your company would this help, and what should be better in a year?" not in questions
