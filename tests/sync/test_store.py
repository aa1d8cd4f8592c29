"""Opening, migrating and sharing a store."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select

from sync.schema import connections, metadata
from sync.store import Store, StoreFault, open_store


def test_the_migrations_make_the_schema(store: Store) -> None:
    with store.engine.connect() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_a_store_is_found_again_with_its_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/leadline.db"
    first = open_store(url)
    second = open_store(url)
    assert first.key == second.key
    assert len(first.key) == 32


def test_several_workers_open_a_new_store_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/leadline.db"
    with ThreadPoolExecutor(4) as pool:
        keys = {store.key for store in pool.map(open_store, [url] * 4)}
    assert len(keys) == 1


def test_instants_come_back_as_they_went(store: Store) -> None:
    at = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    with store.write() as tx:
        tx.execute(insert(connections).values(connection="a", effective_from=at, playbook="p", needs="n"))
    with store.read() as tx:
        assert tx.scalar(select(connections.c.effective_from)) == at


def test_a_file_that_is_no_store_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("these are not the bytes of a database, but a long enough text to be read as one" * 20)
    with pytest.raises(StoreFault, match=r"notes\.db.*check that its folder"):
        open_store(f"sqlite:///{file}")


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreFault) as caught:
        open_store("postgresql+psycopg://u:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/leadline.db")
    with store.engine.connect() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    assert sqlite3.connect(f"file:{tmp_path}/leadline.db?mode=ro", uri=True).execute("SELECT 1").fetchone()
