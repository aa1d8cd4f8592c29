"""Search lags behind the records; reads by id do not."""

from sandbox.hubspot import Portal
from tests.sandbox.hubspot.world import World, where


def test_a_new_record_appears_after_the_lag(world: World) -> None:
    """§2.1 freshness, §9 story 3."""
    world.switches.index_lag_seconds = 30
    contact = world.contact()
    assert world.ids() == []
    assert world.client.crm.contacts.basic_api.get_by_id(contact).id == contact
    world.clock.advance(29.999)
    assert world.ids() == []
    world.clock.advance(0.001)
    assert world.ids() == [contact]


def test_a_change_is_found_by_its_old_values_meanwhile(world: World) -> None:
    """§9 story 4: the row is newer than the window that found it."""
    contact = world.contact(jobtitle="CEO")
    world.switches.index_lag_seconds = 30
    world.clock.advance(60)
    world.portal.update("contacts", contact, {"jobtitle": "CTO"})
    old_window = where("lastmodifieddate", "LTE", world.ms(-60))
    data, _, _ = world.find(filterGroups=[{"filters": [old_window]}], properties=["jobtitle"])
    assert data.results[0].properties["jobtitle"] == "CTO"
    assert data.results[0].properties["lastmodifieddate"] == "2026-11-21T12:01:00.250Z"
    world.clock.advance(30)
    assert world.ids(where("lastmodifieddate", "LTE", world.ms(-90))) == []


def test_stale_values_by_switch(world: World) -> None:
    """§9 story 4: search may answer with values that are no longer true."""
    contact = world.contact(jobtitle="CEO")
    world.switches.index_lag_seconds = 30
    world.switches.stale_search_values = True
    world.clock.advance(60)
    world.portal.update("contacts", contact, {"jobtitle": "CTO"})
    data, _, _ = world.find(properties=["jobtitle"])
    assert data.results[0].properties["jobtitle"] == "CEO"
    assert data.results[0].properties["lastmodifieddate"] == "2026-11-21T12:00:00.250Z"


def test_a_shorter_lag_never_brings_an_old_version_back(world: World) -> None:
    """§2.1 freshness: changes appear in the order in which they were made."""
    world.switches.index_lag_seconds = 60
    contact = world.contact(jobtitle="CEO")
    world.switches.index_lag_seconds = 0
    world.portal.update("contacts", contact, {"jobtitle": "CTO"})
    world.clock.advance(60)
    assert world.ids(where("jobtitle", "EQ", "CTO")) == [contact]


def test_lag_holds_for_every_object_type(world: World) -> None:
    """§2.1 freshness."""
    world.switches.index_lag_seconds = 5
    portal: Portal = world.portal
    portal.create("companies", {"name": "Acme"})
    search = world.client.crm.companies.search_api
    assert search.do_search(public_object_search_request={}).total == 0
    world.clock.advance(5)
    assert search.do_search(public_object_search_request={}).total == 1
