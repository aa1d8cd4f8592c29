"""Story 2: thousands share one timestamp, as after HubSpot's month-end job: an endless loop, or lost rows.

Airbyte #43317 and PR #44899. The worker dies on the way, and another one goes on.
"""

from collections.abc import Callable

import pytest

from sync.report import Progress
from tests.stories.fire import Fire
from tests.stories.hubspot.world import SEARCH, add_contacts

PAGE = 200


class Killed(BaseException):
    """The process ends here: nothing below may catch it."""


def die_after(pages: int) -> Progress:
    """A progress line whose process is killed once so many pages with rows were stored."""
    left = [pages]

    def read(size: int) -> None:
        left[0] -= size > 0
        if left[0] == 0:
            raise Killed

    return Progress(read=read)


def assert_equal_stamps_end(fire: Fire, count: int) -> None:
    """So many contacts of one millisecond: a killed worker's successor reads what is left, and ends."""
    add_contacts(fire, 3)
    fire.sync()
    fire.saves.clear()
    loaded = add_contacts(fire, count)  # the clock stands: all of them carry one stamp
    assert len({fire.box.portal.get("contacts", one)["lastmodifieddate"] for one in loaded}) == 1
    with pytest.raises(Killed):
        fire.sync(progress=die_after(1))
    assert len(fire.known()) == PAGE
    assert fire.saves == []
    fire.restart()
    fire.journal.clear()
    fire.sync()
    filters = fire.journal.exchanges("POST", SEARCH)[0].body["filterGroups"][0]["filters"]
    assert ("hs_object_id", "GT") in {(one["propertyName"], one["operator"]) for one in filters}, "begun anew"
    # What was left of the poll that was cut short, and one from its end on: its overlap has all of it again.
    assert fire.journal.counts["POST", SEARCH] <= -(-(2 * count + 6 - PAGE) // PAGE) + 2
    fire.settle()
    assert set(loaded) <= fire.known()
    assert set(fire.writes().values()) == {1}


def test_equal_stamps_survive_a_crash(fire: Fire) -> None:
    fire.box.portal.switches.search_wall = PAGE
    assert_equal_stamps_end(fire, 450)
    fire.assert_at_rest()


@pytest.mark.slow
@pytest.mark.timeout(1_500)
def test_twelve_thousand_equal_stamps(light: Callable[..., Fire]) -> None:
    fire = light("hubspot")
    assert_equal_stamps_end(fire, 12_000)
