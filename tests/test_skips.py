"""A skip hides a broken promise, so only three reasons pass."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = (Path(__file__).parent / "conftest.py").read_text(encoding="utf-8")


@pytest.fixture
def outcome(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST)
    return pytester


@pytest.mark.parametrize("reason", ["node", "promtool: not on the path", "data absent"])
def test_an_allowed_reason_skips(outcome: pytest.Pytester, reason: str) -> None:
    outcome.makepyfile(f"import pytest\ndef test_it(): pytest.skip({reason!r})")
    outcome.runpytest("-p", "no:randomly").assert_outcomes(skipped=1)


@pytest.mark.parametrize("reason", ["flaky", "no database", "nodes are missing"])
def test_any_other_reason_fails(outcome: pytest.Pytester, reason: str) -> None:
    outcome.makepyfile(f"import pytest\ndef test_it(): pytest.skip({reason!r})")
    result = outcome.runpytest("-p", "no:randomly")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*skipped for '{reason}'*"])


def test_a_skip_mark_counts_too(outcome: pytest.Pytester) -> None:
    outcome.makepyfile("import pytest\n@pytest.mark.skip(reason='later')\ndef test_it(): pass")
    outcome.runpytest("-p", "no:randomly").assert_outcomes(errors=1)


def test_a_skipped_file_fails_collection(outcome: pytest.Pytester) -> None:
    outcome.makepyfile("import pytest\npytest.importorskip('no_such_library_anywhere')\ndef test_it(): pass")
    outcome.runpytest("-p", "no:randomly").assert_outcomes(errors=1)


def test_an_expected_failure_is_no_skip(outcome: pytest.Pytester) -> None:
    outcome.makepyfile("import pytest\n@pytest.mark.xfail(reason='known')\ndef test_it(): assert False")
    outcome.runpytest("-p", "no:randomly").assert_outcomes(xfailed=1)
