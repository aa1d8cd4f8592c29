"""`report agreement`: the scorecard from the store, as a table that fits a terminal and as whole JSON."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from connectors.base import TouchRecord, Value
from tests.commands.conftest import Call
from tests.commands.office import memory_settings, write_settings
from tests.sync.office import NOW, Office

LEADS = 12
COLD: dict[str, Value] = {"industry": "software", "employees": (80.0, 80.0)}
WIDTH = 80


@pytest.fixture
def office(office: Office) -> Office:
    """Twelve known leads; from now on the agreement binds."""
    for number in range(LEADS):
        source = "a partner's webinar on machines that last" if number % 2 else "web"
        office.crm.put_lead(f"L{number}", {**COLD, "source": source})
    office.sync()
    return office


def touch(office: Office, lead: int, kind: str, **parts: Any) -> None:
    office.crm.put_touch(TouchRecord(f"{kind}{lead}", f"L{lead}", kind, office.crm.now, **parts))


def live(office: Office) -> None:
    """Twelve hand-raises: six answered in time (one logged late), two too late, four not at all.

    Then what reps said of it, and one more hand-raise that still waits when the report is drawn up.
    """
    crm = office.crm
    for lead in range(LEADS):
        touch(office, lead, "demo_request")
    office.sync()
    crm.advance(9 * 60)
    for lead in range(6):
        late = crm.now + timedelta(hours=3) if lead == 0 else None
        touch(office, lead, "call_made", human=True, logged_at=late)
    crm.advance(30 * 60)
    for lead in range(6, 8):
        touch(office, lead, "call_made", human=True)
    for lead, verdict in enumerate(["qualified", "nurture", "not_now", "not_now"]):
        crm.edit(f"L{lead}", verdict=verdict)
    crm.edit("L4", feedback="too_high", feedback_reason="not_icp")
    crm.edit("L5", feedback="agree")
    crm.edit("L6", country="DE", answer_need="growth")
    office.sync()
    crm.now = NOW + timedelta(hours=2, minutes=-6)
    touch(office, 0, "contact_request")
    office.sync()


def asked(call: Call, *more: str) -> dict[str, Any]:
    answer = call("report", "agreement", *more, "--json")
    assert answer.code == 0, answer.err
    (found,) = answer.json
    assert isinstance(found, dict)
    return found


def test_response_times_are_met_missed_and_due(office: Office, call: Call) -> None:
    live(office)
    sales = asked(call)["sales"]
    total = sales["total"]
    assert {name: total[name] for name in ("clocks", "met", "breached", "due", "late_logged")} == {
        "clocks": 13,
        "met": 6,
        "breached": 6,
        "due": 1,
        "late_logged": 1,
    }
    assert total["share_met"] == 0.5
    # Six after ten minutes (a pass begins a minute after it is asked for), two after forty.
    assert (total["median_minutes"], total["p90_minutes"]) == (10.0, 40.0)
    assert [(row["group"], row["clocks"]) for row in sales["by_promise"]] == [("hot", 13)]
    assert (sales["human_touches"], sales["late_logged"]) == (8, 1)


def test_the_systems_delay_is_apart_from_the_peoples(office: Office, call: Call) -> None:
    live(office)
    total = asked(call)["sales"]["total"]
    assert (total["seen_median"], total["system_median"]) == (1.0, 1.0)
    assert (total["human_median"], total["early"]) == (9.0, 0)


def test_marketing_is_told_what_was_complete_and_what_was_accepted(office: Office, call: Call) -> None:
    live(office)
    found = asked(call)
    marketing = found["marketing"]
    assert marketing["complete_means"] == ["industry", "employees", "country"]
    assert marketing["completeness"]["share_complete"] == round(1 / LEADS, 4)
    assert marketing["completeness"]["share_need"] == round(1 / LEADS, 4)
    assert marketing["completeness"]["share_industry"] == 1.0
    assert [row["leads"] for row in marketing["acceptance_by_source"]] == [6, 6]
    assert marketing["acceptance"]["judged"] == 4
    assert marketing["acceptance"]["share_agree"] == 0.5
    assert marketing["reasons"] == {"not_icp": 1}
    assert found["quality"] == [
        {"name": "complete", "promised": 0.6, "reached": 0.0833, "of": 12, "kept": False},
        {"name": "accepted", "promised": 0.5, "reached": 0.5, "of": 4, "kept": True},
    ]


def test_the_table_fits_a_terminal_and_names_every_promise(office: Office, call: Call) -> None:
    live(office)
    answer = call("report", "agreement")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) <= WIDTH
    for said in (
        "hot ≤ 15m",
        "50%",
        "60% promised, 8% reached of 12 leads: not kept",
        "1 not_icp",
        "late logged",
    ):
        assert said in answer.out
    assert "L0" not in answer.out, "no lead is named"


def test_a_period_and_a_connection_may_be_chosen(office: Office, call: Call) -> None:
    live(office)
    assert asked(call, "--since", "10m")["sales"]["total"]["clocks"] == 1
    assert asked(call, "silent")["sales"]["total"]["clocks"] == 0
    assert asked(call, "memory")["connections"] == ["memory"]


def test_an_empty_store_says_when_the_agreement_binds(call: Call, tmp_path: Path) -> None:
    write_settings(tmp_path, memory_settings())
    answer = call("report", "agreement")
    assert answer.code == 0
    assert "binds from the first pass that writes" in answer.out
    assert "50% promised, nothing to judge yet  " in answer.out, "and not of how many"


def test_figures_by_owner_are_shown_where_a_playbook_asks_for_them(
    office: Office, call: Call, tmp_path: Path
) -> None:
    live(office)
    plain = asked(call)
    assert plain["by_owner"] == {"asked": False, "shown": False, "notice": None}
    assert "by_owner" not in plain["sales"]
    text = (Path(config.__file__).parent / "playbook.yaml").read_text("utf-8")
    (tmp_path / "mine.yaml").write_text(text.replace("by_owner: false", "by_owner: true"), encoding="utf-8")
    write_settings(tmp_path, memory_settings(playbook="mine.yaml"))
    found = asked(call)
    assert (found["by_owner"]["asked"], found["by_owner"]["shown"]) == (True, True)
    assert "monitor people" in found["by_owner"]["notice"]
    assert [row["group"] for row in found["sales"]["by_owner"]] == ["unknown"], "none was kept so far"
    answer = call("report", "agreement").out
    assert "works council" in answer
    assert max(map(len, answer.splitlines())) <= WIDTH


@pytest.mark.parametrize(("since", "said"), [("soon", "must be a duration"), ("500d", "within 400 days")])
def test_a_period_that_cannot_be_is_a_sentence(office: Office, call: Call, since: str, said: str) -> None:
    answer = call("report", "agreement", "--since", since)
    assert answer.code == 2
    assert said in answer.err
