"""Story 8: a 2xx and nothing written: a wrong wrapper, a merged id (rudder PR #5147, #5167, nodejs #26)."""

import pytest

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.world import UPDATE, add_contacts, raise_hand, sent_ids


@pytest.mark.parametrize("body", [{"status": "COMPLETE", "results": []}, {"status": "COMPLETE"}, {}])
def test_an_empty_success_is_none(fire: Fire, body: dict[str, object]) -> None:
    contacts = add_contacts(fire, 5)
    fire.faults.add(Fault(path=UPDATE, status=200, body=body))
    assert fire.sync().written == 5
    assert fire.writes() == dict.fromkeys(contacts, 1)
    fire.settle()
    fire.assert_at_rest()


def test_an_answer_that_leaves_some_out_settles_only_the_others(fire: Fire) -> None:
    contacts = add_contacts(fire, 5)
    row = {"id": contacts[0], "properties": {}, "updatedAt": "2026-11-18T10:00:00Z"}
    fire.faults.add(Fault(path=UPDATE, status=200, body={"status": "COMPLETE", "results": [row]}))
    report = fire.sync()
    assert report.deliveries["retry"] == 4
    fire.settle()
    assert set(contacts[1:]) <= set(fire.writes())


def test_merged_and_deleted_between_our_read_and_our_write(fire: Fire) -> None:
    portal = fire.box.portal
    contacts = add_contacts(fire, 6)

    def clean_up() -> None:
        portal.merge("contacts", contacts[0], contacts[1])
        portal.archive("contacts", contacts[2])

    report = fire.sync(meet=clean_up)
    assert report.deliveries["gone"] == 2
    assert fire.known(gone=True) == {contacts[1], contacts[2]}
    for _ in range(2):
        raise_hand(fire, contacts[0])
        fire.sync()
    attempts = [batch for batch in sent_ids(fire) if contacts[1] in batch or contacts[2] in batch]
    assert len(attempts) == 1, "what is gone is not tried again"
    fire.settle()
    fire.assert_at_rest()


def test_who_was_deleted_and_never_written_to_is_found_out_within_a_day(fire: Fire) -> None:
    contacts = add_contacts(fire, 3)
    fire.settle()
    fire.box.portal.archive("contacts", contacts[1])
    fire.sync()
    assert contacts[1] in fire.known(), "search does not tell of those who left"
    fire.sync(86_400)
    assert fire.known(gone=True) == {contacts[1]}
    fire.settle()
    fire.assert_at_rest()
