"""A portal of the sandbox over real HTTP, and connectors to it: what the tests beside this file work with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from config.connections import HubSpotConnection
from connectors.base import LeadRecord, Page, Window
from connectors.hubspot.connector import HubSpotConnector
from connectors.traffic import Timing
from qualifier.facts import FACTS, Fact
from sandbox.clock import Clock
from sandbox.faults import Fault, Faults
from sandbox.hubspot import DEFAULT_TOKEN, Portal, Tier, create_app
from sandbox.journal import Journal
from sandbox.server import Server

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
VOCABULARY = {"Track": ["call", "educate"], "Tags": ["customer", "came_back"]}


@dataclass
class World:
    """A served portal, its journal and its faults; the clock stands still until a test moves it."""

    portal: Portal
    url: str
    journal: Journal
    faults: Faults
    waits: list[float] = field(default_factory=list)
    """Seconds that connectors wanted to sleep; they never do."""
    opened: list[HubSpotConnector] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        """The portal's time."""
        return self.portal.clock

    def connector(self, facts: dict[str, Fact] | None = None, **settings: Any) -> HubSpotConnector:
        """A connector with the portal's own token, unless `settings` say otherwise."""
        base = {
            "name": "acme",
            "crm": "hubspot",
            "base_url": self.url,
            "auth": {"flow": "token", "token": DEFAULT_TOKEN},
        }
        connection = HubSpotConnection.model_validate(base | settings)
        made = HubSpotConnector(connection, facts or FACTS, timing=Timing(sleep=self.waits.append))
        self.opened.append(made)
        return made

    def ready(self, **settings: Any) -> HubSpotConnector:
        """A connector whose portal is set up."""
        made = self.connector(**settings)
        for step in made.apply(VOCABULARY):
            assert step.action != "refuse", step
        return made

    def contacts(self, count: int, **properties: Any) -> list[str]:
        """New contacts, created now."""
        return [
            self.portal.create("contacts", {"email": f"p{number}@firm{number}.example"} | properties)
            for number in range(count)
        ]

    def fault(self, **parts: Any) -> Fault:
        """Script a disaster."""
        return self.faults.add(Fault(**parts))

    def requests(self, pattern: str) -> int:
        """How many requests reached the portal whose pattern ends so."""
        return sum(exchange.pattern.endswith(pattern) for exchange in self.journal)


def window(hours: float = 24) -> Window:
    """The last hours until a second from the portal's start."""
    return Window(NOW - timedelta(hours=hours), NOW + timedelta(seconds=1))


def leads_of(pages: Iterator[Page]) -> list[LeadRecord]:
    """All leads on pages."""
    return [lead for page in pages for lead in page.leads]


def serve(tier: Tier, clock: Clock | None = None) -> Iterator[World]:
    """A world for one test; its connectors are closed behind it."""
    portal = Portal(clock or Clock(NOW), tier=tier)
    journal, faults = Journal(), Faults()
    with Server(create_app(portal, journal, faults)) as server:
        made = World(portal, server.url, journal, faults)
        yield made
        for connector in made.opened:
            connector.close()
