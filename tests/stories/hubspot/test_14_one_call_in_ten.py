"""One call in ten fails; three passes after the faults everything is right, and little was written twice."""

from typing import Literal

import pytest

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.test_05_search_limits import SECONDLY
from tests.stories.hubspot.world import LARGE, SMALL, add_contacts, edit, log_reply, raise_hand

COUNT = 400
MOST_REPEATED = 1.05
"""Rows written per distinct (record, verdict) pair needed."""


@pytest.mark.timeout(600)
def test_everything_is_right_three_passes_after_the_faults(fire: Fire) -> None:
    fire.fail_one_call_in_ten(Fault(status=429, body=SECONDLY))
    contacts = add_contacts(fire, COUNT)
    for number in range(6):
        fire.sync()
        for contact in contacts[number * 50 : number * 50 + 60]:
            edit(fire, contact, numemployees=(LARGE, SMALL)[number % 2])
        raise_hand(fire, contacts[number * 7])
        log_reply(fire, contacts[number * 11])
    struck = [exchange.status for exchange in fire.journal if exchange.status in {0, 429, 502, 503}]
    assert struck, "nothing went wrong"
    fire.faults.clear()
    for _ in range(3):
        fire.sync()
    assert fire.known() == set(contacts)
    assert fire.refused() == {}
    fire.assert_at_rest(repeats=True)
    assert len(fire.saves) <= MOST_REPEATED * fire.needed(), (len(fire.saves), fire.needed())


@pytest.mark.timeout(600)
@pytest.mark.parametrize("drop", ["before", "after"])
def test_every_second_answer_to_a_write_is_lost(fire: Fire, drop: Literal["before", "after"]) -> None:
    contacts = add_contacts(fire, COUNT)
    fire.faults.add(Fault(path="*/batch/update", probability=0.5, drop=drop, times=None))
    for _ in range(3):
        fire.sync()
    fire.faults.clear()
    fire.settle()
    assert fire.writes() == dict.fromkeys(contacts, 1)
    fire.assert_at_rest()
