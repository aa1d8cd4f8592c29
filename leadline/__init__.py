"""The one installed name: it puts Leadline's rooms on the path and starts the worker."""

import sys
from pathlib import Path

__version__ = "0.1.0"


def activate() -> Path:
    """Put the folder that holds the rooms first on `sys.path` and return it.

    That is `leadline/_app` once installed, the root of the repository in a checkout.
    """
    here = Path(__file__).resolve().parent
    rooms = here / "_app"
    root = rooms if rooms.is_dir() else here.parent
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    return root


def main() -> None:
    """Console entry point: `leadline COMMAND …`."""
    activate()
    import worker  # noqa: PLC0415  # importable only once the rooms are on the path

    sys.exit(worker.main())
