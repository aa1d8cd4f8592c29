"""Story 3: a bulk load stamps thousands of rows with one second: `>` loses rows, `>=` loops (supaglue#532).

The worker dies after the second page and another one goes on.
"""

import pytest

from sync.report import Progress
from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads

LOADED = 5_000


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


@pytest.mark.timeout(300)
def test_five_thousand_rows_of_one_second_survive_a_crash(fire: Fire) -> None:
    add_leads(fire, 3)
    fire.sync()
    loaded = add_leads(fire, LOADED)  # the clock stands: all of them carry one stamp
    with pytest.raises(Killed):
        fire.sync(progress=die_after(2))
    assert 0 < len(fire.known()) < LOADED
    assert fire.saves[3:] == []
    fire.restart()
    fire.journal.clear()
    fire.sync()
    queries = [one for one in fire.journal if "queryAll" in one.path and "Lead" in one.query]
    assert len(queries) <= 4, "a crash must not begin the window again"
    fire.settle()
    assert set(loaded) <= fire.known()
    assert set(fire.writes().values()) == {1}
    fire.assert_at_rest()
