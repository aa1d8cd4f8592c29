"""The generated people reach every corner of the default playbook, and both CRMs tell the same of them.

5,000 people in Salesforce shape and in HubSpot shape, each through a real connector, store and pass, at one
`as_of`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.connections import HubSpotConnection, SalesforceConnection
from config.playbook_file import load_playbook
from connectors.base import Connector
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce.connector import SalesforceConnector
from qualifier.facts import HAND_RAISES
from qualifier.playbook import Playbook
from qualifier.verdict import SEGMENTS, STAGES
from sandbox.box import Box
from sandbox.desk import Desk, Shown
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sync.cycle import Mode, Pass, run_pass
from sync.store import open_store

PEOPLE = 5_000
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
"""A Wednesday in working hours."""
SHARED_KINDS = {
    *HAND_RAISES,
    *("webinar", "event", "content_download", "careers_page", "sales_pitch"),
    *("inbound_reply", "inbound_call", "meeting_held", "call_made", "email_sent"),
}
"""Kinds of touch that both CRMs can know."""

Values = Mapping[str, Shown]
Crowd = tuple[Box, dict[str, list[Values]], dict[str, Counter[str]]]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def playbook() -> Playbook:
    """The default one, its agreement a week old."""
    default = load_playbook()
    terms = default.agreement.model_copy(update={"effective_from": NOW - timedelta(days=7)})
    return default.model_copy(update={"agreement": terms})


def connect(box: Box, crm: str) -> tuple[SalesforceConnection | HubSpotConnection, Connector]:
    """A connection as its owner would write it, and its connector."""
    facts = playbook().facts_all
    if crm == "salesforce":
        auth = {"flow": "client_credentials", "client_id": box.client_id, "client_secret": box.client_secret}
        own = {"name": crm, "crm": crm, "base_url": box.salesforce_url, "auth": auth}
        salesforce = SalesforceConnection.model_validate(own | box.maps(crm))
        return salesforce, SalesforceConnector(salesforce, facts)
    auth = {"flow": "token", "token": box.token}
    own = {"name": crm, "crm": crm, "base_url": box.hubspot_url, "auth": auth}
    hubspot = HubSpotConnection.model_validate(own | box.maps(crm))
    return hubspot, HubSpotConnector(hubspot, facts)


def carry(box: Box, crm: str, folder: Path, kinds: Counter[str]) -> None:
    """Set-up and one pass; counts the touches by kind."""
    connection, connector = connect(box, crm)
    terms = playbook()
    list(connector.apply(terms.vocabulary()))
    store = open_store(f"sqlite:///{folder / crm}.db")
    report = run_pass(Pass(connection, connector, store, terms, "test", mode=Mode(as_of=NOW)))
    assert (report.outcome, report.written) == ("ok", PEOPLE), report.error
    with store.read() as tx:
        rows = tx.exec_driver_sql("SELECT kind, COUNT(*) FROM touches GROUP BY kind").all()
    kinds.update({kind: count for kind, count in rows})  # noqa: C416 - rows are no pairs to the type checker
    store.close()
    connector.close()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    folder = tmp_path_factory.mktemp("stores")
    with Box(generate=PEOPLE, seed=2026, now=NOW) as box:
        kinds = {"salesforce": Counter[str](), "hubspot": Counter[str]()}
        desks: dict[str, tuple[Desk, list[str]]] = {
            "salesforce": (SalesforceDesk(box.org), box.lead_ids),
            "hubspot": (HubSpotDesk(box.portal), box.contact_ids),
        }
        box.clock.run()  # rate limits need time that passes
        written = {}
        for crm, (desk, ids) in desks.items():
            carry(box, crm, folder, kinds[crm])
            by_id = {lead.id: lead.values for lead in desk.leads()}
            written[crm] = [by_id[one] for one in ids]
        yield box, written, kinds


def test_both_crms_got_the_same_values(crowd: Crowd) -> None:
    box, written, _ = crowd
    differences = [
        (box.org.get("Lead", lead_id)["Name"], column, one.get(column), other.get(column))
        for lead_id, one, other in zip(box.lead_ids, written["salesforce"], written["hubspot"], strict=True)
        for column in sorted({*one, *other} - {"scored_at"})
        if _comparable(one.get(column)) != _comparable(other.get(column))
    ]
    by_column = Counter(column for _, column, _, _ in differences)
    assert not differences, f"{dict(by_column)}; for example {differences[:5]}"


def _comparable(value: Shown | None) -> object:
    """A selection of several values has no order."""
    return sorted(value.split(";")) if isinstance(value, str) and ";" in value else value


def test_every_kind_of_touch_that_both_crms_know_occurs(crowd: Crowd) -> None:
    _, _, kinds = crowd
    for crm in ("salesforce", "hubspot"):
        assert not SHARED_KINDS - set(kinds[crm]), crm


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("segment", SEGMENTS),
        ("stage", STAGES),
        ("track", tuple(track.id for track in load_playbook().tracks)),
    ],
)
def test_every_value_is_reached_by_one_in_a_hundred(
    crowd: Crowd, column: str, values: tuple[str, ...]
) -> None:
    _, written, _ = crowd
    counts = Counter(one.get(column) for one in written["salesforce"])
    shares = {value: counts[value] / PEOPLE for value in values}
    assert all(share >= 0.01 for share in shares.values()), shares


def test_every_state_of_the_response_is_on_show(crowd: Crowd) -> None:
    _, written, _ = crowd
    states = Counter(one.get("sla") for one in written["salesforce"])
    assert all(states[state] >= 10 for state in ("none", "due", "at_risk", "met", "breached")), states
