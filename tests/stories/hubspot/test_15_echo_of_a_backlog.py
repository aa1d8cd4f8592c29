"""While a long backlog is written its echo is not read over and over: news would wait behind it."""

from sync.cycle import Pace
from sync.report import Progress
from tests.stories.fire import Fire
from tests.stories.hubspot.world import LARGE, add_contacts, edit, fit_of, raise_hand

PEOPLE = 600
SLICES = Pace(pages=1, leads=200, writes=200, poll_seconds=0)
"""Polls before every slice."""
LONG = 900
"""Seconds that a slice takes: an edit during the first is long past the overlap when the pass ends."""
HOURS = 7_200
"""So many seconds later nobody is news: everybody is history."""


def test_a_pass_does_not_read_again_what_it_wrote(fire: Fire) -> None:
    add_contacts(fire, PEOPLE)
    later = Progress(written=lambda _: fire.box.clock.advance(30))
    report = fire.sync(HOURS, pace=SLICES, progress=later)
    assert (report.outcome, report.written) == ("ok", PEOPLE)
    assert report.read["leads"] == PEOPLE


def test_a_form_filled_in_by_somebody_just_scored_is_news(fire: Fire) -> None:
    contacts = add_contacts(fire, PEOPLE)
    raised: list[str] = []

    def after_the_first_slice(_: int) -> None:
        if not raised:
            raised.append(next(one for one in contacts if fire.shown(one).get("score") is not None))
            raise_hand(fire, raised[0])
            fire.box.clock.advance(5)

    report = fire.sync(HOURS, pace=SLICES, progress=Progress(written=after_the_first_slice))
    assert report.written == PEOPLE + 1
    assert fire.shown(raised[0]).get("hand_raise_at") is not None


def test_an_edit_of_somebody_just_scored_reaches_the_next_pass(fire: Fire) -> None:
    contacts = add_contacts(fire, PEOPLE)
    edited: list[tuple[str, object]] = []

    def after_the_first_slice(_: int) -> None:
        if not edited:
            contact = next(one for one in contacts if fire.shown(one).get("score") is not None)
            edited.append((contact, fit_of(fire, contact)))
            edit(fire, contact, numemployees=LARGE)
        fire.box.clock.advance(LONG)

    fire.sync(HOURS, pace=SLICES, progress=Progress(written=after_the_first_slice))
    fire.sync()
    contact, fit = edited[0]
    assert fit_of(fire, contact) != fit
    fire.settle()
    fire.assert_at_rest()
