"""The CRMs of a box as Leadline meets them: a connection, one pass, and what it wrote as a rep sees it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.connections import AnyConnection, HubSpotConnection, SalesforceConnection
from connectors.base import Connector
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce.connector import SalesforceConnector
from qualifier.playbook import Playbook
from sandbox.box import Box
from sandbox.desk import Desk, Shown
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sync.cycle import Mode, Pass, run_pass
from sync.store import open_store

CRMS = ("salesforce", "hubspot")


@dataclass(frozen=True)
class Written:
    """What one pass left: values of each lead, in the order of the box, and the touches read, by kind."""

    values: list[Mapping[str, Shown]]
    kinds: Counter[str]


def connect(box: Box, crm: str, playbook: Playbook) -> tuple[AnyConnection, Connector]:
    """A connection as its owner would write it, and its connector."""
    own = {"name": crm, "crm": crm} | box.maps(crm)
    if crm == "salesforce":
        auth = {"flow": "client_credentials", "client_id": box.client_id, "client_secret": box.client_secret}
        salesforce = SalesforceConnection.model_validate(own | {"base_url": box.salesforce_url, "auth": auth})
        return salesforce, SalesforceConnector(salesforce, playbook.facts_all)
    auth = {"flow": "token", "token": box.token}
    hubspot = HubSpotConnection.model_validate(own | {"base_url": box.hubspot_url, "auth": auth})
    return hubspot, HubSpotConnector(hubspot, playbook.facts_all)


def carry(box: Box, crm: str, playbook: Playbook, folder: Path, as_of: datetime) -> Written:
    """Set up the fields, run one pass with a store of its own, and look at every lead."""
    connection, connector = connect(box, crm, playbook)
    list(connector.apply(playbook.vocabulary()))
    store = open_store(f"sqlite:///{folder / crm}.db")
    report = run_pass(Pass(connection, connector, store, playbook, "test", mode=Mode(as_of=as_of)))
    with store.read() as tx:
        rows = tx.exec_driver_sql("SELECT kind, COUNT(*) FROM touches GROUP BY kind").all()
    store.close()
    connector.close()
    ids = box.lead_ids if crm == "salesforce" else box.contact_ids
    assert (report.outcome, report.written) == ("ok", len(ids)), report.error
    desk: Desk = SalesforceDesk(box.org) if crm == "salesforce" else HubSpotDesk(box.portal)
    by_id = {lead.id: lead.values for lead in desk.leads()}
    return Written([by_id[one] for one in ids], Counter({row[0]: row[1] for row in rows}))
