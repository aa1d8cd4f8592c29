"""A store of an earlier version is carried over with everything in it."""

from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select, text

from sync.schema import clocks, leads, touches, verdicts
from sync.store import MIGRATIONS, Store, open_store
from tests.sync.office import NOW

START, DUE = (round(NOW.timestamp() * 1_000_000) + seconds * 1_000_000 for seconds in (0, 900))
STATES = {
    "L1": f'{{"clock_start":{START},"clock_due":{DUE},"clock_settled":null,"clock_segment":"hot"}}',
    "L2": f'{{"clock_start":{START},"clock_due":{DUE},"clock_settled":{DUE - 1},"clock_segment":"warm"}}',
    "L3": '{"clock_start":null,"clock_due":null,"clock_settled":null,"clock_segment":"cold"}',
    "L4": None,
}


def to_version(store: Store, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.engine.connect().execution_options(leadline_write=True) as tx, tx.begin():
        config.attributes["connection"] = tx
        (command.downgrade if version == "0001" else command.upgrade)(config, version)


@pytest.fixture
def first(store: Store) -> Store:
    """A store of version 0001 with four leads, their touches and verdicts."""
    to_version(store, "0001")
    with store.write() as tx:
        for number, (name, state) in enumerate(STATES.items(), start=1):
            lead = {"id": number, "connection": "c", "lead_id": name, "created_at": NOW, "modified_at": NOW}
            tx.execute(insert(leads).values(**lead, in_scope=True, facts='{"source":"web"}'))
            tx.execute(insert(verdicts).values(lead=number, connection="c", state=state, rank=1000))
            touch = {"source": "T", "kind": "call_made", "at": NOW, "count": 1}
            tx.execute(insert(touches).values(lead=number, human=True, conversation=False, **touch))
    return store


def test_the_clocks_of_stored_verdicts_are_carried_over(first: Store) -> None:
    to_version(first, "0002")
    query = select(leads.c.lead_id, clocks).join(leads, leads.c.id == clocks.c.lead).order_by(leads.c.lead_id)
    with first.read() as tx:
        rows = tx.execute(query).all()
    assert [(row.lead_id, row.segment, row.settled is not None) for row in rows] == [
        ("L1", "hot", False),
        ("L2", "warm", True),
    ]
    assert {(row.start, (row.due - row.start).total_seconds()) for row in rows} == {(NOW, 900)}
    assert {(row.cause, row.seen_at, row.delivered_at, row.ended) for row in rows} == {(None,) * 4}


def test_everything_else_stays(first: Store) -> None:
    def content() -> dict[str, list[dict[str, object]]]:
        with first.read() as tx:
            return {
                name: [dict(row._mapping) for row in tx.execute(text(f"SELECT * FROM {name} ORDER BY 1"))]  # noqa: S608  # our own tables
                for name in ("leads", "verdicts", "touches", "meta")
            }

    before = content()
    for row in before["leads"]:
        del row["has_text"]  # which ones have text no longer matters
    to_version(first, "head")
    after = content()
    for row in after["leads"]:
        assert row.pop("owner") is None, "whom a lead belongs to is kept where a playbook asks for it"
    for row in after["verdicts"]:
        assert not row.pop("in_doubt"), "what an earlier version wrote is taken for written"
    assert after == before
    assert len(before["leads"]) == len(STATES)


def test_opening_an_old_store_upgrades_it_and_keeps_its_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/leadline.db"
    with closing(open_store(url)) as store:
        to_version(store, "0001")
        with closing(open_store(url)) as again, again.read() as tx:
            assert again.key == store.key
            assert tx.execute(select(clocks)).all() == []
