"""What fillers rely on: the portal's own Python side."""

from datetime import timedelta

import pytest

from sandbox.clock import Clock
from sandbox.hubspot import Portal
from sandbox.hubspot.values import BadValue
from tests.sandbox.hubspot.world import START


def portal() -> Portal:
    return Portal(Clock(START), seed=3)


def test_fillers_may_set_what_the_api_refuses() -> None:
    """§3.1: analytics and calculated properties are read-only to everybody else."""
    made = portal()
    contact = made.create("contacts", {"hs_analytics_num_visits": 4, "hs_email_optout": True, "phone": None})
    row = made.get("contacts", contact)
    assert (row["hs_analytics_num_visits"], row["hs_email_optout"]) == ("4", "true")
    assert "phone" not in row


def test_a_record_can_have_a_past() -> None:
    made = portal()
    born, moved = START - timedelta(days=90), START - timedelta(days=2)
    contact = made.create("contacts", {"jobtitle": "CEO"}, created_at=born, modified_at=moved)
    row = made.get("contacts", contact)
    assert (row["createdate"], row["lastmodifieddate"]) == (
        "2026-08-23T12:00:00.250Z",
        "2026-11-19T12:00:00.250Z",
    )
    made.update("contacts", contact, {"jobtitle": "CTO"}, at=START - timedelta(days=1))
    values = [(change.value, change.source) for change in made.history("contacts", contact, "jobtitle")]
    assert values == [("CTO", "CRM_UI"), ("CEO", "CRM_UI")]
    assert made.get("contacts", contact)["lastmodifieddate"] == "2026-11-20T12:00:00.250Z"


def test_typing_errors_of_fillers_are_loud() -> None:
    made = portal()
    with pytest.raises(BadValue, match="does not exist"):
        made.create("contacts", {"job_title": "CEO"})
    with pytest.raises(BadValue, match="allowed options"):
        made.create("contacts", {"hs_lead_status": "Fresh"})
    with pytest.raises(KeyError, match="no live contact"):
        made.get("contacts", "5")
    with pytest.raises(KeyError, match="no object type"):
        made.create("unicorns", {})
    with pytest.raises(ValueError, match="time zone"):
        made.create("contacts", {}, created_at=START.replace(tzinfo=None))


def test_the_seed_decides_the_ids() -> None:
    first, second = portal(), portal()
    ids = [[one.create("contacts", {}) for _ in range(50)] for one in (first, second)]
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 50
    assert [row["hs_object_id"] for row in first.rows("contacts")] == ids[0]
