"""`fields:` and `values:` name facts: canonical ones or those of the playbook; anything else is a fault."""

from pathlib import Path

import pytest

from config.fact_names import check_fact_names
from config.faults import ConfigFault
from config.playbook_file import load_playbook
from config.settings import load_settings
from qualifier.facts import FACTS, Evidence, Fact

OWN = {**FACTS, "plan": Fact("word", Evidence.PROFILE, "which plan they asked for", ("team", "company"))}
HEAD = "connections:\n  - {name: hs, crm: hubspot, auth: {flow: token, token: t}}\n  - name: sf\n"
SALESFORCE = (
    "    crm: salesforce\n    base_url: https://acme.example\n"
    "    auth: {flow: client_credentials, client_id: a, client_secret: b}\n"
)


def written(folder: Path, maps: str) -> Path:
    file = folder / "leadline.yaml"
    file.write_text(HEAD + SALESFORCE + maps, encoding="utf-8")
    return file


def faults(folder: Path, maps: str) -> list[str]:
    file = written(folder, maps)
    with pytest.raises(ConfigFault) as caught:
        check_fact_names(file, load_settings(file, {}), OWN)
    return [str(fault).removeprefix(f"{file}:") for fault in caught.value.faults]


def test_canonical_names_and_the_playbooks_own_are_fine(tmp_path: Path) -> None:
    maps = "    fields: {industry: Branche__c, plan: Plan__c}\n    values: {plan: {Teams: team}}\n"
    file = written(tmp_path, maps)
    check_fact_names(file, load_settings(file, {}), OWN)


def test_every_wrong_name_is_told_with_its_line_and_the_nearest_one(tmp_path: Path) -> None:
    maps = "    fields:\n      industry: A\n      industri: B\n    values:\n      zebra: {x: y}\n"
    found = faults(tmp_path, maps)
    assert len(found) == 2
    assert found[0].startswith("9: connections[1].fields.industri: is no fact; did you mean 'industry'?")
    assert found[1].startswith("11: connections[1].values.zebra: is no fact; a fact of your own")


def test_a_value_that_the_own_fact_lacks_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, "    values:\n      plan:\n        Teams: teem\n")
    assert fault.startswith("9: connections[1].values.plan.Teams: is not mapped to a value of plan")
    assert "did you mean 'team'? (allowed: team, company)" in fault


@pytest.mark.parametrize(
    ("maps", "says"),
    [
        ("budget: {much: 1}", "values.budget: translates words, and budget is a number"),
        (
            "employees: {KMU: 50-250}",
            "values.employees: translates words, and employees is a number or a range",
        ),
        ("last_won_on: {never: x}", "values.last_won_on: translates words, and last_won_on is a day"),
        ("seniority: {Boss: lead}", "values.seniority: translates words, and seniority is a text"),
        ("seats: {many: 9}", "values.seats: translates words, and seats is a number"),
        (
            "call_optout: {Refused: yes}",
            "values.call_optout.Refused: is not mapped to a value of call_optout",
        ),
        (
            "country: {Germany: DEU}",
            "must be a country's two capital letters, such as DE; did you mean 'DE'?",
        ),
        ("country: {Wales: UK}", "did you mean 'GB'?"),
    ],
)
def test_words_are_translated_into_what_the_fact_can_be(tmp_path: Path, maps: str, says: str) -> None:
    file = written(tmp_path, f"    values:\n      {maps}\n")
    facts = {**OWN, "seats": Fact("number", Evidence.CAPACITY, "how many seats")}
    with pytest.raises(ConfigFault) as caught:
        check_fact_names(file, load_settings(file, {}), facts)
    assert says in str(caught.value)


def test_flags_and_countries_are_translated(tmp_path: Path) -> None:
    file = written(
        tmp_path, "    values: {call_optout: {Refused: true, Fine: false}, country: {Bavaria: DE}}\n"
    )
    check_fact_names(file, load_settings(file, {}), OWN)


def test_the_built_in_playbook_knows_the_template_and_the_examples_facts() -> None:
    assert set(FACTS) <= set(load_playbook().facts_all)
