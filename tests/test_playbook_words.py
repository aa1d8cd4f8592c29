"""Countries, domains and stated words in a playbook: one that no lead can carry is a fault with its line."""

from pathlib import Path

import pytest

from config.faults import ConfigFault
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook

TEXT = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
TEST_RULE = 'when: "test_record",'
NAMED = "must be a country's two capital letters, such as DE"


def loaded(folder: Path, sound: str, changed: str) -> None:
    assert sound in TEXT
    file = folder / "playbook.yaml"
    file.write_text(TEXT.replace(sound, changed, 1), encoding="utf-8")
    load_playbook(file)


def fault(folder: Path, sound: str, changed: str) -> str:
    with pytest.raises(ConfigFault) as caught:
        loaded(folder, sound, changed)
    (one,) = caught.value.faults
    assert one.line
    return f"{one.key}: {one.message}"


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("country IN ('DE', 'USA')", f"is 'USA', {NAMED}; did you mean 'US'?"),
        ("country = 'us'", f"is 'us', {NAMED}; did you mean 'US'?"),
        ("'Germany' = country", f"is 'Germany', {NAMED}; did you mean 'DE'?"),
        ("country <> 'UK'", f"is 'UK', {NAMED}; did you mean 'GB'?"),
        ("country = 'Atlantis'", f"is 'Atlantis', {NAMED} (line"),
    ],
)
def test_a_condition_names_countries_by_their_codes(tmp_path: Path, condition: str, says: str) -> None:
    said = fault(tmp_path, TEST_RULE, f'when: "{condition}",')
    assert said.startswith("exclusions.rules[0].when: ")
    assert says in said


@pytest.mark.parametrize("wrong", ["Russia", "RUS", "ru"])
def test_embargoed_countries_are_codes(tmp_path: Path, wrong: str) -> None:
    said = fault(tmp_path, "embargo_countries: []", f"embargo_countries: [KP, {wrong}]")
    assert said == f"exclusions.embargo_countries[1]: is {wrong!r}, {NAMED}; did you mean 'RU'?"


@pytest.mark.parametrize(
    "wrong",
    ["https://acme.com/", "@acme.com", "info@acme.com", "acme,com", "acme", "www.acme.com", "a b.com"],
)
@pytest.mark.parametrize("key", ["own_domains", "competitor_domains"])
def test_domains_are_bare(tmp_path: Path, key: str, wrong: str) -> None:
    said = fault(tmp_path, f"{key}: []", f'{key}: ["{wrong}"]')
    assert said.startswith(f"exclusions.{key}[0]: is {wrong!r}, must be a bare domain such as acme.com")


@pytest.mark.parametrize(
    "domain", ["acme.com", "Acme.co.uk", "my-firm.example", "münchen.de", "xn--mnchen-3ya.de"]
)
def test_domains_of_all_kinds_are_fine(tmp_path: Path, domain: str) -> None:
    loaded(tmp_path, "own_domains: []", f"own_domains: [{domain}]")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            "{timing: [now, qarter]}",
            "stated.timing[1]: 'qarter' is no value of timing; did you mean 'quarter'?",
        ),
        ("{tming: [now]}", "stated.tming: is no fact; did you mean 'timing'?"),
    ],
)
def test_stated_words_are_the_facts_own(tmp_path: Path, changed: str, says: str) -> None:
    assert says in fault(tmp_path, "{timing: [now, quarter]}", changed)
