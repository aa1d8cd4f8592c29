"""A window that is too long for the org is walked in halves: each row comes once, and a crash loses none."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Keyset, Rejected, Window
from connectors.salesforce.spans import following, narrower
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.salesforce import Org, create_app
from sandbox.server import Server

if TYPE_CHECKING:
    from tests.connectors.salesforce.conftest import Acme

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MOST = 12
"""Rows that the org finds in time; fewer than that stand at any second."""


@pytest.fixture(scope="module")
def slow(acme_type: "type[Acme]") -> Iterator[tuple["Acme", list[Keyset]]]:
    """An org with eighty leads in a day, some at one second, that is slow with more than a dozen."""
    clock = Clock(NOW)
    org = Org(clock)
    rows = []
    for number in range(80):
        at = NOW - timedelta(seconds=(number // 5) ** 4 % 86_400)
        rows.append(
            Keyset(at, org.insert("Lead", {"LastName": str(number), "Company": "Acme"}, created_at=at))
        )
    org.switches.slow_query_rows = MOST
    journal, faults = Journal(), Faults()
    with Server(create_app(org, journal, faults)) as server:
        made = acme_type(org, server.url, journal, faults, clock)
        yield made, sorted(rows)
        for connector in made.opened:
            connector.close()


@settings(max_examples=25, deadline=None)
@given(
    newest_first=st.booleans(),
    crash_after=st.integers(0, 12),
    hours=st.integers(1, 30),
    page_rows=st.sampled_from([5, 2_000]),
)
def test_each_row_comes_exactly_once_in_its_order(
    slow: tuple["Acme", list[Keyset]], newest_first: bool, crash_after: int, hours: int, page_rows: int
) -> None:
    acme, rows = slow
    connector = acme.opened[0] if acme.opened else acme.connector()
    window = Window(NOW - hours * HOUR, NOW + HOUR, newest_first)
    with patch("connectors.salesforce.reading.PAGE_ROWS", page_rows):
        pages = list(islice(connector.changes("lead", window), crash_after + 1))
        after = pages[-1].after
        if after is not None:  # the process starts anew and knows nothing of parts
            pages += connector.changes("lead", window, after)
    wanted = [row.id for row in rows if window.since <= row.at]
    found = [lead.id for page in pages for lead in page.leads]
    assert found == (wanted[::-1] if newest_first else wanted)
    assert pages[-1].after is None


@pytest.mark.parametrize("newest_first", [True, False])
def test_what_the_org_can_walk_is_learned_once(
    slow: tuple["Acme", list[Keyset]], *, newest_first: bool
) -> None:
    """Not anew for each slice of a walk: a query that takes too long takes two minutes."""
    acme, rows = slow
    window = Window(NOW - 30 * HOUR, NOW + HOUR, newest_first)
    before = acme.journal.calls()
    list(acme.connector().changes("lead", window))
    at_once = acme.journal.calls() - before
    connector, after, found, slices = acme.connector(), None, list[str](), 0
    before = acme.journal.calls()
    while slices == 0 or after is not None:
        for page in islice(connector.changes("lead", window, after), 2):
            found += [lead.id for lead in page.leads]
            after = page.after
        slices += 1
    assert len(found) == len(rows)
    assert slices > 2
    assert acme.journal.calls() - before <= at_once + slices


def test_a_second_that_is_too_much_alone_is_for_the_admin(acme: "Acme") -> None:
    acme.leads(3)
    acme.org.switches.slow_query_rows = 2
    with pytest.raises(Rejected) as caught:
        list(acme.connector().changes("lead", Window(NOW - HOUR, NOW + HOUR)))
    assert caught.value.code == "QUERY_TIMEOUT"
    assert acme.journal.calls() < 30


moments = st.integers(0, 100_000).map(lambda seconds: NOW + timedelta(seconds=seconds))


@given(ends=st.tuples(moments, moments).filter(lambda pair: pair[0] != pair[1]), newest_first=st.booleans())
def test_parts_cover_a_window_without_gap_or_overlap(
    ends: tuple[datetime, datetime], newest_first: bool
) -> None:
    whole = Window(min(ends), max(ends), newest_first)
    part = narrower(narrower(whole, None) or whole, None) or whole
    edge = whole.until if newest_first else whole.since
    while part is not None:
        assert part.since < part.until
        assert (part.until if newest_first else part.since) == edge
        edge = part.since if newest_first else part.until
        part = following(part, whole)  # type: ignore[assignment]  # None ends the loop
    assert edge == (whole.since if newest_first else whole.until)
