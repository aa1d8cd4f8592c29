"""`quarantine retry` and `drop` say what they did, and which ids they did not find."""

from datetime import timedelta

from connectors.base import Outcome
from tests.commands.conftest import Call
from tests.sync.office import NOW, Office


def test_what_is_not_in_quarantine_is_named(call: Call, desk: object) -> None:
    for act in ("retry", "drop"):
        answer = call("quarantine", act, "sf", "00Q000000000001")
        assert answer.code == 1
        assert "00Q000000000001EAA is not in quarantine" in answer.out.replace("\n", " ")
        assert call("quarantine", act).out.startswith("0 records ")
        (told,) = call("--json", "quarantine", act, "hs", "7").json
        assert told == {"records": 0, "not_found": ["7"]}


def test_a_refused_record_says_when_it_is_tried_again_and_a_dropped_one_keeps_no_alarm_going(
    office: Office, call: Call
) -> None:
    office.crm.put_lead("L0", {"industry": "software"})
    office.crm.refuse(Outcome("L0", "rejected", "VALIDATION", "An admin's rule refuses this record."))
    office.crm.now = NOW + timedelta(hours=2)
    office.sync()
    assert "1, next try Wed 18 Nov 13:01 UTC" in call("quarantine", "list").out

    assert call("quarantine", "retry").out.startswith("1 record will be tried again")
    assert "1, next try with the next pass" in call("quarantine", "list").out
    assert counted(call) == (1, 0)

    assert call("quarantine", "drop").code == 0
    assert "1, dropped: not tried again until the verdict changes" in call("quarantine", "list").out
    assert counted(call) == (0, 1)
    said = " ".join(call("status", "memory").out.split())
    assert "refused 1 dropped until the verdict changes; see `leadline quarantine list memory`" in said


def counted(call: Call) -> tuple[int, int]:
    (known,) = call("status", "memory", "--json").json
    return known["quarantined"], known["dropped"]
