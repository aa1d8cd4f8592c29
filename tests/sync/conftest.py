"""A store in a file, a CRM in memory, and passes over the two."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine

from connectors.memory import MemoryConnector
from sync.store import Store, open_store
from tests.sync.office import NOW, Office, connection
from tests.sync.postgres import serve


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server for the whole session; only tests marked `postgres` start it."""
    with serve() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store: a SQLite file, or a database of its own on a PostgreSQL server."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/leadline.db"
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"t{uuid.uuid4().hex}"
        with create_engine(
            f"{server}/postgres", isolation_level="AUTOCOMMIT", poolclass=NullPool
        ).connect() as admin:
            admin.exec_driver_sql(f"CREATE DATABASE {name}")
        url = f"{server}/{name}"
    opened = open_store(url)
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
