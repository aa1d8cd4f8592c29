"""Story 12: a field is removed or hidden and the whole sync fails; an admin's mass change re-surfaces all.

Sources: one missing field fails a whole query (fact sheet §4.4, estuary#3493); a renamed picklist value moves
every SystemModstamp (§2.2).
"""

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads

MANY = 2_500


@pytest.mark.parametrize("how", ["hidden", "removed"])
def test_a_mapped_field_that_goes_fails_no_sync_and_keeps_what_was_read(fire: Fire, how: str) -> None:
    org = fire.box.org
    org.add_custom_field("Lead", "Buying_Role__c", "string", length=40)
    fire.changes = {"fields": {"role": "Buying_Role__c"}, "values": {"role": {"Boss": "decider"}}}
    fire.restart()
    [lead, plain] = add_leads(fire, 2, Buying_Role__c="Boss")
    org.update("Lead", plain, {"Buying_Role__c": None})
    fire.settle()
    assert fire.shown(lead).get("fit") != fire.shown(plain).get("fit")
    if how == "hidden":
        org.access.withdraw_field("Lead", "Buying_Role__c")
    else:
        org.remove_custom_field("Lead", "Buying_Role__c")
    org.update("Lead", lead, {"NumberOfEmployees": 7})
    org.update("Lead", plain, {"NumberOfEmployees": 7})
    assert fire.sync().outcome == "ok"
    assert fire.shown(lead).get("fit") != fire.shown(plain).get("fit"), "what was read is kept"
    assert fire.settle().outcome == "ok"
    assert any(finding.level != "ok" and "role" in str(finding).lower() for finding in fire.connector.check())


def test_one_of_our_own_fields_is_withdrawn_and_given_back(fire: Fire) -> None:
    org = fire.box.org
    leads = add_leads(fire, 5)
    fire.sync(meet=lambda: org.access.withdraw_field("Lead", "Leadline_Grade__c", read=False))
    fire.settle()
    assert fire.shown(leads[0]).get("score")
    assert fire.shown(leads[0]).get("grade") is None
    assert any("Grade" in str(finding) for finding in fire.connector.check() if finding.level != "ok")
    org.access.restore_field("Lead", "Leadline_Grade__c")
    fire.restart()
    fire.sync(25 * 3600)  # every lead is looked at once a day, though nothing happened to it
    fire.settle()
    assert fire.shown(leads[0]).get("grade")
    fire.assert_at_rest()


@pytest.mark.timeout(300)
def test_an_admins_mass_change_costs_pages_and_no_writes(fire: Fire) -> None:
    org = fire.box.org
    leads = add_leads(fire, MANY)
    fire.settle()
    fire.box.clock.advance(3600)  # out of the overlap of our own writes
    fire.settle()
    before = len(fire.saves)
    for lead in leads:
        org.touch(lead, {}, org.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000"))
    calm = fire.reports[-1].calls
    report = fire.sync()
    assert (report.outcome, report.read["leads"], report.written) == ("ok", MANY, 0)
    assert report.calls <= calm + 1
    assert len(fire.saves) == before
