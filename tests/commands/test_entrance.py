"""The way in: global options anywhere, signs that a terminal lacks, and commands that end at a signal."""

from hypothesis import given
from hypothesis import strategies as st

from commands.entrance import globals_first

WORDS = st.lists(
    st.sampled_from(["sync", "sf", "--dry-run", "--limit", "3", "--json", "--config=a.yaml", "-"])
)


def test_global_options_come_first_with_their_words() -> None:
    assert globals_first(["sync", "sf", "--json", "--config", "a.yaml"]) == [
        *("--json", "--config", "a.yaml"),
        *("sync", "sf"),
    ]


def test_a_commands_own_state_option_stays_where_it_is() -> None:
    assert globals_first(["sandbox", "serve", "--state", "box.db"]) == [
        "sandbox",
        "serve",
        "--state",
        "box.db",
    ]


def test_a_missing_word_is_left_for_the_parser_to_complain_about() -> None:
    assert globals_first(["sync", "--config"]) == ["--config", "sync"]


@given(WORDS, WORDS)
def test_nothing_is_lost_added_or_reordered_among_its_kind(before: list[str], after: list[str]) -> None:
    moved = globals_first([*before, "--", *after])
    assert sorted(moved) == sorted([*before, "--", *after])
    assert moved[len(moved) - len(after) :] == after, "what follows -- is left alone"
    rest = [word for word in before if not word.startswith(("--json", "--config"))]
    front = len(before) - len(rest)
    assert moved[front : len(before)] == rest
