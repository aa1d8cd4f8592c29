"""What the store shows of a playbook's use, and the guardrails that live on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from config.playbook_file import load_playbook
from connectors.base import CompanyRecord, LeadRecord, Page
from qualifier.guardrails import guardrails
from sync.ingest import Intake, ingest
from sync.measures import (
    LEAST_ANSWERS,
    LEAST_LEADS,
    LEAST_PASSES,
    measure,
    measure_answers,
    measure_calls,
    measure_fields,
)
from sync.needs import needs_finder
from sync.schema import clocks, history, leads, passes, touches, verdicts
from sync.store import Store, open_store

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
PLAYBOOK = load_playbook()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/leadline.db")
    yield opened
    opened.close()


def fill(store: Store, count: int, days: float = 1) -> None:
    """Leads of acme: every fourth with an industry, every tenth hot, four of ten hot or warm."""
    rows = [
        {
            "id": number,
            "connection": "acme",
            "lead_id": f"L{number}",
            "created_at": NOW - timedelta(days=days),
            "modified_at": NOW,
            "facts": '{"industry":"software"}' if number % 4 == 0 else "{}",
            "in_scope": True,
        }
        for number in range(1, count + 1)
    ]
    ranks = {0: 1500, 1: 2500, 2: 2500, 3: 2500, 4: 8050}
    with store.write() as tx:
        tx.execute(insert(leads), rows)
        lines = [
            {"lead": row["id"], "connection": "acme", "rank": ranks.get(int(str(row["id"])) % 10, 3500)}
            for row in rows
        ]
        tx.execute(insert(verdicts), lines)
        hot = [row for row in rows if int(str(row["id"])) % 10 == 0]
        tx.execute(
            insert(history),
            [{"lead": row["id"], "at": NOW, "segment": "hot", "playbook": "x"} for row in hot],
        )


def test_shares_are_measured_over_the_leads_of_ninety_days(store: Store) -> None:
    fill(store, 200)
    with store.read() as tx:
        found = measure(tx, ["acme"], PLAYBOOK, NOW)
    assert found.filled is not None
    assert found.true is not None
    assert (found.filled["industry"], found.filled["role"]) == (0.25, 0)
    assert (found.true["company-profile.industry"], found.true["hand-raise.hand-raise"]) == (0.25, 0)
    assert found.hot_per_week == 20 / 4
    assert found.hot_or_warm == pytest.approx(80 / 180)
    assert {"LL402", "LL405"} <= {one.id for one in guardrails(PLAYBOOK, found)}


@pytest.mark.parametrize(("count", "days"), [(LEAST_LEADS - 1, 1), (200, 91)])
def test_few_or_old_leads_measure_nothing(store: Store, count: int, days: float) -> None:
    fill(store, count, days)
    with store.read() as tx:
        found = measure(tx, ["acme"], PLAYBOOK, NOW)
    assert found.filled is None
    assert found.true is None


def test_calls_are_those_of_the_last_day(store: Store) -> None:
    empty = dict.fromkeys(("read", "qualified", "written", "rejected"), 0)
    line = {"connection": "acme", "outcome": "ok", "calls": 6, "quota_limit": 1000, **empty}
    rows = [{**line, "started_at": NOW - timedelta(hours=hour)} for hour in range(LEAST_PASSES)]
    rows.append({**line, "calls": 9999, "started_at": NOW - timedelta(days=2)})
    interval = timedelta(minutes=10)
    with store.write() as tx:
        tx.execute(insert(passes), rows)
    with store.read() as tx:
        found = measure_calls(tx, {"acme": interval}, {"acme": lambda limit: (limit or 0) // 20}, NOW)
    assert found.polling is not None
    assert found.calls is not None
    assert found.polling["acme"].calls == 6
    assert (found.calls["acme"].used, found.calls["acme"].allowed) == (60, 50)
    ids = {one.id for one in guardrails(PLAYBOOK, found)}
    assert {"LL403", "LL007"} <= ids


@pytest.mark.parametrize(("answered", "said"), [(LEAST_ANSWERS - 1, None), (LEAST_ANSWERS, 25)])
def test_answers_are_measured_in_business_time_once_there_are_enough(
    store: Store, answered: int, said: float | None
) -> None:
    """Hot leads of Tuesday 17:50, promised 15 minutes, called on Wednesday at 9:15: 25 business minutes."""
    start, settled = NOW.replace(day=17, hour=17, minute=50), NOW.replace(hour=9, minute=15)
    fill(store, answered)
    clock = {"start": start, "due": start + timedelta(hours=16), "settled": settled, "segment": "hot"}
    call = {"source": "call", "kind": "call_made", "at": settled, "count": 1}
    human = {"human": True, "conversation": False, "logged_at": settled}
    with store.write() as tx:
        numbers = range(1, answered + 1)
        tx.execute(insert(clocks), [{"lead": one, "cause": "hand_raise", **clock} for one in numbers])
        tx.execute(insert(touches), [{"lead": one, **call, **human} for one in numbers])
    with store.read() as tx:
        found = measure_answers(tx, ["acme"], PLAYBOOK, "UTC", NOW)
    assert found.answered_in == (said and {"hot": timedelta(minutes=said)})
    assert ("LL807" in {one.id for one in guardrails(PLAYBOOK, found)}) is (said is not None)


def test_a_fact_that_no_record_names_has_no_field(store: Store) -> None:
    """Known or not: an industry that nobody filled has a field, a role that is never named has none."""
    intake = Intake("acme", PLAYBOOK.facts_all, needs_finder(PLAYBOOK), b"key", NOW)
    facts = dict.fromkeys(("industry", "country", "email_optout", "call_optout"))
    lead = LeadRecord("L1", NOW, NOW, facts)
    company = CompanyRecord("C1", "Acme", "acme.example", {"employees": (50.0, 100.0)})
    with store.write() as tx:
        assert measure_fields(tx, ["acme"]).known_facts is None
        ingest(Page(leads=(lead,), companies=(company,)), intake, tx)
        ingest(Page(leads=(LeadRecord("L2", NOW, NOW, {**facts, "solution": "none"}),)), intake, tx)
        found = measure_fields(tx, ["acme", "other"])
    there = frozenset({*facts, "solution", "employees", "won_deals", "last_won_on"})
    assert found.known_facts == {"acme": there}
    said = [one.found for one in guardrails(PLAYBOOK, found) if one.id == "LL005"]
    assert "acme has no field for role" in said
    assert not any("solution" in line or "won_deals" in line for line in said)
