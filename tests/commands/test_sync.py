"""One bad connection costs one connection, whatever is the matter with it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from commands.sync import show
from sandbox.box import Box
from sandbox.faults import MAINTENANCE_PAGE, Fault
from sync.cycle import Pass, run_pass
from sync.report import Report
from tests.commands.conftest import Call


def test_a_dead_crm_is_named_and_the_other_one_is_done(call: Call, desk: Path, box: Box) -> None:
    assert call("setup", "--apply").code == 0
    box.faults_salesforce.add(Fault(times=None, status=503, body=MAINTENANCE_PAGE))
    answer = call("sync", "--json")
    dead, alive = answer.json
    assert answer.code == 1
    assert (dead["outcome"], alive["outcome"], alive["written"]) == ("failed", "ok", 40)
    assert "<html" not in dead["error"]
    box.faults_salesforce.clear()
    answer = call("sync", "--json")
    assert answer.code == 0
    assert answer.json[0]["written"] == 40


def test_a_bug_in_one_pass_is_that_passs_own_failure(
    call: Call, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("setup", "--apply").code == 0

    def fail_for_salesforce(work: Pass) -> Report:
        if work.name == "sf":
            raise ZeroDivisionError
        return run_pass(work)

    monkeypatch.setattr("commands.sync.run_pass", fail_for_salesforce)
    answer = call("sync")
    assert answer.code == 1
    assert "an error that Leadline does not know" in " ".join(answer.out.split())
    answer = call("sync", "--json")
    assert [report["outcome"] for report in answer.json] == ["failed", "ok"]


def test_a_dry_run_says_that_it_is_one(call: Call, desk: Path, box: Box) -> None:
    answer = call("sync", "--dry-run")
    assert "to write" in answer.out
    assert "Nothing was written to a CRM" in answer.out
    assert not box.portal.schemas["contacts"].get("leadline_score")


def test_a_connection_that_is_off_does_not_deny_what_another_wrote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    one, other = (Report(name, started_at=datetime.now(UTC)) for name in ("acme", "globex"))
    one.deliveries["written"] = 300
    other.dry_run, other.waiting = True, 200
    show([one, other])
    said = capsys.readouterr().out
    assert "300" in said
    assert "0, of 200 to write" in said
    assert "Nothing was written to globex: a dry run, or `write.mode` is off." in said
