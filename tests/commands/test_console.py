"""What is printed can be read and copied: words break at their seams, commands stand whole on a line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from commands.console import Wordwise
from tests.commands.conftest import Call
from tests.commands.office import started


def lines(text: str, width: int) -> list[str]:
    return [line.plain.rstrip() for line in Wordwise(text).wrap(Console(width=width), width, overflow="fold")]


@pytest.mark.parametrize(
    ("text", "width", "wrapped"),
    [
        ("spring_newsletter_2026", 12, ["spring_", "newsletter_", "2026"]),
        ("from northern-europe-salesforce", 16, ["from", "northern-europe-", "salesforce"]),
        ("a/path/to/playbook.yaml", 13, ["a/path/to/", "playbook.yaml"]),
        ("Kundenempfehlung", 10, ["Kundenempf", "ehlung"]),
        ("Employee Referral", 10, ["Employee", "Referral"]),
    ],
)
def test_a_long_word_breaks_at_its_seams(text: str, width: int, wrapped: list[str]) -> None:
    assert lines(text, width) == wrapped


@given(st.text("ab_-./ ", max_size=60), st.integers(1, 20))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    found = lines(text, width)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(len(line) <= width for line in found)


def test_the_next_steps_begin_in_the_new_folder(call: Call, tmp_path: Path) -> None:
    said = call("init", "a folder").out.splitlines()
    assert "  cd 'a folder'" in said
    assert max(map(len, said)) <= 80
    assert said[said.index("  cd 'a folder'") + 1].startswith("  leadline check ")
    assert "  cd " not in call("init", str(tmp_path)).out, "we are there"


def test_each_access_of_the_sandbox_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    ports = ("--salesforce", "0", "--hubspot", "0")
    with started(tmp_path, "sandbox", "serve", *ports, COLUMNS="30") as serving:
        assert serving.stdout is not None
        said = [serving.stdout.readline().split() for _ in range(7)]
        serving.terminate()
    assert [words[0] for words in said if len(words) == 1] == ["salesforce", "hubspot"]
    access = [words for words in said if len(words) > 1]
    assert [name for name, _ in access] == ["base_url", "client_id", "client_secret", "base_url", "token"]
    assert access[0][1].startswith("http://127.0.0.1:")
