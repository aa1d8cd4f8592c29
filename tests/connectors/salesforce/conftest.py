"""An org of the sandbox over real HTTP, and connectors to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from config.connections import SalesforceConnection
from connectors.base import Page, Window
from connectors.salesforce import SalesforceConnector
from connectors.traffic import Timing
from qualifier.facts import FACTS
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.salesforce import Org, create_app
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Server

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
VOCABULARY = {"Track": ("call", "compare", "educate"), "Tags": ("customer", "came_back")}
CREDENTIALS = {"flow": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@dataclass
class Acme:
    """A served org, its journal and its faults."""

    org: Org
    url: str
    journal: Journal
    faults: Faults
    clock: Clock
    waits: list[float] = field(default_factory=list)
    """Seconds that connectors wanted to sleep; they never do."""
    opened: list[SalesforceConnector] = field(default_factory=list)

    def connection(self, **settings: Any) -> SalesforceConnection:
        """A connection to this org, as leadline.yaml would give it."""
        base = {"name": "acme", "crm": "salesforce", "base_url": self.url, "auth": CREDENTIALS}
        return TypeAdapter(SalesforceConnection).validate_python(base | settings)

    def connector(self, **settings: Any) -> SalesforceConnector:
        """A connector that notes its waits instead of sleeping."""
        made = SalesforceConnector(self.connection(**settings), FACTS, timing=Timing(sleep=self.waits.append))
        self.opened.append(made)
        return made

    def lead(self, **fields: Any) -> str:
        """A new lead; its id."""
        return self.org.insert("Lead", {"LastName": "Curie", "Company": "Acme"} | fields)

    def leads(self, count: int) -> list[str]:
        """Several new leads."""
        return [self.lead(LastName=f"Lead {number}") for number in range(count)]


@pytest.fixture(scope="session")
def acme_type() -> type[Acme]:
    """The class, for tests that make an org of their own: conftest cannot be imported by name."""
    return Acme


@pytest.fixture
def acme() -> Iterator[Acme]:
    clock = Clock(NOW)
    org, journal, faults = Org(clock), Journal(), Faults()
    with Server(create_app(org, journal, faults)) as server:
        made = Acme(org, server.url, journal, faults, clock)
        yield made
        for connector in made.opened:
            connector.close()


@pytest.fixture
def ready(acme: Acme) -> Acme:
    """The org with Leadline's fields, made by our own set-up."""
    list(acme.connector().apply(VOCABULARY))
    acme.journal.clear()
    return acme


@pytest.fixture
def read_all() -> Callable[..., Page]:
    """Everything that a stream tells of the last year, on one page."""

    def read(connector: SalesforceConnector, stream: str, **bounds: Any) -> Page:
        window = Window(
            bounds.get("since", NOW - timedelta(days=365)),
            bounds.get("until", NOW + timedelta(seconds=1)),
            newest_first=bounds.get("newest_first", False),
        )
        pages = list(connector.changes(stream, window))
        return Page(
            leads=tuple(one for page in pages for one in page.leads),
            touches=tuple(one for page in pages for one in page.touches),
            companies=tuple(one for page in pages for one in page.companies),
            deals=tuple(one for page in pages for one in page.deals),
            gone=tuple(one for page in pages for one in page.gone),
        )

    return read
