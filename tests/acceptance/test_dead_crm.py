"""One CRM is dead: its pass ends in time and says why, the other CRM is done, and the next pass recovers."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from sandbox.faults import MAINTENANCE_PAGE, Fault
from tests.acceptance.conftest import Open
from tests.acceptance.customer import CRMS, Answer, Customer, settle, written_ids

BOUND_SECONDS = 60
"""The contract's: a pass over a dead CRM has ended by then."""
PEOPLE = 60
WRONG = "not-the-secret-of-anybody"
ROLES = {
    "salesforce": ("Buying_Role__c", ("Decision Maker", "Not involved")),
    "hubspot": ("hs_buying_role", ("DECISION_MAKER", "OTHER")),
}
WHERE: dict[str, dict[str, dict[str, Any]]] = {
    "salesforce": {
        "start": {},
        "read": {"containing": "MasterRecordId"},
        "write": {"containing": '"attributes"'},
    },
    "hubspot": {
        "start": {},
        "read": {"path": "*/contacts/search"},
        "write": {"path": "*/contacts/batch/update"},
    },
}
"""Where in a pass the CRM dies: at the first call, when leads are read, when they are written."""


@dataclass(frozen=True)
class Disaster:
    """A way to die. `reason` and `remedy`: words that the message must hold, for each CRM."""

    reason: dict[str, str]
    remedy: dict[str, str]
    fault: dict[str, Any] = field(default_factory=dict)
    settings: Callable[[Customer], dict[str, dict[str, Any]]] = lambda _: {}


def both(text: str) -> dict[str, str]:
    return dict.fromkeys(CRMS, text)


def nowhere(_customer: Customer) -> dict[str, dict[str, Any]]:
    """Port 9 of loopback: nobody listens there."""
    return {crm: {"base_url": "http://127.0.0.1:9"} for crm in CRMS}


def wrong_secrets(customer: Customer) -> dict[str, dict[str, Any]]:
    flow = {"flow": "client_credentials", "client_id": customer.box.client_id, "client_secret": WRONG}
    return {"salesforce": {"auth": flow}, "hubspot": {"auth": {"flow": "token", "token": WRONG}}}


REFUSED = Disaster(both("No connection could be made"), both("Check base_url"), settings=nowhere)
BLACK_HOLE = Disaster(both("No answer came in time"), both("The next pass tries again"), {"black_hole": True})
WRONG_SECRET = Disaster(
    {"salesforce": "its secret is wrong", "hubspot": "does not accept the access token"},
    {"salesforce": "Check client_id and client_secret", "hubspot": "Make a new service key"},
    settings=wrong_secrets,
)
TOO_MANY_CALLS = Disaster(
    {"salesforce": "asks to be called less often", "hubspot": "limits the rate of calls"},
    {"salesforce": "slows down by itself", "hubspot": "The next pass goes on"},
    {"status": 429, "headers": {"Retry-After": "600"}},
)
LOST = "did not say whether it wrote"
"""What HubSpot's connector says of a write whose answer never came."""
MAINTENANCE = Disaster(
    {"salesforce": "The org is not available", "hubspot": "server error"},
    both("The next pass tries again"),
    {"status": 503, "body": MAINTENANCE_PAGE},
)


@pytest.fixture(scope="module")
def customer(open_customer: Open) -> Customer:
    customer = open_customer(PEOPLE)
    settle()
    customer.sync()
    return customer


def change_somebody(customer: Customer, crm: str) -> str:
    """A rep learns a lead's role, so that the next pass has something to write; returns the lead."""
    name, (decider, none) = ROLES[crm]
    lead = next(one for one in customer.desk(crm).leads() if one.values.get("segment") == "warm")
    stored = (
        customer.box.org.get("Lead", lead.id)
        if crm == "salesforce"
        else customer.box.portal.get("contacts", lead.id)
    )
    customer.edit(crm, lead.id, **{name: none if stored.get(name) == decider else decider})
    return lead.id


def check_message(answer: Answer, crm: str, disaster: Disaster) -> None:
    report = answer.reports[crm]
    said = report["error"]
    assert report["outcome"] == "failed"
    assert said.startswith(f"{crm}: ")
    assert disaster.reason[crm] in said
    assert disaster.remedy[crm] in said
    for raw in ("Traceback", MAINTENANCE_PAGE, "Sorry to interrupt", WRONG):
        assert raw not in answer.out + answer.err


def lost(disaster: Disaster) -> Disaster:
    """The same, but for what is said where nobody knows whether a write arrived."""
    if disaster.fault.get("status") == 429:
        return disaster  # a refusal: nothing was carried out
    return replace(
        disaster,
        reason=disaster.reason | {"hubspot": LOST},
        remedy=disaster.remedy | {"hubspot": "sent again"},
    )


def live_through(
    customer: Customer, crm: str, disaster: Disaster, *, where: str = "start", process: bool = False
) -> None:
    """Let `crm` die while a pass over both runs, then live again."""
    other = next(one for one in CRMS if one != crm)
    edited = {one: change_somebody(customer, one) for one in CRMS}
    settle()
    fault = Fault(times=None, **WHERE[crm][where], **disaster.fault) if disaster.fault else None
    if fault:
        customer.faults(crm).add(fault)
    customer.configure(**{crm: disaster.settings(customer).get(crm, {})})
    customer.journal(other).clear()
    answer = (customer.process if process else customer.leadline)("sync", "--json")
    customer.faults(crm).clear()
    customer.configure()

    assert answer.code == 1
    assert answer.seconds < BOUND_SECONDS
    check_message(answer, crm, lost(disaster) if (crm, where) == ("hubspot", "write") else disaster)
    assert answer.reports[other]["outcome"] == "ok"
    assert edited[other] in written_ids(customer.journal(other).exchanges())

    customer.journal(crm).clear()
    recovered = customer.sync()
    assert {report["outcome"] for report in recovered.values()} == {"ok"}
    assert edited[crm] in written_ids(customer.journal(crm).exchanges())
    settle()
    assert [report["written"] for report in customer.sync().values()] == [0, 0]


@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize(
    "disaster",
    [
        pytest.param(REFUSED, id="connection refused"),
        pytest.param(WRONG_SECRET, id="wrong secret"),
        pytest.param(TOO_MANY_CALLS, id="429 with Retry-After"),
        pytest.param(MAINTENANCE, id="503 with HTML"),
    ],
)
def test_a_dead_crm_costs_one_connection_one_pass(customer: Customer, crm: str, disaster: Disaster) -> None:
    live_through(customer, crm, disaster)


def test_a_black_hole_ends_within_a_minute_in_a_process_of_its_own(customer: Customer) -> None:
    live_through(customer, "salesforce", BLACK_HOLE, process=True)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("where", ["start", "read", "write"])
def test_a_black_hole_anywhere_in_a_pass_ends_within_a_minute(
    customer: Customer, crm: str, where: str
) -> None:
    live_through(customer, crm, BLACK_HOLE, where=where)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("where", ["read", "write"])
@pytest.mark.parametrize("wait", ["3", "600"])
def test_a_limit_in_mid_pass_is_waited_for_or_left_to_the_next_pass(
    customer: Customer, crm: str, where: str, wait: str
) -> None:
    limited = Disaster(
        TOO_MANY_CALLS.reason, TOO_MANY_CALLS.remedy, {"status": 429, "headers": {"Retry-After": wait}}
    )
    live_through(customer, crm, limited, where=where)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("crm", CRMS)
@pytest.mark.parametrize("where", ["read", "write"])
def test_maintenance_that_begins_in_mid_pass(customer: Customer, crm: str, where: str) -> None:
    live_through(customer, crm, MAINTENANCE, where=where)
