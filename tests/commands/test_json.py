"""With `--json` standard output carries JSON and nothing else, whatever the command and wherever the flag."""

from pathlib import Path

import pytest

from sandbox.box import Box
from tests.commands.conftest import Call
from tests.commands.office import settings_of, write_settings

OFFLINE = [
    ("schema", "config"),
    ("schema", "playbook"),
    ("lint",),
    ("init", "fresh"),
    ("status",),
    ("quarantine", "list"),
    ("report", "agreement"),
]
ONLINE = [("check",), ("setup", "--plan"), ("sync", "--dry-run")]


@pytest.mark.parametrize("command", [*OFFLINE, *ONLINE], ids=" ".join)
def test_output_is_json_and_the_flag_may_stand_behind(
    call: Call, desk: Path, command: tuple[str, ...]
) -> None:
    answer = call(*command, "--json")
    assert answer.code in {0, 1}
    assert answer.json or command[0] == "quarantine"


def test_a_fault_is_json_too_and_is_told_on_standard_error(call: Call) -> None:
    answer = call("--json", "status")
    (told,) = answer.json
    assert (answer.code, told["exit"]) == (2, 2)
    assert answer.err.splitlines() == told["faults"]
    assert told["faults"][0].startswith("leadline.yaml:1: ")


def test_the_demos_own_result_has_every_figure(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commands.demo.PEOPLE", 120)
    answer = call("demo", "--json")
    assert answer.code == 0, answer.json[-1]
    *reports, result = answer.json
    assert [report["pass"] for report in reports if "pass" in report] == [1, 1, 2, 2, 3, 3]
    crms = result["result"]["crms"]
    assert result["result"]["held"]
    for figures in crms.values():
        assert figures["leads"] == 120 == sum(figures["segments"].values())
        assert figures["written"]["first"] == 120
        assert figures["written"]["second"] == 0
        assert figures["calls_per_1000"] == round(1000 * figures["calls"] / 120, 1)
    assert "First pass" in answer.err, "progress is standard error's business"


def test_logs_never_mix_with_the_output(call: Call, tmp_path: Path, box: Box) -> None:
    document = settings_of(box) | {"log": {"format": "console", "level": "debug"}}
    write_settings(tmp_path, document)
    answer = call("sync", "--dry-run", "--json")
    assert [report["connection"] for report in answer.json] == ["sf", "hs"]
    assert box.client_secret not in answer.err
    assert box.token not in answer.err
