"""Story 6: the daily quota is eaten; retry storms make it worse, or the sync dies half-way (airbyte#8690).

`REQUEST_LIMIT_EXCEEDED` is a 403 and a rolling 24 hours: no more calls in the pass, the mark is kept.
"""

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, raise_hand


@pytest.mark.parametrize("left", [0, 2, 4, 8])
def test_the_pass_ends_at_the_first_refusal_and_goes_on_next_day(fire: Fire, left: int) -> None:
    org = fire.box.org
    leads = add_leads(fire, 30)
    fire.sync()
    add_leads(fire, 5)
    raise_hand(fire, leads[3])
    org.limits.elsewhere = org.limits.maximum - org.limits.used - left
    fire.journal.clear()
    report = fire.sync()
    statuses = [exchange.status for exchange in fire.journal]
    if 403 in statuses:
        assert report.outcome == "failed"
        assert "24 hours" in str(report.error)
        assert statuses.index(403) == len(statuses) - 1, "calls after the refusal"
    fire.journal.clear()
    fire.sync(120)
    assert sum(exchange.status == 403 for exchange in fire.journal) <= 1
    org.limits.elsewhere = 0
    fire.box.clock.advance(86_400)
    fire.settle()
    assert set(fire.writes()) == set(fire.known())
    fire.assert_at_rest()


def test_too_many_long_calls_at_once_is_a_matter_of_a_minute(fire: Fire) -> None:
    add_leads(fire, 3)
    fire.box.org.limits.refuse_concurrent = 1
    assert fire.sync().outcome == "failed"
    assert fire.settle().outcome == "ok"
    fire.assert_at_rest()
