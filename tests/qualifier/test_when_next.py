"""When next: a verdict is the same until `changes_at`, and another right after."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from benchmarks.population import Crowd, crowd
from config.playbook_file import load_playbook
from qualifier.agreement import resolve
from qualifier.facts import ASKED_NOT_KNOWN, TOUCH_COLUMNS
from qualifier.groups import Companies
from qualifier.playbook import Playbook
from qualifier.qualify import evaluate, qualify
from tests.lead_builders import AS_OF, ICP, companies, days_ago, facts, judge, nobody, touch, touches

PLAYBOOK = load_playbook()
AGREEMENT = resolve(PLAYBOOK.agreement, zone="Europe/Berlin", effective_from=datetime(2026, 1, 1, tzinfo=UTC))
A_MOMENT = timedelta(seconds=2)
"""Decay is exact to the second; all else to the microsecond."""
NO_OUTPUTS = ("scored_at", "changes_at")
KINDS = (
    *("score", "fit", "engagement", "grade", "segment", "respond_rank", "change_7d", "why", "breakdown"),
    *("stage", "sla", "track", "next_touch", "group_size", "group_line", "data", "ask_next"),
)
"""The outputs that time alone can change."""

Lead = tuple[dict[str, Any], list[tuple[str, float]], list[tuple[str, float]]]
"""Facts, touches with their age in days, and who of the company was active how many days ago."""
SILENT: list[Callable[[float], Lead]] = [
    lambda part: ({"created_at": days_ago(part / 7)}, [("demo_request", part / 7)], []),
    lambda part: ({**ICP, "created_at": days_ago(part / 100)}, [("contact_request", part / 100)], []),
    lambda part: ({"created_at": days_ago(179 + part)}, [], []),
    lambda part: ({"answer_timing": ASKED_NOT_KNOWN, "answer_timing_since": days_ago(29 + part)}, [], []),
    lambda part: ({}, [("webinar", 29.9 + part / 10)], []),
    lambda part: ({"timing": "now", "created_at": days_ago(29 + part)}, [], []),
    lambda part: ({"override": "hot", "override_since": days_ago(29 + part)}, [], []),
    lambda part: ({**ICP, "override": "cold", "override_until": AS_OF.date()}, [("quote_request", part)], []),
    lambda part: (dict(ICP), [("trial_request", 6.99 + part / 100)], []),
    lambda part: ({}, [("demo_request", 29.999 + part / 1000)], []),
    lambda part: ({}, [], [("a colleague", 29 + part)]),
    lambda part: (dict(ICP), [], [("a colleague", 29 + part), ("self", part)]),
]
"""Leads of whom one thing is known, so that each cause comes first now and then; `part` goes from 0 to 1."""


def people_of(size: int, seed: int) -> Crowd:
    """Half a crowd with a rich history, half leads of whom one thing is known."""
    rich = crowd(size // 2, 4, AS_OF, seed)
    number = max(1, size // 2 // len(SILENT))
    parts = [(make, (place + 0.5) / number) for make in SILENT for place in range(number)]
    made = {lead: make(part) for lead, (make, part) in enumerate(parts, start=rich.facts.height + 1)}
    silent = facts(*(known for known, _, _ in made.values())).with_columns(
        lead=pl.Series(list(made)),
        person=pl.Series([f"{lead} self" for lead in made]),
        domain=pl.Series([f"{lead}.example" for lead in made]),
    )
    past = [touch(kind, days, lead=lead) for lead, (_, own, _) in made.items() for kind, days in own]
    active = [
        (f"{lead}.example", f"{lead} {who}", days, "decider" if who == "a colleague" else None)
        for lead, (_, _, acts) in made.items()
        for who, days in acts
    ]
    activity = pl.concat([rich.companies.activity, companies(active).activity])
    return Crowd(
        pl.concat([rich.facts, silent], how="diagonal_relaxed"),
        pl.concat([rich.touches.select(list(TOUCH_COLUMNS)), touches(*past)]),
        rich.companies._replace(activity=activity),
        nobody(),
    )


def verdict(people: Crowd, as_of: datetime, playbook: Playbook = PLAYBOOK) -> pl.DataFrame:
    return qualify(*people, playbook, AGREEMENT, as_of)


def alone(people: Crowd, lead: int, previous: pl.DataFrame) -> Crowd:
    """One lead with what is known of its company."""
    mine, known = people.facts.filter(pl.col("lead") == lead), people.companies
    return Crowd(
        mine,
        people.touches.filter(pl.col("lead") == lead),
        Companies(
            known.activity.join(mine, on="domain", how="semi"),
            known.known.join(mine, on="domain", how="semi"),
        ),
        previous.filter(pl.col("lead") == lead),
    )


def check(size: int, seed: int) -> Counter[str]:
    """How often each output changed at the `changes_at` of a lead."""
    people = people_of(size, seed)
    now = verdict(people, AS_OF)
    momentum = evaluate(*people, PLAYBOOK, AGREEMENT, AS_OF).select("lead", "momentum_until")
    changed: Counter[str] = Counter()
    for lead, at, moves in now.select("lead", "changes_at").join(momentum, on="lead").iter_rows():
        one, mine = alone(people, lead, now), now.filter(pl.col("lead") == lead)
        before = at - A_MOMENT if at else AS_OF + timedelta(days=100)
        if before > AS_OF:
            assert differing(mine, verdict(one, before)) == [], (lead, at)
        if at:
            found = differing(mine, verdict(one, at + A_MOMENT))
            assert found or at - moves < A_MOMENT, (lead, at)
            changed.update(found)
    return changed


def differing(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    names = [name for name in one.columns if name not in NO_OUTPUTS]
    return [name for name in names if not one[name].equals(other[name], null_equal=True)]


def test_the_verdict_is_the_same_until_then_and_another_after() -> None:
    check(60, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_it_is_so_for_every_kind_of_output() -> None:
    changed = check(1080, seed=2)
    assert {kind: changed[kind] for kind in KINDS if changed[kind] < 30} == {}


def changes(lead: dict[str, Any], *past: dict[str, Any], **more: Any) -> datetime | None:
    found: datetime | None = judge(facts(lead), touches(*past), **more)["changes_at"].item()
    return found


def test_who_nothing_happens_to_never_changes_by_itself_but_grows_stale() -> None:
    assert changes({}) == days_ago(100 - 180) + timedelta(microseconds=1)
    assert changes({"created_at": days_ago(200)}) is None


def test_a_running_clock_is_told_to_the_minute() -> None:
    """Hot: 15 minutes, at risk after three quarters of them."""
    at = changes({**ICP, "created_at": AS_OF}, touch("demo_request"))
    assert at is not None
    assert abs(at - AS_OF - timedelta(minutes=11, seconds=15)) < A_MOMENT


def test_an_excluded_lead_waits_for_its_field() -> None:
    assert changes({"bounced": True}, touch("pricing_page", 1)) is None


def test_a_touch_to_come_is_a_change_to_come() -> None:
    assert changes({}, touch("meeting_held", -2)) == days_ago(-2)


def test_a_playbook_that_reads_the_time_is_looked_at_every_hour() -> None:
    content = PLAYBOOK.model_dump(mode="json")
    content["tags"] = [{"id": "new", "when": "created_at > as_of - INTERVAL 7 DAY"}]
    assert changes({}, playbook=Playbook.model_validate(content)) == AS_OF + timedelta(hours=1)
