"""Opening, migrating and sharing a store."""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from sync.schema import connections, meta, metadata
from sync.store import Store, StoreFault, open_store


def test_the_migrations_make_the_schema(store: Store) -> None:
    with store.engine.connect() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_a_store_is_found_again_with_its_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/deep/er/leadline.db"
    with closing(open_store(url)) as first, closing(open_store(url)) as second:
        assert first.key == second.key
        assert len(first.key) == 32


def test_several_workers_open_a_new_store_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/leadline.db"
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(open_store, [url] * 4))
    assert len({store.key for store in stores}) == 1
    for store in stores:
        store.close()


def test_instants_come_back_as_they_went(store: Store) -> None:
    at = datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    with store.write() as tx:
        tx.execute(insert(connections).values(connection="a", effective_from=at, playbook="p"))
    with store.read() as tx:
        assert tx.scalar(select(connections.c.effective_from)) == at


def test_a_file_that_is_no_store_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("these are not the bytes of a database, but a long enough text to be read as one" * 20)
    with pytest.raises(StoreFault, match=r"notes\.db.*no store, or a damaged one.*restore its backup"):
        open_store(f"sqlite:///{file}")


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_goes_while_it_is_in_use_is_a_sentence(tmp_path: Path, *, replaced: bool) -> None:
    """Else the worker would write on to a file without a name, until its end."""
    file = tmp_path / "leadline.db"
    with closing(open_store(f"sqlite:///{file}")) as store:
        with store.read() as tx:
            tx.execute(select(meta.c.name))
        file.unlink()
        if replaced:
            file.write_bytes(b"")
        with (
            pytest.raises(StoreFault, match=r"leadline\.db was removed or replaced.*start again"),
            store.write(),
        ):
            pass


def test_a_store_of_a_newer_version_is_a_sentence(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/leadline.db"
    with closing(open_store(url)) as store, store.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreFault, match="newer version of Leadline"):
        open_store(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(StoreFault) as caught:
        open_store("postgresql+psycopg://u:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_sqlite_survives_a_power_cut(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/leadline.db")) as store, store.engine.connect() as tx:
        assert tx.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert tx.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_sqlite_stays_open_between_transactions(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/leadline.db")) as store:
        opened: list[object] = []
        event.listen(store.engine, "connect", lambda raw, _: opened.append(raw))
        for number in range(20):
            with store.write() as tx:
                tx.execute(insert(meta).values(name=f"n{number}", value="v"))
            with store.read() as tx:
                assert tx.scalar(select(func.count()).select_from(meta)) == number + 2
        assert opened == []


def test_threads_share_a_file(tmp_path: Path) -> None:
    """More threads than connections are kept open: each waits for its turn and none is turned away."""
    store = open_store(f"sqlite:///{tmp_path}/leadline.db")

    def count(_: int) -> None:
        with store.write() as tx:
            value = int(tx.scalar(select(meta.c.value).where(meta.c.name == "count")) or 0)
            tx.execute(update(meta).where(meta.c.name == "count").values(value=str(value + 1)))
        with store.read() as tx:
            assert int(tx.scalar(select(meta.c.value).where(meta.c.name == "count")) or 0) > value

    with store.write() as tx:
        tx.execute(insert(meta).values(name="count", value="0"))
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(count, range(100)))
    with store.read() as tx:
        assert tx.scalar(select(meta.c.value).where(meta.c.name == "count")) == "100"
    store.close()


def test_what_was_begun_and_failed_leaves_nothing_behind(store: Store) -> None:
    """A connection that goes back to the others carries no transaction with it."""
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.execute(insert(meta), [{"name": "x", "value": "y"}, {"name": "person_key", "value": "taken"}])
    with store.read() as tx:
        assert tx.scalar(select(meta.c.value).where(meta.c.name == "x")) is None
    with store.write() as tx:
        tx.execute(insert(meta).values(name="x", value="z"))


def test_a_forked_child_opens_its_own(tmp_path: Path) -> None:
    """SQLite forbids to carry a connection across a fork, even to close it there."""
    with closing(open_store(f"sqlite:///{tmp_path}/leadline.db")) as store:
        child = os.fork()
        if child == 0:
            code = 1
            with contextlib.suppress(BaseException):
                with store.write() as tx:
                    tx.execute(insert(meta).values(name="from", value="child"))
                store.close()
                code = 0
            os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with store.write() as tx:
            tx.execute(insert(meta).values(name="and", value="parent"))
        with store.read() as tx:
            assert tx.scalar(select(func.count()).select_from(meta)) == 3
            assert tx.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
