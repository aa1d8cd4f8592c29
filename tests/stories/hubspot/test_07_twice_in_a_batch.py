"""Story 7: an id twice in a batch is a 400 for all, and the watermark had moved on: 400 of 525 leads lost."""

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.world import LARGE, UPDATE, add_contacts, edit, log_call, log_reply, sent_ids


def test_a_contact_with_much_news_is_sent_once(fire: Fire) -> None:
    contacts = add_contacts(fire, 105)
    fire.sync()
    fire.journal.clear()
    for contact in contacts[:5]:
        edit(fire, contact, numemployees=LARGE)
        log_call(fire, contact)
        log_reply(fire, contact)
    fire.sync()
    batches = sent_ids(fire)
    assert batches
    assert all(len(set(batch)) == len(batch) for batch in batches)
    fire.settle()
    fire.assert_at_rest()


def test_what_was_read_and_could_not_be_written_is_written_later(fire: Fire) -> None:
    contacts = add_contacts(fire, 525)
    fire.faults.add(Fault(path=UPDATE, status=503, times=None, skip=1))
    report = fire.sync()
    assert report.outcome == "partial"
    assert len(fire.writes()) == 100
    fire.faults.clear()
    fire.sync(3600)  # the marks have long moved on
    fire.settle()
    assert fire.writes() == dict.fromkeys(contacts, 1)
    fire.assert_at_rest()
