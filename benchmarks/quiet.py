"""Benchmarks print figures, not the log."""

from commands import logs


def be_quiet() -> None:
    """Log nothing below an error."""
    logs.set_up("error", "console")
