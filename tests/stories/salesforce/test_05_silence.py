"""Story 5: a worker that hangs for hours, for want of timeouts (simple-salesforce#148, #755, #449)."""

from datetime import timedelta
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from requests.exceptions import Timeout

from sandbox.faults import Fault
from tests.stories.fire import Fire
from tests.stories.salesforce.world import COMPOSITE, add_leads

FASTER = 40
"""Tests cannot wait 20 s for a silent org: every timeout is shortened by this factor, none is invented."""
LONGEST_PASS_SECONDS = 60.0


@pytest.fixture(autouse=True)
def patience(fire: Fire, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silence passes faster; on the org's clock, which is the worker's too, it takes as long as ever."""
    send = HTTPAdapter.send

    def hurried(self: HTTPAdapter, request: Any, **options: Any) -> Any:
        connect, read = options["timeout"]
        options["timeout"] = (connect, read / FASTER)
        try:
            return send(self, request, **options)
        except Timeout:
            fire.box.clock.advance(read)
            raise

    monkeypatch.setattr(HTTPAdapter, "send", hurried)


@pytest.mark.parametrize("path", ["*/oauth2/token", "*/query*", "*/composite*", "*/services/data/"])
def test_a_black_hole_costs_bounded_time(fire: Fire, path: str) -> None:
    add_leads(fire, 3)
    if not path.endswith("data/"):  # that one is only asked with a session
        fire.restart()
    hole = fire.faults.add(Fault(path=path, black_hole=True, times=None))
    began = fire.now + timedelta(seconds=60)
    report = fire.sync(60)
    assert hole.hits > 0
    assert (fire.now - began).total_seconds() <= LONGEST_PASS_SECONDS
    assert report.outcome in ("failed", "partial")
    assert report.error
    fire.faults.clear()
    fire.settle()
    fire.assert_at_rest()


@pytest.mark.parametrize("commit", [False, True])
def test_a_write_without_an_answer_is_settled_by_the_next_pass(fire: Fire, commit: bool) -> None:
    leads = add_leads(fire, 3)
    fault = Fault(method="PATCH", path=f"{COMPOSITE}*", drop="after") if commit else None
    fire.faults.add(fault or Fault(method="PATCH", path=f"{COMPOSITE}*", black_hole=True))
    fire.sync()
    fire.settle()
    assert set(fire.writes()) == set(leads)
    fire.assert_at_rest(repeats=commit)
