"""A hundred edits that matter among thousands of leads are a hundred writes; the others cost none."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import text

from qualifier.facts import MINUS
from sandbox.hubspot.schema import Definition
from sync.worth import AT_ONCE
from tests.acceptance.conftest import Open
from tests.acceptance.customer import CRMS, Customer, Report, settle, written_ids

EDITS = 100
SAMPLE = 5
"""Leads that `explain` is asked about, a third of a second each."""
FEW = 5
"""Leads among 20,000 that may turn in the minutes between two passes."""
ROLES = {
    "salesforce": ("Buying_Role__c", {"Decision Maker": "Not involved", "Not involved": "Decision Maker"}),
    "hubspot": ("hs_buying_role", {"DECISION_MAKER": "OTHER", "OTHER": "DECISION_MAKER"}),
}
"""The field of the role, and what turns a lead that counts into one that does not, and back."""
UNREAD = {
    "salesforce": ("Phone", "Street", "Shoe_Size__c"),
    "hubspot": ("phone", "address", "shoe_size"),
}
"""Fields that no playbook reads; the last is the customer's own."""


@dataclass
class Story:
    """A customer after its first sync, with the hundred edits of each kind still to come."""

    customer: Customer
    first: dict[str, Report]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(1_000, id="1,000"),
        pytest.param(20_000, id="20,000", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def story(request: pytest.FixtureRequest, open_customer: Open) -> Iterator[Story]:
    """The first sync of so many people; prints what it cost."""
    customer = open_customer(request.param, seed=11)
    customer.box.org.add_custom_field("Lead", "Shoe_Size__c", "string", length=20)
    customer.box.portal.add_property(
        "contacts", Definition("shoe_size", "string", "text", "Shoe size", "contactinformation")
    )
    settle()
    first = customer.sync()
    for crm in CRMS:
        report = first[crm]
        per_thousand = report["calls"] / request.param * 1_000
        print(  # noqa: T201  # figures for the closing note
            f"{crm}: first sync of {request.param:,}: {report['seconds']:.1f} s, {report['calls']} calls, "
            f"{per_thousand:.1f} per 1,000"
        )
    yield Story(customer, first)
    customer.box.stop()


def stored(customer: Customer, crm: str, lead_id: str) -> dict[str, Any]:
    box = customer.box
    return dict(box.org.get("Lead", lead_id) if crm == "salesforce" else box.portal.get("contacts", lead_id))


def turnable(customer: Customer, crm: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Leads with a score in the middle and a known role, and the edit that must move the score."""
    name, turned = ROLES[crm]
    for lead in customer.desk(crm).leads():
        score, role = lead.values.get("score"), stored(customer, crm, lead.id).get(name)
        if isinstance(score, int | float) and 20 <= score <= 80 and role in turned:
            yield lead.id, {name: turned[role]}


def explained(customer: Customer, crm: str, lead_id: str, as_of: str) -> tuple[Any, Any]:
    """Score and Segment as `explain` gives them."""
    verdict = customer.explain(crm, lead_id, "--as-of", as_of)["verdict"]
    return verdict["score"], verdict["segment"]


def shown(customer: Customer, crm: str) -> dict[str, tuple[Any, Any]]:
    """Lead id → Score and Segment as a rep sees them."""
    return {
        lead.id: (lead.values.get("score"), lead.values.get("segment")) for lead in customer.desk(crm).leads()
    }


def at_rest(customer: Customer) -> dict[str, Report]:
    """Bring every lead to today's verdict: tests come in any order, and one of them plays ninety days on."""
    settle()
    reports = customer.sync()
    settle()
    return reports


def sync_counted(customer: Customer, *words: str) -> tuple[dict[str, Report], dict[str, list[str]]]:
    """One pass; its reports, and for each CRM the ids of the records that it was sent to write."""
    for crm in CRMS:
        customer.journal(crm).clear()
    reports = customer.sync(*words)
    return reports, {crm: written_ids(customer.journal(crm).exchanges()) for crm in CRMS}


def test_the_first_sync_wrote_every_lead_once(story: Story) -> None:
    customer = story.customer
    for crm in CRMS:
        assert story.first[crm]["written"] == len(customer.ids(crm))
        assert customer.scored(crm) == set(customer.ids(crm))


def test_exactly_the_leads_whose_score_moved_are_rewritten(story: Story) -> None:
    customer = story.customer
    rest = at_rest(customer)
    before = {crm: shown(customer, crm) for crm in CRMS}
    matter: dict[str, list[str]] = {}
    for crm in CRMS:
        edits = dict(islice(turnable(customer, crm), EDITS))
        others = [one for one in customer.ids(crm) if one not in edits][:: len(before[crm]) // (EDITS + 20)]
        for lead_id, values in edits.items():
            customer.edit(crm, lead_id, **values)
        for number, lead_id in enumerate(others[:EDITS]):
            customer.edit(crm, lead_id, **{UNREAD[crm][number % 3]: f"+49 30 {number}"})
        matter[crm] = list(edits)
        assert len(matter[crm]) == len(others[:EDITS]) == EDITS
    settle()
    reports, sent = sync_counted(customer)
    for crm in CRMS:
        after = shown(customer, crm)
        assert {one for one in after if after[one] != before[crm][one]} == set(matter[crm])
        for lead_id in matter[crm][:SAMPLE]:
            assert explained(customer, crm, lead_id, reports[crm]["as_of"]) == after[lead_id]
        extra = turned_by_time(customer, crm, set(sent[crm]) - set(matter[crm]), rest[crm], reports[crm])
        assert sorted(sent[crm]) == sorted([*matter[crm], *extra])
        assert reports[crm]["written"] == EDITS + len(extra)

    settle()
    again, sent = sync_counted(customer)
    for crm in CRMS:
        extra = turned_by_time(customer, crm, set(sent[crm]), reports[crm], again[crm])
        assert again[crm]["written"] == len(extra) == len(sent[crm])


def turned_by_time(customer: Customer, crm: str, lead_ids: set[str], one: Report, other: Report) -> set[str]:
    """Those of `lead_ids` whose verdict differs between two passes for the clock alone, as `explain` says.

    A pass over 20,000 leads takes minutes, in which a lead or two grow older than seven days.
    """
    assert len(lead_ids) <= FEW
    moments = (one["as_of"], other["as_of"])
    verdicts = {
        lead_id: [
            {
                name: value
                for name, value in customer.explain(crm, lead_id, "--as-of", moment)["verdict"].items()
                if name in AT_ONCE or name == "respond_rank"
            }
            for moment in moments
        ]
        for lead_id in lead_ids
    }
    return {lead_id for lead_id, (before, after) in verdicts.items() if before != after}


def test_a_dry_run_writes_nothing(story: Story) -> None:
    customer = story.customer
    at_rest(customer)
    edited: dict[str, str] = {}
    for crm in CRMS:
        edited[crm], values = next(islice(turnable(customer, crm), EDITS // 2, None))
        customer.edit(crm, edited[crm], **values)
    settle()
    stamps = {crm: customer.stamps(crm) for crm in CRMS}
    reports, sent = sync_counted(customer, "--dry-run")
    assert sent == {crm: [] for crm in CRMS}
    assert stamps == {crm: customer.stamps(crm) for crm in CRMS}
    # A lead or two may have turned by time alone since the first sync, which takes minutes.
    assert all(1 <= reports[crm]["waiting"] <= FEW for crm in CRMS)
    reports, sent = sync_counted(customer)
    assert all(edited[crm] in sent[crm] for crm in CRMS)


def test_ninety_days_later_engagement_is_lower_though_nothing_happened(story: Story) -> None:
    customer = story.customer
    settle()
    now = customer.box.clock.now()
    later = (now + timedelta(days=90)).isoformat()
    before = {crm: engaged(customer, crm, now) for crm in CRMS}
    for crm in CRMS:
        for lead_id in list(before[crm])[:SAMPLE]:
            today, then = (
                customer.explain(crm, lead_id, "--as-of", moment)["verdict"]["engagement"] or 0
                for moment in (now.isoformat(), later)
            )
            assert then < today
    people_see = {crm: {one: own_words(customer, crm, one) for one in before[crm]} for crm in CRMS}
    customer.sync("--as-of", later)
    for crm in CRMS:
        after = engagement(customer, crm)
        risen = [one for one, was in before[crm].items() if after[one] > was]
        assert all(has_reason_to_rise(customer, crm, one, now) for one in risen)
        # The others moved by less than what a write is worth.
        assert sum(after[one] < was for one, was in before[crm].items()) > 0.5 * len(before[crm])
        assert people_see[crm] == {one: own_words(customer, crm, one) for one in before[crm]}


def has_reason_to_rise(customer: Customer, crm: str, lead_id: str, now: datetime) -> bool:
    """A minus signal ends after 180 days, and a meeting that lies ahead is held by then."""
    touches = customer.explain(crm, lead_id)["touches"]
    return any(each["kind"] in MINUS or datetime.fromisoformat(each["at"]) > now for each in touches)


def engagement(customer: Customer, crm: str) -> dict[str, float]:
    """Lead id → Engagement as a rep sees it, 0 where there is none."""
    shown = {lead.id: lead.values.get("engagement") for lead in customer.desk(crm).leads()}
    return {one: value if isinstance(value, int | float) else 0 for one, value in shown.items()}


def engaged(customer: Customer, crm: str, now: datetime) -> dict[str, float]:
    """Leads with engagement that only fades: no minus that lapses, no meeting that is still to come."""
    breakdowns = {lead.id: str(lead.values.get("breakdown")) for lead in customer.desk(crm).leads()}
    planned = """
        SELECT lead_id FROM leads JOIN touches ON touches.lead = leads.id
        WHERE connection = :crm AND touches.at > :now
    """
    with customer.store() as store:
        rows = store.execute(text(planned), {"crm": crm, "now": int(now.timestamp() * 1e6)})
        to_come = {row.lead_id for row in rows}
    return {
        one: value
        for one, value in engagement(customer, crm).items()
        if value and "−" not in breakdowns[one] and one not in to_come
    }


def own_words(customer: Customer, crm: str, lead_id: str) -> dict[str, Any]:
    """A record without Leadline's fields and without the stamps of a change."""
    ours = ("leadline_", "systemmod", "lastmod", "lastreferenced", "lastviewed")
    return {
        name: value
        for name, value in stored(customer, crm, lead_id).items()
        if not name.lower().startswith(ours)
    }
