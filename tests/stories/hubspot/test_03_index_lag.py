"""Story 3: the search index lags, and records that show themselves late are never seen.

Airbyte PR #69203, estuary #1861, supaglue #665, craft-freeform #2500. Overlap and second look find them.
"""

import pytest

from tests.stories.fire import Fire
from tests.stories.hubspot.world import (
    LARGE,
    add_contacts,
    edit,
    fit_of,
    kinds_of,
    log_call,
    log_reply,
    raise_hand,
)

MODEST, LONG = 30, 20 * 60


@pytest.mark.parametrize("lag", [MODEST, LONG])
def test_what_the_index_shows_late_is_processed(fire: Fire, lag: float) -> None:
    old = add_contacts(fire, 4)
    fire.sync()
    before = fit_of(fire, old[0])
    fire.box.portal.switches.index_lag_seconds = lag
    new = add_contacts(fire, 2)
    edit(fire, old[0], numemployees=LARGE)
    raise_hand(fire, old[1])
    log_call(fire, old[2])
    log_reply(fire, old[3])
    for share in (0.5, 0.45, 0.1):  # each poll sees newer times than those that are still in flight
        fire.sync(lag * share)
        add_contacts(fire, 1)
    if lag > MODEST:
        fire.sync(3600)
        fire.sync(3600)
    assert fit_of(fire, old[0]) != before
    assert set(new) <= set(fire.writes())
    kinds = [kinds_of(fire, one) for one in old[1:]]
    assert kinds == [{"demo_request"}, {"call_made"}, {"inbound_reply"}]
    fire.sync(lag)
    fire.settle()
    fire.box.portal.switches.index_lag_seconds = 0
    fire.assert_at_rest()
