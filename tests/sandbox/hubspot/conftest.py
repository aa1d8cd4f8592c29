"""The portal that every test of this folder gets."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from sandbox.server import Server
from tests.sandbox.hubspot.world import World

App = Callable[[Any, Any, Any], Awaitable[None]]


class Stage:
    """One server for all tests, since starting and stopping one takes longer than most of them."""

    def __init__(self) -> None:
        self.app: App | None = None
        self.server = Server(self)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let the present test's portal answer."""
        assert self.app is not None, "a request came after its test had ended"
        await self.app(scope, receive, send)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """The served stage."""
    made = Stage()
    with made.server:
        yield made


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    """A served portal with a frozen clock."""
    made = World(url=stage.server.url)
    stage.app = made.app
    yield made
    made.session.close()
    stage.app = None
