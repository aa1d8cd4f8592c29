"""Both CRMs in a box: a filled Salesforce org and HubSpot portal on loopback, with the pages of a rep."""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import fill_hubspot, fill_salesforce, kept, leads_file, people
from sandbox.acts import HubSpotActs, SalesforceActs
from sandbox.clock import Clock
from sandbox.control import ROOT, Control
from sandbox.desk_hubspot import HubSpotDesk
from sandbox.desk_salesforce import SalesforceDesk
from sandbox.faults import Faults
from sandbox.hubspot import DEFAULT_TOKEN, Portal
from sandbox.hubspot import create_app as create_hubspot
from sandbox.journal import Journal
from sandbox.journeys import Shape, Touch
from sandbox.mapping import LeadMapping
from sandbox.outcome import Share, shares
from sandbox.pages import HOME, Pages
from sandbox.salesforce import Org
from sandbox.salesforce import create_app as create_salesforce
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Server

DEMO_FORM = "Request a demo"


class Box:
    """Both sandbox CRMs, filled, and served while the context lasts.

    Fill it with `generate` people or with a list of `leads` and its `mapping`; with neither it is empty.
    With a `state` file it goes on where the last one stopped, whatever it was to be filled with, and keeps
    everything there when it stops. `ports`: Salesforce's and HubSpot's; 0 takes a free one. `now` (aware)
    freezes the clock; without it time runs.
    Raises `mapping.LeadsFault` for a list that cannot be used, ValueError for a file that is no state.
    """

    client_id = CLIENT_ID
    client_secret = CLIENT_SECRET
    token = DEFAULT_TOKEN

    def __init__(
        self,
        *,
        generate: int = 0,
        seed: int = 0,
        shape: Shape = "both",
        leads: Path | None = None,
        mapping: Path | None = None,
        state: Path | None = None,
        now: datetime | None = None,
        ports: tuple[int, int] = (0, 0),
    ) -> None:
        if leads is not None and mapping is None:
            raise ValueError(f"{leads}: needs a mapping file that says which column goes where; give one.")
        self.clock = Clock(now)
        self.org, self.portal = Org(self.clock, seed=seed), Portal(self.clock, seed=seed)
        self.journal_salesforce, self.journal_hubspot = Journal(), Journal()
        self.faults_salesforce, self.faults_hubspot = Faults(seed), Faults(seed)
        self.mapping: LeadMapping | None = None
        """The list's mapping; its `facts` and `values` belong into the connections."""
        self.lead_ids: list[str] = []
        """The Salesforce leads, in the order in which they were generated or listed."""
        self.contact_ids: list[str] = []
        """The HubSpot contacts of the same people, in the same order."""
        self._state = state
        if state is not None and state.exists():
            self._go_on(state)
        else:
            if generate:
                self._fill_people(people.generate(generate, seed=seed, now=self.clock.now(), shape=shape))
            if leads is not None and mapping is not None:
                self._fill_list(leads, mapping)
        self._ports = ports
        self._servers: tuple[Server, ...] = ()
        self._open = ExitStack()

    @property
    def salesforce_url(self) -> str:
        """The org's address, `http://127.0.0.1:PORT`; a rep looks at it in a browser."""
        return self._served[0].url

    @property
    def hubspot_url(self) -> str:
        """The portal's address; a rep looks at it in a browser."""
        return self._served[1].url

    def calls(self) -> int:
        """How many API calls both CRMs have answered; the rep's pages do not count."""
        return self.journal_salesforce.calls() + self.journal_hubspot.calls()

    def start(self) -> Self:
        """Serve both CRMs; returns when they answer. OSError for a port that is taken."""
        org_api = create_salesforce(self.org, self.journal_salesforce, self.faults_salesforce)
        portal_api = create_hubspot(self.portal, self.journal_hubspot, self.faults_hubspot)
        apps = (
            _beside(org_api, Pages(SalesforceDesk(self.org)), self._control_salesforce()),
            _beside(portal_api, Pages(HubSpotDesk(self.portal)), self._control_hubspot()),
        )
        with ExitStack() as stack:
            pairs = zip(apps, self._ports, strict=True)
            self._servers = tuple(stack.enter_context(Server(app, port=port)) for app, port in pairs)
            self._open = stack.pop_all()
        return self

    def stop(self) -> None:
        """Stop serving, and keep the state where a file is named; org and portal can still be looked at."""
        self._open.close()
        if self._state is not None:
            kept.save(self.org, self.portal, self._state)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def maps(self, crm: str) -> dict[str, dict[str, object]]:
        """What a connection to `crm` must say so that Leadline finds these records' own fields."""
        if self.mapping is not None:
            half = self.mapping.salesforce if crm == "salesforce" else self.mapping.hubspot
            return {
                "fields": dict(half.facts),
                "values": {fact: dict(words) for fact, words in half.values.items()},
            }
        own = fill_salesforce if crm == "salesforce" else fill_hubspot
        return {
            "fields": dict(own.FIELDS),
            "values": {fact: dict(words) for fact, words in own.VALUES.items()},
        }

    def outcome_shares(self, crm: str) -> list[Share]:
        """How the list's outcome falls by segment in `crm` as it stands; empty where none is named."""
        half = self.mapping and (self.mapping.salesforce if crm == "salesforce" else self.mapping.hubspot)
        if not half or not half.outcome:
            return []
        if crm == "salesforce":
            return shares(self.org.rows("Lead"), "Leadline_Segment__c", half.outcome)
        return shares(self.portal.rows("contacts"), "leadline_segment", half.outcome)

    def raise_hands(self, count: int) -> int:
        """So many people, spread over the list, ask for a demo now, in both CRMs; returns how many."""
        step = max(1, len(self.lead_ids) // max(1, count))
        chosen = range(0, len(self.lead_ids), step)[:count]
        now = self.clock.now().replace(microsecond=0)
        touch = Touch("form", DEMO_FORM, now, now)
        campaigns = fill_salesforce.Campaigns(self.org)
        for place in chosen:
            fill_salesforce.add_touch(self.org, self.lead_ids[place], touch, (), campaigns)
            fill_hubspot.add_conversion(self.portal, self.contact_ids[place], touch)
        return len(chosen)

    def _control_salesforce(self) -> Control:
        return Control(
            clock=self.clock,
            journal=self.journal_salesforce,
            faults=self.faults_salesforce,
            switches=self.org.switches,
            acts=SalesforceActs(self.org),
        )

    def _control_hubspot(self) -> Control:
        return Control(
            clock=self.clock,
            journal=self.journal_hubspot,
            faults=self.faults_hubspot,
            switches=self.portal.switches,
            acts=HubSpotActs(self.portal),
        )

    @property
    def _served(self) -> tuple[Server, ...]:
        if not self._servers:
            raise RuntimeError("The box has no address yet: enter it, or call start() first.")
        return self._servers

    def _go_on(self, state: Path) -> None:
        kept.load(self.org, self.portal, state)
        self.lead_ids += [str(row["Id"]) for row in self.org.rows("Lead")]
        self.contact_ids += [row["hs_object_id"] for row in self.portal.rows("contacts")]

    def _fill_people(self, population: people.Population) -> None:
        self.lead_ids += fill_salesforce.fill(self.org, population)
        self.contact_ids += fill_hubspot.fill(self.portal, population)

    def _fill_list(self, leads: Path, mapping: Path) -> None:
        listed = leads_file.load(leads, mapping, now=self.clock.now())
        self.mapping = listed.mapping
        self.lead_ids += leads_file.fill_org(self.org, listed)
        self.contact_ids += leads_file.fill_portal(self.portal, listed)


def _beside(crm: ASGIApp, pages: Pages, control: Control) -> ASGIApp:
    """A CRM's API, a rep's pages and the switchboard under one address; the journal sees the API only."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path in ("/", HOME) or path.startswith(f"{HOME}/"):
            await pages.app(scope, receive, send)
        elif path.startswith(f"{ROOT}/"):
            await control.app(scope, receive, send)
        else:
            await crm(scope, receive, send)

    return app
