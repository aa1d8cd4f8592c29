"""An admin's desk: a folder, the real command as a process or in this one, and a sandbox to talk to."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from sandbox.box import Box

WORKER = Path(__file__).parents[2] / "worker.py"
TRACEBACK = "Traceback (most recent call last)"


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """Standard output, which must be JSON lines and nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would colour, widen or configure the command."""
    hidden = {"LEADLINE_CONFIG", "COLUMNS", "FORCE_COLOR"}
    return {name: value for name, value in os.environ.items() if name not in hidden} | more


def started(folder: Path, *args: str, **variables: str) -> subprocess.Popen[str]:
    """The real command, running in `folder`."""
    return subprocess.Popen(
        [sys.executable, str(WORKER), *args],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(folder: Path, *args: str, **variables: str) -> Answer:
    """The real command, to its end."""
    process = started(folder, *args, **variables)
    out, err = process.communicate(timeout=100)
    return Answer(process.returncode, out, err)


def settings_of(box: Box) -> dict[str, Any]:
    """A leadline.yaml for both CRMs of the box, as a document."""
    return {
        "state": "sqlite:///leadline.db",
        "connections": [
            {
                "name": "sf",
                "crm": "salesforce",
                "base_url": box.salesforce_url,
                "auth": {
                    "flow": "client_credentials",
                    "client_id": box.client_id,
                    "client_secret": box.client_secret,
                },
                **box.maps("salesforce"),
            },
            {
                "name": "hs",
                "crm": "hubspot",
                "base_url": box.hubspot_url,
                "auth": {"flow": "token", "token": box.token},
                **box.maps("hubspot"),
            },
        ],
        "log": {"format": "json", "level": "info"},
    }


def memory_settings(**more: Any) -> dict[str, Any]:
    """A leadline.yaml for a CRM in memory and one that nobody has read, as a document."""
    auth = {"flow": "client_credentials", "client_id": "id", "client_secret": "secret"}
    one = {"name": "memory", "crm": "salesforce", "base_url": "http://127.0.0.1:1", "auth": auth}
    return {"state": "sqlite:///leadline.db", "connections": [one, {**one, "name": "silent"}], **more}


def write_settings(folder: Path, document: dict[str, Any]) -> Path:
    """leadline.yaml in `folder`."""
    file = folder / "leadline.yaml"
    with file.open("w", encoding="utf-8") as stream:
        YAML().dump(document, stream)
    return file
