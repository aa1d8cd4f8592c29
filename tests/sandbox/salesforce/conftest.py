from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.salesforce import Org, SalesforceSwitches, create_app
from sandbox.salesforce.sessions import CLIENT_ID, CLIENT_SECRET
from sandbox.server import Server

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
VERSION = "66.0"


class ToSandbox(HTTPAdapter):
    """salesforce.md §1.3 (a): https:// goes to the sandbox, the meant host travels in a header."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.target = urlsplit(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send to the sandbox what was meant for the CRM."""
        meant = urlsplit(request.url or "")
        request.headers["X-Sandbox-Host"] = meant.netloc
        request.url = meant._replace(scheme=self.target.scheme, netloc=self.target.netloc).geturl()
        return super().send(request, *args, **kwargs)


@dataclass
class Crm:
    """An org behind a server, and a plain HTTP client that is logged in."""

    org: Org
    journal: Journal
    faults: Faults
    url: str
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def clock(self) -> Clock:
        """The org's clock."""
        return self.org.clock

    def log_in(self) -> str:
        """Open a session and use it from now on."""
        token = self.org.sessions.open(self.org.integration_user)
        self.http.headers["Authorization"] = f"Bearer {token}"
        return token

    def call(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One REST call below the version."""
        kwargs.setdefault("timeout", 10)
        return self.http.request(method, f"{self.url}/services/data/v{VERSION}{path}", **kwargs)

    def query(self, soql: str, path: str = "/query") -> dict[str, Any]:
        """The first page of a query that must succeed."""
        answer = self.call("GET", path, params={"q": soql})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    def refusal(self, soql: str) -> dict[str, Any]:
        """The error of a query that must fail with 400."""
        answer = self.call("GET", "/query", params={"q": soql})
        assert answer.status_code == 400, answer.text
        error: dict[str, Any] = answer.json()[0]
        return error

    def patch(self, records: list[dict[str, Any]], *, all_or_none: bool = False, **headers: str) -> Any:
        """Update leads by a collection."""
        body = {
            "allOrNone": all_or_none,
            "records": [{"attributes": {"type": "Lead"}} | one for one in records],
        }
        return self.call("PATCH", "/composite/sobjects", json=body, headers=headers)

    def add_lead(self, **fields: Any) -> str:
        """A lead with the required fields."""
        return self.org.insert("Lead", {"LastName": "Müller", "Company": "Müller GmbH"} | fields)

    def client(self, **kwargs: Any) -> Salesforce:
        """The real client, logged in by client credentials."""
        session = requests.Session()
        session.mount("https://", ToSandbox(self.url))
        login: dict[str, Any] = {"consumer_key": CLIENT_ID, "consumer_secret": CLIENT_SECRET}
        login |= {"domain": "acme.my", "version": VERSION}
        return Salesforce(session=session, **(login | kwargs))


@pytest.fixture
def crm() -> Iterator[Crm]:
    org, journal, faults = Org(Clock(NOON), switches=SalesforceSwitches()), Journal(), Faults()
    with Server(create_app(org, journal, faults)) as server, requests.Session() as http:
        made = Crm(org, journal, faults, server.url, http)
        made.log_in()
        yield made


@pytest.fixture
def org(crm: Crm) -> Org:
    return crm.org
