"""Who owns a lead is kept only while a playbook asks for figures by owner, and moves no verdict."""

from dataclasses import replace

from sqlalchemy import select

from config.playbook_file import load_playbook
from qualifier.playbook import Playbook
from sync.cycle import Mode
from sync.schema import leads
from tests.sync.office import Office


def book(*, by_owner: bool) -> Playbook:
    data = load_playbook().model_dump()
    data["agreement"]["by_owner"] = by_owner
    return Playbook.model_validate(data)


def kept(office: Office) -> list[str | None]:
    with office.store.read() as tx:
        return list(tx.scalars(select(leads.c.owner).order_by(leads.c.lead_id)))


def test_owners_come_with_the_playbook_that_asks_and_go_with_it(office: Office) -> None:
    for number in range(3):
        office.crm.put_lead(f"L{number}", {"industry": "software"}, owner=f"005{number}")
    office.sync(playbook=book(by_owner=False))
    assert kept(office) == [None] * 3
    office.sync(Mode(full=True), book(by_owner=True))
    assert kept(office) == ["0050", "0051", "0052"]
    office.sync(playbook=book(by_owner=False))
    assert kept(office) == [None] * 3


def test_a_lead_that_changes_hands_is_not_written_for_it(office: Office) -> None:
    office.crm.put_lead("L1", {"industry": "software"}, owner="005A")
    assert office.sync(playbook=book(by_owner=True)).written == 1
    office.crm.advance(60)
    record = replace(office.crm._lead("L1"), owner="005B", modified_at=office.crm.now)
    office.crm._store("lead", "L1", record)
    assert office.sync(playbook=book(by_owner=True)).written == 0
    assert kept(office) == ["005B"]
