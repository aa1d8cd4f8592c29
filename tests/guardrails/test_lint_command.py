"""`leadline lint`: a line per finding, the contract's exit codes, JSON, and the page to sign."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import worker
from config.playbook_file import DEFAULT_PLAYBOOK, load_playbook
from qualifier.guardrails import Evidence

EDUCATION = DEFAULT_PLAYBOOK.parent / "examples" / "education" / "playbook.yaml"
TEXT = DEFAULT_PLAYBOOK.read_text(encoding="utf-8")
Lint = Callable[..., tuple[int, str]]


@pytest.fixture
def lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lint:
    monkeypatch.chdir(tmp_path)

    def run(*args: str) -> tuple[int, str]:
        result = CliRunner().invoke(worker.app, ["lint", *args], catch_exceptions=False)
        return result.exit_code, result.stdout + result.stderr

    return run


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = folder / "changed.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def line_of(word: str) -> int:
    return TEXT[: TEXT.index(word)].count("\n") + 1


@pytest.mark.parametrize("args", [(), (str(EDUCATION),)], ids=["built-in", "education"])
def test_ours_show_one_warning_until_somebody_approves(lint: Lint, args: tuple[str, ...]) -> None:
    code, said = lint(*args)
    finding, summary, waiting, guide = said.splitlines()
    assert code == 0
    assert re.match(r".+/playbook\.yaml:\d+: LL804 warn: .+ → name agreement\.owners", finding)
    assert "1 warning" in summary
    assert waiting.startswith("not measured yet: LL004, LL005, "), "one cause, one line"
    assert waiting.endswith("; it takes a leadline.yaml here, and then `leadline sync --dry-run`")
    assert guide == "docs/guardrails.md explains every number."


def test_a_configuration_that_cannot_be_read_is_named_with_its_fault(lint: Lint, tmp_path: Path) -> None:
    """Its variables are set where the worker runs, not where somebody writes the playbook."""
    (tmp_path / "leadline.yaml").write_text(
        "connections:\n  - {name: hs, crm: hubspot, auth: {flow: token, token: ${UNSET_TOKEN}}}\n",
        encoding="utf-8",
    )
    code, said = lint(str(EDUCATION))
    assert code == 0
    (waiting,) = [line for line in said.splitlines() if line.startswith("not measured yet")]
    fault = "leadline.yaml:2: connections[0].auth.token: environment variable UNSET_TOKEN is not set"
    assert f"; it takes a leadline.yaml that can be read: {fault}" in waiting
    assert json.loads(lint(str(EDUCATION), "--json")[1])["measuring_takes"]["LL005"].startswith(
        "a leadline.yaml that"
    )


def test_one_cause_is_one_line(lint: Lint, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = frozenset(load_playbook().facts_all) - {"solution"}
    unfilled = {"solution": 0.0, "needs": 0.1}
    idle = {"capacity.competitor": 0.0, "capacity.won-deals": 0.0}
    known = Evidence(
        today=datetime.now(UTC).date(),
        fields={},
        written={},
        known_facts={"hs": mapped, "sf": mapped},
        filled=unfilled,
        true=idle,
    )
    monkeypatch.setattr("commands.lint._evidence", lambda *_: known)
    _, said = lint()
    assert re.findall(r"yaml:\d+: (LL\d+) warn", said) == ["LL405", "LL005", "LL402", "LL804"]
    assert "hs has no field for solution; sf has no field for solution: it will be unknown" in said
    assert "LL402 warn: needs is filled for 10%" in said
    assert "capacity.won-deals is true for 0.0%" in said
    assert "4 warnings; 2 more (LL402, LL405) will go with LL005" in said
    assert "not measured yet: LL403; it takes 10 passes within 24 hours" in said.splitlines()
    data = json.loads(lint("--json")[1])
    assert len(data["findings"]) == 7, "scripts get each one"
    assert data["measuring_takes"]["LL403"] == "10 passes within 24 hours"


def test_each_finding_is_a_line_with_its_place(lint: Lint, tmp_path: Path) -> None:
    file = changed(
        tmp_path, ("high: 99", "high: 100"), ("needs_conversation: true", "needs_conversation: false")
    )
    code, said = lint(file.name)
    assert code == 1
    assert f"changed.yaml:{line_of('score: {low')}: LL009 error: the score runs from 1 to 100" in said
    assert f"changed.yaml:{line_of('needs_conversation')}: LL701 error: " in said
    assert any(
        line.startswith("changed.yaml: Leadline default 1.0: 2 errors, 1 warning")
        for line in said.splitlines()
    )


def test_a_fault_is_told_alone(lint: Lint, tmp_path: Path) -> None:
    code, said = lint(changed(tmp_path, ("high: 99", "high: 100"), ("won_deals >= 1", "won_dels >= 1")).name)
    assert code == 2
    assert "did you mean 'won_deals'" in said
    assert "LL009" not in said


def test_a_waiver_is_printed_with_who_and_why(lint: Lint, tmp_path: Path) -> None:
    waive = 'waive:\n  - {id: LL009, reason: "as agreed", by: "Head of sales", until: 2999-12-31}\n'
    code, said = lint(changed(tmp_path, ("high: 99", "high: 100"), ("# waive:\n", waive)).name)
    assert code == 0
    assert "LL009 waived until 2999-12-31 by Head of sales (as agreed): the score runs from 1 to 100" in said
    assert "1 waived" in said


def test_json_says_the_same(lint: Lint, tmp_path: Path) -> None:
    file = changed(tmp_path, ("cadence_days: 30", "cadence_days: 60"))
    code, said = lint(file.name, "--json")
    data = json.loads(said)
    assert code == 0
    assert data["content"] == load_playbook(file).content_hash
    slow, unsigned = data["findings"]
    assert (slow["id"], slow["key"], slow["severity"]) == ("LL605", "tracks[6].cadence_days", "warn")
    assert slow["line"] == line_of("cadence_days: 30")
    assert unsigned["id"] == "LL804"
    assert "LL402" in data["not_measured"]


@pytest.mark.parametrize("ending", ["md", "html"])
def test_the_page_says_everything_that_is_signed(lint: Lint, tmp_path: Path, ending: str) -> None:
    waive = 'waive:\n  - {id: LL405, reason: "a <small> list", by: "Head of sales", until: 2999-12-31}\n'
    file = changed(tmp_path, ("# waive:\n", waive), ("name: Leadline default", "name: Ours & theirs"))
    assert lint(file.name, "--page", f"page.{ending}")[0] == 0
    page = (tmp_path / f"page.{ending}").read_text(encoding="utf-8")
    playbook = load_playbook(file)
    for track in playbook.tracks:
        assert track.goal is not None
        assert track.goal in page
    for criterion in playbook.criteria:
        assert criterion.id.replace("-", " ").capitalize() in page
        assert f"at most {criterion.cap} points" in page
    for question in playbook.questions:
        assert question.text.replace("{company}", "‹company›") in page
    for words in (
        "‹their part› in the buying group",
        "‹how many› people",
        "15 minutes",
        "4 hours",
        "1 business day",
        "mon-fri 9-18",
        "LL405",
        playbook.content_hash[:12],
    ):
        assert words in page
    assert ("Ours &amp; theirs" if ending == "html" else "Ours & theirs") in page
    if ending == "html":
        assert "<small>" not in page
        assert not re.search(r"(src|href)=|https?://|@import|url\(", page), "nothing comes from elsewhere"


def test_signatures_of_this_content_stand_on_the_page(lint: Lint, tmp_path: Path) -> None:
    owners = ('# owners: {sales: "…", marketing: "…"}', 'owners: {sales: "Ann", marketing: "Bo"}')
    digest = load_playbook(changed(tmp_path, owners)).content_hash[:12]
    today = datetime.now(UTC).date()
    lines = "".join(
        f'  - {{side: {side}, name: "{name}", on: {today}, content: "{digest}"}}\n'
        for side, name in (("sales", "Ann"), ("marketing", "Bo"))
    )
    file = changed(tmp_path, owners, ("# approved_by:", f"approved_by:\n{lines}# "))
    code, said = lint(file.name, "--page", "page.html")
    assert code == 0
    assert "nothing to mend" in said
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f"Approved in the playbook by Ann (sales, {today}), Bo (marketing, {today})." in page


@pytest.mark.parametrize(
    ("page", "says"), [("page.pdf", "must end in .html or .md"), ("no/where.md", "cannot be written")]
)
def test_a_page_that_cannot_be_is_a_sentence(lint: Lint, page: str, says: str) -> None:
    code, said = lint("--page", page)
    assert code == 2
    assert says in said
