"""One lead as plain data, and what would lift it."""

import json
from typing import Any

import pytest

from config.playbook_file import load_playbook
from qualifier.outlook import outlook
from tests.lead_builders import ICP, facts, look, touch, touches


def test_it_says_what_would_lift_a_lead() -> None:
    told = outlook(look(facts(ICP)), 1, load_playbook())
    assert (told["score"], told["next"]["segment"], told["next"]["missing"]) == (36, "warm", 4)
    enough = {way["know"]: way["enough"] for way in told["next"]["ways"] if "know" in way}
    assert enough == {"capacity": True, "need": True, "people": True}
    assert told["next"]["ways"][-1] == {"hand_raise_within_days": 30, "enough": True}
    assert json.dumps(told, default=str)


ANSWERS: dict[str, dict[str, Any]] = {
    "capacity": {"solution": "competitor"},
    "need": {"needs": ["growth"]},
    "people": {"role": "decider"},
}


@pytest.mark.parametrize("way", ANSWERS)
def test_the_way_it_names_is_a_way(way: str) -> None:
    assert look(facts({**ICP, **ANSWERS[way]}))["segment"].item() == "warm"


def test_points_of_criteria_add_up() -> None:
    told = outlook(
        look(facts(ICP), touches(touch("demo_request"), touch("careers_page"))), 1, load_playbook()
    )
    total = sum(part["points"] for part in told["criteria"]) + sum(part["points"] for part in told["minus"])
    assert total + told["limit"] == told["score"]


def test_hot_closed_and_excluded_have_no_next_segment() -> None:
    for lead in ({"status": "closed"}, {"bounced": True}):
        assert outlook(look(facts({**ICP, **lead})), 1, load_playbook())["next"] is None
    hot = look(facts(ICP), touches(touch("demo_request")))
    assert outlook(hot, 1, load_playbook())["next"] is None
    with pytest.raises(KeyError):
        outlook(hot, 2, load_playbook())
