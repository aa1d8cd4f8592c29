"""The wheel carries the rooms under leadline/_app; an editable install leaves them where they are.

`packages` cannot move top-level folders below another one, and a static `force-include` would put a dead
copy of them into site-packages on every editable install. Hence this hook.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOMS = ("connectors", "qualifier", "config", "sync", "sandbox", "web", "commands", "worker.py")


class RoomsBuildHook(BuildHookInterface):  # type: ignore[type-arg]  # the parameter is hatchling's private config
    """Adds every room, code and data alike, to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Map each room of the source tree to its place in the wheel."""
        if version == "editable":
            return
        for room in ROOMS:
            build_data["force_include"][str(Path(self.root) / room)] = f"leadline/_app/{room}"
