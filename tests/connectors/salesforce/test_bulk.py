"""Bulk jobs: settled record by record; whatever goes wrong, nothing is lost or wrongly taken for written."""

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import requests
from structlog.testing import capture_logs

from connectors.base import ConnectorError, Delivery, Outcome, Parked, Value
from connectors.salesforce import SalesforceConnector, bulk
from connectors.salesforce.cells import read_file, record_of, write_file
from connectors.traffic import Timing
from qualifier.facts import FACTS
from sandbox.faults import MAINTENANCE_PAGE, Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

JOBS = "*/jobs/ingest"
COUNT = 450
SLOW = 5.0
"""Rows a second of an org that will never be through in time."""
STEPS = {
    "create": ("POST", JOBS),
    "upload": ("PUT", JOBS + "/*/batches"),
    "close": ("PATCH", JOBS + "/*"),
    "look": ("GET", JOBS + "/750" + "?" * 15),
    "results": ("GET", JOBS + "/*/successfulResults"),
    "delete": ("DELETE", JOBS + "/*"),
}


@pytest.fixture
def many(ready: "Acme", monkeypatch: pytest.MonkeyPatch) -> "Acme":
    """An org where a few hundred leads are many."""
    monkeypatch.setattr(bulk, "BULK_FROM", 400)
    monkeypatch.setattr(bulk, "BULK_SIZE", 800)
    return ready


def start(acme: "Acme", stop: threading.Event | None = None, **settings: Any) -> SalesforceConnector:
    """The connector of a process that has just started; its waits pass on the org's clock."""
    timing = Timing(sleep=acme.clock.advance)
    made = SalesforceConnector(acme.connection(**settings), FACTS, stop=stop, timing=timing)
    acme.opened.append(made)
    return made


def scores(ids: list[str], score: float = 50, **values: Value) -> list[Delivery]:
    return [Delivery(one, {"Score": score, "Scored_At": None, **values}) for one in ids]


def stamped(acme: "Acme", ids: list[str], score: float = 50) -> list[Delivery]:
    return scores(ids, score, Scored_At=acme.clock.now())


def held(acme: "Acme", ids: list[str]) -> Counter[Any]:
    return Counter(acme.org.get("Lead", one).get("Leadline_Score__c") for one in ids)


def watch(acme: "Acme", monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Lead → how often our user has saved it from now on."""
    saves: Counter[str] = Counter()
    update = acme.org.update

    def noted(object_name: str, row_id: str, *args: Any, **about: Any) -> None:
        saves[row_id] += object_name == "Lead" and about.get("by") == acme.org.integration_user
        update(object_name, row_id, *args, **about)

    monkeypatch.setattr(acme.org, "update", noted)
    return saves


def statuses(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(outcome.status for outcome in outcomes)


def steps(acme: "Acme") -> list[str]:
    found = [one for one in acme.journal if "/jobs/ingest" in one.path]
    return [f"{one.method} {one.path.rpartition('/')[2]}" for one in found]


@pytest.mark.parametrize("assignment", ["id", "header"])
def test_a_job_writes_ours_alone_and_is_gone_afterwards(many: "Acme", assignment: Any) -> None:
    many.org.switches.bulk_assignment = assignment
    many.org.assignment_rule = lambda _: many.org.queue
    ids = many.leads(COUNT)
    before = {one: many.org.get("Lead", one) for one in ids}
    connector = start(many)
    outcomes = connector.deliver(scores(ids, Segment="warm"))
    assert [outcome.lead_id for outcome in outcomes] == ids
    assert statuses(outcomes) == {"written": COUNT}
    stamps = {"LastModifiedDate", "LastModifiedById", "SystemModstamp"}
    for one in ids:
        row = many.org.get("Lead", one)
        changed = {name for name in row if row[name] != before[one].get(name)} - stamps
        assert changed == {"Leadline_Score__c", "Leadline_Segment__c"}
    assert many.org.bulk.jobs == {}
    assert many.org.bulk.created == 1
    assert many.journal.exchanges("PATCH", "composite") == []


@pytest.mark.parametrize("charset", [True, False])
def test_texts_arrive_as_they_left_and_none_clears(many: "Acme", charset: bool) -> None:
    many.org.switches.bulk_charset = charset
    ids = many.leads(COUNT)
    connector = start(many)
    connector.deliver(scores(ids, Why="old", Tags=("customer",)))
    text = 'Zoë & Søns: "größer", `so`;\n«Ærø» 💡\t\\'
    mixed = [Delivery(one, {"Why": text, "Tags": (), "Score": None}) for one in ids[:-1]]
    outcomes = connector.deliver([*mixed, Delivery(ids[-1], {"Grade": "A1"})])
    assert statuses(outcomes) == {"written": COUNT}
    row, last = many.org.get("Lead", ids[0]), many.org.get("Lead", ids[-1])
    assert row["Leadline_Why__c"] == text
    assert (row["Leadline_Tags__c"], row["Leadline_Score__c"], row["Leadline_Grade__c"]) == (None, None, None)
    assert (last["Leadline_Why__c"], last["Leadline_Score__c"], last["Leadline_Grade__c"]) == (
        "old",
        50,
        "A1",
    )


def test_one_bad_record_costs_one_record(many: "Acme") -> None:
    ids = many.leads(COUNT)
    many.org.delete("Lead", ids[1])
    many.org.convert_lead(ids[2])
    many.org.in_approval.add(ids[3])
    many.org.validation_rules["Lead"].append(
        lambda _, after: "Call Marie Curie first" if after["Id"] == ids[4] else None
    )
    many.org.locked[ids[5]] = 2
    outcomes = start(many).deliver(scores(ids))
    assert [one.status for one in outcomes[:7]] == [
        "written",
        "gone",
        "gone",
        "retry",
        "rejected",
        "written",
        "written",
    ]
    assert [one.gone.why for one in outcomes if one.gone] == ["deleted", "converted"]
    assert outcomes[4].code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert "Marie" not in repr(outcomes)
    assert statuses(outcomes)["written"] == COUNT - 4
    again = [one.body["records"] for one in many.journal.exchanges("PATCH", "composite")]
    assert [[one["id"] for one in records] for records in again] == [[ids[5]], [ids[5]]]


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_lost_answer_loses_nothing_and_writes_nothing_twice(
    many: "Acme", monkeypatch: pytest.MonkeyPatch, step: str, drop: Any
) -> None:
    ids = many.leads(COUNT)
    saves = watch(many, monkeypatch)
    connector = start(many)
    method, path = STEPS[step]
    fault = many.faults.add(Fault(method, path, drop=drop))
    batch = stamped(many, ids)
    for _ in range(2):
        outcomes = connector.deliver(batch)
        left = [one for one, out in zip(batch, outcomes, strict=True) if out.status == "retry"]
        batch = left or batch[:1]
    assert fault.hits == 1
    assert left == []
    assert held(many, ids) == {50: COUNT}
    assert {saves[one] for one in ids[1:]} == {1}
    connector.deliver(stamped(many, ids, 60))
    assert many.org.bulk.jobs == {}
    assert many.org.bulk.created <= 3


@pytest.mark.parametrize("step", STEPS)
def test_silence_that_lasts_leaves_every_record_for_the_next_pass(
    many: "Acme", monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    ids = many.leads(COUNT)
    saves = watch(many, monkeypatch)
    connector = start(many)
    method, path = STEPS[step]
    many.faults.add(Fault(method, path, status=503, body=MAINTENANCE_PAGE, times=None))
    batch = stamped(many, ids)
    try:
        first = connector.deliver(batch)
    except ConnectorError:
        assert step in ("create", "upload")
        first = []
    if step != "delete":
        assert statuses(first)["written"] == 0
    many.faults.clear()
    assert statuses(connector.deliver(batch)) == {"written": COUNT}
    assert held(many, ids) == {50: COUNT}
    assert set(saves.values()) == {1} or step == "delete"
    connector.deliver(stamped(many, ids, 60))
    assert many.org.bulk.jobs == {}


def test_a_job_that_takes_too_long_is_ended_and_the_rest_waits(many: "Acme") -> None:
    many.org.switches.bulk_rows_per_second = SLOW
    ids = many.leads(COUNT)
    connector = start(many)
    outcomes = connector.deliver(scores(ids))
    done = [one.lead_id for one in outcomes if one.status == "written"]
    assert statuses(outcomes) == {"written": 200, "retry": COUNT - 200}
    assert held(many, done) == {50: 200}
    assert {one.code for one in outcomes} == {"", "unprocessed"}
    assert many.org.bulk.jobs == {}
    assert connector.batch_size(10_000) == 400
    connector.deliver(scores(ids, 51))
    assert connector.batch_size(10_000) == 1_000


def test_a_job_that_fails_settles_what_was_done_and_ends_jobs(many: "Acme") -> None:
    many.org.switches.bulk_fails_after = 200
    ids = many.leads(COUNT)
    connector = start(many)
    with capture_logs() as logs:
        outcomes = connector.deliver(scores(ids))
        left = [one for one in outcomes if one.status == "retry"]
        assert len(left) == COUNT - 200
        assert statuses(connector.deliver(scores([one.lead_id for one in left]))) == {"written": COUNT - 200}
        connector.deliver(scores(ids, 51))
    assert held(many, ids) == {51: COUNT}
    assert many.org.bulk.created == 1
    assert [one["event"] for one in logs].count("bulk_off") == 1


def test_a_field_taken_away_meanwhile_is_left_out(many: "Acme") -> None:
    ids = many.leads(COUNT)
    connector = start(many)
    connector.writable()
    many.org.access.withdraw_field("Lead", "Leadline_Segment__c")
    first = connector.deliver(scores(ids, Segment="warm"))
    assert statuses(first) == {"retry": COUNT}  # the org does not say which record, so none is blamed
    assert statuses(connector.deliver(scores(ids, Segment="warm"))) == {"written": COUNT}


def test_a_field_that_became_read_only_is_left_out(many: "Acme") -> None:
    ids = many.leads(COUNT)
    connector = start(many)
    connector.writable()
    many.org.access.withdraw_field("Lead", "Leadline_Segment__c", read=False)
    assert statuses(connector.deliver(scores(ids, Segment="warm"))) == {"written": COUNT}
    assert many.org.bulk.created == 2


def test_a_killed_process_leaves_a_job_that_the_next_one_ends(
    many: "Acme", monkeypatch: pytest.MonkeyPatch
) -> None:
    many.org.switches.bulk_rows_per_second = SLOW
    ids = many.leads(COUNT)
    saves = watch(many, monkeypatch)
    victim = start(many)
    looks: list[float] = []

    def die(seconds: float) -> None:
        looks.append(seconds)
        many.clock.advance(25)
        if len(looks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(victim.gate, "_sleep", die)
    with pytest.raises(KeyboardInterrupt):
        victim.deliver(stamped(many, ids))
    [job] = many.org.bulk.jobs.values()
    assert job.state == "InProgress"
    heir = start(many)
    assert heir.batch_size(COUNT) == COUNT
    assert many.org.bulk.jobs == {}
    many.org.switches.bulk_rows_per_second = 10_000
    assert statuses(heir.deliver(stamped(many, ids))) == {"written": COUNT}
    assert held(many, ids) == {50: COUNT}
    assert set(saves.values()) == {1}


def test_an_older_job_never_writes_beside_a_newer_verdict(
    many: "Acme", monkeypatch: pytest.MonkeyPatch
) -> None:
    many.org.switches.bulk_queue_seconds = 10_000
    ids = many.leads(COUNT)
    victim = start(many)

    def die(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(victim.gate, "_sleep", die)
    with pytest.raises(KeyboardInterrupt):
        victim.deliver(stamped(many, ids, 40))
    heir = start(many)
    heir.batch_size(COUNT)  # a pass asks before it writes even one lead
    assert statuses(heir.deliver(stamped(many, ids[:3], 60))) == {"written": 3}
    many.clock.advance(20_000)
    start(many).writable()
    assert held(many, ids[:3]) == {60: 3}
    assert many.org.bulk.jobs == {}


def test_jobs_of_others_are_left_alone(many: "Acme") -> None:
    ids = many.leads(COUNT)
    token = many.org.sessions.open(many.org.integration_user)
    other = {"object": "Lead", "operation": "update", "columnDelimiter": "COMMA", "lineEnding": "LF"}
    url = f"{many.url}/services/data/v66.0/jobs/ingest"
    headers = {"Authorization": f"Bearer {token}"}
    requests.post(url, json=other, headers=headers, timeout=10).raise_for_status()
    assert statuses(start(many).deliver(scores(ids))) == {"written": COUNT}
    assert [job.state for job in many.org.bulk.jobs.values()] == ["Open"]


@pytest.mark.parametrize("code", ["API_DISABLED_FOR_ORG", "FEATURENOTENABLED", "INVALIDUSER"])
def test_an_org_without_bulk_gets_collections_and_it_is_said_once(many: "Acme", code: str) -> None:
    many.org.switches.bulk_refusal = code
    ids = many.leads(COUNT)
    connector = start(many)
    with capture_logs() as logs:
        assert connector.batch_size(COUNT) == 1_000
        for score in (50, 51):
            assert statuses(connector.deliver(scores(ids, score))) == {"written": COUNT}
    assert [one["event"] for one in logs].count("bulk_off") == 1
    assert held(many, ids) == {51: COUNT}


def test_a_right_lost_between_looking_and_creating_costs_nothing(many: "Acme") -> None:
    ids = many.leads(COUNT)
    connector = start(many)
    assert connector.batch_size(COUNT) == COUNT
    many.org.switches.bulk_refusal = "API_DISABLED_FOR_ORG"
    assert statuses(connector.deliver(scores(ids))) == {"written": COUNT}


def test_a_stop_ends_the_job_and_settles_what_was_done(many: "Acme", monkeypatch: pytest.MonkeyPatch) -> None:
    many.org.switches.bulk_rows_per_second = SLOW
    ids = many.leads(COUNT)
    stop = threading.Event()
    connector = start(many, stop)

    def rest(_: float) -> None:
        many.clock.advance(50)
        stop.set()

    monkeypatch.setattr(connector.gate, "_sleep", rest)
    outcomes = connector.deliver(scores(ids))
    assert statuses(outcomes) == {"written": 200, "retry": COUNT - 200}
    assert many.org.bulk.jobs == {}
    assert many.journal.exchanges("PATCH", "composite") == []


def test_a_spent_quota_parks(many: "Acme") -> None:
    ids = many.leads(COUNT)
    connector = start(many)
    connector.batch_size(COUNT)
    limit = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
    many.faults.add(Fault("POST", JOBS, status=403, body=limit, times=None))
    with pytest.raises(Parked):
        connector.deliver(scores(ids))
    assert held(many, ids) == {None: COUNT}


def test_who_polls_more_often_than_a_job_may_take_gets_none(many: "Acme") -> None:
    assert start(many, every="10s").batch_size(5_000) == 1_000
    assert start(many, every="2m").batch_size(5_000) == 800
    assert start(many, every="2m").batch_size(399) == 1_000


def test_a_job_costs_seven_calls_and_its_looks(many: "Acme") -> None:
    ids = many.leads(COUNT)
    connector = start(many)
    connector.writable()
    connector.batch_size(COUNT)
    many.journal.clear()
    connector.deliver(scores(ids))
    found = [one.split()[0] for one in steps(many)]
    assert found == ["POST", "PUT", "PATCH", "GET", "GET", "GET", "DELETE"]
    assert many.journal.calls() == len(found)


def test_a_record_comes_back_from_a_file_as_it_went() -> None:
    record = {"attributes": {"type": "Lead"}, "id": "00Q1", "A": None, "B": "a`b\r\n", "C": 5, "D": True}
    [row] = read_file(write_file([record]))
    assert record_of(row) == {"id": "00Q1", "A": "#N/A", "B": "a`b\n", "C": "5", "D": "true"}
