"""Story 5: a 429 on search is not retried because it is a POST, and the next run hits it again.

hubspot-api-python #117, ingestr PR #648, Pipedream #4209.
"""

import pytest

from sandbox.faults import Fault
from sandbox.hubspot.limits import Tier
from tests.stories.fire import Fire
from tests.stories.hubspot.world import SEARCH, UPDATE, add_contacts

SECONDLY = {"status": "error", "message": "You have reached your secondly limit.", "category": "RATE_LIMITS"}
DAILY = 250_000
"""Calls a day of the smallest tier (§5)."""
ROLLING = {
    "status": "error",
    "message": "You have reached your ten_secondly_rolling limit.",
    "errorType": "RATE_LIMIT",
    "policyName": "TEN_SECONDLY_ROLLING",
}


@pytest.mark.parametrize(("path", "body"), [(SEARCH, SECONDLY), (UPDATE, ROLLING)])
def test_a_limit_reached_is_waited_for_within_the_pass(fire: Fire, path: str, body: dict[str, str]) -> None:
    contacts = add_contacts(fire, 5)
    fire.faults.add(Fault(path=path, status=429, body=body, times=3))
    assert fire.sync().outcome == "ok"
    fire.settle()
    assert fire.writes() == dict.fromkeys(contacts, 1)
    fire.assert_at_rest()


def test_others_take_most_of_the_accounts_searches(fire: Fire) -> None:
    fire.box.portal.limits.tier = Tier(search_per_second=1)
    contacts = add_contacts(fire, 5)
    fire.settle()
    assert fire.writes() == dict.fromkeys(contacts, 1)
    fire.assert_at_rest()


def test_a_lasting_limit_ends_the_pass_and_keeps_its_pages(fire: Fire) -> None:
    add_contacts(fire, 3)
    fire.sync()
    new = add_contacts(fire, 450)
    fault = fire.faults.add(Fault(path=SEARCH, status=429, body=SECONDLY, times=None, skip=1))
    report = fire.sync()
    assert report.outcome == "failed"
    assert "rate of calls" in str(report.error)
    assert len(fire.known()) == 200
    fire.faults.remove(fault)
    fire.journal.clear()
    fire.sync()
    first, *_ = fire.journal.exchanges("POST", SEARCH)
    conditions = {one["propertyName"] for one in first.body["filterGroups"][0]["filters"]}
    assert "hs_object_id" in conditions, "the walk goes on behind the last page stored"
    fire.settle()
    assert set(new) <= set(fire.writes())
    fire.assert_at_rest()


def test_the_days_calls_are_used_up_and_it_goes_on_next_day(fire: Fire) -> None:
    contacts = add_contacts(fire, 5)
    limits = fire.box.portal.limits
    limits.used_today = DAILY - 4  # the rest went to other apps
    fire.journal.clear()
    report = fire.sync()
    assert report.outcome == "failed"
    assert "daily limit" in str(report.error)
    statuses = [exchange.status for exchange in fire.journal]
    assert statuses.index(429) == len(statuses) - 1, "calls after the refusal"
    fire.sync(86_400)
    fire.settle()
    assert set(fire.writes()) == set(contacts)
    fire.assert_at_rest()
