"""Story 9: a locked row loses some of a batch, or the whole batch is sent again (jsforce#1018, SFDMU#814)."""

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, sent_ids


def test_only_the_locked_records_are_sent_again(fire: Fire) -> None:
    leads = add_leads(fire, 200)
    locked = leads[::30]
    fire.box.org.locked |= dict.fromkeys(locked, 2)
    report = fire.sync()
    assert (report.outcome, report.written) == ("ok", 200)
    first, *others = sent_ids(fire)
    assert len(first) == 200
    assert {one for sent in others for one in sent} == set(locked)
    fire.settle()
    assert set(fire.writes().values()) == {1}
    fire.assert_at_rest()


def test_a_lock_that_outlives_the_pass_is_for_the_next_one(fire: Fire) -> None:
    leads = add_leads(fire, 20)
    fire.box.org.locked[leads[7]] = None
    report = fire.sync()
    assert report.written == 19
    assert fire.refused() == {}
    del fire.box.org.locked[leads[7]]
    fire.settle()
    assert set(fire.writes().values()) == {1}
    fire.assert_at_rest()


def test_a_record_under_approval_waits_and_holds_nobody_up(fire: Fire) -> None:
    leads = add_leads(fire, 20)
    fire.box.org.in_approval.add(leads[7])
    assert fire.sync().written == 19
    before = len(sent_ids(fire))
    fire.sync()
    assert sent_ids(fire)[before:] == [[leads[7]]]
    fire.box.org.in_approval.clear()
    fire.settle()
    fire.assert_at_rest()
