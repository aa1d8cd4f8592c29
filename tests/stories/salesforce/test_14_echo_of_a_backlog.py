"""While a long backlog is written its echo is not read over and over: news would wait behind it."""

from sync.cycle import Pace
from sync.report import Progress
from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, raise_hand

PEOPLE = 600
SLICES = Pace(pages=1, leads=200, writes=200, poll_seconds=0)
"""Polls before every slice."""
LONG = 1_200
"""Seconds that a slice takes: an edit during the first is long past the overlap when the pass ends."""
HOURS = 7_200
"""So many seconds later nobody is news: everybody is history."""


def test_a_pass_does_not_read_again_what_it_wrote(fire: Fire) -> None:
    add_leads(fire, PEOPLE)
    later = Progress(written=lambda _: fire.box.clock.advance(30))
    report = fire.sync(HOURS, pace=SLICES, progress=later)
    assert (report.outcome, report.written) == ("ok", PEOPLE)
    assert report.read["leads"] == PEOPLE


def test_who_leaves_or_asks_after_being_scored_is_news(fire: Fire) -> None:
    lead_ids = add_leads(fire, PEOPLE)
    chosen: list[str] = []

    def after_the_first_slice(_: int) -> None:
        if not chosen:
            scored = [one for one in lead_ids if fire.shown(one).get("score") is not None]
            chosen.extend(scored[:2])
            raise_hand(fire, chosen[0])
            fire.box.org.delete("Lead", chosen[1])
            fire.box.clock.advance(5)

    report = fire.sync(HOURS, pace=SLICES, progress=Progress(written=after_the_first_slice))
    assert report.written == PEOPLE + 1
    assert fire.shown(chosen[0]).get("hand_raise_at") is not None
    assert fire.known(gone=True) == {chosen[1]}


def test_an_edit_of_somebody_just_scored_reaches_the_next_pass(fire: Fire) -> None:
    lead_ids = add_leads(fire, PEOPLE)
    edited: list[str] = []

    def slowly(_: int) -> None:
        if not edited:
            edited.append(next(one for one in lead_ids if fire.shown(one).get("score") is not None))
            fire.box.org.update("Lead", edited[0], {"Industry": "Banking", "NumberOfEmployees": 500})
        fire.box.clock.advance(LONG)

    fire.sync(HOURS, pace=SLICES, progress=Progress(written=slowly))
    before = fire.shown(edited[0]).get("fit")
    fire.sync()
    assert fire.shown(edited[0]).get("fit") != before
    fire.settle()
    fire.assert_at_rest()
