"""What an operator reads off `status`: what waits and why, who is closed, whose clock is wrong."""

import re
from pathlib import Path

from sandbox.box import Box
from tests.commands.conftest import Call
from tests.commands.office import settings_of, write_settings
from tests.sync.office import Office

DAY_SECONDS = 86_400


def words(text: str) -> str:
    """Text without the line breaks of a narrow terminal."""
    return " ".join(text.split())


def test_what_waits_to_be_written_is_counted_and_why(call: Call, tmp_path: Path, box: Box) -> None:
    document = settings_of(box)
    document["connections"][0]["write"] = {"mode": "off"}
    write_settings(tmp_path, document)
    assert call("sync", "--dry-run").code == 0
    off, on = call("status", "--json").json
    assert (off["unjudged"], on["unjudged"]) == (40, 40)
    said = words(call("status").out)
    assert re.search(r"sf \d+ (s|min) ago dry \d+ (s|min) ago 40 40 0 ", said), "waiting stands in the table"
    assert "40 leads wait to be written: `write.mode` is off; with `pilot` or `on`" in said
    assert "40 leads wait to be written: the last pass was a dry run; `leadline sync hs` writes them" in said
    assert "`leadline sync --dry-run sf` shows them" in said

    assert call("setup", "--apply", "hs").code == 0
    assert call("sync", "hs").code == 0
    said = words(call("status", "hs").out)
    assert "wait to be written" not in said
    assert call("status", "hs", "--json").json[0]["unjudged"] == 0


def test_closed_leads_and_a_clock_that_is_ahead_are_told(call: Call, desk: Path, box: Box) -> None:
    plan = call("setup", "sf").out.splitlines()[-1].split(";")[0].split()[0]
    applied = call("setup", "--apply", "sf").out.splitlines()[-1]
    assert words(applied) == f"{plan} done; 0 already as wanted"
    assert words(call("setup", "sf").out.splitlines()[-1]) == f"0 to do; {plan} already as wanted"

    box.org.update("Lead", box.lead_ids[0], {"Status": "Closed - Not Converted"})
    box.clock.advance(2 * DAY_SECONDS)
    assert call("sync", "sf").code == 0
    (known,) = call("status", "sf", "--json").json
    closed = known["segments"]["closed"]
    assert closed > 0
    assert sum(known["segments"].values()) == 40
    said = words(call("status", "sf").out)
    assert f"{closed} closed by a person, which a pass counts with their segment" in said
    assert re.search(r"the CRM's is (1|2) d ahead of this machine's", said)
    assert " d ahead " in said.partition("segments")[0], "and nobody reads `0 s ago`"


def test_leads_out_of_scope_are_told(office: Office, call: Call) -> None:
    for number in range(3):
        office.crm.put_lead(f"L{number}", {"industry": "software"}, in_scope=number == 0)
    office.sync()
    assert "scope 2 leads out of it: not judged, not written" in words(call("status", "memory").out)
    assert call("status", "memory", "--json").json[0]["out_of_scope"] == 2
    office.crm.put_lead("L1", {"industry": "software"})
    office.sync()
    assert "scope 1 lead out of it" in words(call("status", "memory").out)
