"""The portal that every test of this folder gets."""

from collections.abc import Iterator

import pytest

from tests.sandbox.hubspot.world import World


@pytest.fixture
def world() -> Iterator[World]:
    """A served portal with a frozen clock."""
    made = World()
    with made.server:
        made.url = made.server.url
        yield made
        made.session.close()
