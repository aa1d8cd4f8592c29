"""Which content each version of a playbook stood for, so that one version never means two things (LL008)."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from qualifier.playbook import Playbook
from sync.schema import meta


def versions_of(tx: Connection, playbook: Playbook) -> Mapping[str, str]:
    """Version → content hash, of all that were in force under this playbook's name."""
    found = tx.scalar(select(meta.c.value).where(meta.c.name == _key(playbook)))
    versions: dict[str, str] = json.loads(found) if found else {}
    return versions


def remember_version(tx: Connection, playbook: Playbook) -> None:
    """This version stands for this content from now on; a version that is known keeps its content."""
    versions = {playbook.version: playbook.content_hash, **versions_of(tx, playbook)}
    tx.execute(delete(meta).where(meta.c.name == _key(playbook)))
    tx.execute(insert(meta).values(name=_key(playbook), value=json.dumps(versions, sort_keys=True)))


def _key(playbook: Playbook) -> str:
    return f"playbook:{playbook.name}"
