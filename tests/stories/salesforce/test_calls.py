"""What a pass costs: calls counted at the org, echo of our own writes included."""

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads

QUIET_CALLS = 2
"""Seven streams in two calls; the time is told by an answer that counts against no limit."""
CALLS_PER_THOUSAND = 6


def metered(fire: Fire) -> int:
    """Calls that count against the org's limits."""
    return sum(exchange.path != "/services/data/" for exchange in fire.journal)


def test_a_quiet_pass_costs_two_calls(fire: Fire) -> None:
    add_leads(fire, 3)
    fire.settle()
    fire.sync(3600)
    fire.journal.clear()
    report = fire.sync(120)
    assert report.outcome == "ok"
    assert metered(fire) == QUIET_CALLS
    assert fire.journal.calls() <= QUIET_CALLS + 1


@pytest.mark.timeout(300)
def test_a_thousand_changed_leads_cost_at_most_six_calls(fire: Fire) -> None:
    leads = add_leads(fire, 1_000, NumberOfEmployees=5)
    fire.settle()
    fire.sync(3600)
    for lead in leads:
        fire.box.org.update("Lead", lead, {"NumberOfEmployees": 500})
    before = len(fire.saves)
    fire.journal.clear()
    assert fire.sync(120).written == 1_000
    echo = fire.sync(120)
    assert (echo.outcome, echo.written, echo.read["leads"]) == ("ok", 0, 1_000)
    assert metered(fire) <= CALLS_PER_THOUSAND
    assert len(fire.saves) - before == 1_000
