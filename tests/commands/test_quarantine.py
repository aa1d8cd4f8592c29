"""`quarantine retry` and `drop` say what they did, and which ids they did not find."""

from tests.commands.conftest import Call


def test_what_is_not_in_quarantine_is_named(call: Call, desk: object) -> None:
    for act in ("retry", "drop"):
        answer = call("quarantine", act, "sf", "00Q000000000001")
        assert answer.code == 1
        assert "00Q000000000001EAA is not in quarantine" in answer.out.replace("\n", " ")
        assert call("quarantine", act).out.startswith("0 records ")
        (told,) = call("--json", "quarantine", act, "hs", "7").json
        assert told == {"records": 0, "not_found": ["7"]}
