"""What a thousand changed leads and a quiet pass cost, counted at the portal (bounds: design.md)."""

import pytest

from tests.stories.fire import Fire
from tests.stories.hubspot.world import LARGE, add_contacts, edit

MOST_CALLS = 40
"""Per 1,000 changed leads, the echo of our own writes in the next pass included."""


@pytest.mark.timeout(300)
def test_a_thousand_changed_leads_and_their_echo(fire: Fire) -> None:
    contacts = add_contacts(fire, 1_000)
    fire.settle()
    fire.sync(700)  # out of the overlap
    for contact in contacts:
        edit(fire, contact, numemployees=LARGE)
    fire.saves.clear()
    fire.journal.clear()
    report = fire.sync(30)
    assert report.written == 1_000
    echo = fire.sync(30)
    assert (echo.written, echo.read["changed"]) == (0, 0)
    assert fire.journal.calls() <= MOST_CALLS, fire.journal.counts
    assert fire.writes() == dict.fromkeys(contacts, 1)


def test_a_quiet_pass_costs_one_call_per_stream(fire: Fire) -> None:
    add_contacts(fire, 3)
    fire.settle()
    fire.sync(700)
    for _ in range(3):
        fire.journal.clear()
        report = fire.sync(30)
        assert report.outcome == "ok"
        assert fire.journal.calls() <= len(fire.connector.streams), fire.journal.counts
