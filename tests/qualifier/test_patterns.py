"""A customer's own patterns: whole words as ever, and no text that stops the machine."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.playbook_file import load_playbook
from qualifier.patterns import WholeWords
from sync.needs import needs_finder

PATTERNS = [
    *(need.pattern for need in load_playbook().needs.kinds().values()),
    r"demo|book a (call|meeting)|naïve|größe",
    r"(two|three|\d+) (offices|sites)",
    r"c\+\+|#1|grün\w*|日本",
    "",
]
FRAGMENTS = sorted({piece for pattern in PATTERNS for piece in re.findall(r"\w+| ", pattern)})
# Left out: marks and digits such as ², letters to one engine and none to the other, and the Turkish i.
LETTERS = "aeiostkSKıſKßẞéÉüÜñ日本жЖσςΣ_-.,;:!?'\"#+01٣\t\n 　"
texts = st.lists(st.sampled_from(FRAGMENTS) | st.text(alphabet=LETTERS, max_size=3), max_size=12).map("".join)


@given(st.sampled_from(PATTERNS), texts)
def test_whole_words_are_those_of_pythons_own_engine(pattern: str, text: str) -> None:
    ours = re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE).search(text) is not None
    assert WholeWords(pattern).search(text) is ours


def test_a_pattern_that_python_searches_for_a_lifetime_is_quick() -> None:
    greedy = WholeWords("(a+)+$|gdpr")
    texts = ["I want " + "a" * 30_000 + "!", "about GDPR", None, "", "agdpr"]
    assert greedy.among(texts) == [False, True, None, False, False]


def test_half_a_character_does_not_stop_the_page() -> None:
    assert WholeWords("gdpr").among(["gdpr \ud83d", "\udc00"]) == [True, False]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("(?<!no )pain", "look-around"),
        (r"(a)\1", "backreferences are not supported"),
        ("(", "unclosed group"),
        ("a)|(b", "unopened group"),
        ("[a", "unclosed character class"),
        (r"(\w{200}){200}", "too large"),
    ],
)
def test_what_the_engine_does_not_know_is_refused_with_the_reason(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        WholeWords(pattern)


def test_each_text_of_a_page_shows_its_own_needs() -> None:
    find = needs_finder(load_playbook())
    assert find(["GDPR audit", None, "crashing, and growing", "new markets"]) == [
        {"compliance"},
        set(),
        {"reactive"},
        set(),
    ]
    assert find([]) == []
