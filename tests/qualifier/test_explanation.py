"""What a rep reads: the strongest reasons, what changed, and lines that sum to the score."""

import json
import operator
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.explanation import NOTHING_YET, WHY_LENGTH, explain
from qualifier.facts import (
    INDUSTRIES,
    NEEDS,
    ROLES,
    SOLUTIONS,
    TOUCH_COLUMNS,
    TOUCH_KINDS,
    column_types,
)
from qualifier.groups import Companies
from qualifier.lines import BREAKDOWN_LENGTH
from qualifier.phrases import characters
from qualifier.playbook import Playbook
from qualifier.qualify import evaluate

AS_OF = datetime(2026, 11, 21, 10, tzinfo=UTC)
PLAYBOOK = load_playbook()
Touch = tuple[str, float]
"""Kind and age in days."""


def evaluated(
    *leads: dict[str, Any],
    touches: dict[int, list[Touch]] | None = None,
    previous: list[dict[str, Any]] | None = None,
    playbook: Playbook = PLAYBOOK,
    as_of: datetime = AS_OF,
) -> pl.DataFrame:
    """Every column of these leads, texts included; `touches` by the number of the lead."""
    facts = pl.DataFrame(
        [{"lead": number, **lead} for number, lead in enumerate(leads)],
        schema=column_types(playbook.facts_all),
    ).with_columns(person=pl.lit(None, pl.String))
    history = pl.DataFrame(
        [
            {"lead": lead, "kind": kind, "at": AS_OF - timedelta(days=age), "count": 1, "human": False}
            for lead, found in (touches or {}).items()
            for kind, age in found
        ],
        schema=TOUCH_COLUMNS,
    )
    terms = resolve(playbook.agreement, zone=None, effective_from=None)
    before = pl.DataFrame(previous, schema_overrides={"lead": pl.Int64}) if previous else pl.DataFrame()
    return evaluate(facts, history, Companies.none(), before, playbook, terms, as_of)


def one(lead: dict[str, Any], *touches: Touch, **more: Any) -> dict[str, Any]:
    return evaluated(lead, touches={0: list(touches)}, **more).row(0, named=True)


IDEAL = {
    "industry": "software",
    "employees_low": 50.0,
    "employees_high": 100.0,
    "country": "DE",
    "won_deals": 0.0,
    "solution": "competitor",
    "role": "decider",
    "needs": ["growth"],
}


def changed_playbook(path: str, **values: Any) -> Playbook:
    """The default playbook with one signal (`criterion.signal`) changed."""
    wanted, signal_id = path.split(".")
    content = PLAYBOOK.model_dump(mode="json")
    for criterion in content["criteria"]:
        for signal in criterion["signals"]:
            if (criterion["id"], signal["id"]) == (wanted, signal_id):
                signal.update(values)
    return Playbook.model_validate(content)


def test_why_names_the_strongest_reasons_with_dates_then_the_unknown() -> None:
    lead = {**IDEAL, "employees_low": None, "employees_high": None, "role": None, "needs": None}
    found = one(lead, ("demo_request", 0), ("pricing_page", 1), ("careers_page", 5))
    assert found["why"] == (
        "+ demo request 21 Nov; + uses a rival product; + software company; "
        "− careers page 16 Nov; ? who decides; ? need"
    )


def test_what_is_half_known_names_the_open_fact() -> None:
    assert one({**IDEAL, "employees_low": None, "employees_high": None})["why"].endswith(
        "; ? company size; ? colleagues involved"
    )
    assert one({"won_deals": 0.0})["why"] == "? company profile; ? what they use today"


def test_the_year_stands_where_it_is_not_the_current_one() -> None:
    long_memory = changed_playbook("hand-raise.hand-raise", half_life_days=300)
    found = one({}, ("quote_request", 400), playbook=long_memory)
    assert found["why"].startswith("+ quote request 17 Oct 2025;")


def test_at_most_three_plus_two_minus() -> None:
    touches = [(kind, 1.0) for kind in TOUCH_KINDS]
    why = one({**IDEAL}, *touches)["why"]
    assert why.count("+ ") == 3
    assert why.count("− ") == 2


def test_facts_are_filled_in_plain_words() -> None:
    breakdown = one({**IDEAL, "industry": "financial_services"})["breakdown"].split("\n")
    assert "financial services company +8" in breakdown
    assert "50–100 people +8" in breakdown
    assert "based in Germany +4" in breakdown
    assert "decision maker in the buying group +8" in breakdown
    exact = one({"employees_low": 1200.0, "employees_high": 1200.0})["breakdown"]
    assert "1,200 people +8" in exact


def test_a_phrase_without_its_fact_falls_back_to_the_signals_name() -> None:
    quoting = changed_playbook("company-profile.industry", because="{company} works in {industry}")
    assert "industry +8" in one({"industry": "software"}, playbook=quoting)["breakdown"]
    unknown = changed_playbook("capacity.won-deals", because="bought {nonsense}")
    assert "won deals +15" in one({"won_deals": 2.0}, playbook=unknown)["breakdown"]


@pytest.mark.parametrize(
    ("company", "said"),
    [
        ("Acme;\nInc.\t\x00", "Acme, Inc"),
        ("  Zürich\u200b Söhne \u2028", "Zürich Söhne"),
        ("[not provided]", "industry"),
        ("NULL", "industry"),
        ("x" * 61, "industry"),
        (";;", "industry"),
    ],
)
def test_hostile_names_stay_one_clean_line(company: str, said: str) -> None:
    quoting = changed_playbook("company-profile.industry", because="{company}")
    found = one({"industry": "software", "company": company}, playbook=quoting)
    assert found["why"].startswith(f"+ {said};")
    assert f"{said} +8" in found["breakdown"].split("\n")


def test_caps_doubts_and_limits_have_lines_of_their_own() -> None:
    found = one({**IDEAL, "won_deals": 3.0}, ("demo_request", 0), ("meeting_held", 0))
    assert "capacity cap −15" in found["breakdown"].split("\n")
    assert "hand raise cap −12" in found["breakdown"].split("\n")
    assert "need, benefit of the doubt +6" in one({})["breakdown"].split("\n")
    low = PLAYBOOK.model_copy(update={"score": PLAYBOOK.score.model_copy(update={"low": 35})})
    assert one({}, playbook=low)["breakdown"].split("\n")[-1] == "floor +5"
    high = PLAYBOOK.model_copy(update={"score": PLAYBOOK.score.model_copy(update={"high": 20})})
    assert one({}, playbook=high)["breakdown"].split("\n")[-1] == "ceiling −10"


def test_when_nothing_counts_it_says_so() -> None:
    frame = evaluated({}).with_columns(pl.col("^gap:.*$") * 0)
    assert explain(frame, PLAYBOOK, AS_OF)["why"].item() == NOTHING_YET


def test_why_changed_names_what_moved_since_the_last_delivery() -> None:
    before = one({**IDEAL, "needs": None})
    previous = [{"lead": 0, "score": before["score"], "points": before["points"], "scored_at": AS_OF}]
    touches = [("pricing_page", 0.1), ("pricing_page", 0.2), ("demo_request", 0.3)]
    after = one({**IDEAL, "needs": None}, *touches, previous=previous)
    assert after["why_changed"] == (
        f"{before['score']} → {before['score'] + 26}: demo request (+20), pricing page twice (+6)"
    )


def test_why_changed_names_a_lost_fact_by_its_signal() -> None:
    before = one(IDEAL)
    previous = [{"lead": 0, "score": before["score"], "points": before["points"]}]
    after = one({**IDEAL, "industry": "agriculture"}, previous=previous)
    assert after["why_changed"] == f"{before['score']} → {before['score'] - 8}: industry (−8)"


def test_why_changed_is_empty_at_first_and_kept_while_nothing_moves() -> None:
    first = one(IDEAL)
    assert first["why_changed"] is None
    frame = evaluated(IDEAL).with_columns(
        previous_score=pl.col("score"),
        previous_points=pl.col("points"),
        previous_why_changed=pl.lit("1 → 2: x"),
    )
    assert explain(frame, PLAYBOOK, AS_OF)["why_changed"].item() == "1 → 2: x"


def test_why_changed_by_another_playbook_says_so() -> None:
    frame = evaluated({}).with_columns(
        previous_score=pl.lit(90), previous_points=pl.lit('{"gone.signal":60}'), score=pl.col("score")
    )
    cleared = frame.with_columns(pl.col("^(points|doubt|cap|minus):.*$") * 0, floor=pl.lit(0, pl.Int64))
    assert explain(cleared, PLAYBOOK, AS_OF)["why_changed"].item() == "90 → 30: the playbook changed"


def test_a_long_breakdown_folds_its_smallest_lines() -> None:
    content = PLAYBOOK.model_dump(mode="json")
    signals = [
        {"id": f"s{number}", "when": "industry = 'software'", "points": 1 + number % 3, "because": "ä" * 250}
        for number in range(40)
    ]
    content["criteria"][0] |= {"signals": signals, "cap": 99}
    found = one({"industry": "software"}, playbook=Playbook.model_validate(content))
    lines = found["breakdown"].split("\n")
    assert characters(found["breakdown"]) <= BREAKDOWN_LENGTH
    assert re.fullmatch(r"others [+−]\d+", lines[-1])
    assert total(found["breakdown"]) == found["score"]
    assert characters(found["why"]) <= WHY_LENGTH


def test_points_are_json_of_the_lines() -> None:
    found = one(IDEAL, ("careers_page", 1))
    points = json.loads(found["points"])
    assert points["company-profile.size"] == 8
    assert points["minus.careers"] == -5
    assert sum(points.values()) == found["score"]
    assert 0 not in points.values()


def total(breakdown: str) -> int:
    """The sum of the numbers at the end of the lines."""
    found = [re.search(r"([+−])(\d+)$", line) for line in breakdown.split("\n")]
    return sum((1 if match[1] == "+" else -1) * int(match[2]) for match in found if match)


# ---------------------------------------------------------------- laws

hostile = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
numbers = st.sampled_from([0.0, 1.0, 50.0, 2000.0, 5e6])
known: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "industry": st.sampled_from(INDUSTRIES),
        "country": st.sampled_from(["US", "DE", "BR", "ZZ"]),
        "role": st.sampled_from(ROLES),
        "needs": st.lists(st.sampled_from(NEEDS), max_size=3, unique=True),
        "won_deals": numbers,
        "solution": st.sampled_from(SOLUTIONS),
        "company": hostile,
        "title": hostile,
    },
)
sizes: st.SearchStrategy[dict[str, Any]] = st.just({}) | st.tuples(numbers, numbers).map(
    lambda ends: {"employees_low": min(ends), "employees_high": max(ends)}
)
leads = st.builds(operator.or_, known, sizes)
histories = st.lists(st.tuples(st.sampled_from(TOUCH_KINDS), st.floats(-5, 500)), max_size=12)
QUOTING = changed_playbook("company-profile.industry", because="{company} as {title} in {industry}")


def is_printable(text: str) -> bool:
    """As `str.isprintable`, but what this Python has no name for yet may have one in a newer Unicode."""
    return all(sign.isprintable() or unicodedata.category(sign) == "Cn" for sign in text)


@settings(max_examples=40)
@given(leads, histories)
def test_law_the_lines_sum_to_the_score_and_the_texts_fit(lead: dict[str, Any], history: list[Touch]) -> None:
    found = one(lead, *history, playbook=QUOTING)
    assert total(found["breakdown"]) == found["score"]
    assert sum(json.loads(found["points"]).values()) == found["score"]
    for name, longest in (("why", WHY_LENGTH), ("ask_next", 255), ("breakdown", BREAKDOWN_LENGTH)):
        assert characters(found[name] or "") <= longest
    assert is_printable(found["why"])
    assert is_printable(found["ask_next"] or "")
    assert "None" not in found["why"] + found["breakdown"]


@settings(max_examples=10)
@given(st.lists(st.tuples(leads, histories), min_size=1, max_size=6), st.randoms())
def test_law_order_and_company_do_not_matter(
    people: list[tuple[dict[str, Any], list[Touch]]], random: Any
) -> None:
    columns = ["why", "breakdown", "points", "ask_next"]
    random.shuffle(people)
    together = evaluated(
        *(lead for lead, _ in people), touches={at: list(found) for at, (_, found) in enumerate(people)}
    )
    alone = [evaluated(lead, touches={0: list(found)}).select(columns) for lead, found in people]
    assert together.select(columns).equals(pl.concat(alone))


def test_two_leads_of_equal_worth_are_both_asked() -> None:
    """Polars made one row of a literal compared with a column of one value; found by the law above."""
    lead = {
        "industry": "software",
        "solution": "competitor",
        "won_deals": 0.0,
        "needs": ["reactive"],
        "role": "decider",
        "title": "",
        "company": "",
    }
    found = evaluated(lead, lead, touches={0: [("demo_request", 0.0)], 1: [("demo_request", 0.0)]})
    assert found["ask_next"].n_unique() == 1
    assert found["ask_next"].null_count() == 0
