"""How much faster a whole pass is than asking lead by lead, in the same run, with 20 ms on every call.

The rival asks one query for every 200 changed leads and then, lead by lead, one read and one PATCH, through
Leadline's own client with one session, its sockets and its limits. It takes minutes: it is run over a slice
of the leads and scaled to all of them; judging them costs it nothing.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.boxes import CRMS, SIZES, BoxProcess, add_leads, resize, slow_down
from config.connections import AnyConnection, SalesforceConnection
from config.playbook_file import load_playbook
from connectors import connect
from connectors.base import Connector
from connectors.hubspot.client import HubSpotClient
from connectors.salesforce.client import Client
from connectors.salesforce.outcomes import TABLE
from connectors.traffic import Gate
from sync.cycle import Pass, run_pass
from sync.store import Store, open_store

LEADS = 5_000
LATENCY_SECONDS = 0.02
A_QUERY = 200
SLICE = {"salesforce": (200, 600), "hubspot": (100, 400)}
"""Leads that the rival works on, quick and full. HubSpot's limit on calls slows it down."""
SETTLE_SECONDS = 1.0


def measure(*, quick: bool) -> dict[str, float]:
    """Seconds of both, and how many times faster the pass is; quick looks at Salesforce alone."""
    figures: dict[str, float] = {}
    for crm in CRMS[:1] if quick else CRMS:
        found = _race(crm, SLICE[crm][0 if quick else 1])
        figures |= {f"{crm}_{name}": value for name, value in found.items()}
    return figures


def _race(crm: str, part: int) -> dict[str, float]:
    playbook = load_playbook()
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        box = stack.enter_context(BoxProcess())
        settings = box.access.connection(crm)
        connector = connect(settings, playbook.facts_all)
        stack.callback(connector.close)
        store = open_store(f"sqlite:///{Path(folder) / 'store.db'}")
        stack.callback(store.close)
        list(connector.apply(playbook.vocabulary()))
        bad, good = SIZES[crm]
        lead_ids = box.run(add_leads, crm, LEADS, bad)
        _sync(settings, connector, store)
        box.run(resize, crm, lead_ids, good)
        time.sleep(SETTLE_SECONDS)  # a window ends before now, and now is told by the second
        box.run(slow_down, LATENCY_SECONDS)
        ours = _sync(settings, connector, store)
        rival = _time(lambda: _one_by_one(settings, lead_ids[:part])) * LEADS / part
    return {"pass_seconds": ours, "one_by_one_seconds": rival, "times_faster": rival / ours}


def _sync(settings: AnyConnection, connector: Connector, store: Store) -> float:
    """Seconds of one pass, which must write every lead."""
    report = run_pass(Pass(settings, connector, store, load_playbook(), "benchmark"))
    if (report.outcome, report.written) != ("ok", LEADS):
        raise RuntimeError(f"the pass ended {report.outcome} with {report.written} writes: {report.error}")
    return report.seconds


def _time(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _one_by_one(settings: AnyConnection, lead_ids: Sequence[str]) -> None:
    """What a plain script does, with a client that logs in once."""
    if isinstance(settings, SalesforceConnection):
        salesforce = Client(settings, Gate(settings.name, TABLE))
        _one_by_one_salesforce(salesforce, lead_ids)
        salesforce.close()
    else:
        hubspot = HubSpotClient(settings)
        _one_by_one_hubspot(hubspot, lead_ids)
        hubspot.close()


def _one_by_one_salesforce(client: Client, lead_ids: Sequence[str]) -> None:
    for _ in range(0, len(lead_ids), A_QUERY):
        client.query("SELECT Id FROM Lead ORDER BY SystemModstamp DESC LIMIT 200")
    for lead_id in lead_ids:
        client.call("read", f"sobjects/Lead/{lead_id}")
        client.call("write", f"sobjects/Lead/{lead_id}", method="PATCH", body={"Leadline_Score__c": 50})


def _one_by_one_hubspot(client: HubSpotClient, lead_ids: Sequence[str]) -> None:
    for _ in range(0, len(lead_ids), A_QUERY):
        client.search("contacts", {"filterGroups": [], "limit": A_QUERY})
    for lead_id in lead_ids:
        client.read("contacts", [lead_id], ["numemployees"])
        client.update("contacts", {lead_id: {"leadline_score": "50"}})
