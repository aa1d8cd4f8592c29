"""CRMs under fire, for stories."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.playbook_file import load_playbook
from qualifier.playbook import Playbook
from sandbox.box import Box
from tests.stories.fire import NOW, Fire


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Callable[..., Fire]]:
    """`light("salesforce", **settings)`: an empty CRM with our fields, and a store; several share one box."""
    fires: list[Fire] = []
    with Box(now=NOW) as box:

        def make(crm: str, playbook: Playbook | None = None, **changes: Any) -> Fire:
            fires.append(Fire(crm, box, tmp_path, changes, playbook or load_playbook()))
            return fires[-1]

        yield make
        for fire in fires:
            fire.close()
