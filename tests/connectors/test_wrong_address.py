"""A base_url at which something else answers: the sentence names the address and the key."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from config.connections import HubSpotConnection, SalesforceConnection
from connectors.base import Connector, Misconfigured
from connectors.hubspot.connector import HubSpotConnector
from connectors.salesforce import SalesforceConnector
from qualifier.facts import FACTS
from sandbox.box import Box

APP = {"flow": "client_credentials", "client_id": "a", "client_secret": "b"}
PASSWORD = {
    "flow": "password",
    "username": "u",
    "password": "p",
    "security_token": "t",
    "client_id": "a",
    "client_secret": "b",
}
REFRESH = {"flow": "refresh_token", "client_id": "a", "client_secret": "b", "refresh_token": "c"}


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    with Box(generate=1, seed=1) as opened:
        yield opened


def salesforce(base_url: str, auth: dict[str, str]) -> Connector:
    settings: dict[str, Any] = {"name": "acme", "crm": "salesforce", "base_url": base_url, "auth": auth}
    return SalesforceConnector(SalesforceConnection.model_validate(settings), FACTS)


def hubspot(base_url: str, auth: dict[str, str]) -> Connector:
    settings: dict[str, Any] = {"name": "acme", "crm": "hubspot", "base_url": base_url, "auth": auth}
    return HubSpotConnector(HubSpotConnection.model_validate(settings), FACTS)


@pytest.mark.parametrize(
    ("make", "auth", "crm"),
    [
        (salesforce, APP, "Salesforce org"),
        (salesforce, PASSWORD, "Salesforce org"),
        (hubspot, {"flow": "token", "token": "t"}, "HubSpot"),
        (hubspot, REFRESH, "HubSpot"),
    ],
)
def test_another_crm_at_the_address_is_told_by_name(
    box: Box, make: Callable[[str, dict[str, str]], Connector], auth: dict[str, str], crm: str
) -> None:
    url = box.hubspot_url if make is salesforce else box.salesforce_url
    said = f"acme: {url} answers, but is no {crm}: check base_url."
    with closing(make(url, auth)) as connector:
        (finding,) = [one for one in connector.check() if one.level == "fail"]
    assert said in finding.evidence
    with closing(make(url, auth)) as connector, pytest.raises(Misconfigured) as refused:
        connector.server_time()
    assert str(refused.value) == said
