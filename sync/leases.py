"""One worker per connection: a lease with an owner, a fence and an expiry, renewed while a pass runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from sync.schema import leases
from sync.store import Fence, LeaseLost, Store

LEASE_SECONDS = 60
"""A worker that died is succeeded after at most this long; renewed at a third, so two renewals may fail."""
NO_CLOCK = timedelta(days=1)
"""A lease that ends so far ahead was taken by a clock that was wrong; two hosts' clocks differ by less."""

log = structlog.get_logger(__name__)


@contextmanager
def hold(store: Store, connection: str, owner: str, seconds: float = LEASE_SECONDS) -> Iterator[Fence | None]:
    """Hold the lease of `connection` while the block runs; None when another worker holds it."""
    fence = _acquire(store, connection, owner, seconds)
    if fence is None:
        yield None
        return
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(store, fence, seconds, done), daemon=True)
    renewer.start()
    try:
        yield fence
    finally:
        done.set()
        renewer.join()
        _release(store, fence)


def _acquire(store: Store, connection: str, owner: str, seconds: float) -> Fence | None:
    """Lease times are the store host's own affair; only differences of this clock matter."""
    now = datetime.now(UTC)
    expires_at = now + timedelta(seconds=seconds)
    try:
        with store.write() as tx:
            row = tx.execute(select(leases).where(leases.c.connection == connection)).one_or_none()
            if row is None:
                tx.execute(
                    insert(leases).values(connection=connection, owner=owner, fence=1, expires_at=expires_at)
                )
                return Fence(connection, 1)
            taken = tx.execute(
                update(leases)
                .where(
                    leases.c.connection == connection,
                    leases.c.fence == row.fence,
                    or_(leases.c.expires_at <= now, leases.c.expires_at > expires_at + NO_CLOCK),
                )
                .values(owner=owner, fence=row.fence + 1, expires_at=expires_at)
            )
            return Fence(connection, row.fence + 1) if taken.rowcount == 1 else None
    except IntegrityError:
        return (
            None  # the very first lease of a connection, taken by two workers at once: the other one has it
        )


def _renew(store: Store, fence: Fence, seconds: float, done: threading.Event) -> None:
    while not done.wait(seconds / 3):
        try:
            with store.write(fence) as tx:
                tx.execute(
                    update(leases)
                    .where(leases.c.connection == fence.connection, leases.c.fence == fence.number)
                    .values(expires_at=datetime.now(UTC) + timedelta(seconds=seconds))
                )
        except LeaseLost:
            return  # the pass learns it at its next write
        except Exception as error:  # noqa: BLE001  # a missed renewal is not the end: the next may work
            log.warning("lease_not_renewed", connection=fence.connection, error=type(error).__name__)


def _release(store: Store, fence: Fence) -> None:
    with store.write() as tx:
        tx.execute(
            update(leases)
            .where(leases.c.connection == fence.connection, leases.c.fence == fence.number)
            .values(expires_at=datetime.now(UTC))
        )
