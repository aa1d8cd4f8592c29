from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sandbox.clock import Clock
from sandbox.salesforce import Org
from sandbox.salesforce.query import Search
from sandbox.salesforce.snapshot import restore, take

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def test_an_org_goes_on_where_it_stopped() -> None:
    org = Org(Clock(NOON), seed=3)
    org.add_custom_field("Lead", "Tags__c", "multipicklist", length=4099, values=("a", "b"), restricted=True)
    lead = org.insert("Lead", {"LastName": "Ørsted", "Company": "Ø", "Tags__c": "a;b"})
    org.delete("Lead", org.insert("Lead", {"LastName": "Gone", "Company": "Gone"}))
    view = {"label": "V", "displayColumns": ["Name"], "filteredByInfo": [], "filterLogicString": None}
    org.list_views.put("Lead", "V", view)
    state = json.loads(json.dumps(take(org)))

    again = Org(Clock(NOON), seed=3)
    restore(again, state)
    assert take(again) == take(org)
    soql = (
        "SELECT Id, Tags__c FROM Lead WHERE Tags__c INCLUDES ('b') AND SystemModstamp >= 2026-11-21T12:00:00Z"
    )
    assert Search(again, again.integration_user, soql).run().ids == [lead]
    assert again.list_views.rows("Lead", "V", user=again.reps[0]) == [lead]
    assert again.insert("Lead", {"LastName": "New", "Company": "New"}) not in {
        row["Id"] for row in org.rows("Lead")
    }


def test_a_foreign_state_is_refused() -> None:
    with pytest.raises(ValueError, match="no sandbox state"):
        restore(Org(Clock(NOON)), {"format": 99})
