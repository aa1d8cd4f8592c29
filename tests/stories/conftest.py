"""CRMs under fire, for stories."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.box import Box
from tests.stories.fire import NOW, Fire


@pytest.fixture
def light(tmp_path: Path) -> Iterator[Callable[..., Fire]]:
    """`light("salesforce", **settings)`: an empty CRM with our fields, and a store; several share one box."""
    fires: list[Fire] = []
    with Box(now=NOW) as box:

        def make(crm: str, **changes: Any) -> Fire:
            fires.append(Fire(crm, box, tmp_path, changes))
            return fires[-1]

        yield make
        for fire in fires:
            fire.close()
