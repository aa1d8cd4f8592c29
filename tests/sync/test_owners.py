"""Who owns a lead is kept only while a playbook asks for figures by owner, and moves no verdict."""

from dataclasses import replace

from sqlalchemy import select

from config.playbook_file import load_playbook
from qualifier.playbook import Playbook
from sync.cycle import Mode, Pass, run_pass
from sync.schema import leads
from tests.sync.office import Office


def book(*, by_owner: bool) -> Playbook:
    data = load_playbook().model_dump()
    data["agreement"]["by_owner"] = by_owner
    return Playbook.model_validate(data)


def sync(office: Office, *, by_owner: bool, mode: Mode | None = None) -> int:
    """A pass under a playbook that asks for owners or not; how many records it wrote."""
    office.crm.advance(60)
    playbook = book(by_owner=by_owner)
    work = Pass(office.settings, office.crm, office.store, playbook, "test", mode=mode or Mode())
    return run_pass(work).written


def kept(office: Office) -> list[str | None]:
    with office.store.read() as tx:
        return list(tx.scalars(select(leads.c.owner).order_by(leads.c.lead_id)))


def test_owners_come_with_the_playbook_that_asks_and_go_with_it(office: Office) -> None:
    for number in range(3):
        office.crm.put_lead(f"L{number}", {"industry": "software"}, owner=f"005{number}")
    sync(office, by_owner=False)
    assert kept(office) == [None] * 3
    sync(office, by_owner=True, mode=Mode(full=True))
    assert kept(office) == ["0050", "0051", "0052"]
    sync(office, by_owner=False)
    assert kept(office) == [None] * 3


def test_a_lead_that_changes_hands_is_not_written_for_it(office: Office) -> None:
    office.crm.put_lead("L1", {"industry": "software"}, owner="005A")
    assert sync(office, by_owner=True) == 1
    office.crm.advance(60)
    record = replace(office.crm._lead("L1"), owner="005B", modified_at=office.crm.now)
    office.crm._store("lead", "L1", record)
    assert sync(office, by_owner=True) == 0
    assert kept(office) == ["005B"]
