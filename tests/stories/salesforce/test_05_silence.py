"""Story 5: a worker that hangs for hours, for want of timeouts (simple-salesforce#148, #755, #449)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from requests.exceptions import Timeout

from sandbox.faults import MAINTENANCE_PAGE, Fault
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


@pytest.mark.parametrize("count", [3, 450])
@pytest.mark.parametrize(
    "lost",
    [
        Fault(black_hole=True),
        Fault(drop="before"),
        Fault(drop="after"),
        Fault(cut=20),
        Fault(status=200, body=MAINTENANCE_PAGE, commit=True),
        Fault(status=504, commit=True),
    ],
    ids=["silent", "dropped before", "dropped after", "cut", "a page with 200", "504 after"],
)
def test_a_write_without_an_answer_is_looked_up_before_it_is_sent_again(
    fire: Fire, lost: Fault, count: int
) -> None:
    leads = add_leads(fire, count)
    fault = fire.faults.add(replace(lost, path=f"{COMPOSITE}*", containing='"records"', times=1))
    fire.sync()
    assert fault.hits == 1
    fire.settle()
    assert fire.writes() == dict.fromkeys(leads, 1)
    fire.assert_at_rest()


def test_the_look_up_may_fail_and_is_then_for_the_next_pass(fire: Fire) -> None:
    leads = add_leads(fire, 3)
    fire.faults.add(Fault(path=f"{COMPOSITE}*", containing='"records"', drop="after"))
    fire.faults.add(Fault(path="*/composite", containing="Scored_At__c%20FROM", status=503, times=None))
    assert fire.sync().outcome in ("failed", "partial")
    fire.faults.clear()
    fire.settle()
    assert fire.writes() == dict.fromkeys(leads, 1)
    fire.assert_at_rest()
