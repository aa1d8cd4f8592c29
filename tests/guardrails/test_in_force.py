"""No invalid playbook is ever in force: `sync` refuses it, `run` keeps the last one; versions do not lie."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

import worker
from commands.run import CurrentPlaybook, Link
from commands.workplace import Workplace, put_in_force
from config.faults import ConfigFault
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from config.settings import load_settings
from config.valid_playbook import PlaybookRefused, load_valid_playbook
from qualifier.facts import FACTS
from sync.playbooks import versions_of
from sync.store import open_store

TEXT = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
SETTINGS = """\
playbook: playbook.yaml
state: sqlite:///leadline.db
connections:
  - name: acme
    crm: salesforce
    base_url: http://127.0.0.1:9
    auth: {flow: client_credentials, client_id: a, client_secret: b}
    fields: {source: Lead_Priority__c}
    write: {rename: {Score: Lead_Priority__c}}
"""
BROKEN = ("needs_conversation: true", "needs_conversation: false")
Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the playbook, each time as if a second later."""
    file, times = tmp_path / "playbook.yaml", iter(range(1_000_000, 2_000_000))

    def change(*changes: tuple[str, str]) -> None:
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        file.write_text(text, encoding="utf-8")
        os.utime(file, (moment := next(times), moment))

    return change


@pytest.fixture
def work(tmp_path: Path, write: Write) -> Iterator[Workplace]:
    write()
    (tmp_path / "leadline.yaml").write_text(SETTINGS, encoding="utf-8")
    settings = load_settings(tmp_path / "leadline.yaml", {})
    store = open_store(f"sqlite:///{tmp_path}/leadline.db")
    yield Workplace(settings, load_playbook(), store)
    store.close()


def test_the_default_may_be_put_in_force() -> None:
    assert load_valid_playbook() == load_playbook()


def test_an_error_refuses_and_names_its_line(work: Workplace, write: Write, tmp_path: Path) -> None:
    write(BROKEN)
    with pytest.raises(PlaybookRefused) as refused:
        load_valid_playbook(tmp_path / "playbook.yaml")
    line = TEXT[: TEXT.index(BROKEN[0])].count("\n") + 1
    assert str(refused.value).startswith(f"{tmp_path}/playbook.yaml:{line}: LL701 error: ")
    with pytest.raises(PlaybookRefused):
        put_in_force(work.settings, work.store)


def test_a_running_worker_keeps_the_last_valid_one(work: Workplace, write: Write, tmp_path: Path) -> None:
    current = CurrentPlaybook(work, tmp_path / "leadline.yaml")
    first = current.get()
    write(BROKEN)
    assert current.get() is first
    write(("cap: 20", "cap: many"))
    assert current.get() is first
    write(('version: "1.0"', 'version: "1.1"'), ("points: 3, cap: 6", "points: 4, cap: 6"))
    assert current.get().version == "1.1"


def test_a_change_that_met_a_busy_store_is_taken_over_later(
    work: Workplace, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = CurrentPlaybook(work, tmp_path / "leadline.yaml")
    write(('version: "1.0"', 'version: "1.1"'))
    with monkeypatch.context() as busy:
        busy.setattr(work.store, "write", _be_locked)
        with pytest.raises(OperationalError):
            current.get()
    assert current.get().version == "1.1"


def _be_locked() -> NoReturn:
    raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))


def test_a_fact_that_a_new_playbook_brings_is_read_at_once(
    work: Workplace, write: Write, tmp_path: Path
) -> None:
    current = CurrentPlaybook(work, tmp_path / "leadline.yaml")
    link = Link(work, work.settings.connections[0], threading.Event())
    first = link.by(current.get())
    assert link.by(current.get()) is first
    own = "\nfacts: {region: {kind: text, evidence: profile, meaning: where they are}}"
    write(('version: "1.0"', f'version: "1.1"{own}'))
    second = link.by(current.get())
    assert (second is first, {*link.facts} - {*FACTS}) == (False, {"region"})
    link.close()


def test_a_worker_does_not_start_on_an_invalid_one(work: Workplace, write: Write, tmp_path: Path) -> None:
    write(BROKEN)
    with pytest.raises(PlaybookRefused):
        CurrentPlaybook(work, tmp_path / "leadline.yaml")
    write(("cap: 20", "cap: many"))
    with pytest.raises(ConfigFault):
        CurrentPlaybook(work, tmp_path / "leadline.yaml")


def test_one_version_never_stands_for_two_contents(work: Workplace, write: Write) -> None:
    first = put_in_force(work.settings, work.store)
    change = ("points: 3, cap: 6", "points: 4, cap: 6")
    write(change)
    with pytest.raises(PlaybookRefused) as refused:
        put_in_force(work.settings, work.store)
    (finding,) = refused.value.findings
    assert finding.finding.id == "LL008"
    assert first.content_hash[:12] in finding.finding.found
    assert refused.value.playbook.content_hash[:12] in finding.finding.found
    write(change, ('version: "1.0"', 'version: "1.1"'))
    second = put_in_force(work.settings, work.store)
    write(('version: "1.0"', 'version: "1.1"'))
    with pytest.raises(PlaybookRefused):
        put_in_force(work.settings, work.store)
    write()
    assert put_in_force(work.settings, work.store) == first, "going back is allowed"
    with work.store.read() as tx:
        assert versions_of(tx, first) == {"1.0": first.content_hash, "1.1": second.content_hash}


def test_a_trial_leaves_no_version_behind(work: Workplace) -> None:
    playbook = put_in_force(work.settings, work.store, lasting=False)
    with work.store.read() as tx:
        assert versions_of(tx, playbook) == {}


def test_a_field_that_leadline_writes_is_not_read_back(work: Workplace, write: Write) -> None:
    write(("industry IN (", "source = '90' OR industry IN ("))
    with pytest.raises(PlaybookRefused) as refused:
        put_in_force(work.settings, work.store)
    assert [one.finding.id for one in refused.value.findings] == ["LL004"]
    assert "acme feeds source from Lead_Priority__c" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ([BROKEN], 1, "LL701 error: "),
        ([("cap: 20", "cap: many")], 2, "criteria[0].cap: "),
    ],
)
def test_sync_ends_before_it_reads_anything(
    work: Workplace,
    write: Write,
    tmp_path: Path,
    changes: list[tuple[str, str]],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(*changes)
    monkeypatch.chdir(tmp_path)
    for command in (("sync",), ("run",)):
        answer = CliRunner().invoke(worker.app, command, catch_exceptions=False)
        assert answer.exit_code == code
        assert f"{tmp_path}/playbook.yaml:" in answer.stderr
        assert said in answer.stderr


def test_lint_knows_the_version_that_was_in_force(
    work: Workplace, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(work.settings, work.store)
    write(("points: 3, cap: 6", "points: 4, cap: 6"))
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(worker.app, ["lint"], catch_exceptions=False)
    assert answer.exit_code == 0, "while it is written this is a warning"
    assert "LL008 warn: version 1.0 was " in answer.stdout


def test_check_asks_what_run_asks(
    work: Workplace, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_force(work.settings, work.store)
    write(("points: 3, cap: 6", "points: 4, cap: 6"))
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(worker.app, ["--json", "check"], catch_exceptions=False)
    (playbook,) = [row for row in map(json.loads, answer.stdout.splitlines()) if row["what"] == "playbook"]
    assert playbook["level"] == "fail"
    assert "LL008: version 1.0 was " in playbook["evidence"]
    assert "raise `version`" in playbook["remedy"]
    for command in (("sync",), ("run",)):
        answer = CliRunner().invoke(worker.app, command, catch_exceptions=False)
        assert answer.exit_code == 1
        assert "LL008 error: version 1.0 was " in answer.stderr, "it stops, so it is no warning"
        assert "nothing was written" in answer.stderr
