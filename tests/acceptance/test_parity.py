"""One population, two CRMs, one configuration: every value that Leadline writes is the same in both."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text

from config.playbook_file import load_playbook
from qualifier.facts import HAND_RAISES
from qualifier.verdict import OUTPUTS, SEGMENTS, STAGES
from sandbox.desk import Shown
from tests.acceptance.conftest import SUNDAY, Open
from tests.acceptance.customer import CRMS, Customer

WEDNESDAY = SUNDAY - timedelta(days=4, hours=-5)
"""Three in the afternoon: response clocks run."""
COMPARED = [output.column for output in OUTPUTS if output.name != "Scored_At"]
SHARED_KINDS = {
    *HAND_RAISES,
    *("webinar", "event", "content_download", "careers_page", "sales_pitch"),
    *("inbound_reply", "inbound_call", "meeting_held", "call_made", "email_sent"),
}
"""Kinds of touch that both CRMs can know."""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((600, 41), id="600"),
        pytest.param((5_000, 42), id="5,000", marks=[pytest.mark.slow, pytest.mark.timeout(400)]),
    ],
)
def customer(request: pytest.FixtureRequest, open_customer: Open) -> Iterator[Customer]:
    """Both CRMs after one pass at WEDNESDAY over both, in one store; the agreement is a week old."""
    people, seed = request.param
    start = WEDNESDAY - timedelta(days=7)
    customer = open_customer(people, seed=seed, now=WEDNESDAY, effective_from=start)
    reports = customer.sync("--as-of", WEDNESDAY.isoformat())
    assert [reports[crm]["written"] for crm in CRMS] == [people, people]
    yield customer
    customer.box.stop()


def verdicts(customer: Customer, crm: str) -> list[Mapping[str, Shown]]:
    """What a rep sees of each lead, in the order of the people."""
    by_id = {lead.id: lead.values for lead in customer.desk(crm).leads()}
    return [by_id[one] for one in customer.ids(crm)]


def counted(customer: Customer, crm: str, query: str) -> dict[str, int]:
    """Rows of the store, a word and a number each; `query` says :crm for the connection."""
    with customer.store() as store:
        return {row[0]: row[1] for row in store.execute(text(query), {"crm": crm})}


def comparable(value: Shown | None) -> object:
    """A selection of several values has no order."""
    return sorted(value.split(";")) if isinstance(value, str) and ";" in value else value


def test_every_written_value_is_the_same_in_both_crms(customer: Customer) -> None:
    salesforce, hubspot = (verdicts(customer, crm) for crm in CRMS)
    differences = [
        (lead_id, column, one.get(column), other.get(column))
        for lead_id, one, other in zip(customer.ids("salesforce"), salesforce, hubspot, strict=True)
        for column in COMPARED
        if comparable(one.get(column)) != comparable(other.get(column))
    ]
    by_column = Counter(column for _, column, _, _ in differences)
    assert not differences, f"{dict(by_column)}; for example {differences[:5]}"


def test_every_column_is_filled_for_somebody(customer: Customer) -> None:
    """Two empty columns would be equal too; what only a rep's answers or a second pass fill stays empty."""
    filled = {column for values in verdicts(customer, "salesforce") for column in values}
    assert set(COMPARED) - filled <= {"proposal", "proposal_why", "why_changed", "change_7d"}


@pytest.mark.parametrize("crm", CRMS)
def test_the_people_have_touches_and_companies(customer: Customer, crm: str) -> None:
    people = len(customer.ids(crm))
    touched = """
        SELECT 'leads', COUNT(DISTINCT lead) FROM touches JOIN leads ON leads.id = touches.lead
        WHERE connection = :crm
    """
    assert counted(customer, crm, touched)["leads"] >= 0.6 * people
    employed = """
        SELECT 'leads', COUNT(DISTINCT l.id) FROM leads l JOIN companies c ON c.connection = l.connection
        AND (c.company_id = l.company_id OR (l.company_id IS NULL AND c.domain = l.domain))
        WHERE l.connection = :crm
    """
    assert counted(customer, crm, employed)["leads"] >= 0.3 * people


@pytest.mark.parametrize("crm", CRMS)
def test_every_kind_of_touch_that_both_crms_know_occurs(customer: Customer, crm: str) -> None:
    kinds = """
        SELECT kind, COUNT(*) FROM touches JOIN leads ON leads.id = touches.lead
        WHERE connection = :crm GROUP BY kind
    """
    assert set(counted(customer, crm, kinds)) >= SHARED_KINDS


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("segment", SEGMENTS),
        ("stage", STAGES),
        ("track", tuple(track.id for track in load_playbook().tracks)),
    ],
)
def test_every_value_is_reached_by_one_in_a_hundred(
    customer: Customer, column: str, values: tuple[str, ...]
) -> None:
    found = verdicts(customer, "hubspot")
    counts = Counter(one.get(column) for one in found)
    least = 0.01 * len(found) if len(found) >= 5_000 else 1
    assert all(counts[value] >= least for value in values), counts
