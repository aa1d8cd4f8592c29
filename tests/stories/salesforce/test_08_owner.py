"""Story 8: our update moves a lead's owner, for the org's assignment rule ran (restforce#204, jsforce#119).

A composite's parts do not inherit the header, and a client loses those of single calls when it logs in anew.
"""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.stories.fire import Fire
from tests.stories.salesforce.world import COMPOSITE, add_leads, raise_hand

ONE_COLLECTION, SEVERAL = 30, 450


@pytest.mark.parametrize("count", [ONE_COLLECTION, SEVERAL])
@pytest.mark.parametrize("revoked", [False, True])
def test_an_assignment_rule_never_sees_our_writes(fire: Fire, count: int, revoked: bool) -> None:
    org = fire.box.org
    leads = add_leads(fire, count)
    owners = {row["Id"]: (row["OwnerId"], row["Status"]) for row in org.rows("Lead")}
    asked: list[str] = []

    def assign(row: Mapping[str, Any]) -> str:
        asked.append(row["Id"])
        return org.queue

    org.assignment_rule = assign
    report = fire.sync(meet=org.sessions.revoke_all if revoked else lambda: None)
    assert report.written == count
    raise_hand(fire, leads[0])
    fire.settle()
    assert asked == []
    assert {row["Id"]: (row["OwnerId"], row["Status"]) for row in org.rows("Lead")} == owners
    for exchange in fire.journal.exchanges(containing=COMPOSITE):
        assert exchange.headers["sforce-auto-assign"] == "FALSE"
    fire.assert_at_rest()
