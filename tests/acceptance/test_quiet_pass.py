"""What a pass costs when nothing happened, counted at the CRMs."""

import json
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from commands.invocation import Invocation
from commands.workplace import workplace
from connectors.hubspot.reading import STREAMS as HUBSPOT_STREAMS
from connectors.salesforce.streams import STREAMS as SALESFORCE_STREAMS
from sandbox.journal import Exchange
from sync.cycle import Pace, Pass, run_pass
from tests.acceptance.conftest import Open
from tests.acceptance.customer import CRMS, Customer, settle, written_ids

PEOPLE = 450
"""More than two pages of a HubSpot search, so that our own echo shows in the count."""
PAGE = 200
STREAMS = {"salesforce": len(SALESFORCE_STREAMS), "hubspot": len(HUBSPOT_STREAMS)}
START_CALLS = 2
"""What a new process asks besides: Salesforce for a session (which tells the time) and, in one call, for all
describes; HubSpot for the time and for the definitions of contacts' properties."""
TWENTY_MINUTES = 1_200
"""After that our own writes are out of every overlap, and hardly a lead is due to be looked at again."""
LOOKS_BACK = timedelta(minutes=30)
"""A search that ends so long ago is the second look, every ten minutes, which is counted apart."""


@pytest.fixture
def customer(open_customer: Open) -> Customer:
    """Both CRMs in step with Leadline."""
    customer = open_customer(PEOPLE, seed=8)
    settle()
    customer.sync()
    settle()
    return customer


def is_second_look(one: Exchange) -> bool:
    if not one.path.endswith("/search"):
        return False
    filters = one.body["filterGroups"][0]["filters"]
    until = next(int(each["value"]) for each in filters if each["operator"] == "LT")
    return datetime.fromtimestamp(until / 1_000, UTC) < one.at - LOOKS_BACK


def calls(customer: Customer, crm: str) -> list[str]:
    """What the CRM was asked since `forget`, but for second looks."""
    return [
        f"{one.method} {one.pattern} {json.dumps(one.body)[:100]}"
        for one in customer.journal(crm).exchanges()
        if not is_second_look(one)
    ]


def forget(customer: Customer) -> None:
    for crm in CRMS:
        customer.journal(crm).clear()


def read_again(customer: Customer) -> list[str]:
    """Contacts that were read by id."""
    batches = customer.journal("hubspot").exchanges("POST", "/contacts/batch/read")
    return [record["id"] for one in batches for record in one.body["inputs"]]


def test_a_pass_later_costs_one_call_a_stream_and_the_start_of_a_process(customer: Customer) -> None:
    customer.box.clock.advance(TWENTY_MINUTES)
    customer.sync()
    customer.box.clock.advance(TWENTY_MINUTES)
    forget(customer)
    reports = customer.sync()
    for crm in CRMS:
        assert len(customer.journal(crm)) == reports[crm]["calls"]
        assert len(calls(customer, crm)) <= STREAMS[crm] + START_CALLS, calls(customer, crm)
        assert not written_ids(customer.journal(crm).exchanges())


def test_a_worker_that_stays_up_pays_at_most_one_call_a_stream(customer: Customer) -> None:
    customer.box.clock.advance(TWENTY_MINUTES)
    customer.sync()
    customer.box.clock.advance(TWENTY_MINUTES)
    with (
        workplace(Invocation(customer.folder / "leadline.yaml", None, json=False, log_level=None)) as work,
        work.connected((), Event()) as pairs,
    ):
        pace = Pace.of_worker(60.0)
        passes = [Pass(*pair, work.store, work.playbook, "worker", pace=pace) for pair in pairs]
        assert [run_pass(one).outcome for one in passes] == ["ok", "ok"]
        forget(customer)
        reports = [run_pass(one) for one in passes]
    assert [(report.outcome, report.written) for report in reports] == [("ok", 0), ("ok", 0)]
    for crm in CRMS:
        assert len(calls(customer, crm)) <= STREAMS[crm], calls(customer, crm)


def test_our_own_echo_is_known_by_its_stamp_and_not_read_again(customer: Customer) -> None:
    forget(customer)
    reports = customer.sync()
    assert reports["hubspot"]["read"]["leads"] == PEOPLE
    assert not read_again(customer)
    more_pages = {"salesforce": 0, "hubspot": -(-PEOPLE // PAGE) - 1}
    for crm in CRMS:
        assert len(calls(customer, crm)) <= STREAMS[crm] + START_CALLS + more_pages[crm], calls(customer, crm)
        assert not written_ids(customer.journal(crm).exchanges())


def test_an_edit_beside_our_echo_is_read_again_alone(customer: Customer) -> None:
    edited = customer.box.contact_ids[17]
    customer.edit("hubspot", edited, hs_buying_role="DECISION_MAKER")
    settle()
    forget(customer)
    customer.sync()
    assert read_again(customer) == [edited]
