"""A portal being served, with all that a test wants to hold: clock, journal, faults and the real client."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import requests
from hubspot import HubSpot

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.hubspot import DEFAULT_TOKEN, HubSpotSwitches, Portal, Tier, create_app
from sandbox.hubspot.moments import to_ms
from sandbox.hubspot.schema import Definition, Option
from sandbox.journal import Journal

START = datetime(2026, 11, 21, 12, 0, 0, 250_000, tzinfo=UTC)


@dataclass
class World:
    """A portal with a frozen clock and no limits, unless a test changes that."""

    clock: Clock = field(default_factory=lambda: Clock(START))
    journal: Journal = field(default_factory=Journal)
    faults: Faults = field(default_factory=Faults)
    url: str = ""

    def __post_init__(self) -> None:
        self.portal = Portal(self.clock, seed=7, tier=Tier.unlimited())
        self.app = create_app(self.portal, self.journal, self.faults)
        self.session = requests.Session()
        self.session.trust_env = False

    @property
    def switches(self) -> HubSpotSwitches:
        """The portal's doubtful behaviours."""
        return self.portal.switches

    @cached_property
    def client(self) -> Any:
        """The real client, as Leadline uses it: own host, no retries."""
        return self.client_with(DEFAULT_TOKEN)

    @cached_property
    def search_api(self) -> Any:
        """One kept api object (§1.3)."""
        return self.client.crm.contacts.search_api

    @cached_property
    def batch_api(self) -> Any:
        """One kept api object."""
        return self.client.crm.contacts.batch_api

    def client_with(self, token: str) -> Any:
        """A real client with another token."""
        return HubSpot(access_token=token, host=self.url, base_url=self.url, retry=False)

    def call(
        self, method: str, path: str, body: Any = None, token: str | None = DEFAULT_TOKEN
    ) -> requests.Response:
        """One raw request; `body` is sent as JSON, text as it is."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        given: dict[str, Any] = {"data": body.encode()} if isinstance(body, str) else {"json": body}
        given = {} if body is None else given
        return self.session.request(method, self.url + path, headers=headers, timeout=10, **given)

    def find(self, **body: Any) -> Any:
        """The client's answer to a contact search."""
        return self.search_api.do_search_with_http_info(public_object_search_request=body)

    def ids(self, *filters: dict[str, Any], **more: Any) -> list[str]:
        """The ids that a search with one group of filters finds."""
        data, status, _ = self.find(filterGroups=[{"filters": list(filters)}] if filters else [], **more)
        assert status == 200
        return [row.id for row in data.results]

    def contact(self, **properties: Any) -> str:
        """Add a contact."""
        return self.portal.create("contacts", properties)

    def contacts(self, count: int, **properties: Any) -> list[str]:
        """Add equal contacts."""
        return [self.contact(**properties) for _ in range(count)]

    def add_score(self) -> None:
        """The custom property that most write tests use."""
        self.portal.add_property(
            "contacts", Definition("leadline_score", "number", "number", group="leadline")
        )

    def add_tags(self) -> None:
        """A custom multiple choice."""
        options = tuple(Option(one, one.upper()) for one in ("a", "b", "c"))
        tags = Definition("leadline_tags", "enumeration", "checkbox", group="leadline", options=options)
        self.portal.add_property("contacts", tags)

    def ms(self, seconds: float = 0) -> str:
        """The present, shifted, as search wants it."""
        return str(to_ms(self.clock.now()) + int(seconds * 1_000))


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    """A search filter."""
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": value}), **more}
