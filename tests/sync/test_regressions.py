"""What the stateful machine found, each as the short story that it shrank to."""

from collections.abc import Callable

import pytest

from sync.cycle import Mode, Pace
from tests.sync.office import Office

TINY = Pace(pages=1, leads=4, writes=3, poll_seconds=0)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("mode", [Mode(dry_run=True), Mode(full=True)], ids=["dry run", "full"])
def test_a_pass_in_rounds_ends_though_it_looks_at_everything(office: Office, mode: Mode) -> None:
    """Each round took the same first slice again, for ever: `write: off` under `run`, from 2,000 leads on."""
    for number in range(9):
        office.crm.put_lead(f"L{number}", {"industry": "software"})
    office.sync()
    office.crm.edit("L3", role="decider")
    report = office.sync(mode, pace=TINY)
    assert (report.outcome, report.qualified) == ("ok", 1 if mode.dry_run else 9)


@pytest.mark.timeout(30)
def test_a_connection_that_may_not_write_yet_ends_its_passes(make_office: Callable[..., Office]) -> None:
    office = make_office(write={"mode": "off"})
    for number in range(9):
        office.crm.put_lead(f"L{number}", {"industry": "software"})
    assert office.sync(pace=TINY).qualified == 9
    assert office.sync(pace=TINY).qualified == 9
