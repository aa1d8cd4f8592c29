"""One CRM of the sandbox under fire: real passes with the real client over HTTP, and what must hold at rest.

Nothing sleeps: a connector that wants to wait moves the CRM's clock instead.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import InitVar, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlalchemy import func, select

from config.connections import HubSpotConnection, SalesforceConnection
from config.playbook_file import load_playbook
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce import SalesforceConnector
from connectors.traffic import CallHook, Timing
from qualifier.agreement import resolve
from qualifier.facts import SINCE
from qualifier.playbook import Playbook
from qualifier.verdict import OUTPUTS
from sandbox.box import Box
from sandbox.desk import Desk, Lead
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sandbox.faults import Fault, Faults
from sandbox.journal import Journal
from sync.cycle import Mode, Pass, run_pass
from sync.evaluate import evaluate, find_work
from sync.report import Report
from sync.schema import connections, leads, quarantine, touches
from sync.store import Store, open_store
from sync.terms import Terms

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
"""A Wednesday in working hours."""
AT_ONCE = tuple(one.column for one in OUTPUTS if one.weight == "at_once" and one.name != "Score")
"""What may never differ from the verdict at rest. A score may lag by what time alone moved (contract.md)."""
SCORE_SLACK = 3
RESTING = (None, "daily", "owed")
"""Pending words of a lead that nothing more is to be written to today."""


@dataclass(frozen=True)
class Save:
    """A record that Leadline changed, as the CRM saw it; `changed`: the columns that took a new value."""

    at: datetime
    lead_id: str
    sent: frozenset[str]
    changed: frozenset[str]


@dataclass
class Fire:
    """A CRM, a store and the worker between them. `pass_seconds`: how far the clock moves before a pass."""

    crm: str
    box: Box
    folder: Path
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the connection that differ from a plain one."""
    playbook: Playbook = field(default_factory=load_playbook)
    saves: list[Save] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    connectors: list[SalesforceConnector | HubSpotConnector] = field(default_factory=list)
    stop: Event = field(default_factory=Event)
    on_call: CallHook | None = None
    """Called after each request of the connector."""
    shared: InitVar[Store | None] = None
    """A store that several CRMs share; without it, one of its own."""

    def __post_init__(self, shared: Store | None) -> None:
        """Set the fields up, open the store, and watch what is written."""
        self.store: Store = shared or open_store(f"sqlite:///{self.folder / self.crm}.db")
        self.connector = self.connect()
        list(self.connector.apply(self.playbook.vocabulary()))
        self._watch()
        self.journal.clear()

    # --- the parts ----------------------------------------------------------------------------------------

    @property
    def journal(self) -> Journal:
        """What reached the CRM."""
        return self.box.journal_salesforce if self.crm == "salesforce" else self.box.journal_hubspot

    @property
    def faults(self) -> Faults:
        """What goes wrong on the way."""
        return self.box.faults_salesforce if self.crm == "salesforce" else self.box.faults_hubspot

    @property
    def desk(self) -> Desk:
        """The CRM as a rep sees it."""
        return SalesforceDesk(self.box.org) if self.crm == "salesforce" else HubSpotDesk(self.box.portal)

    @property
    def now(self) -> datetime:
        """The CRM's time."""
        return self.box.clock.now()

    @property
    def settings(self) -> SalesforceConnection | HubSpotConnection:
        """The connection as leadline.yaml would give it."""
        own: dict[str, Any] = {"name": self.crm, "crm": self.crm, "api_budget": "100%"}
        if self.crm == "salesforce":
            auth = {"flow": "client_credentials", "client_id": self.box.client_id}
            auth["client_secret"] = self.box.client_secret
            own |= {"base_url": self.box.salesforce_url, "auth": auth}
            return SalesforceConnection.model_validate(own | dict(self.changes))
        own |= {"base_url": self.box.hubspot_url, "auth": {"flow": "token", "token": self.box.token}}
        return HubSpotConnection.model_validate(own | dict(self.changes))

    def connect(self) -> SalesforceConnector | HubSpotConnector:
        """A connector of a process that has just started."""
        clock = self.box.clock
        timing = Timing(monotonic=lambda: clock.now().timestamp(), now=clock.now, sleep=clock.advance)
        settings = self.settings
        parts: dict[str, Any] = {"stop": self.stop, "timing": timing, "on_call": self.on_call}
        made: SalesforceConnector | HubSpotConnector
        if isinstance(settings, SalesforceConnection):
            made = SalesforceConnector(settings, self.playbook.facts_all, **parts)
        else:
            made = HubSpotConnector(settings, self.playbook.facts_all, **parts)
        self.connectors.append(made)
        return made

    def restart(self) -> None:
        """The worker's process ends and another one starts; what it had in memory is lost."""
        self.stop.clear()
        self.connector = self.connect()

    def close(self) -> None:
        """Give everything back."""
        for connector in self.connectors:
            connector.close()
        self.store.close()

    # --- passes -------------------------------------------------------------------------------------------

    def sync(self, seconds: float = 60, mode: Mode | None = None, **parts: Any) -> Report:
        """Some seconds later, one pass."""
        self.box.clock.advance(seconds)
        work = Pass(
            self.settings,
            self.connector,
            self.store,
            self.playbook,
            "test",
            mode=mode or Mode(),
            stop=self.stop,
            **parts,
        )
        self.reports.append(run_pass(work))
        return self.reports[-1]

    def settle(self, passes: int = 6) -> Report:
        """Pass after pass until one finds nothing to write; the last report."""
        for _ in range(passes):
            report = self.sync()
            if report.outcome == "ok" and not report.written and not report.waiting:
                return report
        raise AssertionError(f"not at rest after {passes} passes: {report}")

    # --- looking ------------------------------------------------------------------------------------------

    def shown(self, lead_id: str) -> Lead:
        """A lead as a rep sees it."""
        found = self.desk.lead(lead_id)
        assert found is not None, f"{lead_id} is not in the CRM"
        return found

    def writes(self) -> Counter[str]:
        """Lead → how often Leadline changed it since the watch began or was cleared."""
        return Counter(save.lead_id for save in self.saves)

    def needed(self) -> int:
        """How many of the rows written told the CRM a verdict that it did not have."""
        return sum(save.changed > {"scored_at"} for save in self.saves)

    def fail_one_call_in_ten(self, busy: Fault) -> None:
        """Of all calls 4 % meet `busy`, 3 % a 5xx, 2 % are dropped before, 1 % after the CRM did its work."""
        for fault in (
            replace(busy, probability=0.04, times=None),
            Fault(probability=0.02, status=503, body="<html>down</html>", times=None),
            Fault(probability=0.01, status=502, commit=True, times=None),
            Fault(probability=0.02, drop="before", times=None),
            Fault(probability=0.01, drop="after", times=None),
        ):
            self.faults.add(fault)

    def refused(self) -> dict[str, str]:
        """Lead → code of its quarantine."""
        with self.store.read() as tx:
            query = select(leads.c.lead_id, quarantine.c.code).join(leads, leads.c.id == quarantine.c.lead)
            return {row.lead_id: row.code for row in tx.execute(query)}

    def known(self, *, gone: bool = False) -> set[str]:
        """Ids of the leads that the store holds, alive or gone."""
        which = leads.c.gone.is_not(None) if gone else leads.c.gone.is_(None)
        with self.store.read() as tx:
            return set(tx.scalars(select(leads.c.lead_id).where(leads.c.connection == self.crm, which)))

    # --- what must hold -----------------------------------------------------------------------------------

    def assert_at_rest(self, *, unseen: Iterable[str] = (), repeats: bool = False) -> None:
        """Every live lead carries the verdict of its facts, nothing was lost, and only ours was written.

        `unseen`: leads that our user may not see. `repeats`: a write whose answer was lost may have been sent
        twice. Leads in quarantine are known with their facts, but what the CRM refused is not asked for.
        """
        live = {lead.id for lead in self.desk.leads()} - set(unseen)
        assert self.known() == live, (sorted(live - self.known()), sorted(self.known() - live))
        self._assert_nothing_lost()
        self._assert_verdicts(live - set(self.refused()))
        self._assert_only_ours()
        if not repeats:
            self._assert_no_needless_write()

    def _assert_nothing_lost(self) -> None:
        """What the store holds is what somebody would read who reads everything anew."""
        fresh = open_store(f"sqlite:///{self.folder}/{self.crm}-{len(self.reports)}-fresh.db")
        connector = self.connect()
        work = Pass(self.settings, connector, fresh, self.playbook, "test", mode=Mode(dry_run=True))
        report = run_pass(work)
        assert report.outcome == "ok", report.error
        assert _facts(self.store, self.crm) == _facts(fresh, self.crm)
        assert _touches(fresh, self.crm) - _touches(self.store, self.crm) == set()
        fresh.close()

    def _assert_verdicts(self, live: set[str]) -> None:
        with self.store.read() as tx:
            keys = find_work(tx, self.crm, self.now, everything=True)
            since = tx.scalar(
                select(connections.c.effective_from).where(connections.c.connection == self.crm)
            )
        as_of = self.reports[-1].as_of
        agreement = resolve(self.playbook.agreement, zone="UTC", effective_from=since or as_of)
        columns = frozenset(one.column for one in OUTPUTS)
        shown = {lead.id: lead for lead in self.desk.leads()}
        terms = Terms(self.playbook, agreement, as_of, columns)
        for frame in evaluate(self.store, self.crm, keys, terms):
            for row in frame.to_dicts():
                lead_id = row["lead_id"]
                if lead_id not in live:
                    continue
                moved = {name: (row[f"was_{name}"], row[name]) for name in AT_ONCE if f"was_{name}" in row}
                moved = {name: pair for name, pair in moved.items() if pair[0] != pair[1]}
                assert row["pending"] in RESTING, (lead_id, row["pending"], moved)
                there = shown[lead_id]
                wrong = {
                    name: (there.get(name), row[name])
                    for name in AT_ONCE
                    if _plain(there.get(name)) != _plain(row[name])
                }
                assert wrong == {}, (lead_id, wrong)
                assert _distance(there.get("score"), row["score"]) < SCORE_SLACK, lead_id

    def _assert_only_ours(self) -> None:
        """No save of ours held a field of somebody else, and owner and status never moved by our hand."""
        sent = {name for save in self.saves for name in save.sent | save.changed}
        ours = {one.column for one in OUTPUTS}
        assert sent <= ours, f"written beside our own fields: {sorted(sent - ours)}"

    def _assert_no_needless_write(self) -> None:
        """Every save told the CRM something that it did not know; riders alone at most once a day."""
        riders = {one.column for one in OUTPUTS if one.weight == "rider"}
        last_ride: dict[str, datetime] = {}
        for save in self.saves:
            news = save.changed - {"scored_at"}
            assert news, f"{save.lead_id} was written without need at {save.at}"
            if news <= riders:
                before = last_ride.get(save.lead_id)
                assert before is None or save.at - before >= timedelta(days=1), (save, before)
                last_ride[save.lead_id] = save.at

    # --- the watch ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        """Note what our user saves; the CRM itself is asked, not the client."""
        if self.crm == "salesforce":
            _wrap(self.box.org, "update", self._saw_salesforce)
        else:
            _wrap(self.box.portal, "write", self._saw_hubspot)

    def _saw_salesforce(self, object_name: str, row_id: str, fields: Mapping[str, Any], **about: Any) -> None:
        org = self.box.org
        if about.get("by") == org.integration_user and object_name == "Lead":
            old = org.get("Lead", row_id)
            self._note(row_id, fields, [name for name, value in fields.items() if old.get(name) != value])

    def _saw_hubspot(
        self, shelf: Any, record: Any, changes: Mapping[str, str], _at: int, source: str
    ) -> None:
        if shelf.object_type.name == "contacts" and source == "INTEGRATION":
            old = record.version.properties
            new = [name for name, value in changes.items() if old.get(name, "") != value]
            self._note(str(record.version.id), changes, new)

    def _note(self, lead_id: str, sent: Iterable[str], changed: Iterable[str]) -> None:
        columns = frozenset(map(_column, sent)), frozenset(map(_column, changed))
        self.saves.append(Save(self.now, lead_id, *columns))


def _wrap(owner: object, name: str, note: Callable[..., None]) -> None:
    """Call `note` with the arguments of each call of a method, before it."""
    method = getattr(owner, name)

    def noted(*args: Any, **kwargs: Any) -> Any:
        note(*args, **kwargs)
        return method(*args, **kwargs)

    setattr(owner, name, noted)


def _column(field_name: str) -> str:
    """`Leadline_Respond_By__c` and `leadline_respond_by` → respond_by; another field stays as it is."""
    lowered = field_name.lower()
    is_ours = lowered.startswith("leadline_")
    return lowered.removeprefix("leadline_").removesuffix("__c") if is_ours else field_name


def _plain(value: Any) -> Any:
    """A value of a verdict or of a desk, in one form for both."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    if isinstance(value, list | tuple):
        return ";".join(sorted(map(str, value))) or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and ";" in value:
        return ";".join(sorted(value.split(";")))
    return value if value is None or isinstance(value, int | float) else str(value)


def _distance(one: Any, other: Any) -> float:
    if one is None or other is None:
        return 0 if one == other else SCORE_SLACK
    return abs(float(one) - float(other))


def _facts(store: Store, connection: str) -> dict[str, dict[str, Any]]:
    """Lead → facts, without what tells when Leadline saw something."""
    seen_when = {*SINCE.values(), "imported"}
    with store.read() as tx:
        query = select(leads.c.lead_id, leads.c.facts).where(
            leads.c.connection == connection, leads.c.gone.is_(None)
        )
        return {
            row.lead_id: {
                name: value for name, value in json.loads(row.facts).items() if name not in seen_when
            }
            for row in tx.execute(query)
        }


def _touches(store: Store, connection: str) -> set[tuple[Any, ...]]:
    """Touches as tuples, without those that depend on when a running total was seen."""
    with store.read() as tx:
        query = (
            select(leads.c.lead_id, touches.c.source, touches.c.kind, touches.c.at, touches.c.human)
            .join(leads, leads.c.id == touches.c.lead)
            .where(leads.c.connection == connection, func.substr(touches.c.source, 1, 6) != "total:")
        )
        return {tuple(row) for row in tx.execute(query)}
