"""Leads that nobody here invented, through both CRMs: a seller of courses, and who bought in the end."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.box import Box
from tests.acceptance.customer import CRMS, ROOT, Customer

EXAMPLE = ROOT / "config" / "examples" / "education"
DATA = Path(os.environ.get("LEADLINE_DATA", ROOT.parent / "shared" / "data"))
LEADS = DATA / "x_education" / "leads.csv"
COUNT = 6_468
FALLING = ("hot", "warm", "cold")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Customer]:
    """Both CRMs after one pass over the list."""
    if not LEADS.exists():
        pytest.skip(f"data absent: {LEADS.name}; set LEADLINE_DATA to the folder that holds x_education")
    with Box(leads=LEADS, mapping=EXAMPLE / "mapping.yaml") as box:
        customer = Customer(box, tmp_path_factory.mktemp("seller"), EXAMPLE / "playbook.yaml")
        customer.set_up()
        reports = customer.sync()
        for crm in CRMS:
            report = reports[crm]
            assert report["written"] == COUNT
            print(  # noqa: T201  # figures for the closing note
                f"{crm}: {COUNT:,} leads in {report['seconds']:.1f} s, {report['calls']} calls, "
                f"{report['calls'] / COUNT * 1_000:.1f} per 1,000; {dict(report['segments'])}"
            )
        yield customer


@pytest.mark.parametrize("crm", CRMS)
def test_every_lead_is_scored(customer: Customer, crm: str) -> None:
    assert len(customer.ids(crm)) == COUNT
    assert customer.scored(crm) == set(customer.ids(crm))


@pytest.mark.parametrize("crm", CRMS)
def test_three_segments_hold_a_twentieth_each(customer: Customer, crm: str) -> None:
    counts = Counter(lead.values.get("segment") for lead in customer.desk(crm).leads())
    assert sum(count >= 0.05 * COUNT for count in counts.values()) >= 3, counts


@pytest.mark.parametrize("crm", CRMS)
def test_the_share_of_buyers_falls_from_hot_to_cold(customer: Customer, crm: str) -> None:
    shares = {one.segment: one.share for one in customer.box.outcome_shares(crm)}
    print(crm, shares)  # noqa: T201  # figures for the closing note
    assert shares["hot"] > shares["warm"] > shares["cold"]


def test_both_crms_say_the_same(customer: Customer) -> None:
    """All but what a CRM's own clock tells: each is scored at its own time."""
    columns = ("segment", "score", "grade", "stage", "track", "breakdown")
    salesforce, hubspot = ({lead.id: lead.values for lead in customer.desk(crm).leads()} for crm in CRMS)
    differing = [
        (one, column, salesforce[one].get(column), hubspot[other].get(column))
        for one, other in zip(customer.ids("salesforce"), customer.ids("hubspot"), strict=True)
        for column in columns
        if salesforce[one].get(column) != hubspot[other].get(column)
    ]
    assert not differing, differing[:5]
