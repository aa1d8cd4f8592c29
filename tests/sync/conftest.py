"""A store in a file, a CRM in memory, and passes over the two."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.memory import MemoryConnector
from sync.store import Store, open_store
from tests.sync.office import NOW, Office, connection


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store in a file."""
    opened = open_store(f"sqlite:///{tmp_path}/leadline.db")
    yield opened
    opened.close()


@pytest.fixture
def make_office(store: Store) -> Callable[..., Office]:
    """An office whose CRM opened at NOW."""

    def make(**parts: Any) -> Office:
        return Office(MemoryConnector(now=NOW - timedelta(hours=1), page_size=50), store, connection(**parts))

    return make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """An office with default settings."""
    return make_office()
