"""What a pass costs when nothing happened, counted at the CRMs."""

from collections import Counter
from threading import Event

import pytest

from commands.invocation import Invocation
from commands.workplace import workplace
from connectors.hubspot.reading import STREAMS as HUBSPOT_STREAMS
from connectors.salesforce.reading import STREAMS as SALESFORCE_STREAMS
from sandbox.journal import Exchange
from sync.cycle import Pass, run_pass
from tests.acceptance.conftest import Open
from tests.acceptance.customer import CRMS, Customer, settle, written_ids

PEOPLE = 450
"""More than two pages of a HubSpot search, so that our own echo shows in the count."""
STREAMS = {"salesforce": len(SALESFORCE_STREAMS), "hubspot": len(HUBSPOT_STREAMS)}
TIME_CALLS = 1
"""The CRM's clock, where no answer is young enough to tell it: a worker asks once a pass (HubSpot's account;
Salesforce tells it at login)."""
START_CALLS = {"salesforce": 2, "hubspot": 2}
"""What a new process asks besides: Salesforce a session and, in one call, all describes; HubSpot the
definitions of contacts' properties."""
LONG_AFTER_SECONDS = 3_000
"""Our own writes have left every overlap, and no lead is due to be looked at again."""


@pytest.fixture
def customer(open_customer: Open) -> Customer:
    """Both CRMs in step with Leadline."""
    customer = open_customer(PEOPLE, seed=8)
    settle()
    customer.sync()
    settle()
    return customer


def asked(customer: Customer, crm: str) -> list[Exchange]:
    return customer.journal(crm).exchanges()


def forget(customer: Customer) -> None:
    for crm in CRMS:
        customer.journal(crm).clear()


def contact_reads(exchanges: list[Exchange]) -> list[Exchange]:
    return [one for one in exchanges if one.path.endswith("/contacts/batch/read")]


def test_a_pass_long_after_costs_one_call_a_stream_and_the_start_of_a_process(customer: Customer) -> None:
    customer.box.clock.advance(LONG_AFTER_SECONDS)
    customer.sync()
    customer.box.clock.advance(LONG_AFTER_SECONDS)
    forget(customer)
    reports = customer.sync()
    for crm in CRMS:
        calls = Counter((one.method, one.pattern) for one in asked(customer, crm))
        assert calls.total() == reports[crm]["calls"]
        assert calls.total() <= STREAMS[crm] + START_CALLS[crm], calls
        assert not written_ids(asked(customer, crm))


def test_a_worker_that_stays_up_pays_one_call_a_stream_and_one_for_the_time(customer: Customer) -> None:
    with (
        workplace(Invocation(customer.folder / "leadline.yaml", None, json=False, log_level=None)) as work,
        work.connected((), Event()) as pairs,
    ):
        passes = [
            Pass(connection, connector, work.store, work.playbook, "worker")
            for connection, connector in pairs
        ]
        for one in passes:
            assert run_pass(one).outcome == "ok"
        customer.box.clock.advance(LONG_AFTER_SECONDS)
        for one in passes:
            assert run_pass(one).outcome == "ok"
        customer.box.clock.advance(LONG_AFTER_SECONDS // 10)
        forget(customer)
        for one in passes:
            report = run_pass(one)
            assert (report.outcome, report.written) == ("ok", 0)
    for crm in CRMS:
        assert len(asked(customer, crm)) <= STREAMS[crm] + TIME_CALLS, customer.journal(crm).counts


def test_our_own_echo_is_known_by_its_stamp_and_not_read_again(customer: Customer) -> None:
    forget(customer)
    reports = customer.sync()
    assert reports["hubspot"]["read"]["leads"] == PEOPLE
    assert not contact_reads(asked(customer, "hubspot"))
    pages = -(-PEOPLE // 200)
    for crm in CRMS:
        extra = pages - 1 if crm == "hubspot" else 0
        assert len(asked(customer, crm)) <= STREAMS[crm] + START_CALLS[crm] + extra, customer.journal(
            crm
        ).counts
        assert not written_ids(asked(customer, crm))


def test_an_edit_beside_our_echo_is_read_again_alone(customer: Customer) -> None:
    edited = customer.box.contact_ids[17]
    customer.edit("hubspot", edited, hs_buying_role="DECISION_MAKER")
    settle()
    forget(customer)
    customer.sync()
    [read] = contact_reads(asked(customer, "hubspot"))
    assert [one["id"] for one in read.body["inputs"]] == [edited]
