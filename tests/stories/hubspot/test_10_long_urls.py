"""Story 10: a URL too long with many properties, answered by a 414 in HTML.

Airbyte #3977, #33976, dlt #305, PostHog PR #31617, airweave PR #1064. No GET carries a list of properties.
"""

from urllib.parse import parse_qsl

import pytest

from connectors.hubspot.reading import SWALLOWED
from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.world import add_contacts, edit

LONGEST_URL = 300
TOO_LONG = "<html><head><title>414 Request-URI Too Large</title></head></html>"


def test_no_call_has_a_long_url(fire: Fire) -> None:
    contacts = add_contacts(fire, 30)
    fire.restart()
    fire.sync(meet=lambda: fire.box.portal.merge("contacts", contacts[0], contacts[1]))
    edit(fire, contacts[2], company="Anything")
    fire.box.portal.archive("contacts", contacts[3])
    fire.sync(86_400)
    assert len(fire.journal) > 10
    assert max(len(exchange.path) + len(exchange.query) for exchange in fire.journal) < LONGEST_URL
    asked = [
        name for exchange in fire.journal for key, name in parse_qsl(exchange.query) if key == "properties"
    ]
    assert set(asked) <= {SWALLOWED}, "one property, the one that tells of the bin what its merges were"


@pytest.mark.parametrize("path", ["*/batch/update", "*/batch/read", "*/contacts/search", "*/properties/*"])
def test_a_page_for_414_is_understood(fire: Fire, path: str) -> None:
    add_contacts(fire, 3)
    fire.restart()
    fire.faults.add(Fault(path=path, status=414, body=TOO_LONG))
    report = fire.sync()
    assert report.outcome in {"ok", "failed"}
    assert "<html" not in str(report.error)
    fire.settle()
    assert set(fire.writes().values()) == {1}
    fire.assert_at_rest()
