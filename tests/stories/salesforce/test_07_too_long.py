"""Story 7: 414 or 431 once fields or ids grow (simple-salesforce#271, SFDMU#331).

The query then travels in the body of a composite call (fact sheet §2.1).
"""

from collections.abc import Callable

import pytest

from config.playbook_file import load_playbook
from qualifier.facts import Evidence, Fact
from sandbox.salesforce.ids import make_id
from tests.stories.fire import Fire
from tests.stories.salesforce.conftest import turn_switches
from tests.stories.salesforce.world import add_leads, log_call, raise_hand

FIELDS, IDS = 600, 5_000
LONG_AGO = "2024-01-01T00:00:00.000+0000"


@pytest.mark.parametrize("rival", [False, True])
def test_six_hundred_mapped_fields_are_read(light: Callable[..., Fire], rival: bool) -> None:
    names = {f"own_{number}": f"A_field_that_an_admin_made_{number:03}__c" for number in range(FIELDS)}
    playbook = load_playbook()
    facts = {name: Fact("text", Evidence.PROFILE, f"own fact {name}") for name in names}
    fire = light("salesforce", playbook.model_copy(update={"facts": facts}), fields=names)
    if rival:
        turn_switches(fire.box.org.switches)
    for name in names.values():
        fire.box.org.add_custom_field("Lead", name, "string", length=80)
    [lead] = add_leads(fire, 1, **{names["own_7"]: "x", names["own_599"]: "ÿ'\\"})
    assert fire.sync().outcome == "ok"
    assert {exchange.status for exchange in fire.journal} <= {200}
    fire.settle()
    assert fire.writes() == {lead: 1}
    fire.assert_at_rest()


@pytest.mark.timeout(300)
def test_touches_of_leads_older_than_the_history_bring_them_in(fire: Fire) -> None:
    add_leads(fire, 2)
    fire.sync()
    old = add_leads(fire, 450)
    for lead in old:
        log_call(fire, lead)
        # As if the call were no news for the lead: it is none where its date is not the newest (§2.2).
        fire.box.org.tables["Lead"].change(lead, dict.fromkeys(("CreatedDate", "SystemModstamp"), LONG_AGO))
    assert fire.sync().outcome == "ok"
    assert {exchange.status for exchange in fire.journal} <= {200}
    assert set(old) <= fire.known()
    fire.settle()
    assert set(fire.writes().values()) == {1}


def test_five_thousand_ids_travel_in_five_calls(fire: Fire) -> None:
    ids = add_leads(fire, 100)
    unknown = [make_id("00Q", "5k", 100_000 + number) for number in range(IDS - len(ids))]
    fire.connector.read(ids[:1])
    fire.journal.clear()
    page = fire.connector.read([*ids, *unknown])
    assert len(page.leads) == len(ids)
    assert len(page.gone) == len(unknown)
    assert fire.journal.calls() == 5
    assert {exchange.status for exchange in fire.journal} == {200}


def test_a_touch_of_an_old_lead_counts_though_the_next_poll_looks_not_so_far_back(fire: Fire) -> None:
    fire.sync()
    [old] = add_leads(fire, 1)
    raise_hand(fire, old)
    fire.box.org.tables["Lead"].change(old, dict.fromkeys(("CreatedDate", "SystemModstamp"), LONG_AGO))
    fire.sync(3600)
    fire.sync(3600)
    fire.settle()
    assert fire.shown(old).get("segment") == "hot"
