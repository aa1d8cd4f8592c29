"""Story 1: more than 10,000 changed records: the run dies with a 400, or the connector caps them in silence.

Airbyte PR #10700, hubspot-api-nodejs #132, activepieces PR #10160, amp-labs PR #32.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.stories.fire import Fire
from tests.stories.hubspot.world import SEARCH, add_contacts

PAGE = 200
SPREAD = timedelta(minutes=5)
"""Contacts change over so long a time."""


def add_over_time(fire: Fire, count: int) -> list[str]:
    """So many contacts, each changed in a millisecond of its own, the newest now."""
    portal = fire.box.portal
    stamps = (fire.now - SPREAD * (number / count) for number in range(count))
    return [
        portal.create("contacts", {"email": f"w{number}@wall{number}.example"}, created_at=at)
        for number, at in enumerate(stamps)
    ]


def assert_all_seen_once(fire: Fire, count: int) -> None:
    """So many contacts change between two passes; the next one sees each of them exactly once."""
    add_contacts(fire, 3)
    fire.sync()
    fire.saves.clear()
    changed = add_over_time(fire, count)
    fire.journal.clear()
    report = fire.sync(1)
    assert (report.outcome, report.read["new"]) == ("ok", count)
    assert fire.writes() == dict.fromkeys(changed, 1)
    pages = fire.journal.counts["POST", SEARCH]
    assert pages <= -(-count // PAGE) + 2
    assert all("after" not in exchange.body for exchange in fire.journal.exchanges("POST", SEARCH))


def test_a_walk_passes_the_wall(fire: Fire) -> None:
    fire.box.portal.switches.search_wall = PAGE
    assert_all_seen_once(fire, 450)
    fire.settle()
    fire.assert_at_rest()


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_twenty_five_thousand_changed_contacts(light: Callable[..., Fire]) -> None:
    fire = light("hubspot")
    assert_all_seen_once(fire, 25_000)
    fire.settle()
    assert fire.known() == {lead.id for lead in fire.desk.leads()}
