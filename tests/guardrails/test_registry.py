"""The registry is the whole list of the rules, and each case needs its rule."""

import importlib

import pytest

from qualifier.guardrails import NEVER_WAIVED, RULES
from tests.guardrails.harness import Case, holds

FILES = (
    *("test_a1_titles", "test_a2_needs", "test_a3_budget", "test_a4_criteria", "test_b1_clarity"),
    *("test_b2_nurturing", "test_b3_verdicts", "test_b4_agreement", "test_b5_timing", "test_across"),
)
CASES: list[Case] = [
    case for file in FILES for case in importlib.import_module(f"tests.guardrails.{file}").CASES
]
IDS = (
    *(f"LL0{number:02}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)),
    *("LL101", "LL102", "LL103", "LL105", "LL201", "LL202", "LL203", "LL205"),
    *("LL301", "LL302", "LL304", "LL305", "LL306", "LL401", "LL402", "LL403", "LL405", "LL406"),
    *(f"LL50{number}" for number in range(1, 10)),
    *("LL601", "LL602", "LL603", "LL605", "LL607", *(f"LL70{number}" for number in range(1, 7))),
    *(f"LL80{number}" for number in range(1, 8)),
    *("LL901", "LL902", "LL903", "LL904", "LL905", "LL907"),
)
WARNINGS = {
    *("LL005", "LL007", "LL008", "LL010", "LL105", "LL205", "LL306", "LL402", "LL403", "LL405", "LL406"),
    *("LL507", "LL605", "LL703", "LL705", "LL804", "LL805", "LL807", "LL904"),
}


def test_every_rule_of_the_list_is_there_once_and_in_order() -> None:
    assert tuple(rule.id for rule in RULES) == IDS
    assert {rule.id for rule in RULES if rule.severity == "warn"} == WARNINGS
    assert set(IDS) >= NEVER_WAIVED - {"LL001"}


def test_every_rule_says_why_and_what_to_do_in_a_line() -> None:
    for rule in RULES:
        for text in (rule.reason, rule.remedy):
            assert 10 < len(text) < 200
            assert "\n" not in text
            assert not text.endswith(".")
        assert rule.check.__doc__ is not None
        assert rule.check.__doc__.startswith(f"{rule.id}: ")
    assert len({rule.check for rule in RULES}) == len(RULES)


def test_every_rule_has_a_case() -> None:
    assert {case.id for case in CASES} == set(IDS)


@pytest.mark.parametrize("rule", IDS)
def test_without_its_function_the_case_fails(rule: str) -> None:
    case = next(case for case in CASES if case.id == rule)
    without = [one for one in RULES if one.id != rule]
    with pytest.raises(AssertionError, match=f"nobody speaks for {rule}"):
        holds(case, without)
