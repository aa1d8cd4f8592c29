"""The example of a course seller: it loads, maps every fact of its own, and tells leads apart."""

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.playbook_file import load_playbook
from qualifier.facts import FACTS
from sandbox.box import Box
from sandbox.mapping import read_mapping
from tests.boxed_crms import CRMS, carry

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config" / "examples" / "education"
DATA = Path(os.environ.get("LEADLINE_DATA", ROOT.parent / "shared" / "data"))
LEADS = DATA / "x_education" / "leads.csv"
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def test_it_has_at_most_six_criteria_that_add_up_to_a_hundred() -> None:
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    assert len(playbook.criteria) <= 6
    assert playbook.reach("fit") + playbook.reach("engagement") == 100


def test_every_fact_of_its_own_is_mapped_in_both_crms() -> None:
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    mapping = read_mapping(EXAMPLE / "mapping.yaml").mapping
    for half in (mapping.salesforce, mapping.hubspot):
        assert set(playbook.facts) <= set(half.facts) <= {*playbook.facts, *FACTS}
        assert set(half.facts.values()) <= set(half.declare)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_three_segments_hold_a_twentieth_each_and_both_crms_agree(tmp_path: Path) -> None:
    if not LEADS.exists():
        pytest.skip("data absent")
    playbook = load_playbook(EXAMPLE / "playbook.yaml")
    with Box(leads=LEADS, mapping=EXAMPLE / "mapping.yaml", now=NOW) as box:
        box.clock.run()  # rate limits need time that passes
        salesforce, hubspot = (
            [one.get("segment") for one in carry(box, crm, playbook, tmp_path, NOW).values] for crm in CRMS
        )
    assert salesforce == hubspot
    shares = {segment: count / len(salesforce) for segment, count in Counter(salesforce).items()}
    assert sum(share >= 0.05 for share in shares.values()) >= 3, shares
