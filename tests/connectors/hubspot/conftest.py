"""Fixtures of the HubSpot connector's tests."""

from collections.abc import Iterator

import pytest

from sandbox.clock import Clock
from sandbox.hubspot import Tier
from tests.connectors.hubspot.world import World, serve


@pytest.fixture
def world() -> Iterator[World]:
    """A portal without limits."""
    yield from serve(Tier.unlimited())


@pytest.fixture
def limited() -> Iterator[World]:
    """A portal with the limits of the smallest tier, on real time."""
    yield from serve(Tier(), Clock())
