"""What `check` says to people: facts with the fields that feed them, and those that none does."""

from pathlib import Path

from tests.commands.conftest import Call


def test_facts_stand_beside_their_fields(desk: Path, call: Call) -> None:
    assert desk.exists()
    answer = call("check")
    said = " ".join(answer.out.split())
    assert answer.code == 1, "set-up has not run"
    assert "industry (Industry)" in said
    assert "country (CountryCode, Country)" in said or "country (Country)" in said
    assert "title (contact.jobtitle)" in said
    assert "industry (contact.industry, company.industry)" in said
    assert said.count("no field: ") == 2
