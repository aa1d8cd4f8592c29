"""Story 9: HubSpot changes 201 to 200, or a version ends, and the client returns None (python #448, #495)."""

from collections.abc import Callable

import pytest

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.hubspot.world import READ, SEARCH, UPDATE, add_contacts


@pytest.mark.parametrize("status", [201, 202])
@pytest.mark.parametrize("path", [SEARCH, READ, UPDATE])
def test_a_success_without_proof_is_a_failure(fire: Fire, path: str, status: int) -> None:
    add_contacts(fire, 2)
    fire.sync()
    new = add_contacts(fire, 3)
    fire.faults.add(Fault(path=path, status=status, body={"ok": True}, times=None))
    report = fire.sync()
    assert report.outcome in {"failed", "partial"}
    fire.faults.clear()
    fire.settle()
    assert {fire.writes()[one] for one in new} == {1}
    fire.assert_at_rest()


@pytest.mark.parametrize("path", [SEARCH, READ, UPDATE])
@pytest.mark.parametrize("body", ["", "<html>Sorry to interrupt</html>"])
def test_a_page_or_nothing_under_a_204_or_200_is_a_failure(fire: Fire, path: str, body: str) -> None:
    add_contacts(fire, 3)
    fire.faults.add(Fault(path=path, status=200 if body else 204, body=body or None, times=1))
    fire.settle()
    assert set(fire.writes().values()) == {1}
    fire.assert_at_rest()


def test_the_dated_version_does_the_same(light: Callable[..., Fire]) -> None:
    fire = light("hubspot", api_version="2026-03")
    contacts = add_contacts(fire, 3)
    fire.settle()
    assert fire.writes() == dict.fromkeys(contacts, 1)
    assert {exchange.path.split("/")[1] for exchange in fire.journal} <= {"crm", "account-info"}
    assert not [exchange.path for exchange in fire.journal if "/v3/" in exchange.path]
    fire.assert_at_rest()


def test_the_proof_is_in_the_body_whatever_the_status(fire: Fire) -> None:
    """A true answer that comes with another 2xx counts."""
    [contact] = add_contacts(fire, 1)
    row = {"id": contact, "properties": {}, "updatedAt": "2026-11-18T10:01:00Z"}
    fire.faults.add(Fault(path=UPDATE, status=201, body={"status": "COMPLETE", "results": [row]}))
    assert fire.sync().written == 1
