"""Refused records under a person's hand: tried again now, or left alone until they say something new."""

from connectors.base import Outcome
from sync import quarantine
from tests.sync.office import Office

REFUSAL = Outcome("B", "rejected", "VALIDATION", "An admin's rule refuses this record.")
ALL = ["memory"]


def refused(office: Office) -> Office:
    """Two leads, one of them refused."""
    for lead_id in ("A", "B"):
        office.crm.put_lead(lead_id, {"industry": "software"})
    office.crm.refuse(REFUSAL)
    assert office.sync().deliveries["rejected"] == 1
    office.crm.refusals.clear()
    return office


def act(office: Office, do: str, *lead_ids: str) -> int:
    with office.store.write() as tx:
        return int(getattr(quarantine, do)(tx, ALL, lead_ids))


def test_a_refused_record_that_a_person_retries_is_due_at_once(office: Office) -> None:
    refused(office)
    assert office.sync().written == 0
    assert act(office, "retry", "A") == 0
    assert act(office, "retry", "B") == 1
    assert office.sync().written == 1
    assert "B" in office.crm.written


def test_a_dropped_record_rests_until_its_verdict_changes(office: Office) -> None:
    refused(office)
    assert act(office, "drop") == 1
    office.crm.advance(3 * 86_400)
    assert office.sync().written == 0
    office.crm.edit("B", annual_revenue=5.0)
    assert office.sync().written == 0
    office.crm.edit("B", industry="agriculture")
    assert office.sync().written == 1
    assert "B" in office.crm.written


def test_only_those_in_quarantine_are_found(office: Office) -> None:
    refused(office)
    with office.store.read() as tx:
        assert quarantine.find(tx, ALL, ["A", "B", "nobody"]) == {"B"}
        assert quarantine.find(tx, ["other"], ["B"]) == set()
