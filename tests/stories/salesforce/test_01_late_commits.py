"""Story 1: records missing after an incremental sync, because the bookmark jumped over late commits.

A row becomes visible at its commit but carries an earlier stamp (fact sheet §2.3; airbyte#27146).
"""

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads


@pytest.mark.parametrize("seconds", [300, 570])
def test_rows_that_show_themselves_late_are_processed(fire: Fire, seconds: float) -> None:
    org = fire.box.org
    old = add_leads(fire, 5)
    fire.sync()
    transaction = org.begin(visible_in=seconds)
    late = [transaction.insert("Lead", {"LastName": f"Late {n}", "Company": "Late"}) for n in range(5)]
    transaction.update("Lead", old[0], {"Industry": "Banking", "NumberOfEmployees": 500})
    for number in range(6):
        org.insert("Lead", {"LastName": f"Prompt {number}", "Company": f"Prompt {number}"})
        fire.sync(120)  # each poll sees newer stamps than those that are still in flight
    assert transaction.is_done
    fire.settle()
    assert set(late) <= set(fire.writes())
    fire.assert_at_rest()


def test_a_touch_that_commits_late_counts(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    fire.sync()
    campaign = fire.box.org.insert("Campaign", {"Name": "Request a demo", "Type": "Other"})
    transaction = fire.box.org.begin(visible_in=570)
    transaction.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    for _ in range(3):
        fire.sync(180)
    assert fire.shown(lead).get("segment") != "hot"
    fire.sync(60)
    assert fire.shown(lead).get("segment") == "hot"
    fire.settle()
    fire.assert_at_rest()
