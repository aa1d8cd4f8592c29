"""The example of a course seller: it loads, maps every fact of its own, and tells leads apart."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.connections import HubSpotConnection, SalesforceConnection
from config.playbook_file import load_playbook
from connectors.base import Connector
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce.connector import SalesforceConnector
from qualifier.facts import FACTS
from sandbox.box import Box
from sandbox.desk import Desk
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sandbox.mapping import read_mapping
from sync.cycle import Mode, Pass, run_pass
from sync.store import open_store

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config" / "examples" / "education"
DATA = Path(os.environ.get("LEADLINE_DATA", ROOT.parent / "shared" / "data"))
LEADS = DATA / "x_education" / "leads.csv"
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def test_it_has_at_most_six_criteria_that_add_up_to_a_hundred() -> None:
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    assert len(playbook.criteria) <= 6
    assert playbook.reach("fit") + playbook.reach("engagement") == 100


def test_every_fact_of_its_own_is_mapped_in_both_crms() -> None:
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    mapping = read_mapping(EXAMPLE / "mapping.yaml").mapping
    for half in (mapping.salesforce, mapping.hubspot):
        assert set(playbook.facts) <= set(half.facts) <= {*playbook.facts, *FACTS}
        assert set(half.facts.values()) <= set(half.declare)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_three_segments_hold_a_twentieth_each_and_both_crms_agree(tmp_path: Path) -> None:
    if not LEADS.exists():
        pytest.skip("data absent")
    with Box(leads=LEADS, mapping=EXAMPLE / "mapping.yaml", now=NOW) as box:
        box.clock.run()
        salesforce = _segments(box, "salesforce", tmp_path)
        hubspot = _segments(box, "hubspot", tmp_path)
    assert salesforce == hubspot
    shares = {segment: count / len(salesforce) for segment, count in Counter(salesforce).items()}
    assert sum(share >= 0.05 for share in shares.values()) >= 3, shares


def _segments(box: Box, crm: str, folder: Path) -> list[object]:
    """The segment of each lead, in the order of the list, after one pass."""
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    connector: Connector
    desk: Desk
    if crm == "salesforce":
        auth = {"flow": "client_credentials", "client_id": box.client_id, "client_secret": box.client_secret}
        own = {"name": crm, "crm": crm, "base_url": box.salesforce_url, "auth": auth} | box.maps(crm)
        connection: SalesforceConnection | HubSpotConnection = SalesforceConnection.model_validate(own)
        connector = SalesforceConnector(connection, playbook.facts_all)
        desk, ids = SalesforceDesk(box.org), box.lead_ids
    else:
        auth = {"flow": "token", "token": box.token}
        own = {"name": crm, "crm": crm, "base_url": box.hubspot_url, "auth": auth} | box.maps(crm)
        connection = HubSpotConnection.model_validate(own)
        connector = HubSpotConnector(connection, playbook.facts_all)
        desk, ids = HubSpotDesk(box.portal), box.contact_ids
    list(connector.apply(playbook.vocabulary()))
    store = open_store(f"sqlite:///{folder / crm}.db")
    report = run_pass(Pass(connection, connector, store, playbook, "test", mode=Mode(as_of=NOW)))
    store.close()
    connector.close()
    assert (report.outcome, report.written) == ("ok", len(ids)), report.error
    by_id = {lead.id: lead.get("segment") for lead in desk.leads()}
    return [by_id[one] for one in ids]
