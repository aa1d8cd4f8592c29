"""Segments: borders, hand-raises, hysteresis, the rep's override, and the rank to sort by."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.playbook import Playbook
from tests.lead_builders import AS_OF, ICP, OFF_PROFILE, days_ago, facts, judge, look, touch, touches


def points(score: int) -> Playbook:
    """The default playbook whose only fit criterion gives every lead exactly so many points."""
    document = load_playbook().model_dump()
    signal = {"id": "all", "when": "TRUE", "points": score, "because": "all"}
    touched = [part for part in document["criteria"] if part["axis"] == "engagement"]
    document["criteria"] = [{"id": "all", "axis": "fit", "cap": 99, "signals": [signal]}, *touched]
    return Playbook.model_validate(document)


def before(**state: Any) -> pl.DataFrame:
    return pl.DataFrame([{"lead": 1, **state}])


@pytest.mark.parametrize(
    ("earned", "score", "segment"),
    [
        (None, 69, "warm"),
        (None, 70, "hot"),
        ("hot", 68, "hot"),
        ("hot", 67, "warm"),
        ("warm", 69, "warm"),
        (None, 39, "cold"),
        ("warm", 38, "warm"),
        ("warm", 37, "cold"),
        ("cold", 38, "cold"),
        ("cold", 40, "warm"),
    ],
)
def test_a_lead_stays_a_little_below_the_border_and_is_never_lifted(
    earned: str | None, score: int, segment: str
) -> None:
    seen = judge(
        facts({}), before=before(earned=earned, clock_segment=earned, segment=earned), playbook=points(score)
    )
    assert seen["segment"].item() == segment


@pytest.mark.parametrize(
    ("lead", "days", "segment"),
    [
        (ICP, 7.0, "hot"),
        (ICP, 7.1, "warm"),
        (OFF_PROFILE, 0, "warm"),
        (OFF_PROFILE, 30, "warm"),
        (OFF_PROFILE, 30.1, "cold"),
    ],
)
def test_a_hand_raise_lifts_while_it_is_fresh(lead: dict[str, Any], days: float, segment: str) -> None:
    assert judge(facts(lead), touches(touch("demo_request", days)))["segment"].item() == segment


def test_an_override_stands_to_the_end_of_its_day_in_the_configured_zone() -> None:
    overridden = {**ICP, "override": "cold", "override_since": days_ago(1)}
    today, yesterday = AS_OF.date(), AS_OF.date() - timedelta(days=1)
    demo = touches(touch("demo_request"))
    assert judge(facts({**overridden, "override_until": today}), demo)["segment"].item() == "cold"
    assert judge(facts({**overridden, "override_until": yesterday}), demo)["segment"].item() == "hot"


def test_an_override_without_a_date_stands_for_thirty_days() -> None:
    for days, segment in ((29, "hot"), (31, "cold")):
        lead = {**OFF_PROFILE, "override": "hot", "override_since": days_ago(days)}
        assert judge(facts(lead))["segment"].item() == segment


def test_an_override_leaves_no_hysteresis_behind() -> None:
    lead = facts({"override": "hot", "override_until": date(2026, 5, 6)})
    during = judge(lead, playbook=points(68))
    assert (during["segment"].item(), during["earned"].item()) == ("hot", "warm")
    after = judge(facts({}), before=during, playbook=points(68), as_of=AS_OF + timedelta(days=1))
    assert after["segment"].item() == "warm"


@pytest.mark.parametrize(
    ("lead", "happened", "rank"),
    [
        (ICP, [touch("demo_request", 1)], 1000 + 99 - 56),
        (ICP, [touch("demo_request", 1), touch("call_made", 0.5, human=True)], 1500 + 99 - 56),
        (ICP, [], 3500 + 99 - 36),
        ({**ICP, "status": "closed", "status_since": days_ago(1)}, [], 8000 + 99 - 36),
        ({**ICP, "bounced": True}, [touch("demo_request")], 9599),
    ],
)
def test_rank_is_the_contract_s_formula(lead: dict[str, Any], happened: list[Any], rank: int) -> None:
    assert judge(facts(lead), touches(*happened))["respond_rank"].item() == rank


def test_momentum_is_the_same_score_a_week_ago() -> None:
    happened = touches(touch("demo_request", 3), touch("pricing_page", 10))
    now = look(facts(ICP), happened).row(0, named=True)
    then = look(facts(ICP), happened, as_of=AS_OF - timedelta(days=7)).row(0, named=True)
    assert now["change_7d"] == now["score"] - then["score"] == 57 - 39


def test_titles_that_earn_points_move_neither_clock_nor_track() -> None:
    document = load_playbook().model_dump()
    signal = {"id": "title", "when": "title ILIKE '%chief%'", "points": 15, "because": "title"}
    document["criteria"][2]["signals"] = [signal, *document["criteria"][2]["signals"]]
    playbook = Playbook.model_validate(document)
    leads = facts(
        {**ICP, "title": "Chief Officer", "needs": ["growth"]}, {**ICP, "title": "Clerk", "needs": ["growth"]}
    )
    happened = touches(touch("pricing_page", 1), touch("pricing_page", 1, lead=2))
    seen = judge(leads, happened, playbook=playbook)
    assert seen["score"].n_unique() > 1
    for column in ("respond_by", "sla", "track", "next_touch", "clock_segment"):
        assert seen[column].n_unique() == 1, column
