"""The store: one database, opened and migrated here, with short transactions that know their lease.

SQLite (WAL, full sync: a power cut loses nothing that was committed) or PostgreSQL, by URL. Every write
belongs to a lease or says openly that it does not; a write whose lease was taken over fails instead of
overwriting the new owner.
"""

import os
import secrets
import sqlite3
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.pool import Pool, QueuePool
from tenacity import retry, retry_if_exception, stop_after_delay, wait_random

from sync.schema import leases, meta

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x1EAD
"""Any number that nobody else locks on."""
BUSY_SECONDS = 30
"""How long a SQLite writer waits for another; passes commit in milliseconds, so this is never reached in
health."""
KEPT_OPEN = 4
"""SQLite connections that stay open between transactions: a pass, its lease's renewal, the page, a spare one.
The last one to close a file folds its log into it, syncs twice and deletes the log; after every transaction
that took seven eighths of a quiet pass. More than these are opened when needed, and closed."""
_LEFT_TO_THE_PARENT: list[Pool] = []
"""In a forked child: connections that it must neither use nor close (sqlite.org/howtocorrupt.html §2.6)."""


class StoreFault(Exception):
    """The store cannot be opened or used; the message names it, the reason and the next step."""


class LeaseLost(Exception):
    """Another worker took this connection over; what this one still wanted to write is not written."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Proof of holding a connection's lease: `number` grows each time the lease changes hands."""

    connection: str
    number: int


class Store:
    """An open store. `read()` and `write()` are its only doors."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.key = self._secret("person_key")
        """Key of the hashes in `leads.person`."""

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: one consistent picture."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, fence: Fence | None = None) -> Iterator[Connection]:
        """A write transaction. With `fence`, raises LeaseLost (and writes nothing) if the lease moved on."""
        with self.engine.connect().execution_options(leadline_write=True) as connection, connection.begin():
            if fence is not None:
                _hold(connection, fence)
            yield connection

    def _secret(self, name: str) -> bytes:
        with self.write() as connection:
            found = connection.scalar(select(meta.c.value).where(meta.c.name == name))
            if found is None:
                found = secrets.token_hex(32)
                connection.execute(insert(meta).values(name=name, value=found))
        return bytes.fromhex(found)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def _hold(connection: Connection, fence: Fence) -> None:
    """Lock the lease row for this transaction, or find that it is no longer ours."""
    held = connection.execute(
        update(leases)
        .where(leases.c.connection == fence.connection, leases.c.fence == fence.number)
        .values(fence=fence.number)
    )
    if held.rowcount != 1:
        message = f"{fence.connection}: another worker holds this connection now; this pass ends here"
        raise LeaseLost(message)


def open_store(url: str) -> Store:
    """Open (and create or migrate) the store at `url`. Raises StoreFault saying why and what next."""
    engine = None
    try:
        engine = _engine(url)
        _migrate(engine)
        return _store(engine)
    except (SQLAlchemyError, CommandError, OSError, ImportError) as error:
        if engine is not None:
            engine.dispose()
        name = make_url(url).render_as_string(hide_password=True)
        message = f"the store {name} cannot be opened ({type(error).__name__}); {_remedy(error)}"
        raise StoreFault(message) from error


def _remedy(error: Exception) -> str:
    if isinstance(error, CommandError):
        return "a newer version of Leadline made it: install that one, or restore the backup of before"
    # A file that is locked or may not be opened is an OperationalError, a kind of DatabaseError of its own.
    if isinstance(error, SQLAlchemyError) and type(getattr(error, "orig", None)) is sqlite3.DatabaseError:
        return (
            "it is no store, or a damaged one: name another file, or stop every worker and restore its backup"
        )
    return (
        "check that its folder exists and is writable, or that the database server runs and accepts this user"
    )


def _store(engine: Engine) -> Store:
    try:
        return Store(engine)
    except IntegrityError:
        return Store(engine)  # another process made the key in the same moment; now it is there to read


def _engine(url: str) -> Engine:
    target = make_url(url)
    if target.get_backend_name() != "sqlite":
        return create_engine(target, pool_pre_ping=True)
    path = Path(target.database or ":memory:")
    has_file = str(path) != ":memory:" and "uri" not in target.query
    if has_file:
        path.parent.mkdir(parents=True, exist_ok=True)
    # A connection serves one thread at a time and whichever needs it next, which SQLite allows.
    engine = create_engine(
        target,
        poolclass=QueuePool,
        pool_size=KEPT_OPEN,
        max_overflow=-1,
        pool_use_lifo=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
    )
    _forget_in_children(engine)
    if has_file:
        _keep_to_one_file(engine, path.absolute())

    @event.listens_for(engine, "connect")
    def _prepare(raw: Any, _record: Any) -> None:
        raw.isolation_level = None  # the driver must not open transactions by itself; `begin` below does
        _use_wal(raw)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A writer takes the lock at once: a lock upgraded in mid-transaction can fail without waiting.
        writes = connection.get_execution_options().get("leadline_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _keep_to_one_file(engine: Engine, path: Path) -> None:
    """Refuse a transaction once another file, or none, is where the opened one was.

    Whoever removes it, or puts a backup in its place, leaves the worker with one that has no name: what it
    writes there is lost at its end, and the new one may be damaged by the old one's log.
    """
    opened: list[tuple[int, int]] = []

    @event.listens_for(engine, "checkout")
    def _compare(*_: Any) -> None:
        try:
            file = path.stat()
            found = (file.st_dev, file.st_ino)
        except FileNotFoundError:
            found = None
        if not opened and found is not None:
            opened.append(found)
        if found is None or found != opened[0]:
            message = (
                f"the store {path} was removed or replaced while it was in use; stop every worker that uses "
                "it, put the right file there (none at all: everything is read anew), and start again"
            )
            raise StoreFault(message)


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


@retry(
    retry=retry_if_exception(_is_locked),
    wait=wait_random(0, 0.05),
    stop=stop_after_delay(BUSY_SECONDS),
    reraise=True,
)
def _use_wal(raw: sqlite3.Connection) -> None:
    """SQLite does not wait for others here by itself: two workers may switch a new file over at once."""
    raw.execute("PRAGMA journal_mode=WAL")


def _forget_in_children(engine: Engine) -> None:
    """A forked child opens connections of its own."""
    known = weakref.ref(engine)

    def forget() -> None:
        if (inherited := known()) is not None:
            _LEFT_TO_THE_PARENT.append(inherited.pool)
            inherited.dispose(close=False)

    if sys.platform != "win32":
        os.register_at_fork(after_in_child=forget)


def _migrate(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect().execution_options(leadline_write=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":  # two workers may start on an empty database at once
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
