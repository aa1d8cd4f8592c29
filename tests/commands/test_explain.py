"""`explain`: the lines sum to the score, negative lines included, and an excluded lead is explained too."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from commands.console import moment
from commands.explain import lines
from connectors.base import TouchRecord
from sandbox.box import Box
from sync.cycle import Mode
from tests.commands.conftest import Call
from tests.commands.office import settings_of, write_settings
from tests.sync.office import Office


def test_lines_are_read_whatever_their_sign() -> None:
    assert lines("76 people +8\ncareers page −6\nsold us something -4\nlogged late") == [
        (8, "76 people"),
        (-6, "careers page"),
        (-4, "sold us something"),
        (None, "logged late"),
    ]
    assert lines(None) == []


@pytest.fixture
def synced(call: Call, desk: Path, box: Box) -> Call:
    bounced = {"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}
    box.portal.update("contacts", box.contact_ids[0], bounced)
    assert call("setup", "--apply").code == 0
    box.clock.advance(2)  # a pass reads up to the CRM's clock, which counts whole seconds
    assert call("sync").code == 0
    return call


def test_every_lead_is_explained_and_its_lines_sum_to_its_score(synced: Call, box: Box) -> None:
    seen = set()
    for lead in box.contact_ids[:10]:
        (found,) = synced("explain", "hs", lead, "--json").json
        verdict, points = found["verdict"], [line["points"] for line in found["lines"]]
        seen.add(verdict["segment"])
        if verdict["segment"] == "excluded":
            assert (verdict["score"], points) == (None, [])
        else:
            assert max(1, min(99, sum(points))) == verdict["score"]
        text = synced("explain", "hs", lead)
        assert text.code == 0
        assert max(map(len, text.out.splitlines())) <= 80
    assert {"warm", "cold", "excluded"} <= seen


def test_another_day_gives_another_answer(synced: Call, box: Box) -> None:
    (then,) = synced("explain", "hs", box.contact_ids[1], "--as-of", "2036-01-01T00:00:00Z", "--json").json
    assert then["as_of"] == "2036-01-01T00:00:00+00:00"
    assert then["verdict"]["engagement"] == 0, "ten years on nobody remembers"


def test_what_people_type_is_understood(synced: Call, box: Box, tmp_path: Path) -> None:
    for lead in box.lead_ids[:6]:
        (found,) = synced("explain", "sf", lead[:15], "--json").json
        assert found["lead_id"] == lead, "an id of fifteen signs is as good as one of eighteen"
    assert synced("explain", "sf", box.lead_ids[0][:15].swapcase()).code == 1, "capitals count"
    answer = synced("quarantine", "retry", "sf", box.lead_ids[0][:15], "--json")
    assert answer.json[0]["not_found"] == [box.lead_ids[0]]

    write_settings(tmp_path, settings_of(box) | {"timezone": "Asia/Tokyo"})
    (then,) = synced("explain", "hs", box.contact_ids[1], "--as-of", "2036-01-02", "--json").json
    assert then["as_of"] == "2036-01-01T15:00:00+00:00", "a day begins in the configured zone"
    (report,) = synced("sync", "hs", "--dry-run", "--as-of", "2036-01-02", "--json").json
    assert report["as_of"] == then["as_of"]


def test_status_tells_what_is_next(synced: Call) -> None:
    answer = synced("status", "--json")
    assert [one["schedule"] for one in answer.json] == ["every 2m", "every 1m"]
    assert all(one["next_pass"] and one["last_pass"]["outcome"] == "ok" for one in answer.json)


def test_it_tells_what_would_lift_a_lead_and_what_contradicts(synced: Call, box: Box) -> None:
    lead = box.contact_ids[2]
    said = {"hs_buying_role": "DECISION_MAKER", "leadline_answer_role": "user"}
    box.portal.update("contacts", lead, said)
    box.clock.advance(2)
    assert synced("sync").code == 0
    (found,) = synced("explain", "hs", lead, "--json").json
    assert (found["verdict"]["data"], found["conflicts"]) == ("conflict", ["role"])
    up = found["outlook"]["next"]
    assert up["segment"] in {"warm", "hot"}
    text = synced("explain", "hs", lead).out
    assert f"What would make it {up['segment']}" in text
    assert "role: the rep answered user, the CRM's own field says decider" in " ".join(text.split())


def said(call: Call, lead: str, *more: str) -> str:
    """What is explained of a lead, without the line breaks of a narrow terminal."""
    return " ".join(call("explain", "memory", lead, *more).out.split())


def raise_hand(office: Office, lead: str, *, answered: bool = False) -> None:
    office.crm.put_touch(TouchRecord(f"demo {lead}", lead, "demo_request", office.crm.now))
    if answered:
        office.crm.advance(60)
        office.crm.put_touch(TouchRecord(f"call {lead}", lead, "call_made", office.crm.now, human=True))


def test_a_hand_raise_older_than_the_agreement_has_no_promise_and_that_is_said(
    office: Office, call: Call
) -> None:
    for lead in ("EARLY", "ANSWERED", "LATER", "NEVER"):
        office.crm.put_lead(lead, {"industry": "software"})
    raise_hand(office, "EARLY")
    raise_hand(office, "ANSWERED", answered=True)
    office.sync(Mode(dry_run=True))
    assert "no promise yet: the agreement binds from the first pass that writes" in said(call, "EARLY")

    office.sync()
    raise_hand(office, "LATER")
    office.sync()
    reason = "no promise: the event is older than the agreement, which binds since Wed 18 Nov 09:03 UTC"
    assert reason in said(call, "EARLY")
    told = {lead for lead in ("EARLY", "ANSWERED", "LATER", "NEVER") if "no promise" in said(call, lead)}
    assert told == {"EARLY"}, "nobody else lacks one for that reason"
    (found,) = call("explain", "memory", "EARLY", "--json").json
    assert found["agreement"]["too_early"] is True
    assert found["agreement"]["binding_since"].startswith("2026-11-18T09:03")


def test_a_touch_that_is_overdue_is_called_so(office: Office, call: Call) -> None:
    office.crm.put_lead("L0", {"industry": "software"})
    office.sync()
    (found,) = call("explain", "memory", "L0", "--json").json
    day = date.fromisoformat(found["verdict"]["next_touch"])
    assert "next touch overdue" not in said(call, "L0")
    assert "next touch overdue" not in said(call, "L0", "--as-of", f"{day}")
    after = said(call, "L0", "--as-of", f"{day + timedelta(days=1)}")
    assert f"next touch overdue since {moment(day)}" in after
