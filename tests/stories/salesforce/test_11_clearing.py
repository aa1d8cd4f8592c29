"""Story 11: blank does not clear, letters and line ends are damaged (WaveLink#45, rudder PR 7151)."""

from datetime import UTC

from sync.explanation import explain_lead
from tests.stories.fire import Fire
from tests.stories.salesforce.world import add_leads, raise_hand


def test_what_no_longer_holds_is_cleared(fire: Fire) -> None:
    org = fire.box.org
    [lead, other] = add_leads(fire, 2, Email="someone@company.example")
    fire.sync()
    assert fire.shown(lead).get("score")
    org.update("Lead", lead, {"EmailBouncedDate": fire.now.isoformat()})
    fire.settle()
    assert fire.shown(lead).get("segment") == "excluded"
    assert fire.shown(lead).get("score") is None
    assert "excluded:bounced" in str(fire.shown(lead).get("tags"))
    fire.assert_at_rest()
    org.update("Lead", lead, {"EmailBouncedDate": None})
    fire.settle()
    assert fire.shown(lead).get("score") == fire.shown(other).get("score")
    assert fire.shown(lead).get("tags") is None
    fire.assert_at_rest()


def test_letters_and_line_ends_arrive_as_they_left(fire: Fire) -> None:
    [lead] = add_leads(
        fire, 1, Company="Zoë & Søns «Über»", Title="Directrice générale", NumberOfEmployees=80
    )
    raise_hand(fire, lead)
    fire.sync()
    as_of = fire.reports[-1].as_of.astimezone(UTC)
    verdict = explain_lead(fire.store, fire.playbook, fire.crm, lead, as_of, zone="UTC").verdict
    shown = fire.shown(lead)
    assert "\n" in verdict["breakdown"]
    assert shown.get("breakdown") == verdict["breakdown"]
    assert shown.get("why") == verdict["why"]
    assert "Ærø" in verdict["breakdown"]
    fire.settle()
    fire.assert_at_rest()
