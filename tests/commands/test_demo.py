"""What the demo prints: fits 80 columns, shows every kind of lead, keeps what it was asked to keep."""

import csv
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from commands.demo_result import broken_promises, figure
from config.settings import load_settings
from sandbox.box import Box
from sandbox.desk_hubspot import HubSpotDesk
from sync.report import Report
from tests.commands.conftest import Call

MAPPING = """\
number: No
created: {invented: true, spread_days: 30, by: No}
salesforce:
  declare: {Ended__c: {label: How it ended, type: pick}}
  constants: {LastName: "Lead {No}", Company: "[not provided]"}
  columns: {Country: Country, Ended: Ended__c}
  outcome: {field: Ended__c, won: bought}
hubspot:
  declare: {ended: {label: How it ended, type: pick}}
  constants: {lastname: "Lead {No}"}
  columns: {Country: country, Ended: ended}
  outcome: {field: ended, won: bought}
"""
ROWS = 24


@pytest.fixture
def listed(tmp_path: Path) -> tuple[Path, Path]:
    """A small list of leads, every third of which bought, and its mapping."""
    leads, mapping = tmp_path / "leads.csv", tmp_path / "mapping.yaml"
    with leads.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["No", "Country", "Ended"])
        writer.writerows(
            [number, "Germany", "bought" if number % 3 == 0 else "lost"] for number in range(ROWS)
        )
    mapping.write_text(MAPPING, encoding="utf-8")
    return leads, mapping


def cells(line: str) -> int:
    """How many columns of a terminal a line takes, blanks at its end left out."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in line.rstrip())


def test_it_fits_80_columns_and_shows_what_a_rep_needs(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.demo.PEOPLE", 300)
    answer = call("demo", "--keep", str(tmp_path / "kept"))
    assert answer.code == 0, answer.out
    assert max(cells(line) for line in answer.out.splitlines() if "leadline.yaml" not in line) <= 80
    for word in ("hot", "warm", "cold", "excluded", "due, respond by", "why", "ask", "Further down"):
        assert word in answer.out
    assert "600 leads read, qualified and written (600)" in answer.out
    assert "the second pass wrote 0." in answer.out.replace("\n", " ").replace("  ", " ")

    config = ("--config", str(tmp_path / "kept" / "leadline.yaml"))
    answer = call(*config, "status", "--json")
    assert [one["leads"] for one in answer.json] == [300, 300]
    assert call(*config, "quarantine", "list").out.strip() == "No record is refused."
    answer = call(*config, "status")
    assert max(map(cells, answer.out.splitlines())) <= 80


def test_a_list_shows_its_outcome_by_segment(call: Call, listed: tuple[Path, Path]) -> None:
    leads, mapping = listed
    answer = call("demo", "--leads", str(leads), "--mapping", str(mapping), "--json")
    assert answer.code == 0, answer.json[-1]
    for crm in answer.json[-1]["result"]["crms"].values():
        assert sum(share["leads"] for share in crm["outcome"]) == ROWS
        assert sum(share["won"] for share in crm["outcome"]) == ROWS // 3


def test_an_outcome_that_a_fact_reads_is_refused(call: Call, listed: tuple[Path, Path]) -> None:
    leads, mapping = listed
    cheating = mapping.read_text("utf-8").replace(
        "  outcome: {field: ended", "  facts: {source: ended}\n  outcome: {field: ended"
    )
    mapping.write_text(cheating, encoding="utf-8")
    answer = call("demo", "--leads", str(leads), "--mapping", str(mapping))
    assert answer.code == 2
    assert "hubspot.outcome: field ended is read by a fact; an outcome must not be scored" in answer.err


def test_a_demo_in_which_something_did_not_hold_says_so(box: Box, desk: Path) -> None:
    """The promises are checked against the CRM itself: here nobody was ever written."""
    connection = load_settings(desk / "leadline.yaml", {}).connections[1]
    reports = [Report("hs"), Report("hs"), Report("hs", outcome="failed", error="the CRM was away")]
    broken = broken_promises([figure(connection, HubSpotDesk(box.portal), box, reports)], 6)
    assert broken == [
        "hs: the CRM was away",
        "hs: 40 of 40 leads carry no segment in the CRM",
        "hs: 6 people raised a hand, and nothing was written",
    ]
