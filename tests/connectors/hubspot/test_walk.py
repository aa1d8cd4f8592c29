"""The walk through a window under HubSpot's worst habits: fact sheet §2.3 and the stories of §9."""

from datetime import timedelta

from connectors.base import Window
from tests.connectors.hubspot.world import NOW, World, leads_of

MANY = 10_400
"""More than the 10,000 results at which HubSpot ends a query."""


def test_more_than_ten_thousand_changes_with_one_timestamp_all_come_once(world: World) -> None:
    contacts = [world.portal.create("contacts", {}) for _ in range(MANY)]
    world.journal.clear()
    connector = world.connector()
    own = dict.fromkeys(contacts, NOW)  # so that the index alone is walked
    pages = connector.changes("lead", Window(NOW, NOW + timedelta(milliseconds=1)), None, lambda _: own)
    found = [lead.id for lead in leads_of(pages)]
    assert found == contacts
    assert world.requests("/search") == MANY // 200


def test_a_record_that_shows_late_is_found_by_the_overlap(world: World) -> None:
    world.portal.switches.index_lag_seconds = 30
    connector = world.connector()
    (contact,) = world.contacts(1)
    world.clock.advance(10)
    assert not leads_of(connector.changes("lead", Window(NOW, NOW + timedelta(seconds=10))))
    assert connector.read([contact]).leads  # the primary store knows it at once
    world.clock.advance(30)
    overlap = Window(NOW - timedelta(minutes=10), NOW + timedelta(seconds=40))
    assert [lead.id for lead in leads_of(connector.changes("lead", overlap))] == [contact]


def test_a_record_that_moves_during_the_walk_is_not_lost(world: World) -> None:
    contacts = world.contacts(450)
    connector = world.connector()
    window = Window(NOW, NOW + timedelta(seconds=1))
    pages = connector.changes("lead", window)
    seen = {lead.id for lead in next(pages).leads}
    world.clock.advance(2)
    world.portal.update("contacts", contacts[0], {"jobtitle": "CTO"})  # already seen: the next window has it
    world.portal.update("contacts", contacts[300], {"jobtitle": "CTO"})  # not seen yet: the same
    seen |= {lead.id for lead in leads_of(pages)}
    assert set(contacts) - seen == {contacts[300]}
    later = Window(window.until, NOW + timedelta(seconds=3))
    assert {lead.id for lead in leads_of(connector.changes("lead", later))} == {contacts[0], contacts[300]}


def test_a_stop_between_pages_leaves_the_walk_resumable(world: World) -> None:
    contacts = world.contacts(450)
    window = Window(NOW, NOW + timedelta(seconds=1))
    first = next(world.connector().changes("lead", window))
    rest = leads_of(world.connector().changes("lead", window, first.after))
    assert [lead.id for lead in (*first.leads, *rest)] == contacts
