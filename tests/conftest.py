"""Rules for every test: a skip fails unless its reason is one of three; recorded figures are printed."""

from collections.abc import Generator

import pytest
from hypothesis import settings

settings.register_profile("leadline", deadline=None, print_blob=True)
settings.load_profile("leadline")  # a deadline would measure how busy the machine is

ALLOWED_SKIPS = ("node", "promtool", "data absent")
"""What a machine may lack. A reason is one of these words, alone or followed by a colon and more."""


def skip_fault(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return why this report may not be a skip, or None where it is none or an allowed one."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return None
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    if reason.partition(":")[0] in ALLOWED_SKIPS:
        return None
    return f"skipped for {reason!r}: a skip is allowed only for {', '.join(ALLOWED_SKIPS)}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a forbidden skip of a test into its failure."""
    report = yield
    if fault := skip_fault(report):
        report.outcome = "failed"
        report.longrepr = fault
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn a forbidden skip of a whole file into an error of collection."""
    report = yield
    if fault := skip_fault(report):
        report.outcome = "failed"
        report.longrepr = fault
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures that tests recorded: of what happened how often in a long run."""
    for report in (*terminalreporter.stats.get("passed", ()), *terminalreporter.stats.get("failed", ())):
        for name, value in getattr(report, "user_properties", ()):
            if name == "figures" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid}\n{value}")
