"""Written, the answer lost, and the look-up fails as well: the next pass finds out and repeats nothing."""

import pytest

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.salesforce.world import COLLECTIONS, COMPOSITE, add_leads

COUNT = 50


@pytest.mark.parametrize("undone", [False, True])
def test_what_was_written_unheard_is_looked_up_by_the_next_pass(fire: Fire, undone: bool) -> None:
    org = fire.box.org
    leads = add_leads(fire, COUNT, NumberOfEmployees=2)
    fire.settle()
    before = fire.shown(leads[0]).get("fit")
    for lead in leads:
        org.update("Lead", lead, {"NumberOfEmployees": 500})
    fire.faults.add(Fault(path=COLLECTIONS, drop="after"))
    fire.faults.add(Fault(path=COMPOSITE, containing="WHERE%20Id%20IN", status=503, times=None))
    fire.faults.add(Fault(path=COMPOSITE, containing="WHERE+Id+IN", status=503, times=None))
    assert fire.sync().outcome == "failed"
    fire.faults.clear()
    if undone:
        for lead in leads:
            org.update("Lead", lead, {"NumberOfEmployees": 2})
    fire.settle()
    assert fire.writes() == dict.fromkeys(leads, 3 if undone else 2)
    assert (fire.shown(leads[0]).get("fit") == before) is undone
    fire.assert_at_rest()
