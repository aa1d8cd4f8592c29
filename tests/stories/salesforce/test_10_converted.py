"""Story 10: a converted lead is retried for ever (commvault 67630; "replay jobs stuck")."""

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, sent_ids


@pytest.mark.parametrize("may_edit", [False, True])
def test_converted_between_our_read_and_our_write_is_parked_once(fire: Fire, may_edit: bool) -> None:
    org = fire.box.org
    org.switches.edit_converted = may_edit
    leads = add_leads(fire, 5)
    made = []
    fire.sync(meet=lambda: made.append(org.convert_lead(leads[2])))
    assert fire.refused() == {}, "a lead that left is nobody's quarantine"
    contact = org.get("Contact", made[0].contact)
    fire.settle()
    assert fire.known(gone=True) == {leads[2]}
    attempts = [ids for ids in sent_ids(fire) if leads[2] in ids]
    assert len(attempts) == 1
    assert org.get("Contact", made[0].contact) == contact
    assert fire.refused() == {}
    fire.assert_at_rest()


def test_deleted_and_merged_between_read_and_write(fire: Fire) -> None:
    org = fire.box.org
    leads = add_leads(fire, 5)

    def clean_up() -> None:
        org.delete("Lead", leads[1])
        org.merge_leads(leads[3], [leads[4]])

    fire.sync(meet=clean_up)
    fire.settle()
    assert fire.known(gone=True) == {leads[1], leads[4]}
    assert fire.known() == {leads[0], leads[2], leads[3]}
    fire.assert_at_rest()


def test_a_lead_out_of_the_recycle_bin_is_scored_again(fire: Fire) -> None:
    org = fire.box.org
    [lead] = add_leads(fire, 1)
    fire.sync()
    org.delete("Lead", lead)
    fire.sync()
    assert fire.known() == set()
    org.undelete("Lead", lead)
    fire.settle()
    assert fire.known() == {lead}
    fire.assert_at_rest()
