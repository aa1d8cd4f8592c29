"""Story 14: a first back-fill as bulk jobs; the client's timeout is not the job's failure (WaveLink#59)."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from connectors.salesforce import bulk, writing
from sandbox.faults import MAINTENANCE_PAGE, Fault
from sandbox.salesforce.org import Org
from sync import deliver
from sync.cycle import Pace
from tests.stories.fire import Fire
from tests.stories.salesforce.world import COMPOSITE, add_leads, raise_hand

COUNT = 450
JOBS = "*/jobs/ingest"
SLOW = 5.0
"""Rows a second of an org that is never through in time."""


@pytest.fixture
def many(fire: Fire, monkeypatch: pytest.MonkeyPatch) -> Fire:
    """A plain connection to an org, where a few hundred leads are many."""
    monkeypatch.setattr(bulk, "BULK_FROM", 400)
    monkeypatch.setattr(bulk, "BULK_SIZE", 800)
    fire.restart()
    return fire


def job_calls(fire: Fire) -> Counter[str]:
    """What jobs cost, by method."""
    return Counter(one.method for one in fire.journal if "/jobs/ingest" in one.path)


def collections(fire: Fire) -> int:
    """Calls that wrote by collections."""
    found = [one for one in fire.journal.exchanges(containing=COMPOSITE) if b'"records"' in one.raw]
    return len(found)


def at_each_wait(fire: Fire, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let something happen in the org whenever the connector waits."""
    rest = fire.connector.gate._sleep

    def wait(seconds: float) -> None:
        rest(seconds)
        act()

    monkeypatch.setattr(fire.connector.gate, "_sleep", wait)


def test_a_first_sync_is_one_job(many: Fire) -> None:
    org: Org = many.box.org
    leads = add_leads(many, COUNT, NumberOfEmployees=80)
    org.assignment_rule = lambda _: org.queue
    owners = {lead: org.get("Lead", lead)["OwnerId"] for lead in leads}
    report = many.sync()
    assert (report.outcome, report.written) == ("ok", COUNT)
    assert collections(many) == 0
    assert job_calls(many) == {"GET": 4, "POST": 1, "PUT": 1, "PATCH": 1, "DELETE": 1}
    assert {lead: org.get("Lead", lead)["OwnerId"] for lead in leads} == owners
    assert org.bulk.jobs == {}
    many.settle()
    assert set(many.writes().values()) == {1}
    many.assert_at_rest()


@pytest.mark.parametrize("drop", ["before", "after"])
def test_lost_answers_at_each_step_lose_nothing(many: Fire, drop: Any) -> None:
    add_leads(many, COUNT)
    steps = [
        ("GET", JOBS),
        ("POST", JOBS),
        ("PUT", JOBS + "/*"),
        ("PATCH", JOBS + "/*"),
        ("GET", JOBS + "/750*"),
        ("GET", JOBS + "/*/successfulResults"),
        ("DELETE", JOBS + "/*"),
    ]
    faults = [many.faults.add(Fault(method, path, drop=drop)) for method, path in steps]
    many.sync()
    many.settle()
    assert [fault.hits for fault in faults] == [1] * len(faults)
    assert set(many.writes().values()) == {1}
    many.assert_at_rest()


def test_failed_unprocessed_and_written_rows_are_told_apart(many: Fire) -> None:
    org: Org = many.box.org
    leads = add_leads(many, COUNT)
    refused = leads[0]
    org.validation_rules["Lead"].append(lambda _, after: "No." if after["Id"] == refused else None)
    org.switches.bulk_rows_per_second = SLOW
    report = many.sync()
    written, waiting = report.deliveries["written"], report.deliveries["retry"]
    assert written + waiting + report.deliveries["rejected"] == COUNT
    assert waiting >= COUNT - 200
    assert sum(many.writes().values()) == written
    org.switches.bulk_rows_per_second = 10_000
    many.settle()
    assert many.refused() == {refused: "FIELD_CUSTOM_VALIDATION_EXCEPTION"}
    assert set(many.writes().values()) == {1}
    many.assert_at_rest()


def test_a_job_that_fails_is_finished_by_collections(many: Fire) -> None:
    many.box.org.switches.bulk_fails_after = 200
    add_leads(many, COUNT)
    assert many.sync().deliveries["written"] == 200
    many.settle()
    assert many.box.org.bulk.created == 1
    assert set(many.writes().values()) == {1}
    many.assert_at_rest()


def test_a_kill_in_the_middle_of_a_job_costs_no_second_write(
    many: Fire, monkeypatch: pytest.MonkeyPatch
) -> None:
    org: Org = many.box.org
    org.switches.bulk_rows_per_second = SLOW
    add_leads(many, COUNT)

    def die() -> None:
        if len(many.saves) >= 200:
            raise KeyboardInterrupt

    at_each_wait(many, monkeypatch, die)
    org.switches.bulk_queue_seconds = -20
    with pytest.raises(KeyboardInterrupt):
        many.sync()
    assert [job.state for job in org.bulk.jobs.values()] == ["InProgress"]
    assert 200 <= len(many.saves) < COUNT
    org.switches.bulk_rows_per_second = 10_000
    many.restart()
    many.sync(seconds=600)
    many.settle()
    assert org.bulk.jobs == {}
    assert set(many.writes().values()) == {1}
    many.assert_at_rest()


def test_news_waits_no_longer_than_one_job_and_an_interval(
    many: Fire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In rounds, as `run` has them, while the org is slow and the job takes all its time."""
    for module in (deliver, writing):
        monkeypatch.setattr(module, "DELIVERY_SIZE", 100)
    interval = 120
    many.box.org.switches.bulk_rows_per_second = SLOW
    add_leads(many, COUNT)
    came: dict[str, Any] = {}

    def arrive() -> None:
        if not came:
            [lead] = add_leads(many, 1)
            raise_hand(many, lead)
            came[lead] = many.now

    at_each_wait(many, monkeypatch, arrive)
    pace = Pace(pages=2, leads=2_000, writes=100, poll_seconds=0)
    many.sync(pace=pace)
    assert many.box.org.bulk.created == 1
    many.sync(interval, pace=pace)
    [(lead, at)] = came.items()
    [save] = [one for one in many.saves if one.lead_id == lead]
    assert (save.at - at).total_seconds() <= interval + sum(bulk.LOOK_SECONDS)
    many.box.org.switches.bulk_rows_per_second = 10_000
    many.settle()
    many.assert_at_rest()


def test_an_org_without_jobs_is_written_by_collections(many: Fire) -> None:
    many.box.org.switches.bulk_refusal = "API_DISABLED_FOR_ORG"
    add_leads(many, COUNT)
    report = many.sync()
    assert (report.outcome, report.written) == ("ok", COUNT)
    assert job_calls(many) == {"GET": 1}
    many.settle()
    many.assert_at_rest()


def test_maintenance_in_the_middle_leaves_the_job_for_later(many: Fire) -> None:
    add_leads(many, COUNT)
    fault = many.faults.add(Fault("GET", JOBS + "/*", status=503, body=MAINTENANCE_PAGE, times=None))
    many.sync()
    many.faults.remove(fault)
    many.settle()
    assert set(many.writes().values()) == {1}
    assert many.box.org.bulk.jobs == {}
    many.assert_at_rest()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_thousand_leads_cost_half_the_calls(fire: Fire) -> None:
    """With the sizes of every day: one call a thousand by collections, one job in all."""
    count = bulk.BULK_SIZE
    add_leads(fire, count)
    assert fire.sync().written == count
    assert collections(fire) == 0
    assert sum(job_calls(fire).values()) <= count / 1_000 / 2
    assert fire.sync().written == 0
