"""One worker per connection, and a worker that lost its lease writes nothing more."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from sync.leases import hold
from sync.schema import leases, meta
from sync.store import Fence, LeaseLost, Store


def test_a_second_worker_is_turned_away_until_the_first_is_done(store: Store) -> None:
    with hold(store, "acme", "one") as first:
        assert first is not None
        with hold(store, "acme", "two") as second:
            assert second is None
        with hold(store, "other", "two") as other:
            assert other is not None
    with hold(store, "acme", "two") as third:
        assert third is not None
        assert third.number > first.number


def test_a_lease_is_renewed_while_its_block_runs(store: Store) -> None:
    with hold(store, "acme", "one", seconds=0.3):
        time.sleep(0.6)
        with hold(store, "acme", "two") as second:
            assert second is None


def test_a_lease_of_a_clock_that_was_years_ahead_is_over(store: Store) -> None:
    with hold(store, "acme", "one"):
        pass
    far = datetime.now(UTC) + timedelta(days=700)
    with store.write() as tx:
        tx.execute(update(leases).values(expires_at=far))
    with hold(store, "acme", "two") as fence:
        assert fence is not None
    with store.write() as tx:
        tx.execute(update(leases).values(expires_at=datetime.now(UTC) + timedelta(hours=1)))
    with hold(store, "acme", "two") as fence:
        assert fence is None, "two hosts' clocks may differ by an hour"


def test_an_old_fence_writes_nothing(store: Store) -> None:
    with hold(store, "acme", "one") as fence:
        assert fence is not None
        old = Fence("acme", fence.number - 1)
        with pytest.raises(LeaseLost, match="acme"), store.write(old) as tx:
            tx.execute(insert(meta).values(name="x", value="y"))
        with store.read() as tx:
            assert tx.scalar(select(meta.c.value).where(meta.c.name == "x")) is None
