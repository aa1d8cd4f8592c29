"""Story 2: deduplication by id swallows later edits; by id and stamp it tells of a creation twice.

Every poll reads the overlap again (n8n#21028, n8n#30536): what comes again must cost nothing, what changed
again must count, also within one second of the org's clock.
"""

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads

BIG, SMALL = 500, 2


def test_each_edit_within_the_overlap_is_evaluated(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    fire.sync()
    verdicts = []
    for employees in (BIG, SMALL, BIG):
        fire.box.org.update("Lead", lead, {"NumberOfEmployees": employees})
        fire.sync(60)
        verdicts.append(fire.shown(lead).get("fit"))
    assert verdicts[0] == verdicts[2] != verdicts[1]
    fire.settle()
    fire.assert_at_rest()


def test_two_edits_within_one_second_both_count(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    fire.sync()
    fire.box.org.update("Lead", lead, {"NumberOfEmployees": BIG})
    fire.sync(1)
    fire.box.org.update("Lead", lead, {"NumberOfEmployees": SMALL})
    fire.sync(0)  # the stamp is that of our own write, and of this poll's end
    fire.settle()
    fire.assert_at_rest()


def test_created_and_edited_between_two_polls_is_one_lead(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    fire.box.clock.advance(20)
    fire.box.org.update("Lead", lead, {"NumberOfEmployees": BIG})
    report = fire.sync()
    assert (report.read["new"], report.written) == (1, 1)
    fire.settle()
    assert fire.writes() == {lead: 1}
    fire.assert_at_rest()


def test_an_edit_between_our_read_and_our_write_reaches_the_next_pass(fire: Fire) -> None:
    [lead, twin] = add_leads(fire, 2)
    fire.box.org.update("Lead", twin, {"NumberOfEmployees": BIG})
    fire.sync()
    fire.box.org.update("Lead", lead, {"NumberOfEmployees": SMALL})
    fire.sync(meet=lambda: fire.box.org.update("Lead", lead, {"NumberOfEmployees": BIG}))
    assert fire.shown(lead).get("fit") != fire.shown(twin).get("fit")
    fire.sync()
    assert fire.shown(lead).get("fit") == fire.shown(twin).get("fit")
    fire.settle()
    fire.assert_at_rest()


def test_a_touch_of_a_known_lead_is_no_second_touch_when_read_again(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    fire.sync()
    campaign = fire.box.org.insert("Campaign", {"Name": "Webinar", "Type": "Webinar"})
    fire.box.org.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    fire.sync()
    engagement = fire.shown(lead).get("engagement")
    for _ in range(3):
        fire.sync()  # the member lies within the overlap each time
    assert fire.shown(lead).get("engagement") == engagement
    fire.assert_at_rest()
