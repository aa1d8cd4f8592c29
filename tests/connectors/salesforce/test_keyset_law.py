"""The law of paging: whatever window, page, direction and place of a crash, each row comes exactly once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Keyset, Window
from connectors.salesforce import SalesforceConnector
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.salesforce import Org, create_app
from sandbox.server import Server

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SECONDS = 8


@pytest.fixture(scope="module")
def walk(acme_type: "type[Acme]") -> Iterator[tuple[SalesforceConnector, list[Keyset]]]:
    """A connector to an org with sixty leads in eight seconds, and where each of them stands."""
    clock = Clock(NOW)
    org = Org(clock)
    rows = []
    for number in range(60):
        at = NOW + timedelta(seconds=number * number % SECONDS)
        lead_id = org.insert("Lead", {"LastName": f"{number}", "Company": "Acme"}, created_at=at)
        rows.append(Keyset(at, lead_id))
    with Server(create_app(org, Journal(), Faults())) as server:
        made = acme_type(org, server.url, Journal(), Faults(), clock)
        yield made.connector(), sorted(rows)
        made.opened[0].close()


@settings(max_examples=60, deadline=None)
@given(
    bounds=st.tuples(st.integers(-1, SECONDS + 1), st.integers(-1, SECONDS + 1)).map(sorted),
    page_rows=st.sampled_from([3, 7, 20, 60, 61]),
    newest_first=st.booleans(),
    crash_after=st.integers(0, 5),
)
def test_each_row_of_a_window_comes_exactly_once(
    walk: tuple[SalesforceConnector, list[Keyset]],
    bounds: list[int],
    page_rows: int,
    newest_first: bool,
    crash_after: int,
) -> None:
    connector, rows = walk
    since, until = (NOW + timedelta(seconds=second) for second in bounds)
    window = Window(since, until, newest_first)
    wanted = [row.id for row in rows if since <= row.at < until]
    seen: list[str] = []
    after = None
    with patch("connectors.salesforce.reading.PAGE_ROWS", page_rows):
        for number, page in enumerate(connector.changes("lead", window)):
            seen += [lead.id for lead in page.leads]
            after = page.after
            if number == crash_after:
                break
        if after is not None:
            seen += [lead.id for page in connector.changes("lead", window, after) for lead in page.leads]
    assert seen == (wanted[::-1] if newest_first else wanted)
