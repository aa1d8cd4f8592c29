"""Story 11: blank does not clear, letters and line ends are damaged (WaveLink#45, rudder PR 7151)."""

from sqlalchemy import select

from connectors.base import Delivery
from sync.explanation import explain_lead
from sync.schema import touches
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
    form = "Demo-Anfrage für «Ærø»: Request a demo"
    [lead] = add_leads(fire, 1, Company="Zoë & Søns", NumberOfEmployees=80)
    raise_hand(fire, lead, form)
    fire.settle()
    with fire.store.read() as tx:
        assert form in tx.scalars(select(touches.c.name)).all()
    verdict = explain_lead(fire.store, fire.playbook, fire.crm, lead, fire.now, zone="UTC").verdict
    assert "\n" in verdict["breakdown"]
    assert fire.shown(lead).get("breakdown") == verdict["breakdown"]
    fire.assert_at_rest()
    text = 'Zoë & Søns: "größer",\n\r\n«Ærø» 💡 #N/A \t\\'
    [outcome] = fire.connector.deliver([Delivery(lead, {"Breakdown": text, "Why": "é,;\n–"})])
    assert outcome.status == "written"
    assert fire.box.org.get("Lead", lead)["Leadline_Breakdown__c"] == text
    assert fire.box.org.get("Lead", lead)["Leadline_Why__c"] == "é,;\n–"
