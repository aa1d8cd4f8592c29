"""The global options of one command line. Light: `--help` must not wait for the rooms behind a command."""

from dataclasses import dataclass
from pathlib import Path

CONFIG_VARIABLE = "LEADLINE_CONFIG"
DEFAULT_CONFIG = Path("leadline.yaml")


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options of one command line."""

    config: Path
    state: str | None
    json: bool
    log_level: str | None
