"""The first article's mistakes, proved on crowds: titles, needs, budget, too many criteria."""

import polars as pl
import pytest

from config.playbook_file import load_playbook
from qualifier.facts import FACTS, Evidence
from qualifier.guardrails import guardrails
from sync.needs import needs_finder
from tests.guardrails.crowd import happenings, people
from tests.guardrails.harness import edited
from tests.lead_builders import ICP, facts, judge, touch, touches

LEADS = 500
WORDED_BY_TITLE = ("lead", "ask_next")
RANKS = ("Chief", "Head", "Senior", "Junior", "Trainee", "Assistant", "Owner", "Student")
FIELDS = ("Executive", "of IT", "Buyer", "Engineer", "of Nothing")
TITLES = [f"{rank} {field}" for rank in RANKS for field in FIELDS]
FIFTEEN = [
    (("criteria", "people", "signals", "role", "when"), "title ILIKE '%chief%'"),
    (("criteria", "people", "signals", "role", "points"), 15),
]


def _each_with(fact: str, values: list[object]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every lead of a crowd once per value of a fact; the leads of one value stand together."""
    crowd, acts = people(LEADS, seed=1), happenings(LEADS, seed=2)
    leads = [{**lead, fact: value} for value in values for lead in crowd]
    happened = [
        {**act, "lead": act["lead"] + LEADS * number} for number, _ in enumerate(values) for act in acts
    ]
    return facts(*leads), touches(*happened)


def _by_lead(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.with_columns(twin=(pl.col("lead") - 1) % LEADS)
        .group_by("twin", maintain_order=True)
        .agg(
            pl.col("score").max() - pl.col("score").min(),
            pl.col("respond_by", "track", "segment").n_unique(),
            (pl.col("segment") == "excluded").n_unique().alias("excluded"),
        )
    )


def test_a_title_of_fifteen_points_moves_the_score_and_nothing_that_matters_more() -> None:
    assert len(TITLES) == 40
    playbook = edited(FIFTEEN)
    assert not {"LL101", "LL102", "LL103"} & {one.id for one in guardrails(playbook)}
    twins = _by_lead(judge(*_each_with("title", [*TITLES]), playbook=playbook))
    assert len(twins) == LEADS
    assert 0 < max(twins["score"].drop_nulls().to_list()) <= 15
    assert twins["respond_by"].unique().to_list() == [1]
    assert twins["track"].unique().to_list() == [1]
    assert twins["excluded"].unique().to_list() == [1]
    assert (twins["segment"] > 1).any(), "the points do count for the segment"


def test_by_default_a_title_changes_nothing_but_the_wording_of_questions() -> None:
    verdicts = judge(*_each_with("title", [*TITLES])).drop(WORDED_BY_TITLE)
    first = verdicts.head(LEADS)
    for number in range(1, len(TITLES)):
        assert verdicts.slice(number * LEADS, LEADS).equals(first)


def test_who_prevents_is_worth_what_somebody_in_trouble_is() -> None:
    leads, happened = _each_with("needs", [["reactive"], ["preventive"]])
    verdicts = judge(leads, happened).select(
        "score", "fit", "engagement", "grade", "segment", "respond_rank", "respond_by", "stage", "evidence"
    )
    assert verdicts.head(LEADS).equals(verdicts.tail(LEADS))


def test_a_stable_site_that_launches_in_three_countries_is_warm() -> None:
    (found,) = needs_finder(load_playbook())(["stable site, launching in three countries"])
    assert "growth" in found
    (verdict,) = judge(facts({**ICP, "needs": sorted(found)})).rows(named=True)
    assert (verdict["score"], verdict["segment"]) == (42, "warm")
    (mapped,) = judge(facts({**ICP, "needs": ["growth"]})).rows(named=True)
    assert (mapped["score"], mapped["segment"]) == (42, "warm")


@pytest.mark.parametrize("fact", ["budget", "annual_revenue"])
def test_a_budget_changes_not_a_byte(fact: str) -> None:
    verdicts = judge(*_each_with(fact, [None, 0, 1_000, 1_000_000])).drop("lead")
    parts = [verdicts.slice(number * LEADS, LEADS).write_json() for number in range(4)]
    assert len(set(parts)) == 1


def test_a_mail_address_is_enough_for_a_first_verdict() -> None:
    verdict, raised = judge(facts({}, {}), touches(touch("demo_request", lead=2))).rows(named=True)
    for name in ("score", "segment", "track", "next_touch", "ask_next", "grade", "stage"):
        assert verdict[name] is not None
        assert raised[name] is not None
    assert raised["respond_by"] is not None
    assert raised["segment"] == "warm"


def test_no_missing_fact_postpones_or_empties_anything() -> None:
    consent = {name for name, fact in FACTS.items() if fact.evidence == Evidence.CONSENT}
    rows = [lead for lead in people(200, seed=3) if not lead.keys() & consent and not lead.get("bounced")]
    full = [
        {**ICP, "solution": "competitor", "role": "decider", "needs": ["growth"], **lead} for lead in rows
    ]
    names = sorted({name for lead in full for name in lead})
    for name in names:
        poorer = facts(*({key: value for key, value in lead.items() if key != name} for lead in full))
        asked = touches(*(touch("quote_request", 0.01, lead=number) for number in poorer["lead"]))
        verdicts = judge(poorer, asked)
        assert verdicts["score"].null_count() == 0, name
        assert verdicts["respond_by"].null_count() == 0, name
        assert verdicts["track"].null_count() == 0, name
        assert verdicts["scored_at"].n_unique() == 1, name
