"""A scope narrowed after leads were read: nobody outside is written, whoever was stored before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connectors.base import LeadRecord
from sync.cycle import Mode, Pace
from tests.sync.office import Office, connection

MINE, YOURS = "mine", "yours"


def narrow(office: Office, *owners: str) -> None:
    """An admin changes `scope.owners`, and the connector with it: only these leads are within."""
    office.settings = connection(scope={"owners": owners})
    streams = office.crm._streams["lead"]
    for lead_id, versions in streams.items():
        inside = not owners or any(lead_id.startswith(owner) for owner in owners)
        record = versions[-1].record
        assert isinstance(record, LeadRecord)
        versions[-1] = replace(versions[-1], record=replace(record, in_scope=inside))


@pytest.fixture
def filled(office: Office) -> Office:
    """Two owners' leads, known from a dry run as getting-started has it; one has not changed for years."""
    for number in range(4):
        office.crm.put_lead(f"{MINE}{number}", {"industry": "software"})
        office.crm.put_lead(f"{YOURS}{number}", {"industry": "retail"})
    office.sync(Mode(dry_run=True))
    return office


def test_a_pilot_after_a_dry_run_writes_to_its_scope_only(filled: Office) -> None:
    narrow(filled, MINE)
    filled.sync()
    assert set(filled.crm.written) == {f"{MINE}{number}" for number in range(4)}


def test_what_waits_outside_a_narrowed_scope_is_not_written_before_it_is_read_again(filled: Office) -> None:
    filled.sync(Mode(limit=1))
    (first,) = filled.crm.written
    narrow(filled, MINE)
    filled.sync(pace=Pace(pages=1, leads=2, writes=2, poll_seconds=0))
    assert set(filled.crm.written) == {first, *(f"{MINE}{number}" for number in range(4))}


def test_a_scope_that_grows_again_takes_the_others_in(filled: Office) -> None:
    narrow(filled, MINE)
    filled.sync()
    narrow(filled)
    report = filled.sync()
    assert report.written == 4
    assert len(filled.crm.written) == 8


def test_an_unchanged_scope_reads_nothing_anew(filled: Office) -> None:
    narrow(filled, MINE)
    for _ in range(2):
        filled.sync()
        filled.crm.advance(3600)
    assert filled.sync().read["leads"] == 0


def test_a_lead_older_than_the_history_stays_within(filled: Office) -> None:
    filled.sync()
    filled.crm.advance(timedelta(days=400).total_seconds())
    narrow(filled, MINE)
    filled.sync(Mode(full=True))
    before = len(filled.crm.deliveries)
    filled.crm.put_lead(f"{MINE}9", {"industry": "software"})
    filled.sync()
    assert f"{MINE}9" in filled.written_since(before)
    with filled.store.read() as tx:
        known = tx.exec_driver_sql("SELECT lead_id FROM leads WHERE in_scope").scalars()
        assert {f"{MINE}{number}" for number in range(4)} <= set(known)
