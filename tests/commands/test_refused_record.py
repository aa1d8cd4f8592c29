"""The example of `docs/sandbox.md`: one contact that HubSpot refuses, in quarantine, and nobody else."""

import json
import re
from pathlib import Path

import requests

from sandbox.box import Box
from tests.commands.conftest import Call

GUIDE = Path(__file__).parents[2] / "docs" / "sandbox.md"


def test_the_guides_refused_record_ends_in_quarantine_alone(desk: Path, box: Box, call: Call) -> None:
    (example,) = re.findall(r"/_box/faults -d '(\{\n.*?\n +\})'", GUIDE.read_text("utf-8"), re.DOTALL)
    fault = json.loads(example)
    refused = fault["containing"].strip('"')
    assert refused in box.contact_ids
    assert call("setup", "hs", "--apply").code == 0
    answer = requests.post(f"{box.hubspot_url}/_box/faults", json=fault, timeout=10)
    assert answer.status_code == 201
    (report,) = call("sync", "hs", "--json").json
    assert (report["written"], report["deliveries"]["rejected"]) == (len(box.contact_ids) - 1, 1)
    (listed,) = call("quarantine", "list", "hs", "--json").json
    assert listed["lead_id"] == refused

    assert "1 record refused" in call("check", "hs").out
    assert call("quarantine", "drop", "hs").code == 0
    assert "record refused" not in call("check", "hs").out, "a person has seen to it"
