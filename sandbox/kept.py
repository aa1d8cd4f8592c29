"""Both CRMs in one file, so that a sandbox goes on where it stopped: a ZIP archive of their two snapshots."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sandbox.hubspot import snapshot as hubspot
from sandbox.salesforce import snapshot as salesforce

if TYPE_CHECKING:
    from sandbox.hubspot import Portal
    from sandbox.salesforce import Org

ORG, PORTAL = "salesforce.json", "hubspot.jsonl"


def save(org: Org, portal: Portal, file: Path) -> None:
    """Write both CRMs to `file`, replacing what is there only when all is written."""
    written = file.with_name(file.name + ".new")
    with TemporaryDirectory() as folder, ZipFile(written, "w", ZIP_DEFLATED) as archive:
        archive.writestr(ORG, json.dumps(salesforce.take(org)))
        hubspot.save(portal, Path(folder) / PORTAL)
        archive.write(Path(folder) / PORTAL, PORTAL)
    written.replace(file)


def load(org: Org, portal: Portal, file: Path) -> None:
    """Fill two new CRMs from `file`; ValueError where it is no state of this format."""
    try:
        with TemporaryDirectory() as folder, ZipFile(file) as archive:
            salesforce.restore(org, json.loads(archive.read(ORG)))
            hubspot.load(portal, Path(archive.extract(PORTAL, folder)))
    except (BadZipFile, KeyError, json.JSONDecodeError):
        raise ValueError(
            f"{file} is no state of a sandbox: name another file, or delete it to start anew."
        ) from None
