"""Story 4: search shows rows newer than the window, or values that are no longer true (estuary PR #2210).

What the primary store says decides; at rest no value of the index stands where a newer one is known.
"""

import pytest

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.world import LARGE, READ, SEARCH, add_contacts, edit, fit_of

LAGS = [30, 20 * 60]
SECOND_LOOK = 4_000
"""Seconds after which every moment until now less the lag has been looked at twice."""


@pytest.mark.parametrize("lag", LAGS)
def test_the_primary_store_wins_over_a_stale_row(fire: Fire, lag: float) -> None:
    portal = fire.box.portal
    portal.switches.stale_search_values = True
    [contact] = add_contacts(fire, 1)
    fire.sync()
    fit = fit_of(fire, contact)
    portal.switches.index_lag_seconds = lag
    edit(fire, contact, company="Anything")
    fire.sync(lag - 1)
    edit(fire, contact, numemployees=LARGE)
    fire.sync(2)  # the index shows the first edit, with the employees of before
    fire.sync(lag)
    fire.sync(SECOND_LOOK)
    assert fit_of(fire, contact) != fit
    fire.settle()
    fire.assert_at_rest()


@pytest.mark.parametrize("lag", LAGS)
def test_history_read_from_a_stale_index_ends_up_right(fire: Fire, lag: float) -> None:
    """The first sync takes contacts of long ago from the index: it may be behind, at rest it is not."""
    portal = fire.box.portal
    contacts = add_contacts(fire, 3)
    fire.box.clock.advance(30 * 86_400)
    portal.switches.stale_search_values = True
    portal.switches.index_lag_seconds = lag
    edit(fire, contacts[0], numemployees=LARGE)  # before the first sync, not in the index
    fire.sync(1)
    assert fire.known() == set(contacts)
    assert fire.journal.exchanges("POST", READ) == [], "history costs one call per 200"
    edit(fire, contacts[1], numemployees=LARGE)
    fire.sync(lag)
    fire.sync(SECOND_LOOK)
    fire.settle()
    assert fit_of(fire, contacts[0]) == fit_of(fire, contacts[1]) != fit_of(fire, contacts[2])
    fire.assert_at_rest()


def test_a_healing_read_does_not_put_old_values_back(fire: Fire) -> None:
    """An index that hangs for hours: what is known from the primary store stays."""
    portal = fire.box.portal
    [contact, other] = add_contacts(fire, 2)
    fire.sync()
    fire.sync(20 * 3600)
    portal.switches.stale_search_values = True
    edit(fire, contact, company="Anything")  # the version that the index will hold on to
    portal.search("contacts").index.settle(portal.now())
    portal.switches.index_lag_seconds = 6 * 3600
    edit(fire, contact, numemployees=LARGE)
    fire.sync(30)  # the index shows the first edit: the present contact is read
    right = fit_of(fire, contact)
    assert right != fit_of(fire, other)
    fire.sync(5 * 3600)  # the daily healing read meets the old row
    assert fit_of(fire, contact) == right
    assert fire.writes()[contact] <= 3
    fire.sync(3600)
    fire.sync(SECOND_LOOK)
    fire.settle()
    fire.assert_at_rest()


def test_rows_newer_than_the_window_are_left_to_the_next_one(fire: Fire) -> None:
    [contact] = add_contacts(fire, 1)
    fire.sync()
    edit(fire, contact, numemployees=LARGE)
    future = "2030-01-01T00:00:00.000Z"
    row = {"id": contact, "properties": {"lastmodifieddate": future, "numemployees": ""}, "updatedAt": future}
    fire.faults.add(Fault(path=SEARCH, status=200, body={"total": 1, "results": [row]}))
    fire.sync()
    fire.settle()
    fire.assert_at_rest()
