"""First pages of announced streams travel together: fewer calls, never another page than asked for."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from connectors.base import Page, Parked, Transient, Window
from connectors.salesforce import SalesforceConnector
from connectors.salesforce.streams import STREAMS
from sandbox.faults import Fault

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(hours=1), NOW + timedelta(hours=1))


def read(connector: SalesforceConnector, stream: str, window: Window = WINDOW) -> Page:
    [page] = connector.changes(stream, window)
    return page


def announce(connector: SalesforceConnector) -> None:
    connector.announce(dict.fromkeys(STREAMS, WINDOW))


def calls(acme: "Acme") -> Counter[str]:
    """Calls since the journal was cleared, by the last part of their path."""
    return Counter(exchange.path.rstrip("/").rpartition("/")[2] for exchange in acme.journal)


@pytest.fixture
def warm(acme: "Acme") -> SalesforceConnector:
    """A connector that is logged in and knows the org's fields; the org has one lead."""
    acme.lead()
    connector = acme.connector()
    read(connector, "lead")
    acme.journal.clear()
    return connector


def test_all_streams_cost_two_calls(acme: "Acme", warm: SalesforceConnector) -> None:
    announce(warm)
    assert acme.journal.calls() == 0, "nothing is asked before it is needed"
    pages = {stream: read(warm, stream) for stream in STREAMS}
    assert len(pages["lead"].leads) == 1
    assert calls(acme) == {"composite": 2}


def test_what_travels_together_is_what_each_would_have_read_alone(
    acme: "Acme", warm: SalesforceConnector
) -> None:
    lead = acme.lead(LeadSource="Web")
    campaign = acme.org.insert("Campaign", {"Name": "Webinar"})
    acme.org.insert("CampaignMember", {"CampaignId": campaign, "LeadId": lead, "Status": "Responded"})
    acme.org.insert("Account", {"Name": "Acme", "Website": "acme.example"})
    acme.org.delete("Lead", acme.lead())
    alone = {stream: read(warm, stream) for stream in STREAMS}
    announce(warm)
    assert {stream: read(warm, stream) for stream in STREAMS} == alone
    assert alone["lead"].gone
    assert alone["campaign_member"].touches


def test_a_page_is_handed_out_once(acme: "Acme", warm: SalesforceConnector) -> None:
    announce(warm)
    assert len(read(warm, "lead").leads) == 1
    acme.lead()
    assert len(read(warm, "lead").leads) == 2


def test_another_window_asks_for_itself(acme: "Acme", warm: SalesforceConnector) -> None:
    announce(warm)
    read(warm, "company")
    later = Window(WINDOW.since, WINDOW.until + timedelta(seconds=1))
    acme.lead()
    assert len(read(warm, "lead", later).leads) == 2
    assert calls(acme) == {"composite": 1, "queryAll": 1}


def test_what_was_announced_before_is_forgotten(acme: "Acme", warm: SalesforceConnector) -> None:
    announce(warm)
    read(warm, "company")
    acme.lead()
    announce(warm)
    assert len(read(warm, "lead").leads) == 2


def test_a_field_that_goes_in_between_costs_one_stream_one_call(
    acme: "Acme", warm: SalesforceConnector
) -> None:
    acme.org.access.withdraw_field("Lead", "Industry")
    announce(warm)
    assert [len(read(warm, stream).leads) for stream in STREAMS] == [0, 0, 1, 0, 0, 0, 0]
    assert calls(acme)["queryAll"] == 2  # once in vain, once without the field


def test_an_object_that_the_org_lacks_is_left_out(acme: "Acme") -> None:
    acme.org.access.hidden_objects |= {"CampaignMember", "Campaign", "EmailMessageRelation"}
    connector = acme.connector()
    read(connector, "lead")
    acme.journal.clear()
    announce(connector)
    for stream in STREAMS:
        assert read(connector, stream).size == 0
    assert calls(acme) == {"composite": 1}


def test_a_stream_that_is_left_alone_asks_plainly(acme: "Acme", warm: SalesforceConnector) -> None:
    warm.announce({"lead": WINDOW})
    assert len(read(warm, "lead").leads) == 1
    assert calls(acme) == {"queryAll": 1}


def test_a_joint_call_that_times_out_is_not_tried_again_at_once(
    acme: "Acme", warm: SalesforceConnector
) -> None:
    hole = acme.faults.add(Fault(path="*/composite", status=503, times=None))
    announce(warm)
    with pytest.raises(Transient):
        read(warm, "lead")
    acme.journal.clear()
    announce(warm)
    assert [read(warm, stream).size for stream in STREAMS] == [0, 0, 1, 0, 0, 0, 0]
    assert hole.hits > 0
    assert calls(acme)["composite"] == 0
    acme.faults.clear()
    acme.journal.clear()
    announce(warm)
    read(warm, "lead")
    assert calls(acme) == {"composite": 1}


def test_a_refused_joint_call_leaves_each_to_itself(acme: "Acme", warm: SalesforceConnector) -> None:
    body = [{"errorCode": "LIMIT_EXCEEDED", "message": "too many operations"}]
    acme.faults.add(Fault(path="*/composite", status=400, body=body))
    announce(warm)
    assert len(read(warm, "lead").leads) == 1
    assert calls(acme) == {"composite": 1, "queryAll": 1}


def test_a_spent_quota_is_no_reason_to_ask_seven_times(acme: "Acme", warm: SalesforceConnector) -> None:
    acme.org.limits.elsewhere = acme.org.limits.maximum
    announce(warm)
    with pytest.raises(Parked):
        read(warm, "lead")
    assert acme.journal.calls() == 1


def test_rows_of_a_garbled_part_are_asked_for_again(acme: "Acme", warm: SalesforceConnector) -> None:
    parts = [{"body": None, "httpStatusCode": 200, "referenceId": f"query{n}"} for n in range(5)]
    acme.faults.add(Fault(path="*/composite", status=200, body={"compositeResponse": parts}))
    announce(warm)
    assert len(read(warm, "lead").leads) == 1
