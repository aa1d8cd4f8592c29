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


def test_the_built_in_playbook_knows_the_template_and_the_examples_facts() -> None:
    assert set(FACTS) <= set(load_playbook().facts_all)
