"""A call, meeting or response that somebody deletes never happened: the score falls back to what is left."""

from sqlalchemy import select

from sync.schema import touches
from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, log_call, raise_hand


def test_a_deleted_response_takes_its_points_along(fire: Fire) -> None:
    org = fire.box.org
    [lead, twin] = add_leads(fire, 2)
    member = raise_hand(fire, lead)
    fire.settle()
    assert fire.shown(lead).get("segment") == "hot"
    org.delete("CampaignMember", member)
    fire.settle()
    assert fire.shown(lead).get("segment") == fire.shown(twin).get("segment") != "hot"
    fire.assert_at_rest()
    fire.sync()  # it lies within the overlap still
    assert fire.reports[-1].written == 0


def test_deleted_calls_and_meetings_are_forgotten(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    raise_hand(fire, lead)
    call = log_call(fire, lead)
    at = fire.now.replace(microsecond=0)
    meeting = {"WhoId": lead, "Subject": "Meeting", "StartDateTime": at, "EndDateTime": at}
    event = fire.box.org.insert("Event", meeting)
    fire.settle()
    assert kinds(fire) == {"demo_request", "call_made", "meeting_held"}
    fire.box.org.delete("Task", call)
    fire.box.org.delete("Event", event)
    fire.settle()
    assert kinds(fire) == {"demo_request"}
    fire.assert_at_rest()


def kinds(fire: Fire) -> set[str]:
    """Kinds of touch that the store holds."""
    with fire.store.read() as tx:
        return set(tx.scalars(select(touches.c.kind)))


def test_one_out_of_the_recycle_bin_counts_again(fire: Fire) -> None:
    [lead] = add_leads(fire, 1)
    member = raise_hand(fire, lead)
    fire.settle()
    fire.box.org.delete("CampaignMember", member)
    fire.settle()
    fire.box.org.undelete("CampaignMember", member)
    fire.settle()
    assert fire.shown(lead).get("segment") == "hot"
    fire.assert_at_rest()
