"""Exit codes, as the outside contract names them."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit status says."""

    OK = 0
    """Done; what was asked for holds."""
    UNDONE = 1
    """Done in part or not; the output says which and what to do."""
    FAULT = 2
    """Usage, or a fault in YAML, schema or SQL: one line per fault."""
    INTERRUPTED = 130
    """Stopped by SIGINT after a clean stop."""
    TERMINATED = 143
    """Stopped by SIGTERM after a clean stop."""
